//! What is recorded of replies, and what requests are given back.

use super::{Remembered, Replay};
use crate::{
    Asked, Options, Profile, ReplyPlan, ReplyStream, Translated, Upstream, profile::Params,
    translate_reply, translate_request,
};
use cliproxy_core::{Capabilities, Protocol, ThoughtSignatures};
use cliproxy_json::Body;
use cliproxy_sse::Framer;
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc};

/// What is remembered, by the id of a call.
#[derive(Clone, Debug, Default)]
struct View(HashMap<String, Arc<Remembered>>);

impl Replay for View {
    fn recall(&self, call: &str) -> Option<Arc<Remembered>> {
        self.0.get(call).cloned()
    }
}

impl View {
    fn learn(&mut self, remembered: Vec<(String, Remembered)>) {
        let entries = remembered.into_iter().map(|(id, it)| (id, Arc::new(it)));
        self.0.extend(entries);
    }
}

/// Whom a test talks to: `deepseek` speaks Chat and takes plain reasoning back.
fn upstream(name: &str) -> (Protocol, &'static Profile) {
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

fn translated(
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

fn sent(translated: &Translated) -> Value {
    serde_json::from_slice(&translated.body.unsettled()).unwrap()
}

/// What is recorded of a reply that is streamed, as `(event, data)`.
fn recorded(to: &str, plan: &ReplyPlan, events: &[(&str, Value)]) -> Vec<(String, Remembered)> {
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

fn tools() -> Value {
    json!([{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}])
}

/// A chat client's request; `turns` follow its first message.
fn chat(turns: &[Value]) -> Value {
    let mut messages = vec![json!({"role": "user", "content": "go"})];
    messages.extend(turns.iter().cloned());
    json!({"model": "m", "messages": messages, "tools": tools()})
}

fn calls(ids: &[&str]) -> Value {
    let calls = ids.iter().map(
        |id| json!({"id": id, "type": "function", "function": {"name": "f", "arguments": "{}"}}),
    );
    json!({"role": "assistant", "content": null, "tool_calls": calls.collect::<Vec<_>>()})
}

fn result(id: &str) -> Value {
    json!({"role": "tool", "tool_call_id": id, "content": "x"})
}

/// A reply of each upstream that reasons, then calls `f` twice at once: as a body and as a stream.
fn replies(to: &str) -> (Value, Vec<(&'static str, Value)>) {
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
fn given_back(to: &str, sent: &Value) -> Value {
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

#[test]
fn what_a_client_drops_goes_back_to_its_maker() {
    for (to, client, expected) in [
        (
            "claude",
            Protocol::Chat,
            json!([
                {"type": "thinking", "thinking": "why\n", "signature": "SIG="},
                {"type": "redacted_thinking", "data": "RED="},
            ]),
        ),
        ("gemini", Protocol::Chat, "U0lH".into()),
        (
            "responses",
            Protocol::Chat,
            json!({"type": "reasoning", "id": "rs_1", "encrypted_content": "ENC=", "summary": [
                {"type": "summary_text", "text": "one"}, {"type": "summary_text", "text": "two"}]}),
        ),
        ("deepseek", Protocol::Claude, "why".into()),
    ] {
        let first = match client {
            Protocol::Chat => chat(&[]),
            _ => claude(&[]),
        };
        let plan = translated(client, &first, to, Some(&View::default()), false).reply;
        let (body, events) = replies(to);
        let whole = translate_reply(upstream(to).0, body.to_string().as_bytes(), &plan).unwrap();
        for remembered in [whole.remembered, recorded(to, &plan, &events)] {
            let ids: Vec<&str> = remembered.iter().map(|(id, _)| id.as_str()).collect();
            assert_eq!(ids, ["c1"], "{to}: the first call of the step");
            assert!(remembered[0].1.bytes() > 3);
            let mut view = View::default();
            view.learn(remembered);
            let next = match client {
                Protocol::Chat => chat(&[calls(&["c1", "c2"]), result("c1"), result("c2")]),
                _ => claude(&["c1", "c2"]),
            };
            let again = translated(client, &next, to, Some(&view), false);
            let got = given_back(to, &sent(&again));
            assert_eq!(got, expected, "{to}: {}", sent(&again));
            let same = translated(client, &next, to, Some(&view), false);
            assert_eq!(
                same.body.unsettled(),
                again.body.unsettled(),
                "same body, same view"
            );
            // Nobody knows of it, or it was refused.
            for without in [
                translated(client, &next, to, None, false),
                translated(client, &next, to, Some(&View::default()), false),
            ] {
                assert_ne!(given_back(to, &sent(&without)), expected, "{to}");
            }
        }
    }
}

/// A Claude client without thinking, which has called `f` under these ids.
fn claude(ids: &[&str]) -> Value {
    let mut messages = vec![json!({"role": "user", "content": "go"})];
    if !ids.is_empty() {
        let uses = ids
            .iter()
            .map(|id| json!({"type": "tool_use", "id": id, "name": "f", "input": {}}));
        let results = ids
            .iter()
            .map(|id| json!({"type": "tool_result", "tool_use_id": id, "content": "x"}));
        messages.push(json!({"role": "assistant", "content": uses.collect::<Vec<_>>()}));
        messages.push(json!({"role": "user", "content": results.collect::<Vec<_>>()}));
    }
    json!({"model": "m", "max_tokens": 99, "messages": messages,
        "tools": [{"name": "f", "input_schema": {"type": "object"}}]})
}

#[test]
fn nothing_is_recorded_in_vain() {
    let view = View::default();
    let (_, events) = replies("claude");
    let plan =
        |body: &Value, to: &str, replay| translated(Protocol::Chat, body, to, replay, false).reply;
    let whole = plan(&chat(&[]), "claude", Some(&view as &dyn Replay));
    assert_eq!(recorded("claude", &whole, &events).len(), 1);
    let cut = &events[..events.len() - 2];
    assert!(
        recorded("claude", &whole, cut).is_empty(),
        "a reply that broke off"
    );
    let unsealed: Vec<_> = events
        .iter()
        .filter(|(_, data)| {
            let text = data.to_string();
            !text.contains("signature_delta") && !text.contains("redacted")
        })
        .cloned()
        .collect();
    assert!(
        recorded("claude", &whole, &unsealed).is_empty(),
        "not signed"
    );
    let off = plan(&chat(&[]), "claude", None);
    assert!(recorded("claude", &off, &events).is_empty(), "switched off");
    let mut toolless = chat(&[]);
    toolless.as_object_mut().unwrap().remove("tools");
    let toolless = plan(&toolless, "claude", Some(&view));
    assert!(
        recorded("claude", &toolless, &events).is_empty(),
        "no tools"
    );
    let openai = translated(Protocol::Claude, &claude(&[]), "openai", Some(&view), false).reply;
    let (_, events) = replies("openai");
    assert!(
        recorded("openai", &openai, &events).is_empty(),
        "takes nothing back"
    );
}

#[test]
fn a_conversation_that_grows_keeps_what_was_sent() {
    let mut view = View::default();
    for to in ["claude", "gemini", "responses"] {
        let plan = translated(Protocol::Chat, &chat(&[]), to, Some(&view), false).reply;
        let (body, _) = replies(to);
        let reply = |id: &str| {
            let body = body.to_string().replace("\"c1\"", &format!("\"{id}\""));
            translate_reply(upstream(to).0, body.as_bytes(), &plan)
                .unwrap()
                .remembered
        };
        let mut turns = Vec::new();
        let mut before: Vec<Value> = Vec::new();
        for id in ["a", "b", "c"] {
            let id = format!("{to}_{id}");
            view.learn(reply(&id));
            turns.extend([calls(&[&id]), result(&id)]);
            let now = sent(&translated(
                Protocol::Chat,
                &chat(&turns),
                to,
                Some(&view),
                false,
            ));
            let list = ["messages", "contents", "input"]
                .iter()
                .find_map(|it| now[*it].as_array());
            let list = list.unwrap().clone();
            let text = |values: &[Value]| -> Vec<String> {
                // Marks for the cache move with the end.
                let text = values.iter().map(Value::to_string);
                text.map(|it| {
                    it.replace(r#","cache_control":{"type":"ephemeral"}"#, "")
                        .replace(r#""cache_control":{"type":"ephemeral"},"#, "")
                })
                .collect()
            };
            assert_eq!(text(&list[..before.len()]), text(&before), "{to}");
            assert!(list.len() > before.len());
            before = list;
        }
    }
}

#[test]
fn what_was_refused_stays_out() {
    for (to, expected) in [
        ("claude", json!([])),
        ("gemini", "skip_thought_signature_validator".into()),
        (
            "responses",
            json!({"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"}),
        ),
    ] {
        let plan = translated(
            Protocol::Chat,
            &chat(&[]),
            to,
            Some(&View::default()),
            false,
        )
        .reply;
        let (body, _) = replies(to);
        let reply = translate_reply(upstream(to).0, body.to_string().as_bytes(), &plan).unwrap();
        let mut view = View::default();
        view.learn(reply.remembered);
        let mut next = chat(&[calls(&["c1"]), result("c1")]);
        next["reasoning_effort"] = "high".into();
        let without = sent(&translated(Protocol::Chat, &next, to, Some(&view), true));
        assert_eq!(given_back(to, &without), expected, "{without}");
        assert_ne!(without["thinking"]["type"], "enabled");
    }
}
