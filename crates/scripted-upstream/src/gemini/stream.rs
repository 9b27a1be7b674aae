//! Streamed Gemini replies.

use super::reply::GeminiReply;
use crate::frame;
use bytes::Bytes;
use serde_json::{Value, json};

/// The reply as server-sent events.
pub(super) fn events(reply: &GeminiReply<'_>) -> Vec<Bytes> {
    frames(reply).iter().map(frame::data_crlf).collect()
}

/// The reply as the elements of one JSON array.
pub(super) fn elements(reply: &GeminiReply<'_>) -> Vec<Bytes> {
    let frames = frames(reply);
    let last = frames.len() - 1;
    let element =
        |(index, value): (usize, &Value)| frame::element(value, index == 0, index == last);
    frames.iter().enumerate().map(element).collect()
}

/// Never empty: the last frame says why the reply ends.
fn frames(reply: &GeminiReply<'_>) -> Vec<Value> {
    let usage = &reply.answer.usage;
    let mut parts: Vec<Value> = reply.thought().into_iter().collect();
    parts.extend(reply.answer.text.iter().map(|text| json!({"text": text})));
    parts.extend(reply.calls());
    // Counts grow from frame to frame; only the last one is final.
    let mut frames: Vec<Value> = parts
        .iter()
        .zip(1..)
        .map(|(part, sent)| {
            let output = usage.output.min(usage.reasoning + sent);
            reply.frame(std::slice::from_ref(part), None, output)
        })
        .collect();
    frames.push(reply.frame(&[json!({"text": ""})], Some(reply.finish()), usage.output));
    frames
}
