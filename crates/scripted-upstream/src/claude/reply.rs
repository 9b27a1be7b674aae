//! Unary Messages replies, and token counts.

use super::{check, error::refuse, read, stream};
use crate::{
    answer::Answer,
    ask::Ask,
    failure::ErrorReply,
    inspect::Node,
    prompt_cache::tokens,
    reply::{Context, Reply},
    seal::Seal,
};
use bytes::Bytes;
use cliproxy_core::Protocol;
use serde_json::{Value, json};

/// Answers a Messages request.
pub(crate) fn generate(body: &Value, cx: &Context<'_>) -> Result<Reply, ErrorReply> {
    cx.check(|| check::generation(&Node::root(body), cx.headers), refuse)?;
    let ask = read::ask(body);
    cx.serve(Protocol::Claude, &ask.model)?;
    let cached = cx.key.cache.lock().look_up(&ask.model, &ask.prompt);
    let answer = Answer::compose(&ask, &cx.key.label, cx.shape, cached);
    let reply = ClaudeReply {
        model: &ask.model,
        tail: cx.tail,
        omit_thinking: body["thinking"]["display"] == "omitted",
        answer: &answer,
    };
    Ok(if body["stream"] == true {
        Reply::Events(stream::events(&reply))
    } else {
        Reply::Document(reply.document())
    })
}

/// Counts the tokens of a request: the same number its generation reports as input.
pub(crate) fn count(body: &Value, cx: &Context<'_>) -> Result<Reply, ErrorReply> {
    cx.check(|| check::count(&Node::root(body), cx.headers), refuse)?;
    let ask = read::ask(body);
    cx.serve(Protocol::Claude, &ask.model)?;
    Ok(Reply::Document(
        json!({"input_tokens": tokens(&ask.prompt)}),
    ))
}

/// The reply in both forms, for a request nobody looked at.
pub(crate) fn prepared(ask: &Ask, answer: &Answer) -> (Value, Vec<Bytes>) {
    let reply = ClaudeReply {
        model: &ask.model,
        tail: "scripted",
        omit_thinking: false,
        answer,
    };
    (reply.document(), stream::events(&reply))
}

/// An answer on its way into Messages' form.
#[derive(Debug)]
pub(super) struct ClaudeReply<'a> {
    pub(super) model: &'a str,
    pub(super) tail: &'a str,
    /// The client wants thinking blocks without their text.
    pub(super) omit_thinking: bool,
    pub(super) answer: &'a Answer,
}

impl ClaudeReply<'_> {
    pub(super) fn call_id(&self, index: usize) -> String {
        format!("toolu_{}_{index}", self.tail)
    }

    /// The text and the signature of a thinking block.
    pub(super) fn thought(&self) -> Option<(&'static str, String)> {
        let text = self.answer.thought?;
        let signature = Seal::Signature.make("", text);
        Some((if self.omit_thinking { "" } else { text }, signature))
    }

    pub(super) const fn stop_reason(&self) -> &'static str {
        if self.answer.cut {
            "max_tokens"
        } else if self.answer.calls.is_empty() {
            "end_turn"
        } else {
            "tool_use"
        }
    }

    /// The message without its content.
    pub(super) fn skeleton(&self, usage: &Value) -> Value {
        json!({
            "id": format!("msg_{}", self.tail),
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": [],
            "stop_reason": null,
            "stop_sequence": null,
            "usage": usage,
        })
    }

    /// Usage with this many output tokens.
    pub(super) fn usage(&self, output: u64) -> Value {
        let usage = &self.answer.usage;
        json!({
            "input_tokens": usage.input - usage.cache_read - usage.cache_write,
            "cache_creation_input_tokens": usage.cache_write,
            "cache_read_input_tokens": usage.cache_read,
            "cache_creation": {
                "ephemeral_5m_input_tokens": usage.cache_write,
                "ephemeral_1h_input_tokens": 0,
            },
            "output_tokens": output,
            "output_tokens_details": {"thinking_tokens": usage.reasoning.min(output)},
            "service_tier": "standard",
        })
    }

    fn document(&self) -> Value {
        let mut content = Vec::new();
        if let Some((thinking, signature)) = self.thought() {
            content.push(json!({"type": "thinking", "thinking": thinking, "signature": signature}));
        }
        if self.answer.calls.is_empty() {
            content.push(json!({"type": "text", "text": self.answer.whole_text()}));
        }
        for (index, call) in self.answer.calls.iter().enumerate() {
            content.push(json!({
                "type": "tool_use",
                "id": self.call_id(index),
                "name": call.name,
                "input": if self.answer.cuts(index) { json!({}) } else { call.arguments() },
            }));
        }
        let mut message = self.skeleton(&self.usage(self.answer.usage.output));
        message["content"] = content.into();
        message["stop_reason"] = self.stop_reason().into();
        message
    }
}
