//! Whether a written stream is one that a client of its protocol can read to its end.
//!
//! | protocol | what holds |
//! | --- | --- |
//! | chat | the first chunk of a choice has `role`; `id`, `created` and `model` stay; indices of calls are dense, and a call begins with id, type and name; each choice finishes once, with nothing after; then at most one chunk of usage; `[DONE]` is last, and an error is last without it |
//! | claude | `message_start` first; one block at a time, with dense indices; deltas fit their block; one `message_delta` and `message_stop` after all blocks; nothing after `error` |
//! | responses | numbers from 0; `created`, `in_progress`; indices dense in the order of `added`; deltas between `added` and `done`, which add up; one terminal event, the last, with all done items in order |
//! | gemini | `modelVersion` and one `responseId`; one finish per candidate, its last frame; usage in the last frame; an error is last |

mod chat;
mod claude;
mod gemini;
mod responses;

use cliproxy_core::Protocol;
use serde_json::Value;

/// Checks the events of a whole stream: `{"event", "data"}`.
pub(crate) fn check(protocol: Protocol, events: &[Value]) -> Result<(), String> {
    match protocol {
        Protocol::Chat => chat::check(events),
        Protocol::Claude => claude::check(events),
        Protocol::Gemini => gemini::check(events),
        Protocol::Responses => responses::check(events),
    }
}

/// Fails with what the grammar asks for.
fn must(holds: bool, rule: &str, event: &Value) -> Result<(), String> {
    match holds {
        true => Ok(()),
        false => Err(format!("{rule}: {event}")),
    }
}

/// The data of an event whose name is its type.
fn typed(event: &Value) -> Result<(&str, &Value), String> {
    let data = &event["data"];
    must(event["event"] == data["type"], "event is not type", event)?;
    Ok((data["type"].as_str().unwrap_or_default(), data))
}
