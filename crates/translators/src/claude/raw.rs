//! A Messages reply in the raw lane: how a stream goes, where it ends, what it cost.
//!
//! <https://docs.claude.com/en/docs/build-with-claude/streaming>

use crate::{
    Failure, Observed,
    tap::{data, event, tokens},
};
use cliproxy_core::Usage;
use cliproxy_json::Value;
use cliproxy_sse::Frame;

#[derive(Debug, Default)]
pub(crate) struct Tap {
    counts: Counts,
    /// `message_stop`, an error, or a whole body.
    pub(crate) finished: bool,
}

/// Anthropic's own figures: the input is what the cache had no part in.
#[derive(Debug, Default)]
struct Counts {
    input: u64,
    cache_read: u64,
    cache_write: u64,
    output: u64,
    reasoning: u64,
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

impl Tap {
    pub(crate) fn observe(&mut self, frame: &Frame) -> Observed {
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

    pub(crate) fn body(&mut self, document: Value<'_>) {
        self.counts.patch(document.get("usage"));
        self.finished = true;
    }

    pub(crate) fn usage(&self) -> Usage {
        let counts = &self.counts;
        Usage {
            input: counts
                .input
                .saturating_add(counts.cache_read)
                .saturating_add(counts.cache_write),
            cache_read: counts.cache_read,
            cache_write: counts.cache_write,
            output: counts.output,
            reasoning: counts.reasoning,
        }
    }

    fn take(&mut self, frame: &Frame, path: &[&str]) {
        let data = frame.data().unwrap_or_default();
        if let Ok(event) = Value::parse_bytes(&data) {
            self.counts.patch(event.at(path));
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

impl Counts {
    /// `message_delta` repeats some figures of `message_start` and leaves others out: what is not
    /// there stays.
    fn patch(&mut self, report: Option<Value<'_>>) {
        let Some(report) = report else {
            return;
        };
        let count = |path: &[&str]| tokens(report.at(path));
        let by_lifetime = || {
            let short = count(&["cache_creation", "ephemeral_5m_input_tokens"]);
            let long = count(&["cache_creation", "ephemeral_1h_input_tokens"]);
            let sum = short.unwrap_or(0).saturating_add(long.unwrap_or(0));
            short.or(long).and(Some(sum))
        };
        let written = count(&["cache_creation_input_tokens"]).or_else(by_lifetime);
        let figures = [
            (&mut self.input, count(&["input_tokens"])),
            (&mut self.cache_read, count(&["cache_read_input_tokens"])),
            (&mut self.cache_write, written),
            (&mut self.output, count(&["output_tokens"])),
            (
                &mut self.reasoning,
                count(&["output_tokens_details", "thinking_tokens"]),
            ),
        ];
        for (figure, reported) in figures {
            *figure = reported.unwrap_or(*figure);
        }
    }
}

/// The message has been begun, and nothing is in it.
pub(crate) fn is_handshake(frame: &Frame) -> bool {
    matches!(event(frame, Event::of), Some(Event::Start | Event::Ping))
}
