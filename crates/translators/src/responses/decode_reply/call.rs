//! A call of a function or of a freeform tool.
//!
//! - It opens with its item, under `call_id`: the item's own id is of no use to the tool's result. Only
//!   without one the item's id serves, and without that one that is made.
//! - Arguments of the item at its beginning are a first delta.
//! - A whole value (`.done`, the item) adds what deltas have not brought; what contradicts them is
//!   ignored.
//! - A call whose item has no name at its beginning opens at its end; one without a name is a loss.

use super::{filled, seen::Seen};
use crate::{
    json_str::JsonStr,
    reply::{Emitter, Opening, PartId, ReplyLoss},
};
use cliproxy_json::Value;

#[derive(Debug)]
pub(super) struct Call {
    is_freeform: bool,
    part: Option<PartId>,
    is_closed: bool,
    seen: Seen,
}

impl Call {
    pub(super) const fn new(is_freeform: bool) -> Self {
        Self {
            is_freeform,
            part: None,
            is_closed: false,
            seen: Seen::new(),
        }
    }

    pub(super) const fn is_freeform(&self) -> bool {
        self.is_freeform
    }

    /// The item begins.
    pub(super) fn begin(&mut self, item: Value<'_>, out: &mut Emitter<'_>) {
        let Some(name) = filled(item, "name").filter(|_| self.part.is_none()) else {
            return;
        };
        let id = filled(item, "call_id").or_else(|| filled(item, "id"));
        let opening = Opening::Tool {
            id: id.unwrap_or_else(|| out.mint(&name, "").into()),
            name,
            namespace: filled(item, "namespace"),
            is_freeform: self.is_freeform,
            signature: None,
        };
        self.part = Some(out.open(0, opening));
        self.said(&self.input(item), out);
    }

    /// More of the arguments. Before the call is open they are left to the item.
    pub(super) fn say(&mut self, text: JsonStr<'_>, out: &mut Emitter<'_>) {
        if let Some(part) = self.part.filter(|_| !self.is_closed) {
            self.seen.push(&text);
            out.delta(part, text);
        }
    }

    /// The whole arguments.
    pub(super) fn said(&mut self, whole: &JsonStr<'_>, out: &mut Emitter<'_>) {
        if let Some(part) = self.part.filter(|_| !self.is_closed) {
            let rest = self.seen.rest(whole);
            out.delta(part, rest);
        }
    }

    /// The item is whole.
    pub(super) fn end(&mut self, item: Value<'_>, out: &mut Emitter<'_>) {
        self.begin(item, out);
        self.said(&self.input(item), out);
        self.close(out);
    }

    /// The response has ended.
    pub(super) fn finish(&mut self, out: &mut Emitter<'_>) {
        match self.part {
            Some(_) => self.close(out),
            None => out.lost(ReplyLoss::Call),
        }
    }

    pub(super) fn close(&mut self, out: &mut Emitter<'_>) {
        if let Some(part) = self.part.filter(|_| !self.is_closed) {
            out.close(part);
            self.is_closed = true;
        }
    }

    fn input<'a>(&self, item: Value<'a>) -> JsonStr<'a> {
        let key = if self.is_freeform {
            "input"
        } else {
            "arguments"
        };
        item.get(key).and_then(JsonStr::of).unwrap_or_default()
    }
}
