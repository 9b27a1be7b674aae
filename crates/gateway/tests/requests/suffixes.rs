//! Thinking suffixes of model names, and what the gateway has left in a conversation.

use crate::rig::{Ask, Rig, entries, entry, refusing, section, upstream};
use cliproxy_core::Protocol::{self, Chat, Claude, Gemini, Responses};
use cliproxy_scripted_upstream::{Behaviour, Failure};
use serde_json::{Value, json};

/// What a client of `client` that asks for `asked` makes an upstream of `speaks` get.
async fn sent(client: Protocol, speaks: Protocol, models: &str, asked: &str) -> (Value, String) {
    let upstream = upstream([Behaviour::Answer]);
    let base = upstream.base_url();
    let entry = entry(speaks, &base, "a", models, "");
    let rig = Rig::new(&format!("{}:\n{entry}", section(speaks)));
    let answer = rig.send(&Ask::new(client, asked, false)).await;
    assert_eq!(answer.status, 200, "{asked}: {answer:?}");
    let reply = answer.json();
    let shown = match client {
        Gemini => &reply["modelVersion"],
        Chat | Claude | Responses => &reply["model"],
    };
    let sent = upstream.take_requests().remove(0);
    let sent = serde_json::from_slice(&sent.body).unwrap_or_default();
    (sent, shown.as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_suffix_is_written_into_the_body_and_shown_in_the_reply() {
    let low = json!("low");
    let high = json!("high");
    let adaptive = json!("adaptive");
    let tokens = json!(8192);
    let effort = "/reasoning_effort";
    let budget = "/generationConfig/thinkingConfig/thinkingBudget";
    for (client, speaks, models, asked, place, expected) in [
        (Chat, Chat, "m", "m(high)", effort, &high),
        (Chat, Chat, "m", "m(high)", "/model", &json!("m")),
        (
            Responses,
            Responses,
            "r=gpt-5.1",
            "r(low)",
            "/reasoning/effort",
            &low,
        ),
        (
            Claude,
            Claude,
            "c=claude-opus-4-6",
            "c(high)",
            "/thinking/type",
            &adaptive,
        ),
        (
            Claude,
            Claude,
            "c=claude-opus-4-6",
            "c(high)",
            "/output_config/effort",
            &high,
        ),
        (
            Gemini,
            Gemini,
            "g=gemini-2.5-flash",
            "g(8192)",
            budget,
            &tokens,
        ),
        // Translated.
        (Claude, Chat, "m", "m(low)", effort, &low),
        (
            Chat,
            Gemini,
            "g=gemini-2.5-flash",
            "g(medium)",
            budget,
            &tokens,
        ),
        // What the configuration says, unless the client says something itself.
        (Chat, Chat, "cheap=gpt-5.1(low)", "cheap", effort, &low),
        (
            Chat,
            Chat,
            "cheap=gpt-5.1(low)",
            "cheap(high)",
            effort,
            &high,
        ),
        (
            Chat,
            Chat,
            "cheap=gpt-5.1(low)",
            "cheap(bogus)",
            effort,
            &low,
        ),
        (
            Claude,
            Chat,
            "cheap=gpt-oss-120b(low)",
            "cheap",
            effort,
            &low,
        ),
        // Says nothing.
        (Chat, Chat, "m", "m(bogus)", effort, &Value::Null),
    ] {
        let (body, shown) = sent(client, speaks, models, asked).await;
        let found = body.pointer(place).unwrap_or(&Value::Null);
        assert_eq!(found, expected, "{client} to {speaks}, {asked}: {body}");
        assert_eq!(shown, asked, "{client} to {speaks}");
    }
}

#[tokio::test]
async fn a_fallback_may_have_a_suffix() {
    for (asked, expected) in [("m", "low"), ("m(high)", "high")] {
        let upstream = upstream([refusing(503, "{}"), Behaviour::Answer]);
        let base = upstream.base_url();
        let yaml = format!(
            "request-retry: 0\nfallbacks: {{m: [{{model: n(low)}}]}}\nopenai-compatibility:\n{}{}",
            entry(Chat, &base, "a", "m", ""),
            entry(Chat, &base, "b", "n", ""),
        );
        let rig = Rig::new(&yaml);
        let answer = rig.send(&Ask::chat(asked)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let sent = upstream.take_requests();
        let body: Value = serde_json::from_slice(&sent[1].body).unwrap();
        assert_eq!(body["model"], "n", "{asked}");
        assert_eq!(body["reasoning_effort"], expected, "{asked}");
    }
}

/// Reasoning of another vendor is taken out, and the client is told.
#[tokio::test]
async fn what_another_vendor_has_sealed_does_not_go_up() {
    let upstream = upstream([Behaviour::Answer]);
    let entry = entry(Claude, &upstream.base_url(), "a", "m", "");
    let rig = Rig::new(&format!("{}:\n{entry}", section(Claude)));
    let thinking = |seal: &str| json!({"type": "thinking", "thinking": "t", "signature": seal});
    let text = json!({"type": "text", "text": "a"});
    let body = |blocks: Value| {
        json!({"model": "m", "max_tokens": 99, "messages": [
            {"role": "user", "content": "q"},
            {"role": "assistant", "content": blocks},
            {"role": "user", "content": "r"},
        ]})
    };
    let given = json!([thinking("gw1:oa:enc:rs_1:gAAA"), text]);
    let ask = Ask::new(Claude, "m", false).with_body(body(given).to_string());
    let answer = rig.send(&ask).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let dropped = answer.header("x-cliproxy-dropped");
    assert_eq!(dropped, "messages.1.content.0");
    let sent = upstream.take_requests().remove(0);
    let sent: Value = serde_json::from_slice(&sent.body).unwrap();
    assert_eq!(sent, body(json!([text])));
}

/// An account reads its own reasoning and what names nobody, and gets nothing else.
#[tokio::test]
async fn what_another_account_has_sealed_does_not_go_up() {
    let upstream = upstream([Behaviour::Answer]);
    let entry = entry(Responses, &upstream.base_url(), "a", "m", "");
    let rig = Rig::new(&format!("{}:\n{entry}", section(Responses)));
    for (carrier, is_kept) in [
        ("gw1:oa:enc:rs_1:gAAA", true),
        ("gw1:oa@00000000:enc:rs_1:gAAA", false),
    ] {
        let thinking = json!({"type": "thinking", "thinking": "t", "signature": carrier});
        let body = json!({"model": "m", "max_tokens": 99, "messages": [
            {"role": "user", "content": "q"},
            {"role": "assistant", "content": [thinking, {"type": "text", "text": "a"}]},
            {"role": "user", "content": "r"},
        ]});
        let ask = Ask::new(Claude, "m", false).with_body(body.to_string());
        // The upstream refuses what it has not sealed itself; what it gets is what counts.
        rig.send(&ask).await;
        let sent = upstream.take_requests().remove(0);
        let sent = String::from_utf8(sent.body.to_vec()).unwrap();
        let has = sent.contains(r#""encrypted_content":"gAAA""#);
        assert_eq!(has, is_kept, "{carrier}: {sent}");
    }
}

/// Behind one name, every upstream model is asked within its own limits.
#[tokio::test]
async fn each_target_has_its_own_facts() {
    for (first, second) in [("gpt-4o", "claude-opus-4-6"), ("m", "claude-opus-4-6")] {
        let upstream = upstream([Behaviour::from(Failure::Unauthorized), Behaviour::Answer]);
        let base = upstream.base_url();
        let chat = entry(Chat, &base, "a", &format!("x={first}"), "");
        let claude = entry(Claude, &base, "b", &format!("x={second}"), "");
        let rig = Rig::new(&format!(
            "{}:\n{chat}{}:\n{claude}",
            section(Chat),
            section(Claude)
        ));
        let answer = rig.send(&Ask::new(Chat, "x(high)", false)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let sent = upstream.take_requests().pop().unwrap();
        let sent: Value = serde_json::from_slice(&sent.body).unwrap();
        assert_eq!(sent["output_config"]["effort"], "high", "{sent}");
        assert_eq!(sent["thinking"]["type"], "adaptive", "{sent}");
    }
}

#[tokio::test]
async fn a_suffix_that_asks_for_nothing_is_noted() {
    for (asked, is_noted) in [("m", false), ("m(low)", false), ("m(bogus)", true)] {
        let upstream = upstream([Behaviour::Answer]);
        let rig = Rig::new(&entries(&upstream, Chat, "a"));
        assert_eq!(rig.send(&Ask::chat(asked)).await.status, 200, "{asked}");
        let explained = rig.gateway.explain(&rig.record().await.request_id).unwrap();
        let noted: Vec<bool> = explained.steps[0]
            .notes
            .iter()
            .map(|note| note.ends_with("it asks for nothing"))
            .collect();
        assert_eq!(noted == [true], is_noted, "{asked}: {explained:?}");
    }
}
