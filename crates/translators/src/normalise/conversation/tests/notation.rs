//! Conversations as lines: `user: text Hi | image png`.
//!
//! A part is a word and what belongs to it, ` *` behind it is a caching mark, and `@an:sig:S` is sealed
//! reasoning: whose, what, and the data. What is behind ` + ` is inside the result before it.

use crate::{
    json_str::JsonStr,
    normalise::Notes,
    rejection::Rejection,
    request_ir::{
        CacheMark, Family, Media, MediaKind, Opaque, OpaqueKind, Part, PartKind, Place, Request,
        Role, ServerKind, ServerTool, Source, SystemMessage, SystemRole, Text, Thought, ToolInput,
        ToolName, ToolResult, ToolUse, Turn,
    },
};
use cliproxy_core::Protocol;
use cliproxy_json::Value;
use std::borrow::Cow;

/// A conversation, and a document whose places stand for the parts: `1.0` is the first part of the second
/// line.
#[derive(Debug)]
pub(crate) struct Script {
    text: String,
    places: String,
}

const FAMILIES: [(&str, Family); 3] = [
    ("an", Family::Anthropic),
    ("oa", Family::OpenAi),
    ("gm", Family::Gemini),
];

const KINDS: [(&str, OpaqueKind); 6] = [
    ("sig", OpaqueKind::Signature),
    ("red", OpaqueKind::Redacted),
    ("enc", OpaqueKind::Encrypted),
    ("fc", OpaqueKind::Call),
    ("txt", OpaqueKind::Text),
    ("th", OpaqueKind::Thought),
];

impl Script {
    pub(crate) fn new(text: &str) -> Self {
        let lines = text.lines().map(|line| {
            let parts: Vec<_> = line.split(" | ").map(|_| "0").collect();
            format!("[{}]", parts.join(","))
        });
        let lines: Vec<_> = lines.collect();
        Self {
            text: text.to_owned(),
            places: format!("[{}]", lines.join(",")),
        }
    }

    fn document(&self) -> Value<'_> {
        Value::parse(&self.places).unwrap()
    }

    pub(crate) fn request(&self) -> Request<'_> {
        let mut request = Request::new(Protocol::Chat);
        for (line, places) in self.text.lines().zip(self.document().elements()) {
            let (role, parts) = line.split_once(':').unwrap();
            let parts = parts.split(" | ").zip(places.elements());
            let parts = parts.filter(|(part, _)| !part.trim().is_empty());
            let parts = parts.map(|(part, place)| read(part.trim_start(), Place::of(place)));
            let parts: Vec<_> = parts.collect();
            let place = Place::of(places);
            let role = match role {
                "user" => Role::User,
                "assistant" => Role::Assistant,
                "system" => {
                    let message = SystemMessage {
                        role: SystemRole::System,
                        parts,
                        place,
                    };
                    match request.turns.is_empty() {
                        true => request.system.push(message),
                        false => request.turns.push(Turn::System(message)),
                    }
                    continue;
                }
                other => panic!("{other}"),
            };
            request.turns.push(Turn::Said { role, parts, place });
        }
        request
    }

    pub(crate) fn losses(&self, notes: &Notes) -> String {
        let path = |place: &Place| place.path(self.document()).unwrap();
        let dropped = notes.losses.dropped.iter();
        let dropped = dropped.map(|lost| format!("-{}", path(&lost.place)));
        let changed = notes.losses.changed.iter();
        let changed = changed.map(|lost| format!("~{}", path(&lost.place)));
        let mut all: Vec<_> = dropped.chain(changed).collect();
        all.sort();
        all.join(" ")
    }

    pub(crate) fn path(&self, rejection: &Rejection) -> String {
        rejection.param(self.document()).unwrap()
    }
}

fn read(text: &str, place: Place) -> Part<'_> {
    let (text, is_marked) = match text.strip_suffix(" *") {
        Some(text) => (text, true),
        None => (text, false),
    };
    let (text, opaque) = match text.rsplit_once('@') {
        Some((text, opaque)) => (text.trim_end(), Some(read_opaque(opaque))),
        None => (text, None),
    };
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let kind = match word {
        "text" | "para" => PartKind::Text(Text {
            text: JsonStr::escaped(rest),
            ..Text::default()
        }),
        "refusal" => PartKind::Refusal(JsonStr::escaped(rest)),
        "think" => PartKind::Thinking(Box::new(Thought {
            text: JsonStr::escaped(rest),
            opaque,
            ..Thought::default()
        })),
        "redacted" => PartKind::Redacted(Box::new(opaque.unwrap())),
        "call" | "custom" => {
            let mut words = rest.splitn(3, ' ');
            let id = words.next().unwrap().trim_matches('-');
            let name = words.next().unwrap();
            let input = words.next().unwrap_or_default();
            PartKind::ToolUse(Box::new(ToolUse {
                id: id.into(),
                name: ToolName::bare(name.into()),
                input: match word {
                    "call" => ToolInput::Text(JsonStr::escaped(input)),
                    _ => ToolInput::Freeform(JsonStr::escaped(input)),
                },
                signature: opaque,
                signature_place: Place::NOWHERE,
            }))
        }
        "result" | "error" | "response" => read_result(word, rest, place),
        "image" | "pdf" | "notes" | "audio" | "video" => {
            PartKind::Media(Box::new(read_media(word, rest)))
        }
        "search" => PartKind::ServerTool(Box::new(ServerTool {
            kind: ServerKind::WebSearch,
            call: Value::parse("{}").unwrap(),
            result: None,
        })),
        "foreign" => PartKind::Foreign(Protocol::Chat),
        other => panic!("{other}"),
    };
    let mut part = Part::new(kind, place);
    part.cache = is_marked.then_some(CacheMark::Ephemeral);
    part.begins_paragraph = word == "para";
    part
}

fn read_opaque(text: &str) -> Opaque<'_> {
    let mut pieces = text.splitn(3, ':');
    let (family, kind) = (pieces.next().unwrap(), pieces.next().unwrap());
    Opaque {
        family: FAMILIES.iter().find(|row| row.0 == family).unwrap().1,
        kind: KINDS.iter().find(|row| row.0 == kind).unwrap().1,
        item: None,
        data: JsonStr::escaped(pieces.next().unwrap()),
        realm: None,
    }
}

/// `ID text`, `:name text` for one without an id.
fn read_result<'a>(word: &str, rest: &'a str, place: Place) -> PartKind<'a> {
    let (id, said) = rest.split_once(' ').unwrap_or((rest, ""));
    let (id, name) = id.split_once(':').unwrap_or((id, ""));
    let mut pieces = said.split(" + ");
    let first = pieces.next().unwrap_or_default();
    let is_response = word == "response";
    let text =
        (!first.is_empty() && !is_response).then(|| Part::text(JsonStr::escaped(first), place));
    PartKind::ToolResult(Box::new(ToolResult {
        id: id.into(),
        name: (!name.is_empty()).then(|| name.into()),
        content: text
            .into_iter()
            .chain(pieces.map(|part| read(part, place)))
            .collect(),
        structured: is_response.then(|| Value::parse(first).unwrap()),
        is_error: word == "error",
        is_freeform: false,
    }))
}

/// `image png`, or an address.
fn read_media<'a>(word: &str, rest: &'a str) -> Media<'a> {
    let (kind, mime) = match word {
        "image" => (MediaKind::Image, format!("image/{rest}")),
        "pdf" => (MediaKind::Document, "application/pdf".to_owned()),
        "notes" => (MediaKind::Document, "text/plain".to_owned()),
        "audio" => (MediaKind::Audio, format!("audio/{rest}")),
        "video" => (MediaKind::Video, "video/mp4".to_owned()),
        other => panic!("{other}"),
    };
    let source = match word {
        "notes" => Source::Text(JsonStr::escaped(rest)),
        _ if rest.contains("://") => Source::Url(JsonStr::escaped(rest)),
        _ if rest.starts_with("file-") => Source::File {
            owner: Protocol::Chat,
            id: JsonStr::escaped(rest),
        },
        _ => Source::Base64(Cow::Borrowed("aGV5")),
    };
    let is_data = matches!(source, Source::Base64(_));
    let mut media = Media::new(kind, source);
    media.mime = is_data.then(|| mime.into());
    media
}

/// A line per message, ending in a line break.
pub(crate) fn render(request: &Request<'_>) -> String {
    let mut out = String::new();
    for message in &request.system {
        line(&mut out, "system", &message.parts);
    }
    for turn in &request.turns {
        match turn {
            Turn::System(message) => line(&mut out, "system", &message.parts),
            Turn::Said { role, parts, .. } => {
                let role = match role {
                    Role::User => "user",
                    Role::Assistant => "assistant",
                };
                line(&mut out, role, parts);
            }
        }
    }
    out
}

fn line(out: &mut String, role: &str, parts: &[Part<'_>]) {
    let parts: Vec<_> = parts.iter().map(show).collect();
    *out += &format!("{role}: {}\n", parts.join(" | "));
}

fn show(part: &Part<'_>) -> String {
    let text = match &part.kind {
        PartKind::Text(text) => {
            let word = if part.begins_paragraph {
                "para"
            } else {
                "text"
            };
            format!("{word} {}", text.text.as_escaped())
        }
        PartKind::Refusal(text) => format!("refusal {}", text.as_escaped()),
        PartKind::Thinking(thought) => {
            let opaque = show_opaque(thought.opaque.as_ref());
            format!("think {}{opaque}", thought.text.as_escaped())
        }
        PartKind::Redacted(opaque) => format!("redacted{}", show_opaque(Some(opaque))),
        PartKind::ToolUse(call) => {
            let (word, input) = match &call.input {
                ToolInput::Json(json) => ("call", &**json),
                ToolInput::Text(text) => ("call", text.as_escaped()),
                ToolInput::Freeform(text) => ("custom", text.as_escaped()),
            };
            let signature = show_opaque(call.signature.as_ref());
            format!("{word} {} {} {input}{signature}", call.id, call.name.name)
        }
        PartKind::ToolResult(result) => {
            let word = if result.is_error { "error" } else { "result" };
            let content: Vec<_> = result.content.iter().map(show).collect();
            format!("{word} {} {}", result.id, content.join(" + "))
        }
        PartKind::Media(media) => {
            let kind = format!("{:?}", media.kind).to_lowercase();
            format!("{kind} {}", media.mime.as_deref().unwrap_or_default())
        }
        PartKind::ServerTool(_) => "search".to_owned(),
        PartKind::Foreign(..) => "foreign".to_owned(),
    };
    let mark = if part.cache.is_some() { " *" } else { "" };
    text.trim_end().to_owned() + mark
}

fn show_opaque(opaque: Option<&Opaque<'_>>) -> String {
    opaque.map_or_else(String::new, |opaque| {
        let family = FAMILIES
            .iter()
            .find(|row| row.1 == opaque.family)
            .unwrap()
            .0;
        let kind = KINDS.iter().find(|row| row.1 == opaque.kind).unwrap().0;
        format!(" @{family}:{kind}:{}", opaque.data.as_escaped())
    })
}
