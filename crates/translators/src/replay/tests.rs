//! What is recorded of replies, and what requests are given back.

mod exchanges;

use crate::{Replay, translate_reply};
use cliproxy_core::Protocol;
use exchanges::*;
use serde_json::{Value, json};

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

#[test]
fn calls_with_one_id_are_recorded_as_the_client_knows_them() {
    let delta = |delta: Value| json!({"id": "r", "choices": [{"index": 0, "delta": delta}]});
    let call = |index: u8| {
        delta(json!({"tool_calls": [
            {"index": index, "id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}))
    };
    let events = [
        delta(json!({"reasoning_content": "why"})),
        call(0),
        call(1),
        delta(json!({"reasoning_content": "more"})),
        call(2),
        json!({"id": "r", "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}),
        "[DONE]".into(),
    ];
    let events = events.map(|data| ("", data));
    let view = View::default();
    let plan = translated(
        Protocol::Claude,
        &claude(&[]),
        "deepseek",
        Some(&view),
        false,
    )
    .reply;
    let recorded = recorded("deepseek", &plan, &events);
    let ids: Vec<&str> = recorded.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["c", "c_3"]);
}
