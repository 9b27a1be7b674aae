//! Requests and replies of everybody who reasons and calls.

use crate::{
    Asked, Options, Profile, Remembered, Replay, ReplyPlan, ReplyStream, Translated, Upstream,
    profile::Params, translate_request,
};
use cliproxy_core::{Capabilities, Protocol, ThoughtSignatures};
use cliproxy_json::Body;
use cliproxy_sse::Framer;
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc};

/// What is remembered, by the id of a call.
#[derive(Clone, Debug, Default)]
pub(super) struct View(pub(super) HashMap<String, Arc<Remembered>>);

impl Replay for View {
    fn recall(&self, call: &str) -> Option<Arc<Remembered>> {
        self.0.get(call).cloned()
    }
}

impl View {
    pub(super) fn learn(&mut self, remembered: Vec<(String, Remembered)>) {
        let entries = remembered.into_iter().map(|(id, it)| (id, Arc::new(it)));
        self.0.extend(entries);
    }
}

/// Whom a test talks to: `deepseek` speaks Chat and takes plain reasoning back.
pub(super) fn upstream(name: &str) -> (Protocol, &'static Profile) {
    let (protocol, host) = match name {
        "claude" => (Protocol::Claude, "api.anthropic.com"),
        "gemini" => (Protocol::Gemini, "generativelanguage.googleapis.com"),
        "responses" => (Protocol::Responses, "api.openai.com"),
        "openai" => (Protocol::Chat, "api.openai.com"),
        "deepseek" => (Protocol::Chat, "api.deepseek.com"),
        other => panic!("{other}"),
    };
    (protocol, Profile::for_host(protocol, host))
}

pub(super) fn translated(
    client: Protocol,
    body: &Value,
    to: &str,
    replay: Option<&dyn Replay>,
    without_opaque: bool,
) -> Translated {
    let (protocol, profile) = upstream(to);
    let asked = Asked {
        protocol: client,
        model: "m",
        streams: true,
        now: 1,
        id: "r",
    };
    let capabilities = Capabilities {
        thought_signatures: match to {
            "gemini" => ThoughtSignatures::Required,
            _ => ThoughtSignatures::default(),
        },
        ..Capabilities::default()
    };
    let upstream = Upstream {
        protocol,
        profile,
        params: Params::none(),
        model: "m",
        suffix: None,
        capabilities: Some(&capabilities),
        max_output: None,
        without_opaque,
    };
    let body = Body::new(body.to_string().into()).unwrap();
    translate_request(&body, &asked, &upstream, &Options::default(), replay).unwrap()
}

pub(super) fn sent(translated: &Translated) -> Value {
    serde_json::from_slice(&translated.body.unsettled()).unwrap()
}

/// What is recorded of a reply that is streamed, as `(event, data)`.
pub(super) fn recorded(
    to: &str,
    plan: &ReplyPlan,
    events: &[(&str, Value)],
) -> Vec<(String, Remembered)> {
    let mut stream = ReplyStream::new(upstream(to).0, plan);
    let mut framer = Framer::new(1 << 20);
    for (name, data) in events {
        let name = match *name {
            "" => String::new(),
            name => format!("event: {name}\n"),
        };
        let data = match data {
            Value::String(text) => text.clone(),
            data => data.to_string(),
        };
        framer.push(format!("{name}data: {data}\n\n").into());
    }
    while let Some(frame) = framer.next_frame().unwrap() {
        stream.frame(&frame);
    }
    stream.eof();
    let taken = stream.take_remembered();
    assert!(stream.take_remembered().is_empty(), "it is given once");
    taken
}

pub(super) fn tools() -> Value {
    json!([{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}])
}

/// A chat client's request; `turns` follow its first message.
pub(super) fn chat(turns: &[Value]) -> Value {
    let mut messages = vec![json!({"role": "user", "content": "go"})];
    messages.extend(turns.iter().cloned());
    json!({"model": "m", "messages": messages, "tools": tools()})
}

pub(super) fn calls(ids: &[&str]) -> Value {
    let calls = ids.iter().map(
        |id| json!({"id": id, "type": "function", "function": {"name": "f", "arguments": "{}"}}),
    );
    json!({"role": "assistant", "content": null, "tool_calls": calls.collect::<Vec<_>>()})
}

pub(super) fn result(id: &str) -> Value {
    json!({"role": "tool", "tool_call_id": id, "content": "x"})
}

/// A reply of each upstream that reasons, then calls `f` twice at once: as a body and as a stream.
pub(super) fn replies(to: &str) -> (Value, Vec<(&'static str, Value)>) {
    match to {
        "claude" => (
            json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [
                {"type": "thinking", "thinking": "why\n", "signature": "SIG="},
                {"type": "redacted_thinking", "data": "RED="},
                {"type": "text", "text": "so"},
                {"type": "tool_use", "id": "c1", "name": "f", "input": {}},
                {"type": "tool_use", "id": "c2", "name": "f", "input": {}},
            ], "stop_reason": "tool_use", "usage": {"input_tokens": 1, "output_tokens": 1}}),
            vec![
                (
                    "message_start",
                    json!({"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [], "usage": {"input_tokens": 1, "output_tokens": 1}}}),
                ),
                (
                    "content_block_start",
                    json!({"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": "", "signature": ""}}),
                ),
                (
                    "content_block_delta",
                    json!({"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "wh"}}),
                ),
                (
                    "content_block_delta",
                    json!({"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "y\n"}}),
                ),
                (
                    "content_block_delta",
                    json!({"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "SIG="}}),
                ),
                (
                    "content_block_stop",
                    json!({"type": "content_block_stop", "index": 0}),
                ),
                (
                    "content_block_start",
                    json!({"type": "content_block_start", "index": 1, "content_block": {"type": "redacted_thinking", "data": "RED="}}),
                ),
                (
                    "content_block_stop",
                    json!({"type": "content_block_stop", "index": 1}),
                ),
                (
                    "content_block_start",
                    json!({"type": "content_block_start", "index": 2, "content_block": {"type": "text", "text": ""}}),
                ),
                (
                    "content_block_delta",
                    json!({"type": "content_block_delta", "index": 2, "delta": {"type": "text_delta", "text": "so"}}),
                ),
                (
                    "content_block_stop",
                    json!({"type": "content_block_stop", "index": 2}),
                ),
                (
                    "content_block_start",
                    json!({"type": "content_block_start", "index": 3, "content_block": {"type": "tool_use", "id": "c1", "name": "f", "input": {}}}),
                ),
                (
                    "content_block_stop",
                    json!({"type": "content_block_stop", "index": 3}),
                ),
                (
                    "content_block_start",
                    json!({"type": "content_block_start", "index": 4, "content_block": {"type": "tool_use", "id": "c2", "name": "f", "input": {}}}),
                ),
                (
                    "content_block_stop",
                    json!({"type": "content_block_stop", "index": 4}),
                ),
                (
                    "message_delta",
                    json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 9}}),
                ),
                ("message_stop", json!({"type": "message_stop"})),
            ],
        ),
        "gemini" => {
            let body = json!({"responseId": "g", "modelVersion": "m", "candidates": [{"index": 0, "finishReason": "STOP", "content": {"role": "model", "parts": [
                {"text": "why", "thought": true},
                {"functionCall": {"id": "c1", "name": "f", "args": {}}, "thoughtSignature": "U0lH"},
                {"functionCall": {"id": "c2", "name": "f", "args": {}}},
            ]}}]});
            (body.clone(), vec![("", body)])
        }
        "responses" => {
            let reasoning = json!({"type": "reasoning", "id": "rs_1", "encrypted_content": "ENC=", "summary": [
                {"type": "summary_text", "text": "one"}, {"type": "summary_text", "text": "two"}]});
            let call = |id: &str| json!({"type": "function_call", "id": format!("fc_{id}"), "call_id": id, "name": "f", "arguments": "{}", "status": "completed"});
            let whole = json!({"id": "resp_1", "object": "response", "created_at": 1, "status": "completed", "model": "m",
                "output": [reasoning, call("c1"), call("c2")]});
            let mut events = vec![(
                "response.created",
                json!({"type": "response.created", "response": {"id": "resp_1", "status": "in_progress", "output": []}}),
            )];
            for (index, item) in [reasoning, call("c1"), call("c2")].into_iter().enumerate() {
                let kind = "response.output_item.added";
                events.push((
                    kind,
                    json!({"type": kind, "output_index": index, "item": item}),
                ));
                let kind = "response.output_item.done";
                events.push((
                    kind,
                    json!({"type": kind, "output_index": index, "item": item}),
                ));
            }
            let kind = "response.completed";
            events.push((kind, json!({"type": kind, "response": whole})));
            (whole, events)
        }
        _ => {
            let call = |index: usize, id: &str| json!({"index": index, "id": id, "type": "function", "function": {"name": "f", "arguments": "{}"}});
            let calls = [call(0, "c1"), call(1, "c2")];
            let chunk = |delta: Value, reason: Value| {
                (
                    "",
                    json!({"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m",
                    "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}),
                )
            };
            (
                json!({"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [{"index": 0, "finish_reason": "tool_calls",
                    "message": {"role": "assistant", "content": null, "reasoning_content": "why", "tool_calls": calls}}]}),
                vec![
                    chunk(
                        json!({"role": "assistant", "reasoning_content": "w"}),
                        Value::Null,
                    ),
                    chunk(json!({"reasoning_content": "hy"}), Value::Null),
                    chunk(json!({"tool_calls": calls}), Value::Null),
                    chunk(json!({}), "tool_calls".into()),
                    ("", "[DONE]".into()),
                ],
            )
        }
    }
}

/// What a request's first call is sent with, of what stands before it in its turn.
pub(super) fn given_back(to: &str, sent: &Value) -> Value {
    match to {
        "claude" => {
            let blocks = sent["messages"][1]["content"].as_array().unwrap();
            let before = blocks.iter().take_while(|it| it["type"] != "tool_use");
            before.cloned().collect()
        }
        "gemini" => sent["contents"][1]["parts"].as_array().unwrap()[0]["thoughtSignature"].clone(),
        "responses" => sent["input"][1].clone(),
        _ => sent["messages"][1]["reasoning_content"].clone(),
    }
}
