//! Unary Responses replies, and the items that both forms are made of.

use super::{check, input, read, stream};
use crate::{
    answer::{Answer, Call, CallInput},
    ask::{Ask, Thinking},
    chat::CREATED,
    failure::ErrorReply,
    inspect::Node,
    openai::error::refuse,
    prompt_cache::tokens,
    reply::{Context, Reply},
    seal::Seal,
};
use bytes::Bytes;
use cliproxy_core::Protocol;
use serde_json::{Value, json};

/// Answers a Responses request, and remembers it unless it says not to.
pub(crate) fn generate(body: &Value, cx: &Context<'_>) -> Result<Reply, ErrorReply> {
    cx.check(|| check::generation(&Node::root(body)), refuse)?;
    let (mut conversation, ask) = read(body, cx)?;
    let cached = cx.key.cache.lock().look_up(&ask.model, &ask.prompt);
    let answer = Answer::compose(&ask, &cx.key.label, cx.shape, cached);
    let reply = ResponsesReply {
        request: body,
        account: &cx.key.label,
        tail: cx.tail,
        thinking: ask.thinking,
        answer: &answer,
    };
    if cx.whole && body["store"] != false {
        conversation.extend(reply.items());
        cx.key.responses.lock().remember(reply.id(), conversation);
    }
    Ok(if body["stream"] == true {
        Reply::Events(stream::events(&reply))
    } else {
        Reply::Document(reply.finished())
    })
}

/// Counts the tokens of a request: the same number its generation reports as input.
pub(crate) fn count(body: &Value, cx: &Context<'_>) -> Result<Reply, ErrorReply> {
    cx.check(|| check::count(&Node::root(body)), refuse)?;
    let (_, ask) = read(body, cx)?;
    Ok(Reply::Document(json!({
        "object": "response.input_tokens",
        "input_tokens": tokens(&ask.prompt),
    })))
}

fn read(body: &Value, cx: &Context<'_>) -> Result<(Vec<Value>, Ask), ErrorReply> {
    let log = cx.key.responses.lock();
    let conversation = input::resolve(body, &log)?;
    if cx.strict {
        input::check(&conversation, &cx.key.label, &log)?;
    }
    let ask = read::ask(body, &conversation);
    cx.serve(Protocol::Responses, &ask.model)?;
    Ok((conversation, ask))
}

/// The reply in both forms, for a request nobody looked at.
pub(crate) fn prepared(ask: &Ask, answer: &Answer) -> (Value, Vec<Bytes>) {
    let request = json!({"model": ask.model, "store": false});
    let reply = ResponsesReply {
        request: &request,
        account: "",
        tail: "scripted",
        thinking: ask.thinking,
        answer,
    };
    (reply.finished(), stream::events(&reply))
}

/// An answer on its way into Responses' form.
#[derive(Debug)]
pub(super) struct ResponsesReply<'a> {
    pub(super) request: &'a Value,
    pub(super) account: &'a str,
    pub(super) tail: &'a str,
    pub(super) thinking: Thinking,
    pub(super) answer: &'a Answer,
}

impl ResponsesReply<'_> {
    fn id(&self) -> String {
        format!("resp_{}", self.tail)
    }

    /// How the response ends, and with it the message.
    pub(super) const fn status(&self) -> &'static str {
        if self.answer.cut {
            "incomplete"
        } else {
            "completed"
        }
    }

    fn item_id(&self, prefix: &str, index: usize) -> String {
        format!("{prefix}_{}_{index}", self.tail)
    }

    /// The finished output items, in order.
    pub(super) fn items(&self) -> Vec<Value> {
        let mut items: Vec<Value> = self.reasoning().into_iter().collect();
        if self.answer.calls.is_empty() {
            items.push(json!({
                "id": self.item_id("msg", items.len()),
                "type": "message",
                "status": self.status(),
                "role": "assistant",
                "content": [text_part(&self.answer.whole_text())],
            }));
        }
        for (number, call) in self.answer.calls.iter().enumerate() {
            let mut item = self.call(items.len(), call);
            if self.answer.cuts(number) {
                item["status"] = "incomplete".into();
                item["arguments"] = self.answer.argument_text(number).into();
            }
            items.push(item);
        }
        items
    }

    fn reasoning(&self) -> Option<Value> {
        if self.thinking == Thinking::Off {
            return None;
        }
        let summary: Vec<Value> = self
            .answer
            .thought
            .map(|text| json!({"type": "summary_text", "text": text}))
            .into_iter()
            .collect();
        let mut item =
            json!({"id": self.item_id("rs", 0), "type": "reasoning", "summary": summary});
        if read::wants_encrypted(self.request) {
            item["encrypted_content"] = Seal::Encrypted.make(self.account, &self.id()).into();
        }
        Some(item)
    }

    fn call(&self, index: usize, call: &Call) -> Value {
        let call_id = format!("call_{}_{index}", self.tail);
        let mut item = match &call.input {
            CallInput::Json(_) => json!({
                "id": self.item_id("fc", index),
                "type": "function_call",
                "status": "completed",
                "arguments": call.argument_text(),
                "call_id": call_id,
                "name": call.name,
            }),
            CallInput::Freeform(text) => json!({
                "id": self.item_id("ctc", index),
                "type": "custom_tool_call",
                "status": "completed",
                "call_id": call_id,
                "input": text,
                "name": call.name,
            }),
        };
        if let Some(namespace) = &call.namespace {
            item["namespace"] = namespace.as_str().into();
        }
        item
    }

    /// The response object before anything was said.
    pub(super) fn skeleton(&self) -> Value {
        let asked = |name: &str, default: Value| match self.request.get(name) {
            None | Some(Value::Null) => default,
            Some(value) => value.clone(),
        };
        let reasoning = &self.request["reasoning"];
        let text = &self.request["text"];
        json!({
            "id": self.id(),
            "object": "response",
            "created_at": CREATED,
            "status": "in_progress",
            "background": false,
            "error": null,
            "incomplete_details": null,
            "instructions": asked("instructions", Value::Null),
            "max_output_tokens": asked("max_output_tokens", Value::Null),
            "max_tool_calls": asked("max_tool_calls", Value::Null),
            "metadata": asked("metadata", json!({})),
            "model": asked("model", Value::Null),
            "output": [],
            "parallel_tool_calls": asked("parallel_tool_calls", Value::Bool(true)),
            "previous_response_id": asked("previous_response_id", Value::Null),
            "prompt_cache_key": asked("prompt_cache_key", Value::Null),
            "reasoning": {"effort": reasoning["effort"], "summary": reasoning["summary"]},
            "safety_identifier": asked("safety_identifier", Value::Null),
            "service_tier": "default",
            "store": asked("store", Value::Bool(true)),
            "temperature": asked("temperature", json!(1.0)),
            "text": {
                "format": text.get("format").cloned().unwrap_or_else(|| json!({"type": "text"})),
                "verbosity": text.get("verbosity").cloned().unwrap_or_else(|| json!("medium")),
            },
            "tool_choice": asked("tool_choice", json!("auto")),
            "tools": asked("tools", json!([])),
            "top_logprobs": asked("top_logprobs", json!(0)),
            "top_p": asked("top_p", json!(1.0)),
            "truncation": asked("truncation", json!("disabled")),
            "usage": null,
            "user": asked("user", Value::Null),
        })
    }

    /// The response object after everything was said.
    pub(super) fn finished(&self) -> Value {
        let usage = &self.answer.usage;
        let mut response = self.skeleton();
        response["status"] = self.status().into();
        if self.answer.cut {
            response["incomplete_details"] = json!({"reason": "max_output_tokens"});
        }
        response["output"] = self.items().into();
        response["usage"] = json!({
            "input_tokens": usage.input,
            "input_tokens_details": {"cache_write_tokens": usage.cache_write, "cached_tokens": usage.cache_read},
            "output_tokens": usage.output,
            "output_tokens_details": {"reasoning_tokens": usage.reasoning},
            "total_tokens": usage.total(),
        });
        response
    }
}

/// The content part of a message.
pub(super) fn text_part(text: &str) -> Value {
    json!({"type": "output_text", "annotations": [], "logprobs": [], "text": text})
}
