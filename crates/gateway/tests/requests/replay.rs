//! Reasoning that clients drop, in the tool loops of conversations.

use crate::rig::{Ask, Rig, config, entry, refusing, section};
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::{Behaviour, Script, Upstream};
use serde_json::{Value, json};

/// A chat client that keeps nothing of reasoning.
struct Forgetful {
    messages: Vec<Value>,
    streams: bool,
    key: &'static str,
    model: &'static str,
}

impl Forgetful {
    fn new(speaks: Protocol, streams: bool) -> Self {
        Self {
            messages: vec![json!({"role": "user", "content": "use the tool"})],
            streams,
            key: "one",
            model: model(speaks),
        }
    }

    fn ask(&self) -> Ask {
        let body = json!({
            "model": self.model, "stream": self.streams, "reasoning_effort": "high", "messages": self.messages,
            "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}],
        });
        let bearer = format!("Bearer {}", self.key);
        let ask =
            Ask::new(Protocol::Chat, self.model, self.streams).header("authorization", &bearer);
        ask.with_body(body.to_string())
    }

    /// Asks, runs what is called, and has the results ready for the next time.
    async fn turn(&mut self, rig: &Rig) {
        let answer = rig.send(&self.ask()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let calls = match self.streams {
            false => called(&answer.json()["choices"][0]["message"]),
            true => {
                let text = answer.text();
                let events = text.lines().filter_map(|line| line.strip_prefix("data: "));
                let events = events.filter_map(|data| serde_json::from_str::<Value>(data).ok());
                let calls = events.flat_map(|event| called(&event["choices"][0]["delta"]));
                calls.filter(|call| call["id"].is_string()).collect()
            }
        };
        assert!(!calls.is_empty(), "{}", answer.text());
        let results = calls.iter().map(
            |call| json!({"role": "tool", "tool_call_id": call["id"], "content": "use the tool"}),
        );
        let results: Vec<_> = results.collect();
        let made = json!({"role": "assistant", "content": null, "tool_calls": calls});
        self.messages.push(made);
        self.messages.extend(results);
    }
}

/// The calls of a message, bare.
fn called(message: &Value) -> Vec<Value> {
    let calls = message["tool_calls"].as_array().into_iter().flatten();
    let bare = calls.map(|call| {
        json!({"id": call["id"], "type": "function",
            "function": {"name": call["function"]["name"], "arguments": "{}"}})
    });
    bare.collect()
}

fn rig(upstream: &Upstream, speaks: Protocol) -> Rig {
    Rig::new(&yaml(upstream, speaks))
}

fn yaml(upstream: &Upstream, speaks: Protocol) -> String {
    let entry = entry(speaks, &upstream.base_url(), "a", model(speaks), "");
    let section = section(speaks);
    format!("api-keys: [one, two]\n{section}:\n{entry}")
}

/// One that reasons, and is known to.
const fn model(speaks: Protocol) -> &'static str {
    match speaks {
        Protocol::Chat => "m",
        Protocol::Claude => "claude-sonnet-4-5",
        Protocol::Gemini => "gemini-3-pro-preview",
        Protocol::Responses => "gpt-5.4",
    }
}

/// The sealed reasoning in what an upstream was last asked.
fn sealed(upstream: &Upstream) -> Vec<String> {
    let requests = upstream.requests();
    let mut found = Vec::new();
    collect(&requests.last().unwrap().json(), &mut found);
    // What stands in for a signature that nobody has.
    found.retain(|seal| seal != "skip_thought_signature_validator");
    found
}

fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(members) => {
            for (key, value) in members {
                let is_seal = ["signature", "encrypted_content", "thoughtSignature"];
                match value {
                    Value::String(text) if is_seal.contains(&key.as_str()) => {
                        found.push(text.clone());
                    }
                    value => collect(value, found),
                }
            }
        }
        _ => {}
    }
}

const SEALING: [Protocol; 3] = [Protocol::Claude, Protocol::Gemini, Protocol::Responses];

#[tokio::test]
async fn upstreams_are_given_back_what_a_client_dropped() {
    for speaks in SEALING {
        for streams in [false, true] {
            let upstream = crate::rig::upstream([Behaviour::Answer]);
            let rig = rig(&upstream, speaks);
            let mut client = Forgetful::new(speaks, streams);
            client.turn(&rig).await;
            assert!(sealed(&upstream).is_empty());
            let answer = rig.send(&client.ask()).await;
            assert_eq!(answer.status, 200, "{speaks}: {}", answer.text());
            let seals = sealed(&upstream);
            assert_eq!(
                seals.len(),
                1,
                "{speaks} {streams}: {}",
                upstream.requests().last().unwrap().json()
            );
            assert!(seals[0].contains("Scripted"), "{speaks}: {seals:?}");
        }
    }
}

#[tokio::test]
async fn nobody_is_given_the_reasoning_of_another_client() {
    for speaks in SEALING {
        let upstream = crate::rig::upstream([Behaviour::Answer]);
        let rig = rig(&upstream, speaks);
        let mut client = Forgetful::new(speaks, false);
        client.turn(&rig).await;
        client.key = "two";
        rig.send(&client.ask()).await;
        assert!(
            sealed(&upstream).is_empty(),
            "{speaks}: {:?}",
            sealed(&upstream)
        );
    }
}

#[tokio::test]
async fn what_is_switched_off_is_forgotten() {
    let speaks = Protocol::Claude;
    let upstream = crate::rig::upstream([Behaviour::Answer]);
    let rig = rig(&upstream, speaks);
    let on = yaml(&upstream, speaks);
    let off = format!("translation: {{replay: off}}\n{on}");
    let mut client = Forgetful::new(speaks, false);
    client.turn(&rig).await;
    for yaml in [&off, &on] {
        rig.gateway.reload(config(yaml)).unwrap();
        assert_eq!(rig.send(&client.ask()).await.status, 200);
        assert!(sealed(&upstream).is_empty(), "{yaml}");
    }
    rig.gateway.reload(config(&off)).unwrap();
    let mut client = Forgetful::new(speaks, false);
    client.turn(&rig).await;
    rig.gateway.reload(config(&on)).unwrap();
    assert_eq!(rig.send(&client.ask()).await.status, 200);
    assert!(sealed(&upstream).is_empty(), "nothing was written down");
}

#[tokio::test]
async fn chat_clients_are_given_sealed_reasoning_unless_that_is_switched_off() {
    let speaks = Protocol::Claude;
    let upstream = crate::rig::upstream([Behaviour::Answer]);
    let rig = rig(&upstream, speaks);
    let on = yaml(&upstream, speaks);
    let off = format!("chat: {{reasoning-details: off}}\n{on}");
    for (yaml, given) in [(on, true), (off, false)] {
        rig.gateway.reload(config(&yaml)).unwrap();
        for streams in [false, true] {
            let answer = rig
                .send(&Forgetful::new(speaks, streams).ask())
                .await
                .text();
            assert!(answer.contains("reasoning_content"), "{answer}");
            assert_eq!(answer.contains("reasoning_details"), given, "{answer}");
        }
    }
}

/// The account has changed, or the provider its mind: asked again without, and not a third time.
#[tokio::test]
async fn refused_reasoning_stays_out() {
    let refusals = [
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"messages.1.content.0: Invalid `signature` in `thinking` block"}}"#,
        r#"{"error":{"code":400,"message":"Thought signature is not valid.","status":"INVALID_ARGUMENT"}}"#,
        r#"{"error":{"code":"invalid_encrypted_content","message":"no","type":"invalid_request_error"}}"#,
    ];
    for (speaks, refusal) in SEALING.into_iter().zip(refusals) {
        let script = [Behaviour::Answer, refusing(400, refusal), Behaviour::Answer];
        let upstream = Upstream::start(Script::new().queue("a", "a", script)).unwrap();
        let rig = rig(&upstream, speaks);
        let mut client = Forgetful::new(speaks, false);
        client.turn(&rig).await;
        let answer = rig.send(&client.ask()).await;
        assert_eq!(answer.status, 200, "{speaks}: {}", answer.text());
        assert_eq!(upstream.requests().len(), 3, "{speaks}");
        assert!(sealed(&upstream).is_empty(), "{speaks}");
        let answer = rig.send(&client.ask()).await;
        assert_eq!(answer.status, 200, "{speaks}: {}", answer.text());
        assert_eq!(
            upstream.requests().len(),
            4,
            "{speaks}: what was refused is forgotten"
        );
        assert!(sealed(&upstream).is_empty(), "{speaks}");
    }
}

#[tokio::test]
async fn a_refusal_that_nothing_can_be_done_about_is_passed_on() {
    let refusal = r#"{"type":"error","error":{"type":"invalid_request_error","message":"Invalid `signature` in `thinking` block"}}"#;
    let upstream = Upstream::start(Script::new().key("a", "a", refusing(400, refusal))).unwrap();
    let speaks = Protocol::Claude;
    let rig = rig(&upstream, speaks);
    let ask = Ask::chat(model(speaks)).header("authorization", "Bearer one");
    let answer = rig.send(&ask).await;
    assert_eq!(answer.status, 400);
    assert_eq!(upstream.requests().len(), 1);
}

/// A Claude client whose own history is signed by somebody else.
#[tokio::test]
async fn a_native_claude_request_is_asked_again_unsigned() {
    let refusal = r#"{"type":"error","error":{"type":"invalid_request_error","message":"messages.1.content.0: Invalid `signature` in `thinking` block"}}"#;
    let script = [refusing(400, refusal), Behaviour::Answer];
    let upstream = Upstream::start(Script::new().queue("a", "a", script)).unwrap();
    let rig = rig(&upstream, Protocol::Claude);
    let body = json!({"model": model(Protocol::Claude), "max_tokens": 2000, "thinking": {"type": "enabled", "budget_tokens": 1024},
    "messages": [
        {"role": "user", "content": "hello"},
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "t", "signature": "foreign"}, {"type": "text", "text": "a"}]},
        {"role": "user", "content": "again"},
    ]});
    let ask = Ask::new(Protocol::Claude, "", false).header("x-api-key", "one");
    let answer = rig.send(&ask.with_body(body.to_string())).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let sent = upstream.requests().last().unwrap().json();
    assert_eq!(
        sent["messages"][1]["content"],
        json!([{"type": "text", "text": "a"}])
    );
    assert!(sent.get("thinking").is_none());
}
