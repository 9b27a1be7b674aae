//! A chat reply in the raw lane: how a stream goes, and where it ends.
//!
//! <https://platform.openai.com/docs/api-reference/chat-streaming>

use crate::{
    Failure, Observed,
    chat::usage::usage,
    mention::{self, Member},
    read_error::error_of,
    tap::{ReadAlong, data, tokens},
};
use cliproxy_core::Usage;
use cliproxy_json::{Kind, Value};
use cliproxy_sse::Frame;

const DONE: &[u8] = b"[DONE]";

#[derive(Debug, Default)]
pub(crate) struct Tap {
    usage: Usage,
    /// Choice indices that have been seen, and those with a finish reason; one bit each.
    seen: u128,
    ended: u128,
    /// `[DONE]`, an error, or a whole body.
    closed: bool,
}

impl ReadAlong for Tap {
    fn observe(&mut self, frame: &Frame) -> Observed {
        let Some(data) = data(frame) else {
            return Observed::Comment;
        };
        if data.trim_ascii() == DONE {
            self.closed = true;
            return Observed::Terminal;
        }
        if frame.event() == Some(b"error") {
            return self.fail(frame);
        }
        let may_fail = mention::ERROR.has_value_in(&data);
        if !may_fail && !self.is_worth_reading(&data) {
            return Observed::Progress;
        }
        let Ok(chunk) = Value::parse_bytes(&data) else {
            return Observed::Progress;
        };
        if may_fail && error_of(chunk).is_some() {
            return self.fail(frame);
        }
        if self.read(chunk) && self.finished() {
            return Observed::Terminal;
        }
        Observed::Progress
    }

    fn is_handshake(&self, _frame: &Frame, document: Value<'_>) -> bool {
        is_handshake(document)
    }

    fn body(&mut self, document: Value<'_>) {
        self.read(document);
        self.closed = true;
    }

    fn usage(&self) -> Usage {
        self.usage
    }

    /// Every choice that was begun is ended; `[DONE]` is optional.
    fn finished(&self) -> bool {
        self.closed || (self.seen != 0 && self.seen == self.ended)
    }
}

impl Tap {
    fn fail(&mut self, frame: &Frame) -> Observed {
        self.closed = true;
        Observed::Failure(Failure::of_event(frame))
    }

    fn is_worth_reading(&self, data: &[u8]) -> bool {
        // Tool calls are numbered too, and in an agent's stream most chunks are theirs.
        let is_new_choice = |member: Member<'_>| {
            let index = mention::leading_number(member.value);
            let is_known = index.is_some_and(|index| self.seen & bit(index) != 0);
            !is_known && !begins_tool_call(&data[..member.start])
        };
        self.seen == 0
            || mention::FINISH_REASON.has_value_in(data)
            || mention::USAGE.has_value_in(data)
            || mention::INDEX.members(data).any(is_new_choice)
    }

    /// Takes usage and finish reasons of a chunk or body; whether a choice ends in it.
    fn read(&mut self, chunk: Value<'_>) -> bool {
        let mut reported = None;
        let mut ends = false;
        // One walk: every lookup would be another.
        for (key, value) in chunk.members() {
            match &*key {
                "choices" => ends = self.choices(value, &mut reported),
                "usage" if value.kind() == Kind::Object => reported = Some(value),
                _ => {}
            }
        }
        let usage = reported.map(usage).unwrap_or_default();
        if !usage.is_empty() {
            self.usage = usage;
        }
        ends
    }

    fn choices<'a>(&mut self, choices: Value<'a>, reported: &mut Option<Value<'a>>) -> bool {
        let mut ends = false;
        for choice in choices.elements() {
            let (mut index, mut has_ended) = (0, false);
            for (key, value) in choice.members() {
                match &*key {
                    "finish_reason" => has_ended = has_text(Some(value)),
                    "index" => index = tokens(Some(value)).unwrap_or(0),
                    // Moonshot reports inside the choice.
                    "usage" if value.kind() == Kind::Object => {
                        reported.get_or_insert(value);
                    }
                    _ => {}
                }
            }
            self.seen |= bit(index);
            if has_ended {
                self.ended |= bit(index);
                ends = true;
            }
        }
        ends
    }
}

/// Whether text ends with `"tool_calls":[{`, so that what follows is a tool call's.
fn begins_tool_call(before: &[u8]) -> bool {
    let tokens: [&[u8]; 4] = [b"{", b"[", b":", b"\"tool_calls\""];
    let rest = tokens.iter().try_fold(before, |rest, token| {
        rest.trim_ascii_end().strip_suffix(*token)
    });
    rest.is_some()
}

/// A chunk that only gives the role: nothing has been generated yet.
fn is_handshake(chunk: Value<'_>) -> bool {
    let is_empty = |value: Value<'_>| matches!(value.raw(), "null" | "\"\"" | "[]" | "{}");
    let only_role = |choice: Value<'_>| {
        let delta = choice
            .get("delta")
            .filter(|delta| delta.kind() == Kind::Object);
        !has_text(choice.get("finish_reason"))
            && delta.is_some_and(|delta| {
                let mut members = delta.members();
                members.all(|(key, value)| key == "role" || is_empty(value))
            })
    };
    let choices = chunk.get("choices");
    let mut choices = choices.iter().flat_map(Value::elements).peekable();
    choices.peek().is_some() && choices.all(only_role)
}

/// The bit of a choice. No vendor has more than 128 choices; more would share the last bit.
fn bit(index: u64) -> u128 {
    1 << index.min(127)
}

fn has_text(value: Option<Value<'_>>) -> bool {
    value
        .and_then(|value| value.escaped())
        .is_some_and(|text| !text.is_empty())
}
