//! A Messages reply in the raw lane: how a stream goes, where it ends, what it cost.
//!
//! <https://docs.claude.com/en/docs/build-with-claude/streaming>

use crate::{
    Failure, Observed,
    claude::usage_patch::usage_patch,
    reply::UsagePatch,
    tap::{ReadAlong, data, event},
};
use cliproxy_core::Usage;
use cliproxy_json::Value;
use cliproxy_sse::Frame;

#[derive(Debug, Default)]
pub(crate) struct Tap {
    usage: UsagePatch,
    /// `message_stop`, an error, or a whole body.
    finished: bool,
}

/// The events that say more than that the answer goes on.
enum Event {
    Delta,
    Error,
    Ping,
    Start,
    Stop,
    Other,
}

impl ReadAlong for Tap {
    fn observe(&mut self, frame: &Frame) -> Observed {
        let event = event(frame, Event::of);
        // Blocks and their deltas, nine in ten events, are not looked into any further.
        if !matches!(event, Some(Event::Other)) && data(frame).is_none() {
            return Observed::Comment;
        }
        match event {
            Some(Event::Start) => self.take(frame, &["message", "usage"]),
            Some(Event::Delta) => self.take(frame, &["usage"]),
            Some(Event::Stop) => {
                self.finished = true;
                return Observed::Terminal;
            }
            Some(Event::Error) => {
                self.finished = true;
                return Observed::Failure(Failure::of_event(frame));
            }
            Some(Event::Ping) => return Observed::Comment,
            Some(Event::Other) | None => {}
        }
        Observed::Progress
    }

    fn is_handshake(&self, frame: &Frame, _document: Value<'_>) -> bool {
        is_handshake(frame)
    }

    fn body(&mut self, document: Value<'_>) {
        self.patch(document.get("usage"));
        self.finished = true;
    }

    fn usage(&self) -> Usage {
        self.usage.total()
    }

    fn finished(&self) -> bool {
        self.finished
    }
}

impl Tap {
    fn take(&mut self, frame: &Frame, path: &[&str]) {
        let data = frame.data().unwrap_or_default();
        if let Ok(event) = Value::parse_bytes(&data) {
            self.patch(event.at(path));
        }
    }

    fn patch(&mut self, report: Option<Value<'_>>) {
        if let Some(report) = report {
            self.usage.update(usage_patch(report));
        }
    }
}

impl Event {
    fn of(name: &[u8]) -> Self {
        match name {
            b"error" => Self::Error,
            b"message_delta" => Self::Delta,
            b"message_start" => Self::Start,
            b"message_stop" => Self::Stop,
            b"ping" => Self::Ping,
            _ => Self::Other,
        }
    }
}

/// The message has been begun, and nothing is in it.
fn is_handshake(frame: &Frame) -> bool {
    matches!(event(frame, Event::of), Some(Event::Start | Event::Ping))
}
