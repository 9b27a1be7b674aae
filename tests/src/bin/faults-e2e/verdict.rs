//! What a reply is, and whether it may be that.

use crate::{client::Seen, fault::Expect};
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::grammar::{self, Outcome};
use serde_json::Value;

/// What every client's own word begins with.
pub(crate) const CANARY: &str = "canary-";
/// How many bytes it has.
pub(crate) const CANARY_LEN: usize = CANARY.len() + 8;

/// What a client got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Got {
    Full,
    /// An error status and its protocol's error.
    Before,
    /// Its protocol's error as the last event.
    Inside,
    /// A stream that is not well-formed, for this reason, but ends as one.
    AsSent(String),
    /// Something that must not be.
    Wrong(String),
}

/// What a reply is.
pub(crate) fn judge(protocol: Protocol, canary: &str, seen: &Seen) -> Got {
    if let Some(foreign) = foreign(canary, seen) {
        return Got::Wrong(format!("another client's {foreign}"));
    }
    if let Some(cut) = &seen.cut {
        return Got::Wrong(format!("cut off: {cut}"));
    }
    let kind = seen.headers.get("content-type");
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if seen.status != 200 {
        return match error_shape(protocol, &seen.body) {
            _ if seen.status < 400 => Got::Wrong(format!("status {}", seen.status)),
            Ok(()) if kind.starts_with("application/json") => Got::Before,
            Ok(()) => Got::Wrong(format!("an error of type {kind:?}")),
            Err(why) => Got::Wrong(format!("status {}: {why}", seen.status)),
        };
    }
    let own = String::from_utf8_lossy(&seen.body).contains(canary);
    if kind.starts_with("text/event-stream") {
        return stream(protocol, own, &seen.body);
    }
    match serde_json::from_slice::<Value>(&seen.body) {
        Ok(document) if is_answer(protocol, &document) && own => Got::Full,
        Ok(_) => Got::Wrong("a 200 that is no answer to this client".to_owned()),
        Err(error) => Got::Wrong(format!("a 200 that is not JSON: {error}")),
    }
}

fn stream(protocol: Protocol, own: bool, body: &[u8]) -> Got {
    // The grammar knows the line ends that providers use.
    let text = String::from_utf8_lossy(body)
        .replace("\r\n", "\n")
        .replace('\r', "\n");
    let outcome = grammar::check(protocol, text.as_bytes());
    match outcome {
        Ok(Outcome::Failed) => Got::Inside,
        Ok(Outcome::Completed) if own => Got::Full,
        Ok(Outcome::Completed) => Got::Wrong("an answer to somebody else".to_owned()),
        Err(malformed) => {
            // A chat stream is complete with its last finish reason; `[DONE]` is optional.
            let done = format!("{text}data: [DONE]\n\n");
            if protocol == Protocol::Chat
                && own
                && text.ends_with("\n\n")
                && grammar::check(protocol, done.as_bytes()) == Ok(Outcome::Completed)
            {
                return Got::Full;
            }
            let last = text.trim_end().rsplit("\n\n").next().unwrap_or_default();
            let closed = text.ends_with("\n\n");
            if closed && protocol == Protocol::Responses && fails_late(&text, last) {
                return Got::Inside;
            }
            if closed && (is_error(protocol, last) || own && is_last(protocol, last)) {
                Got::AsSent(malformed.to_string())
            } else {
                Got::Wrong(format!("{malformed}; the end is {:?}", end_of(&text)))
            }
        }
    }
}

/// Whether all is well but for what the last `response.failed` repeats. A provider's names what was
/// there before it; the gateway keeps no part of a stream that it could name.
fn fails_late(text: &str, last: &str) -> bool {
    let data = last.lines().find_map(|line| line.strip_prefix("data: "));
    let Ok(value) = serde_json::from_str::<Value>(data.unwrap_or_default()) else {
        return false;
    };
    let before = text.trim_end().strip_suffix(last).unwrap_or_default();
    let number = &value["sequence_number"];
    let plain = format!(
        "{before}event: error\ndata: {{\"type\":\"error\",\"sequence_number\":{number}}}\n\n"
    );
    value["type"] == "response.failed"
        && is_error(Protocol::Responses, last)
        && grammar::check(Protocol::Responses, plain.as_bytes()) == Ok(Outcome::Failed)
}

/// Whether this event is the error that ends a broken stream.
fn is_error(protocol: Protocol, event: &str) -> bool {
    let data = event.lines().find_map(|line| line.strip_prefix("data: "));
    let Ok(value) = serde_json::from_str::<Value>(data.unwrap_or_default()) else {
        return false;
    };
    let message = match protocol {
        Protocol::Responses => &value["response"]["error"]["message"],
        Protocol::Chat | Protocol::Claude | Protocol::Gemini => &value["error"]["message"],
    };
    message.is_string()
}

/// Whether this event ends an answer of its protocol.
fn is_last(protocol: Protocol, event: &str) -> bool {
    let end = match protocol {
        Protocol::Chat => "[DONE]",
        Protocol::Claude => "message_stop",
        Protocol::Gemini => "finishReason",
        Protocol::Responses => "response.completed",
    };
    event.contains(end)
}

fn end_of(text: &str) -> &str {
    let from = text.len().saturating_sub(200);
    let from = (from..=text.len()).find(|at| text.is_char_boundary(*at));
    &text[from.unwrap_or_default()..]
}

/// A word of another client.
fn foreign(canary: &str, seen: &Seen) -> Option<String> {
    let mut text = String::from_utf8_lossy(&seen.body).into_owned();
    text.push_str(&format!("{:?}", seen.headers));
    let words = text.match_indices(CANARY).map(|(at, _)| {
        let end = (at + CANARY_LEN).min(text.len());
        text.get(at..end).unwrap_or(CANARY).to_owned()
    });
    words
        .into_iter()
        .find(|word| !canary.starts_with(word.as_str()))
}

fn is_answer(protocol: Protocol, document: &Value) -> bool {
    let is_text = |pointer: &str| document.pointer(pointer).is_some_and(Value::is_string);
    match protocol {
        Protocol::Chat => {
            is_text("/choices/0/finish_reason") && is_text("/choices/0/message/content")
        }
        Protocol::Claude => is_text("/stop_reason") && is_text("/content/0/text"),
        Protocol::Gemini => is_text("/candidates/0/finishReason"),
        Protocol::Responses => document["status"] == "completed",
    }
}

/// An error as the SDKs of `protocol` read it.
fn error_shape(protocol: Protocol, body: &[u8]) -> Result<(), String> {
    let value: Value =
        serde_json::from_slice(body).map_err(|error| format!("not JSON: {error}"))?;
    let error = &value["error"];
    let ok = error["message"]
        .as_str()
        .is_some_and(|message| !message.is_empty())
        && match protocol {
            Protocol::Chat | Protocol::Responses => error["type"].is_string(),
            Protocol::Claude => value["type"] == "error" && error["type"].is_string(),
            Protocol::Gemini => error["code"].is_u64() && error["status"].is_string(),
        };
    if ok {
        Ok(())
    } else {
        Err(format!("no error of its protocol: {value}"))
    }
}

/// Whether this was expected.
pub(crate) fn allowed(expect: Expect, got: &Got) -> bool {
    match got {
        Got::Wrong(_) => false,
        Got::Full => matches!(expect, Expect::Full | Expect::Any),
        Got::Before => matches!(expect, Expect::Before | Expect::Any),
        Got::Inside => matches!(expect, Expect::Inside | Expect::Any),
        Got::AsSent(_) => expect == Expect::AsSent,
    }
}
