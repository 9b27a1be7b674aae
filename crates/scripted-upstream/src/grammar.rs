//! What a well-formed event stream is, per protocol: an oracle for tests of whoever writes or
//! forwards streams.
//!
//! ```
//! use cliproxy_core::Protocol;
//! use cliproxy_scripted_upstream::grammar::{Outcome, check};
//!
//! let overloaded = b"data: {\"error\":{\"message\":\"overloaded\"}}\n\n";
//! assert_eq!(check(Protocol::Chat, overloaded), Ok(Outcome::Failed));
//! assert!(check(Protocol::Chat, b"data: [DONE]\n\n").is_err());
//! ```

mod chat;
mod claude;
mod gemini;
mod responses;
#[cfg(test)]
mod tests;

use cliproxy_core::Protocol;
use serde_json::Value;

/// How a well-formed stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a stream that does neither is malformed"
)]
pub enum Outcome {
    /// As its protocol ends an answer.
    Completed,
    /// With its protocol's in-stream error, which is the last event.
    Failed,
}

/// Why a stream is not well-formed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event {event}: {rule}")]
#[non_exhaustive]
pub struct Malformed {
    /// The number of the event, from 0; the number of events if something is missing at the end.
    pub event: usize,
    /// The rule that is broken.
    pub rule: String,
}

/// An event as it was framed.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) name: Option<String>,
    pub(crate) data: String,
}

impl Event {
    fn json(&self) -> Result<Value, String> {
        serde_json::from_str(&self.data).map_err(|error| format!("not JSON: {error}"))
    }

    /// The JSON of a named event, whose name must be its type.
    fn typed(&self) -> Result<(String, Value), String> {
        let value = self.json()?;
        let kind = value["type"].as_str().unwrap_or_default().to_owned();
        require(
            self.name.as_deref() == Some(kind.as_str()),
            "the event's name is not its type",
        )?;
        Ok((kind, value))
    }
}

/// Takes the events of one stream, in order.
trait Machine {
    /// `Some` if this event ends the stream.
    fn event(&mut self, event: &Event) -> Result<Option<Outcome>, String>;

    /// Whether the stream may end here although no event said so.
    fn may_end(&self) -> bool {
        false
    }
}

/// Checks a whole stream. A stream that stops before its end is malformed.
///
/// # Errors
///
/// The first rule that is broken.
pub fn check(protocol: Protocol, stream: &[u8]) -> Result<Outcome, Malformed> {
    match protocol {
        Protocol::Chat => run(&mut chat::Chat::default(), stream),
        Protocol::Claude => run(&mut claude::Claude::default(), stream),
        Protocol::Gemini => run(&mut gemini::Gemini::default(), stream),
        Protocol::Responses => run(&mut responses::Responses::default(), stream),
    }
}

fn run(machine: &mut impl Machine, stream: &[u8]) -> Result<Outcome, Malformed> {
    let mut outcome = None;
    let events = split(stream);
    let count = events.len();
    for (event, framed) in events.into_iter().enumerate() {
        let fail = |rule: String| Malformed { event, rule };
        if outcome.is_some() {
            return Err(fail("something follows the end".to_owned()));
        }
        outcome = machine.event(&framed).map_err(fail)?;
    }
    match outcome {
        Some(outcome) => Ok(outcome),
        None if machine.may_end() => Ok(Outcome::Completed),
        None => Err(Malformed {
            event: count,
            rule: "the stream ends before its terminal event".to_owned(),
        }),
    }
}

/// Takes a whole stream apart. Comments are dropped; an event that is not ended by a blank line
/// does not count.
pub(crate) fn split(stream: &[u8]) -> Vec<Event> {
    let text = String::from_utf8_lossy(stream);
    let mut events = Vec::new();
    let mut name = None;
    let mut data: Option<String> = None;
    for line in text.split_inclusive('\n') {
        let line = line.trim_end_matches(['\r', '\n']);
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "" if line.is_empty() => {
                if let Some(data) = data.take() {
                    events.push(Event {
                        name: name.take(),
                        data,
                    });
                }
                name = None;
            }
            "event" => name = Some(value.to_owned()),
            "data" => match &mut data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => data = Some(value.to_owned()),
            },
            _ => {}
        }
    }
    events
}

fn require(holds: bool, rule: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(rule.to_owned()) }
}
