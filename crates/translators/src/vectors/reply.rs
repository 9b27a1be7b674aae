//! Replies: bodies and streams.

use super::{Case, context};
use crate::{hub, reply::grammar};
use cliproxy_core::Protocol;
use cliproxy_json::Value as Json;
use cliproxy_sse::Framer;
use serde_json::{Value, json};
use std::sync::Arc;

/// A unary reply of `from`, as a client of `to` reads it.
pub(super) fn body(case: &Case, from: Protocol, to: Protocol) -> Result<Value, String> {
    let cx = context::reply_context(case, to);
    let text = case.json["input"].to_string();
    let body = Json::parse(&text).map_err(|error| error.to_string())?;
    match hub::translate_body(from, body, &cx).map(|reply| reply.body) {
        Ok(body) => parse(&body),
        Err(fault) => Err(format!("{}: {}", fault.status, fault.message)),
    }
}

/// A stream of `from`, as a client of `to` reads it.
pub(super) fn stream(case: &Case, from: Protocol, to: Protocol) -> Result<Value, String> {
    let cx = Arc::new(context::reply_context(case, to));
    let mut translation = hub::StreamTranslation::new(from, cx);
    let mut out = Vec::new();
    for event in case.json["input"].as_array().into_iter().flatten() {
        if event["eof"] == json!(true) {
            break;
        }
        let data = match &event["data"] {
            Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        translation.event(event["event"].as_str(), &data);
        out.append(translation.out());
    }
    // A list without an end closes as well.
    translation.eof();
    out.append(translation.out());
    let events = events(out)?;
    grammar::check(to, events.as_array().map_or(&[], Vec::as_slice))?;
    Ok(events)
}

/// The events of a written stream, as a case lists them.
pub(crate) fn events(bytes: Vec<u8>) -> Result<Value, String> {
    let mut framer = Framer::new(1 << 24);
    framer.push(bytes.into());
    let mut events = Vec::new();
    while let Some(frame) = framer.next_frame().map_err(|error| error.to_string())? {
        let data = frame.data().ok_or("an event without data")?;
        let data = match &*data {
            b"[DONE]" => json!("[DONE]"),
            data => parse(data)?,
        };
        events.push(match frame.event() {
            Some(name) => json!({"event": String::from_utf8_lossy(name), "data": data}),
            None => json!({"data": data}),
        });
    }
    match framer.finish() {
        Some(_) => Err("the last event is not ended by a blank line".to_owned()),
        None => Ok(Value::Array(events)),
    }
}

fn parse(bytes: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(bytes).map_err(|error| {
        let text = String::from_utf8_lossy(bytes);
        format!("{error}: {text}")
    })
}
