//! A reasoning item: one part.
//!
//! - It is opened by its first words, or at its end if it has only `encrypted_content`.
//! - It tells the summary or the reasoning itself, whichever came first, and never both.
//! - Text of a later summary part is announced as such.
//! - The item adds what deltas have not brought, and at last `encrypted_content`, with the item's id.

use super::{filled, seen::Seen};
use crate::{
    json_str::JsonStr,
    reply::{Emitter, Event, Opening, PartId},
    request_ir::{Family, Opaque, OpaqueKind},
};
use cliproxy_json::Value;

#[derive(Debug, Default)]
pub(super) struct Reasoning {
    open: Option<(Form, PartId)>,
    is_closed: bool,
    /// The texts of the summary, or of the reasoning, by index.
    texts: Vec<(u64, Seen)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Summary,
    Raw,
}

impl Reasoning {
    /// More of a text.
    pub(super) fn say(&mut self, form: Form, index: u64, text: JsonStr<'_>, out: &mut Emitter<'_>) {
        if text.is_empty() {
            return;
        }
        if let Some((part, seen)) = self.text(form, index, out) {
            seen.push(&text);
            out.delta(part, text);
        }
    }

    /// The whole of a text.
    pub(super) fn said(
        &mut self,
        form: Form,
        index: u64,
        whole: &JsonStr<'_>,
        out: &mut Emitter<'_>,
    ) {
        if whole.is_empty() {
            return;
        }
        if let Some((part, seen)) = self.text(form, index, out) {
            let rest = seen.rest(whole);
            out.delta(part, rest);
        }
    }

    /// The item is whole.
    pub(super) fn end(&mut self, item: Value<'_>, out: &mut Emitter<'_>) {
        if self.is_closed {
            return;
        }
        for (form, key) in [(Form::Summary, "summary"), (Form::Raw, "content")] {
            let texts = item.get(key);
            for (index, text) in (0..).zip(texts.iter().flat_map(Value::elements)) {
                let text = text.get("text").and_then(JsonStr::of).unwrap_or_default();
                self.said(form, index, &text, out);
            }
        }
        let sealed = item.get("encrypted_content").and_then(JsonStr::of);
        if let Some(data) = sealed.filter(|data| !data.is_empty()) {
            let (_, part) = *self.open.get_or_insert_with(|| open(Form::Summary, out));
            let opaque = Opaque {
                family: Family::OpenAi,
                kind: OpaqueKind::Encrypted,
                item: filled(item, "id"),
                data,
                realm: None,
            };
            out.event(Event::Opaque { part, opaque });
        }
        self.close(out);
    }

    pub(super) fn close(&mut self, out: &mut Emitter<'_>) {
        if std::mem::replace(&mut self.is_closed, true) {
            return;
        }
        if let Some((_, part)) = self.open {
            out.close(part);
        }
    }

    /// The part and the text of an index, if it is to be told.
    fn text(
        &mut self,
        form: Form,
        index: u64,
        out: &mut Emitter<'_>,
    ) -> Option<(PartId, &mut Seen)> {
        if self.is_closed {
            return None;
        }
        let (told, part) = *self.open.get_or_insert_with(|| open(form, out));
        if told != form {
            return None;
        }
        let known = self.texts.iter().position(|(known, _)| *known == index);
        let at = known.unwrap_or_else(|| {
            let is_next = self.texts.iter().all(|(known, _)| *known < index);
            if form == Form::Summary && is_next && !self.texts.is_empty() {
                out.event(Event::NextSummary { part });
            }
            self.texts.push((index, Seen::default()));
            self.texts.len() - 1
        });
        self.texts.get_mut(at).map(|(_, seen)| (part, seen))
    }
}

fn open(form: Form, out: &mut Emitter<'_>) -> (Form, PartId) {
    let is_raw = form == Form::Raw;
    (form, out.open(0, Opening::Thinking { is_raw }))
}
