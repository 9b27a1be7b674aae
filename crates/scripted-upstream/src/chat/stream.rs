//! Streamed Chat replies.

use super::reply::{CREATED, ChatReply, tool_call, usage};
use crate::{
    answer::{Call, CallInput, halves},
    frame,
};
use bytes::Bytes;
use serde_json::{Value, json};

/// Every event of the reply, `[DONE]` included.
pub(crate) fn events(reply: &ChatReply<'_>) -> Vec<Bytes> {
    let mut stream = ChatStream {
        reply,
        frames: Vec::new(),
    };
    stream.each_choice(|_| json!({"role": "assistant", "content": "", "refusal": null}));
    for thought in reply
        .answer
        .thought
        .iter()
        .flat_map(|thought| halves(thought))
    {
        stream.each_choice(|_| json!({"reasoning_content": thought}));
    }
    for text in &reply.answer.text {
        stream.each_choice(|_| json!({"content": text}));
    }
    for (index, call) in reply.answer.calls.iter().enumerate() {
        stream.call(index, call);
    }
    for choice in 0..reply.choices {
        stream.chunk(choice, &json!({}), Some(reply.finish_reason()));
    }
    if reply.include_usage {
        let usage = usage(&reply.answer.usage, reply.choices);
        stream.push(&json!([]), usage);
    }
    stream.frames.push(Bytes::from_static(b"data: [DONE]\n\n"));
    stream.frames
}

struct ChatStream<'a> {
    reply: &'a ChatReply<'a>,
    frames: Vec<Bytes>,
}

impl ChatStream<'_> {
    fn call(&mut self, index: usize, call: &Call) {
        let arguments = self.reply.answer.argument_text(index);
        if self.reply.legacy {
            self.each_choice(|_| json!({"function_call": {"name": call.name, "arguments": ""}}));
            for half in halves(&arguments) {
                self.each_choice(|_| json!({"function_call": {"arguments": half}}));
            }
            return;
        }
        for choice in 0..self.reply.choices {
            let mut opener = tool_call(&self.reply.call_id(choice, index), call, "");
            opener["index"] = index.into();
            self.chunk(choice, &json!({"tool_calls": [opener]}), None);
        }
        for half in halves(&arguments) {
            let piece = match call.input {
                CallInput::Json(_) => json!({"index": index, "function": {"arguments": half}}),
                CallInput::Freeform(_) => json!({"index": index, "custom": {"input": half}}),
            };
            self.each_choice(|_| json!({"tool_calls": [piece]}));
        }
    }

    fn each_choice(&mut self, delta: impl Fn(u64) -> Value) {
        for choice in 0..self.reply.choices {
            self.chunk(choice, &delta(choice), None);
        }
    }

    fn chunk(&mut self, choice: u64, delta: &Value, finish: Option<&str>) {
        let choices =
            json!([{"index": choice, "delta": delta, "logprobs": null, "finish_reason": finish}]);
        self.push(&choices, Value::Null);
    }

    /// With `include_usage` every chunk has a `usage`, and all but the last have it `null`.
    fn push(&mut self, choices: &Value, usage: Value) {
        let mut chunk = json!({
            "id": self.reply.id(),
            "object": "chat.completion.chunk",
            "created": CREATED,
            "model": self.reply.model,
            "service_tier": "default",
            "system_fingerprint": "fp_scripted",
            "choices": choices,
        });
        if self.reply.include_usage {
            chunk["usage"] = usage;
        }
        self.frames.push(frame::data(&chunk));
    }
}
