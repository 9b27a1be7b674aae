//! A message item: its texts and refusals, each a part of its own.
//!
//! - A part is opened by its first words and closed by `content_part.done`, or with the item.
//! - A whole value (`output_text.done`, the part, the item) adds what deltas have not brought, and the
//!   annotations that were not told; what contradicts the deltas is ignored.
//! - The first text of a further message is a paragraph of its own.
//! - Annotations count code points of their part; those without a URL name files of OpenAI's.
//! - A delta brings the probabilities of its own tokens, a whole value those of all: what was told is
//!   counted and left out.
//! - A loss are those annotations, and parts that nobody knows.

use super::seen::Seen;
use crate::{
    json_str::JsonStr,
    reply::{Emitter, Event, Logprobs, Opening, PartId, ReplyCitation, ReplyLoss},
    tap::tokens,
};
use cliproxy_json::Value;

#[derive(Debug, Default)]
pub(super) struct Message {
    parts: Vec<Part>,
    /// Another message has told text.
    pub(super) is_further: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Text,
    Refusal,
}

#[derive(Debug)]
struct Part {
    index: u64,
    kind: Said,
    part: PartId,
    seen: Seen,
    citations: usize,
    /// Tokens whose probabilities were told.
    tokens: usize,
    is_closed: bool,
}

impl Message {
    pub(super) fn has_text(&self) -> bool {
        self.parts.iter().any(|part| part.kind == Said::Text)
    }

    /// More of a part.
    pub(super) fn say(
        &mut self,
        index: u64,
        kind: Said,
        text: JsonStr<'_>,
        logprobs: Option<Value<'_>>,
        out: &mut Emitter<'_>,
    ) {
        if text.is_empty() {
            return;
        }
        let part = self.part(index, kind, out);
        if !part.is_closed {
            part.tell_logprobs(logprobs, 0, out);
            part.seen.push(&text);
            out.delta(part.part, text);
        }
    }

    /// The whole of a part.
    pub(super) fn said(
        &mut self,
        index: u64,
        kind: Said,
        whole: &JsonStr<'_>,
        logprobs: Option<Value<'_>>,
        out: &mut Emitter<'_>,
    ) {
        if whole.is_empty() {
            return;
        }
        let part = self.part(index, kind, out);
        if !part.is_closed {
            part.tell_logprobs(logprobs, part.tokens, out);
            let rest = part.seen.rest(whole);
            out.delta(part.part, rest);
        }
    }

    pub(super) fn annotate(&mut self, index: u64, annotation: Value<'_>, out: &mut Emitter<'_>) {
        let mut parts = self.parts.iter_mut();
        let part = parts.find(|part| part.index == index && part.kind == Said::Text);
        if let Some(part) = part.filter(|part| !part.is_closed) {
            part.cite(annotation, out);
        }
    }

    /// A part is whole: nothing more comes.
    pub(super) fn part_done(&mut self, index: u64, value: Value<'_>, out: &mut Emitter<'_>) {
        let (kind, key) = match value.get("type").and_then(|kind| kind.escaped()) {
            Some("refusal") => (Said::Refusal, "refusal"),
            Some("output_text" | "text") => (Said::Text, "text"),
            _ => return,
        };
        let whole = value.get(key).and_then(JsonStr::of).unwrap_or_default();
        self.said(index, kind, &whole, value.get("logprobs"), out);
        let mut parts = self.parts.iter_mut();
        let part = parts.find(|part| part.index == index && part.kind == kind);
        if let Some(part) = part.filter(|part| !part.is_closed) {
            let annotations = value.get("annotations");
            let annotations = annotations.iter().flat_map(Value::elements);
            for annotation in annotations.skip(part.citations) {
                part.cite(annotation, out);
            }
            part.close(out);
        }
    }

    /// The item is whole.
    ///
    /// `is_first`: for the first time.
    pub(super) fn end(&mut self, item: Value<'_>, is_first: bool, out: &mut Emitter<'_>) {
        let content = item.get("content");
        for (index, part) in (0..).zip(content.iter().flat_map(Value::elements)) {
            match part.get("type").and_then(|kind| kind.escaped()) {
                Some("output_text" | "text" | "refusal") => self.part_done(index, part, out),
                _ if is_first => out.lost(ReplyLoss::Content),
                _ => {}
            }
        }
        self.close(out);
    }

    pub(super) fn close(&mut self, out: &mut Emitter<'_>) {
        for part in &mut self.parts {
            part.close(out);
        }
    }

    fn part(&mut self, index: u64, kind: Said, out: &mut Emitter<'_>) -> &mut Part {
        let mut parts = self.parts.iter();
        let known = parts.position(|part| part.index == index && part.kind == kind);
        let at = known.unwrap_or_else(|| {
            let begins_paragraph = self.is_further && !self.has_text();
            let opening = match kind {
                Said::Text => Opening::Text { begins_paragraph },
                Said::Refusal => Opening::Refusal,
            };
            self.parts.push(Part {
                index,
                kind,
                part: out.open(0, opening),
                seen: Seen::default(),
                citations: 0,
                tokens: 0,
                is_closed: false,
            });
            self.parts.len() - 1
        });
        &mut self.parts[at]
    }
}

impl Part {
    fn cite(&mut self, annotation: Value<'_>, out: &mut Emitter<'_>) {
        self.citations += 1;
        let text = |key| annotation.get(key).and_then(JsonStr::of);
        let Some(url) = text("url") else {
            return out.lost(ReplyLoss::Citation);
        };
        let start = tokens(annotation.get("start_index"));
        let citation = ReplyCitation {
            range: start.zip(tokens(annotation.get("end_index"))),
            url: Some(url),
            title: text("title"),
            cited: None,
        };
        let part = self.part;
        out.event(Event::Citation { part, citation });
    }

    /// Those of a list behind the first `told`.
    fn tell_logprobs(&mut self, list: Option<Value<'_>>, told: usize, out: &mut Emitter<'_>) {
        let Some(list) = list else {
            return;
        };
        if let Some(logprobs) = Logprobs::behind(list, told) {
            self.tokens += list.elements().count() - told;
            let part = self.part;
            out.event(Event::Logprobs { part, logprobs });
        }
    }

    fn close(&mut self, out: &mut Emitter<'_>) {
        if !std::mem::replace(&mut self.is_closed, true) {
            out.close(self.part);
        }
    }
}
