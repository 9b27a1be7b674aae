//! Unary Chat replies.

use super::{check, read, stream};
use crate::{
    answer::{Answer, Call, CallInput},
    ask::Ask,
    failure::ErrorReply,
    inspect::Node,
    openai::error::refuse,
    reply::{Context, Reply},
};
use bytes::Bytes;
use cliproxy_core::{Protocol, Usage};
use serde_json::{Value, json};

/// The second at which everything was created: replies are the same in every run.
pub(crate) const CREATED: u64 = 1_767_225_600;

/// Answers a Chat request.
pub(crate) fn generate(body: &Value, cx: &Context<'_>) -> Result<Reply, ErrorReply> {
    cx.check(|| check::request(&Node::root(body)), refuse)?;
    let ask = read::ask(body);
    cx.serve(Protocol::Chat, &ask.model)?;
    let cached = cx.key.cache.lock().look_up(&ask.model, &ask.prompt);
    let answer = Answer::compose(&ask, &cx.key.label, cx.shape, cached);
    let reply = ChatReply {
        model: &ask.model,
        tail: cx.tail,
        choices: body["n"].as_u64().unwrap_or(1).clamp(1, 8),
        legacy: body.get("functions").is_some(),
        include_usage: body["stream_options"]["include_usage"] == true,
        answer: &answer,
    };
    Ok(if body["stream"] == true {
        Reply::Events(stream::events(&reply))
    } else {
        Reply::Document(reply.document())
    })
}

/// The reply in both forms, for a request nobody looked at.
pub(crate) fn prepared(ask: &Ask, answer: &Answer) -> (Value, Vec<Bytes>) {
    let reply = ChatReply {
        model: &ask.model,
        tail: "scripted",
        choices: 1,
        legacy: false,
        include_usage: true,
        answer,
    };
    (reply.document(), stream::events(&reply))
}

/// An answer on its way into Chat's form.
#[derive(Debug)]
pub(crate) struct ChatReply<'a> {
    pub(crate) model: &'a str,
    pub(crate) tail: &'a str,
    pub(crate) choices: u64,
    /// The client uses `functions`, and gets `function_call`.
    pub(crate) legacy: bool,
    pub(crate) include_usage: bool,
    pub(crate) answer: &'a Answer,
}

impl ChatReply<'_> {
    pub(crate) fn id(&self) -> String {
        format!("chatcmpl-{}", self.tail)
    }

    pub(crate) fn call_id(&self, choice: u64, index: usize) -> String {
        format!("call_{}_{choice}_{index}", self.tail)
    }

    pub(crate) const fn finish_reason(&self) -> &'static str {
        match (self.answer.calls.is_empty(), self.legacy) {
            _ if self.answer.cut => "length",
            (true, _) => "stop",
            (false, true) => "function_call",
            (false, false) => "tool_calls",
        }
    }

    fn document(&self) -> Value {
        let choices: Vec<Value> = (0..self.choices)
            .map(|index| {
                json!({
                    "index": index,
                    "message": self.message(index),
                    "logprobs": null,
                    "finish_reason": self.finish_reason(),
                })
            })
            .collect();
        json!({
            "id": self.id(),
            "object": "chat.completion",
            "created": CREATED,
            "model": self.model,
            "choices": choices,
            "usage": usage(&self.answer.usage, self.choices),
            "service_tier": "default",
            "system_fingerprint": "fp_scripted",
        })
    }

    fn message(&self, choice: u64) -> Value {
        let mut message =
            json!({"role": "assistant", "content": null, "refusal": null, "annotations": []});
        if let Some(thought) = self.answer.thought {
            message["reasoning_content"] = thought.into();
        }
        if self.answer.calls.is_empty() {
            message["content"] = self.answer.whole_text().into();
        } else if let (true, Some(call)) = (self.legacy, self.answer.calls.first()) {
            message["function_call"] =
                json!({"name": call.name, "arguments": self.answer.argument_text(0)});
        } else {
            let calls = self.answer.calls.iter().enumerate();
            message["tool_calls"] = calls
                .map(|(index, call)| {
                    let arguments = self.answer.argument_text(index);
                    tool_call(&self.call_id(choice, index), call, &arguments)
                })
                .collect();
        }
        message
    }
}

/// A call with this much of its arguments.
pub(crate) fn tool_call(id: &str, call: &Call, arguments: &str) -> Value {
    match call.input {
        CallInput::Json(_) => {
            json!({"id": id, "type": "function", "function": {"name": call.name, "arguments": arguments}})
        }
        CallInput::Freeform(_) => {
            json!({"id": id, "type": "custom", "custom": {"name": call.name, "input": arguments}})
        }
    }
}

/// Usage of a reply with `choices` equal choices.
pub(crate) fn usage(usage: &Usage, choices: u64) -> Value {
    let completion = usage.output * choices;
    json!({
        "prompt_tokens": usage.input,
        "completion_tokens": completion,
        "total_tokens": usage.input + completion,
        "prompt_tokens_details": {
            "audio_tokens": 0,
            "cache_write_tokens": usage.cache_write,
            "cached_tokens": usage.cache_read,
        },
        "completion_tokens_details": {
            "accepted_prediction_tokens": 0,
            "audio_tokens": 0,
            "reasoning_tokens": usage.reasoning * choices,
            "rejected_prediction_tokens": 0,
        },
    })
}
