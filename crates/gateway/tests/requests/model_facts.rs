//! What an entry says of its models shapes what they are sent.

use crate::rig::{Ask, Rig, entries, upstream};
use cliproxy_core::Protocol::{self, Chat, Claude, Gemini, Responses};
use cliproxy_scripted_upstream::Behaviour;
use serde_json::{Value, json};
use std::time::Instant;

/// An entry that says `facts` of its model `m`.
fn described(entries: &str, facts: &str) -> String {
    entries.replace("alias: m}", &format!("alias: m, {facts}}}"))
}

/// What a client of `client` that asks for `asked` makes an upstream of `speaks` get.
async fn sent(client: Protocol, speaks: Protocol, facts: &str, ask: Ask) -> Result<Value, Value> {
    let upstream = upstream([Behaviour::Answer]);
    let rig = Rig::new(&described(&entries(&upstream, speaks, "a"), facts));
    let answer = rig.send(&ask).await;
    if answer.status != 200 {
        assert_eq!(answer.status, 400, "{client} to {speaks}, {facts}");
        return Err(answer.json()["error"].clone());
    }
    let sent = upstream.take_requests().remove(0);
    Ok(serde_json::from_slice(&sent.body).unwrap())
}

#[tokio::test]
async fn reasoning_is_fitted_to_what_is_said_of_it() {
    let levels = "thinking: {levels: [low, high]}";
    let tokens = "thinking: {min: 1024, max: 4096}";
    let effort = "/reasoning_effort";
    let budget = "/generationConfig/thinkingConfig/thinkingBudget";
    for (client, speaks, facts, asked, place, expected) in [
        // Of a model that nobody knows, what is asked for is sent.
        (Claude, Chat, "context: 0", "m(max)", effort, json!("max")),
        (Claude, Chat, levels, "m(max)", effort, json!("high")),
        (Claude, Chat, levels, "m(4000)", effort, json!("low")),
        (Claude, Chat, "thinking: {}", "m(max)", effort, json!(null)),
        (Chat, Gemini, tokens, "m(max)", budget, json!(4096)),
        (Chat, Gemini, tokens, "m(100)", budget, json!(1024)),
        // In the client's own protocol as well.
        (Chat, Chat, levels, "m(max)", effort, json!("high")),
        (Gemini, Gemini, tokens, "m(100000)", budget, json!(4096)),
        (
            Responses,
            Responses,
            levels,
            "m(max)",
            "/reasoning/effort",
            json!("high"),
        ),
        // Kinds of input say nothing of reasoning.
        (
            Claude,
            Chat,
            "input-modalities: [text]",
            "m(max)",
            effort,
            json!("max"),
        ),
    ] {
        let name = format!("{client} to {speaks}, {facts}, {asked}");
        let sent = sent(client, speaks, facts, Ask::new(client, asked, false)).await;
        let body = sent.expect(&name);
        let found = body.pointer(place).unwrap_or(&Value::Null);
        assert_eq!(found, &expected, "{name}: {body}");
    }
}

/// Claude wants a limit, and refuses one that its model does not have.
#[tokio::test]
async fn limits_for_claude_are_cut_to_what_is_said_of_them() {
    let said = "max-output: 100";
    for (speaks, facts, limit, expected) in [
        (Claude, "context: 0", 5000, 5000),
        (Claude, said, 5000, 100),
        (Claude, said, 50, 50),
        (Gemini, said, 5000, 5000),
    ] {
        let body = json!({"model": "m", "max_tokens": limit,
            "messages": [{"role": "user", "content": "hello"}]});
        let ask = Ask::new(Chat, "m", false).with_body(body.to_string());
        let body = sent(Chat, speaks, facts, ask).await.expect(facts);
        let place = match speaks {
            Claude => "/max_tokens",
            _ => "/generationConfig/maxOutputTokens",
        };
        assert_eq!(body.pointer(place), Some(&json!(expected)), "{body}");
    }
    let ask = Ask::new(Chat, "m", false);
    let body = sent(Chat, Claude, said, ask).await.expect(said);
    assert_eq!(body["max_tokens"], 100, "none was asked for");
}

#[tokio::test]
async fn what_a_model_does_not_read_is_refused() {
    let image = json!({"type": "image", "source": {"type": "base64",
        "media_type": "image/png", "data": "iVBORw0KGgo="}});
    let body = json!({"model": "m", "max_tokens": 64,
        "messages": [{"role": "user", "content": [image, {"type": "text", "text": "hello"}]}]});
    let refusal = "messages.0.content.0: image cannot be sent: this model reads text only";
    for (facts, expected) in [
        ("context: 0", None),
        ("input-modalities: [text, image]", None),
        ("input-modalities: [text]", Some(json!(refusal))),
    ] {
        let ask = Ask::new(Claude, "m", false).with_body(body.to_string());
        let error = sent(Claude, Chat, facts, ask).await.err();
        let message = error.map(|error| error["message"].clone());
        assert_eq!(message, expected, "{facts}");
    }
}

#[tokio::test]
async fn lists_show_what_is_said() {
    let upstream = upstream([]);
    let facts = "context: 4000, max-output: 100";
    let rig = Rig::new(&described(&entries(&upstream, Chat, "a"), facts));
    let snapshot = rig.gateway.snapshot();
    let route = snapshot.listed_model("m", Instant::now()).unwrap();
    let limits = (route.info.context, route.info.max_output);
    assert_eq!(limits, (Some(4000), Some(100)));
}
