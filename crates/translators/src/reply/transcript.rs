//! Events as a text that a test can compare, and whether their order is right.
//!
//! ```text
//! start r1 @5; open 0 text; + "Hel"; + "lo"; close 0; usage plain=3 output=2; finish stop; end
//! ```
//!
//! A delta names its part if that is not the one opened last: `0+ "x"`. A choice other than the first
//! follows what it belongs to: `open 1/2 text`, `finish/2 length`.

use super::{Event, Finish, Opening, PartId, ServerRun, Sink, UsagePatch};
use crate::{
    hub::reply_decoder,
    json_str::JsonStr,
    request_ir::{Opaque, ServerKind},
};
use cliproxy_core::Protocol;
use cliproxy_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Writes events down, and panics at one that may not stand where it does.
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    lines: Vec<String>,
    has_started: bool,
    is_over: bool,
    /// Parts that are open, by their choice.
    open: BTreeMap<PartId, u16>,
    /// Texts, which are cited after their end as well.
    texts: BTreeSet<PartId>,
    next: PartId,
    sealed: BTreeSet<PartId>,
    finished: BTreeSet<u16>,
}

/// What a decoder tells of a stream: one event per line, its data, perhaps after its name (`ping {}`). The
/// stream closes after the last.
pub(crate) fn stream(protocol: Protocol, events: &str) -> String {
    let mut decoder = reply_decoder(protocol);
    let mut transcript = Transcript::default();
    for line in events
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        let (name, data) = match line.split_once(' ') {
            Some((name, data)) if name.bytes().all(|byte| byte.is_ascii_lowercase()) => {
                (Some(name), data)
            }
            _ => (None, line),
        };
        decoder.event(name, data, &mut transcript);
    }
    decoder.eof(&mut transcript);
    assert!(transcript.is_over, "no end: {}", transcript.text());
    transcript.text()
}

/// What a decoder tells of a body.
pub(crate) fn body(protocol: Protocol, body: &str) -> String {
    let mut transcript = Transcript::default();
    let body = Value::parse(body).unwrap();
    reply_decoder(protocol).body(body, &mut transcript);
    assert!(transcript.is_over, "no end: {}", transcript.text());
    transcript.text()
}

/// Compares a transcript with lines, one event each.
#[track_caller]
pub(crate) fn check(told: &str, expected: &str) {
    let told: Vec<_> = told.split("; ").collect();
    let expected = expected.lines().flat_map(|line| line.split("; "));
    let expected = expected.map(str::trim).filter(|line| !line.is_empty());
    let expected: Vec<_> = expected.collect();
    assert_eq!(told, expected);
}

impl Transcript {
    pub(crate) fn text(&self) -> String {
        self.lines.join("; ")
    }

    pub(crate) const fn is_over(&self) -> bool {
        self.is_over
    }

    fn must_be_open(&self, part: PartId) {
        let is_open = self.open.contains_key(&part);
        assert!(is_open, "part {part} is not open: {}", self.text());
    }

    fn check(&mut self, event: &Event<'_>) {
        assert!(!self.is_over, "after the end: {}", self.text());
        let is_first = matches!(event, Event::Start { .. });
        let is_free = matches!(event, Event::Fail(_) | Event::Lost(_) | Event::Alive);
        assert!(is_free || is_first != self.has_started, "{}", self.text());
        match event {
            Event::Start { .. } => self.has_started = true,
            Event::Open {
                part,
                choice,
                opening,
            } => {
                if matches!(opening, Opening::Text { .. }) {
                    self.texts.insert(*part);
                }
                assert_eq!(*part, self.next, "{}", self.text());
                assert!(!self.finished.contains(choice), "{}", self.text());
                self.next += 1;
                self.open.insert(*part, *choice);
            }
            Event::Delta { part, text } => {
                self.must_be_open(*part);
                assert!(!text.is_empty(), "{}", self.text());
            }
            Event::Logprobs { part, .. } | Event::NextSummary { part } | Event::Cut { part } => {
                self.must_be_open(*part);
            }
            Event::Citation { part, .. } if self.texts.contains(part) => {}
            Event::Citation { part, .. } => self.must_be_open(*part),
            Event::Opaque { part, .. } => {
                self.must_be_open(*part);
                assert!(self.sealed.insert(*part), "{}", self.text());
            }
            Event::Close { part } => {
                self.must_be_open(*part);
                self.open.remove(part);
            }
            Event::Finish { choice, .. } => {
                assert!(self.finished.insert(*choice), "{}", self.text());
                let left = self.open.values().filter(|open| *open == choice).count();
                assert_eq!(left, 0, "parts are open: {}", self.text());
            }
            Event::End => {
                assert!(self.open.is_empty(), "parts are open: {}", self.text());
                assert!(!self.finished.is_empty(), "no finish: {}", self.text());
                self.is_over = true;
            }
            Event::Fail(_) => self.is_over = true,
            Event::Usage(_) | Event::Lost(_) | Event::Alive => {}
        }
    }

    fn line(&self, event: &Event<'_>) -> String {
        match event {
            Event::Start { id, created } => {
                let created = created.map(|created| format!(" @{created}"));
                let start = format!("start {}{}", id.decoded(), created.unwrap_or_default());
                start.trim_end().to_owned()
            }
            Event::Open {
                part,
                choice,
                opening,
            } => format!("open {part}{} {}", of(*choice), kind(opening)),
            Event::Delta { part, text } => {
                let part = match part + 1 == self.next {
                    true => String::new(),
                    false => part.to_string(),
                };
                format!("{part}+ \"{}\"", text.as_escaped())
            }
            Event::Logprobs { part, logprobs } => {
                format!("logprobs {part} {}", logprobs.as_elements())
            }
            Event::NextSummary { part } => format!("next {part}"),
            Event::Cut { part } => format!("cut {part}"),
            Event::Citation { part, citation } => {
                let range = citation
                    .range
                    .map(|(start, end)| format!(" {start}..{end}"));
                let texts = [&citation.url, &citation.title, &citation.cited];
                let texts = texts.into_iter().flatten();
                let texts: Vec<_> = texts.map(|text| text.decoded().into_owned()).collect();
                let range = range.unwrap_or_default();
                format!("cite {part}{range} {}", texts.join(" "))
            }
            Event::Opaque { part, opaque } => format!("opaque {part} {}", seal(opaque)),
            Event::Close { part } => format!("close {part}"),
            Event::Usage(usage) => format!("usage {}", figures(usage)),
            Event::Finish { choice, reason } => {
                format!("finish{} {}", of(*choice), finish(reason))
            }
            Event::End => "end".to_owned(),
            Event::Fail(fault) => {
                let code = fault.code.as_deref().unwrap_or("-");
                format!("fail {} {code}: {}", fault.status, fault.message)
            }
            Event::Lost(lost) => format!("lost {}", lost.as_str()),
            Event::Alive => "alive".to_owned(),
        }
    }
}

impl Sink for Transcript {
    fn event(&mut self, event: Event<'_>) {
        self.check(&event);
        let line = self.line(&event);
        self.lines.push(line);
    }

    fn cites_closed(&self) -> bool {
        true
    }
}

fn of(choice: u16) -> String {
    match choice {
        0 => String::new(),
        choice => format!("/{choice}"),
    }
}

fn kind(opening: &Opening<'_>) -> String {
    let flag = |is, text| if is { text } else { "" };
    match opening {
        Opening::Text { begins_paragraph } => {
            format!("text{}", flag(*begins_paragraph, " paragraph"))
        }
        Opening::Refusal => "refusal".to_owned(),
        Opening::Thinking { is_raw } => format!("thinking{}", flag(*is_raw, " raw")),
        Opening::Redacted => "redacted".to_owned(),
        Opening::Tool {
            id,
            name,
            namespace,
            is_freeform,
            signature,
        } => {
            let namespace = namespace.as_deref().map(|name| format!("{name}."));
            let signature = signature
                .as_ref()
                .map(|seal| format!(" signed {}", seal.data.decoded()));
            let freeform = flag(*is_freeform, " freeform");
            let namespace = namespace.unwrap_or_default();
            format!(
                "tool {namespace}{name}#{id}{freeform}{}",
                signature.unwrap_or_default()
            )
        }
        Opening::Server(run) => server(run),
        Opening::Media { mime, base64 } => format!("media {mime} {base64}"),
    }
}

fn server(run: &ServerRun<'_>) -> String {
    let kind = match run.kind {
        ServerKind::WebSearch => "search",
        ServerKind::WebFetch => "fetch",
        ServerKind::CodeExecution => "code",
        ServerKind::FileSearch => "files",
        ServerKind::ImageGeneration => "image",
        ServerKind::Mcp => "mcp",
        ServerKind::Other => "other",
    };
    let id = run.id.as_deref().map(|id| format!("#{id}"));
    let texts = |texts: Vec<&JsonStr<'_>>| {
        let texts = texts.into_iter().map(|text| text.decoded().into_owned());
        texts.collect::<Vec<_>>().join(", ")
    };
    let queries = texts(run.queries.iter().collect());
    let pages = run.sources.iter();
    let pages: Vec<_> = pages
        .map(|page| texts(vec![&page.url, &page.title]))
        .collect();
    format!(
        "{kind}{} [{queries}] [{}]",
        id.unwrap_or_default(),
        pages.join("; ")
    )
}

fn seal(opaque: &Opaque<'_>) -> String {
    let item = opaque.item.as_deref().map(|item| format!("{item}:"));
    let data = opaque.data.decoded();
    format!(
        "{:?} {:?} {}{data}",
        opaque.family,
        opaque.kind,
        item.unwrap_or_default()
    )
}

fn figures(usage: &UsagePatch) -> String {
    let figures = [
        ("plain", usage.plain),
        ("read", usage.cache_read),
        ("write", usage.cache_write),
        ("tool", usage.tool_prompt),
        ("output", usage.output),
        ("reasoning", usage.reasoning),
        ("searches", usage.searches),
    ];
    let figures = figures.into_iter();
    let figures = figures.filter_map(|(name, count)| Some(format!("{name}={}", count?)));
    figures.collect::<Vec<_>>().join(" ")
}

pub(crate) fn finish(reason: &Finish<'_>) -> String {
    match reason {
        Finish::Stop => "stop".to_owned(),
        Finish::StopSequence(None) => "sequence".to_owned(),
        Finish::StopSequence(Some(text)) => format!("sequence {}", text.decoded()),
        Finish::Length => "length".to_owned(),
        Finish::ContextFull => "context".to_owned(),
        Finish::ToolUse => "tools".to_owned(),
        Finish::Filter { is_prompt: false } => "filter".to_owned(),
        Finish::Filter { is_prompt: true } => "filter prompt".to_owned(),
        Finish::Refusal => "refusal".to_owned(),
        Finish::Pause => "pause".to_owned(),
        Finish::Malformed => "malformed".to_owned(),
        Finish::Other => "other".to_owned(),
    }
}
