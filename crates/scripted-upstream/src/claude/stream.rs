//! Streamed Messages replies.

use super::reply::ClaudeReply;
use crate::{answer::halves, frame};
use bytes::Bytes;
use serde_json::{Value, json};

/// Every event of the reply.
pub(super) fn events(reply: &ClaudeReply<'_>) -> Vec<Bytes> {
    let mut stream = ClaudeStream::default();
    let message = reply.skeleton(&reply.usage(1));
    stream.push(&json!({"type": "message_start", "message": message}));
    if let Some((text, signature)) = reply.thought() {
        stream.open(&json!({"type": "thinking", "thinking": "", "signature": ""}));
        for half in halves(text) {
            stream.delta(&json!({"type": "thinking_delta", "thinking": half}));
        }
        stream.delta(&json!({"type": "signature_delta", "signature": signature}));
        stream.close();
    }
    if reply.answer.calls.is_empty() {
        stream.open(&json!({"type": "text", "text": ""}));
        stream.push(&json!({"type": "ping"}));
        for text in &reply.answer.text {
            stream.delta(&json!({"type": "text_delta", "text": text}));
        }
        stream.close();
    }
    for (index, call) in reply.answer.calls.iter().enumerate() {
        stream.open(&json!({"type": "tool_use", "id": reply.call_id(index), "name": call.name, "input": {}}));
        stream.delta(&json!({"type": "input_json_delta", "partial_json": ""}));
        let arguments = if reply.answer.cuts(index) {
            reply.answer.argument_text(index)
        } else {
            call.arguments().to_string()
        };
        for half in halves(&arguments) {
            stream.delta(&json!({"type": "input_json_delta", "partial_json": half}));
        }
        stream.close();
    }
    stream.push(&json!({
        "type": "message_delta",
        "delta": {"stop_reason": reply.stop_reason(), "stop_sequence": null},
        "usage": reply.usage(reply.answer.usage.output),
    }));
    stream.push(&json!({"type": "message_stop"}));
    stream.frames
}

#[derive(Default)]
struct ClaudeStream {
    frames: Vec<Bytes>,
    /// The index of the open block, or of the next one.
    index: u64,
}

impl ClaudeStream {
    fn push(&mut self, event: &Value) {
        self.frames.push(frame::named(event));
    }

    fn open(&mut self, block: &Value) {
        self.push(
            &json!({"type": "content_block_start", "index": self.index, "content_block": block}),
        );
    }

    fn delta(&mut self, delta: &Value) {
        self.push(&json!({"type": "content_block_delta", "index": self.index, "delta": delta}));
    }

    fn close(&mut self) {
        self.push(&json!({"type": "content_block_stop", "index": self.index}));
        self.index += 1;
    }
}
