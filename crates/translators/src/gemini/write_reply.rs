//! Pieces that stand in a Gemini response and in the frames of a stream alike.
//!
//! | what | part |
//! | --- | --- |
//! | text, refusal | `text` |
//! | reasoning | `text` with `thought`; `thoughtSignature` on its last part |
//! | a call | `functionCall`, whole; Gemini's own signature beside it |
//! | an image, a recording | `inlineData` |
//! | citations and searches of the provider | `groundingMetadata` of the candidate |
//!
//! Texts that follow each other are one part, with a blank line where one is a paragraph of its own.
//! Segments of `groundingSupports` count bytes of that part.

use super::finish;
use crate::{
    arguments,
    compact::one_line,
    json_str::JsonStr,
    reply::{Finish, PartId, ReplyCitation, ServerRun, UsagePatch, position},
    request_ir::{Family, Opaque, ServerKind},
};
use cliproxy_json::ObjectWriter;

/// `usageMetadata`.
pub(crate) fn usage(usage: &UsagePatch, object: &mut ObjectWriter<'_>) {
    let count = |field: Option<u64>| field.unwrap_or(0);
    let (tools, reasoning) = (count(usage.tool_prompt), count(usage.reasoning));
    let answer = count(usage.output).saturating_sub(reasoning);
    let prompt = usage.input().saturating_sub(tools);
    object.number("promptTokenCount", prompt);
    if let Some(read @ 1..) = usage.cache_read {
        object.number("cachedContentTokenCount", read);
    }
    object.number("candidatesTokenCount", answer);
    if reasoning > 0 {
        object.number("thoughtsTokenCount", reasoning);
    }
    if tools > 0 {
        object.number("toolUsePromptTokenCount", tools);
    }
    let all = [prompt, answer, reasoning, tools].into_iter();
    object.number("totalTokenCount", all.fold(0, u64::saturating_add));
}

/// A call, whole. `text` is its escaped arguments.
pub(super) fn call(
    (id, name, text): (&str, &str, &str),
    signature: Option<&Opaque<'_>>,
    part: &mut ObjectWriter<'_>,
) {
    part.object("functionCall", |call| {
        call.text("name", name);
        let text = JsonStr::escaped(text);
        call.raw("args", &one_line(arguments::object(&text.decoded())));
        call.text("id", id);
    });
    if let Some(signature) = signature.filter(|opaque| opaque.family == Family::Gemini) {
        part.escaped("thoughtSignature", signature.data.as_escaped());
    }
}

pub(super) fn media(mime: &str, base64: &str, part: &mut ObjectWriter<'_>) {
    part.object("inlineData", |data| {
        data.text("mimeType", mime);
        data.text("data", base64);
    });
}

/// The members of a candidate's last frame before `modelVersion`. `said` is whether it has said anything,
/// and where that is from.
pub(super) fn last(
    number: u16,
    reason: &Finish<'_>,
    said: (bool, &Grounding),
    used: &UsagePatch,
    out: &mut Vec<u8>,
) {
    let (has_parts, grounding) = said;
    if blocks_prompt(reason) && !has_parts {
        out.extend_from_slice(br#""promptFeedback":{"blockReason":"SAFETY"}"#);
    } else {
        out.extend_from_slice(br#""candidates":["#);
        ObjectWriter::write(out, |candidate| {
            candidate.object("content", |content| {
                content.text("role", "model");
                content.array("parts", |parts| parts.object(|part| part.text("text", "")));
            });
            candidate.text("finishReason", finish::encode(reason));
            candidate.number("index", number.into());
            grounding.write(candidate);
        });
        out.push(b']');
    }
    out.extend_from_slice(br#","usageMetadata":"#);
    ObjectWriter::write(out, |object| usage(used, object));
}

/// The upstream itself has said that it was the prompt.
pub(super) const fn blocks_prompt(reason: &Finish<'_>) -> bool {
    matches!(reason, Finish::Filter { is_prompt: true })
}

/// Where the text of a candidate is from.
#[derive(Debug, Default)]
pub(super) struct Grounding {
    queries: Vec<JsonStr<'static>>,
    /// URL and title.
    chunks: Vec<(JsonStr<'static>, JsonStr<'static>)>,
    supports: Vec<Support>,
}

#[derive(Debug)]
struct Support {
    part: u64,
    start: usize,
    end: usize,
    text: String,
    chunk: usize,
}

impl Grounding {
    pub(super) fn search(&mut self, run: &ServerRun<'_>) {
        if run.kind != ServerKind::WebSearch {
            return;
        }
        let queries = run.queries.iter().cloned().map(JsonStr::into_owned);
        self.queries.extend(queries);
        for source in &run.sources {
            self.chunk(&source.url, &source.title);
        }
    }

    fn chunk(&mut self, url: &JsonStr<'_>, title: &JsonStr<'_>) -> usize {
        let known = self
            .chunks
            .iter()
            .position(|(known, _)| known.as_escaped() == url.as_escaped());
        known.unwrap_or_else(|| {
            let chunk = (url.clone().into_owned(), title.clone().into_owned());
            self.chunks.push(chunk);
            self.chunks.len() - 1
        })
    }

    /// A citation of `run[start..]`, where `run` is the text so far of the part with this index.
    pub(super) fn cite(
        &mut self,
        citation: &ReplyCitation<'_>,
        run: &str,
        start: usize,
        part: u64,
    ) {
        let Some(url) = &citation.url else {
            return;
        };
        let (before, text) = run.split_at_checked(start).unwrap_or((run, ""));
        let (from, to) = match citation.range {
            Some((from, to)) => (position(text, from), position(text, to)),
            None => (0, text.len()),
        };
        let bytes = |escaped: &str| JsonStr::escaped(escaped).decoded().len();
        let cited = text.get(from..to).unwrap_or_default();
        let start = bytes(before) + bytes(text.get(..from).unwrap_or_default());
        let chunk = self.chunk(url, &citation.title.clone().unwrap_or_default());
        self.supports.push(Support {
            part,
            start,
            end: start + bytes(cited),
            text: cited.to_owned(),
            chunk,
        });
    }

    /// `groundingMetadata`, if there is any.
    pub(super) fn write(&self, candidate: &mut ObjectWriter<'_>) {
        if self.queries.is_empty() && self.chunks.is_empty() {
            return;
        }
        candidate.object("groundingMetadata", |metadata| {
            if !self.queries.is_empty() {
                metadata.array("webSearchQueries", |list| {
                    self.queries
                        .iter()
                        .for_each(|query| list.escaped(query.as_escaped()));
                });
            }
            metadata.array("groundingChunks", |list| {
                for (url, title) in &self.chunks {
                    list.object(|chunk| {
                        chunk.object("web", |web| {
                            web.escaped("uri", url.as_escaped());
                            web.escaped("title", title.as_escaped());
                        });
                    });
                }
            });
            if !self.supports.is_empty() {
                metadata.array("groundingSupports", |list| {
                    for support in &self.supports {
                        list.object(|object| support.write(object));
                    }
                });
            }
        });
    }
}

impl Support {
    fn write(&self, object: &mut ObjectWriter<'_>) {
        object.object("segment", |segment| {
            if self.part > 0 {
                segment.number("partIndex", self.part);
            }
            segment.number("startIndex", self.start as u64);
            segment.number("endIndex", self.end as u64);
            segment.escaped("text", &self.text);
        });
        object.array("groundingChunkIndices", |list| {
            list.raw(&self.chunk.to_string());
        });
    }
}

/// The part that a candidate's next text may belong to, and the visible text that was last.
#[derive(Debug, Default)]
pub(super) struct Run {
    kind: Option<RunKind>,
    /// What the last visible text says so far, escaped.
    pub(super) text: String,
    /// The index of that text's part.
    pub(super) part: u64,
    /// How many parts there are.
    parts: u64,
    /// The piece of visible text that closed last, and where it begins in `text`.
    closed: Option<(PartId, usize)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RunKind {
    Text,
    Thought,
}

impl Run {
    /// Whether a text of this kind would belong to the part before it.
    pub(super) fn goes_on(&self, kind: RunKind) -> bool {
        self.kind == Some(kind)
    }

    /// A text begins. Whether a blank line comes before it, since it goes on in the same part.
    pub(super) fn begin(&mut self, kind: RunKind, is_paragraph: bool) -> bool {
        if self.goes_on(kind) {
            if is_paragraph {
                self.push(kind, r"\n\n");
            }
            return is_paragraph;
        }
        self.kind = Some(kind);
        if kind == RunKind::Text {
            self.text.clear();
            self.closed = None;
            self.part = self.parts;
        }
        self.parts += 1;
        false
    }

    /// More of the text that has begun. Only what can be cited is kept.
    pub(super) fn push(&mut self, kind: RunKind, text: &str) {
        if kind == RunKind::Text {
            self.text.push_str(text);
        }
    }

    /// A piece of text has closed, and may still be cited.
    pub(super) fn close(&mut self, kind: RunKind, piece: PartId, start: usize) {
        if kind == RunKind::Text {
            self.closed = Some((piece, start));
        }
    }

    /// Where this piece begins in `text`, if it is the one that closed last.
    pub(super) fn start_of(&self, piece: PartId) -> Option<usize> {
        let closed = self.closed.filter(|(closed, _)| *closed == piece);
        closed.map(|(_, start)| start)
    }

    /// A part that is no text.
    pub(super) const fn interrupt(&mut self) {
        self.kind = None;
        self.parts += 1;
    }

    /// What follows begins a part.
    pub(super) const fn end(&mut self) {
        self.kind = None;
    }
}
