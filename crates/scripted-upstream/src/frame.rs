//! Frames of event streams, as the providers write them.

use bytes::Bytes;
use serde_json::Value;

/// `data: …` and a blank line: Chat Completions.
pub(crate) fn data(value: &Value) -> Bytes {
    format!("data: {value}\n\n").into()
}

/// A named event: Messages and Responses, where the name is the value's `type`.
pub(crate) fn named(value: &Value) -> Bytes {
    let name = value["type"].as_str().unwrap_or_default();
    format!("event: {name}\ndata: {value}\n\n").into()
}

/// `data: …` with Google's line ends.
pub(crate) fn data_crlf(value: &Value) -> Bytes {
    format!("data: {value}\r\n\r\n").into()
}

/// An element of the JSON array that Gemini streams without `alt=sse`.
pub(crate) fn element(value: &Value, first: bool, last: bool) -> Bytes {
    let open = if first { "[" } else { ",\r\n" };
    let close = if last { "\n]" } else { "" };
    format!("{open}{value}{close}").into()
}

/// A frame that is not JSON.
pub(crate) fn malformed() -> Bytes {
    Bytes::from_static(b"data: {\"scripted\": \"this event is not JSON\n\n")
}

/// The JSON of a frame.
pub(crate) fn value_of(frame: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(frame).ok()?;
    let data = text.lines().find_map(|line| line.strip_prefix("data: "))?;
    serde_json::from_str(data).ok()
}
