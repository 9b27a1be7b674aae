//! All decoders: over the fixtures, and over what no upstream should send, alone and with all encoders.

mod either_way;
mod ends;
mod fixtures;
mod memory;
mod properties;
mod translated;

use crate::vectors::{self, Case};
use cliproxy_core::Protocol;
use serde_json::{Value, json};

/// The cases of replies, with the protocols of upstream and client.
fn replies() -> Vec<(Case, Protocol, Protocol)> {
    let is_reply = |case: &Case| matches!(case.text("direction"), "response" | "stream");
    let cases = vectors::cases().into_iter().filter(is_reply);
    let with_protocols = |case: Case| {
        let protocol = |key| vectors::context::protocol(case.text(key)).unwrap();
        let (from, to) = (protocol("from"), protocol("to"));
        (case, from, to)
    };
    cases.map(with_protocols).collect()
}

/// The events of a stream: name and data of each.
fn events(input: &Value) -> Vec<(Option<String>, String)> {
    let events = input.as_array().into_iter().flatten();
    let events = events.filter(|event| event["eof"] != json!(true));
    let event = |event: &Value| {
        let data = match &event["data"] {
            Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        (event["event"].as_str().map(str::to_owned), data)
    };
    events.map(event).collect()
}
