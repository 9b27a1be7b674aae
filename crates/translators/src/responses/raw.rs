//! A Responses reply in the raw lane: how a stream goes, where it ends, what it cost, and its ids.
//!
//! <https://platform.openai.com/docs/api-reference/responses-streaming>

use crate::{
    Failure, Observed, ResponseIds, mention,
    responses::usage_patch::usage_patch,
    tap::{ReadAlong, data, event},
};
use cliproxy_core::Usage;
use cliproxy_json::Value;
use cliproxy_sse::Frame;
use std::mem;

/// How many item ids of one reply are kept; an agent's turn has a few dozen items.
const MAX_ITEMS: usize = 1024;

#[derive(Debug, Default)]
pub(crate) struct Tap {
    usage: Usage,
    /// One of the three terminal events, an error, or a whole body.
    finished: bool,
    sequence: Option<u64>,
    ids: ResponseIds,
}

/// The events that say more than that the answer goes on.
enum Event {
    Created,
    /// A piece of text or of arguments: nine in ten events.
    Delta,
    Ended,
    Failed,
    ItemDone,
    KeepAlive,
    Other,
    /// Nothing of the answer, and nothing that is remembered.
    Preamble,
}

impl ReadAlong for Tap {
    fn observe(&mut self, frame: &Frame) -> Observed {
        let event = event(frame, Event::of);
        if matches!(event, Some(Event::Delta)) {
            // What surrounds a delta is flat, so the first number under this key is the event's.
            let mut numbers = mention::SEQUENCE_NUMBER.members(frame.raw());
            let number = numbers.find_map(|member| mention::leading_number(member.value));
            self.sequence = number.or(self.sequence);
            return Observed::Progress;
        }
        let Some(data) = data(frame) else {
            return Observed::Comment;
        };
        let document = Value::parse_bytes(&data).ok();
        let number = document.and_then(|document| document.get("sequence_number")?.as_u64());
        self.sequence = number.or(self.sequence);
        let response = || document?.get("response");
        match event {
            Some(Event::Created) => self.response(response()),
            Some(Event::ItemDone) => self.item(document.and_then(|document| document.get("item"))),
            Some(Event::Ended) if document.is_some() => {
                self.response(response());
                self.finished = true;
                return Observed::Terminal;
            }
            Some(Event::Failed) => {
                self.response(response());
                self.finished = true;
                return Observed::Failure(Failure::of_event(frame));
            }
            Some(Event::KeepAlive) => return Observed::Comment,
            _ => {}
        }
        Observed::Progress
    }

    fn is_handshake(&self, frame: &Frame, _document: Value<'_>) -> bool {
        is_handshake(frame)
    }

    fn body(&mut self, document: Value<'_>) {
        self.response(Some(document));
        let output = document.get("output");
        for item in output.iter().flat_map(Value::elements) {
            self.item(Some(item));
        }
        self.finished = true;
    }

    fn usage(&self) -> Usage {
        self.usage
    }

    fn finished(&self) -> bool {
        self.finished
    }

    fn sequence(&self) -> Option<u64> {
        self.sequence
    }

    fn response_ids(&mut self) -> ResponseIds {
        mem::take(&mut self.ids)
    }
}

impl Tap {
    /// Takes id and usage of a response object.
    fn response(&mut self, response: Option<Value<'_>>) {
        if let Some(id) = id(response) {
            self.ids.response = Some(id);
        }
        let usage = response.and_then(|response| response.get("usage"));
        if let Some(usage) = usage
            .map(|report| usage_patch(report).total())
            .filter(|usage| !usage.is_empty())
        {
            self.usage = usage;
        }
    }

    fn item(&mut self, item: Option<Value<'_>>) {
        if self.ids.items.len() < MAX_ITEMS {
            self.ids.items.extend(id(item));
        }
    }
}

impl Event {
    fn of(name: &[u8]) -> Self {
        match name {
            name if name.ends_with(b".delta") => Self::Delta,
            b"error" | b"response.cancelled" | b"response.failed" => Self::Failed,
            b"keepalive" => Self::KeepAlive,
            b"response.completed" | b"response.incomplete" => Self::Ended,
            b"response.created" => Self::Created,
            b"codex.rate_limits" | b"codex.response.metadata" | b"response.in_progress" => {
                Self::Preamble
            }
            b"response.output_item.done" => Self::ItemDone,
            _ => Self::Other,
        }
    }
}

/// The response has been begun, and nothing is in it.
fn is_handshake(frame: &Frame) -> bool {
    let event = event(frame, Event::of);
    matches!(event, Some(Event::Created | Event::Preamble))
}

fn id(object: Option<Value<'_>>) -> Option<String> {
    let id = object?.get("id")?.as_str()?;
    (!id.is_empty()).then(|| id.into_owned())
}
