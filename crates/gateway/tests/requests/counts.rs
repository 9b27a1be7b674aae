//! Tokens are counted upstream where that is possible, and estimated where it is not.

use crate::rig::{
    Answer, Ask, Rig, calls, entries, entry, limited, refusing, s, section, upstream,
};
use cliproxy_core::{Operation, Protocol};
use cliproxy_scripted_upstream::{Behaviour, Failure, Script, Upstream};
use serde_json::{Value, json};

/// "hello", to be counted.
fn ask(protocol: Protocol) -> Ask {
    let ask = Ask::new(protocol, "m", false).to(Operation::CountTokens);
    let turns = json!([{"role": "user", "content": "hello"}]);
    match protocol {
        Protocol::Claude => {
            let system = json!([{"type": "text", "text": "Be brief."}]);
            let body = json!({"model": "m", "system": system, "messages": turns});
            ask.with_body(body.to_string())
        }
        Protocol::Gemini => {
            let system = json!({"parts": [{"text": "Be brief."}]});
            let contents = json!([{"role": "user", "parts": [{"text": "hello"}]}]);
            let request =
                json!({"model": "models/m", "contents": contents, "systemInstruction": system});
            ask.with_body(json!({"generateContentRequest": request}).to_string())
        }
        Protocol::Responses => {
            let body = json!({"model": "m", "instructions": "Be brief.", "input": "hello"});
            ask.with_body(body.to_string())
        }
        Protocol::Chat => panic!("a chat client cannot ask"),
    }
}

const COUNTING: [Protocol; 3] = [Protocol::Claude, Protocol::Gemini, Protocol::Responses];

/// What such a client reads: four for each message, and the texts by their lengths.
fn estimate(protocol: Protocol) -> Value {
    let tokens = 4 + 3 + 4 + 2;
    match protocol {
        Protocol::Gemini => json!({
            "totalTokens": tokens,
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": tokens}],
        }),
        Protocol::Responses => json!({"object": "response.input_tokens", "input_tokens": tokens}),
        _ => json!({"input_tokens": tokens}),
    }
}

#[track_caller]
fn assert_estimated(protocol: Protocol, answer: &Answer) {
    assert_eq!(answer.status, 200, "{protocol}: {}", answer.text());
    assert_eq!(answer.json(), estimate(protocol));
    assert_eq!(answer.header("x-cliproxy-estimated"), "true");
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("x-cliproxy-served-by"), "");
}

#[tokio::test]
async fn upstreams_of_another_protocol_are_not_asked() {
    for client in COUNTING {
        for speaks in Protocol::ALL.into_iter().filter(|it| *it != client) {
            let upstream = upstream([Behaviour::Answer]);
            let rig = Rig::new(&entries(&upstream, speaks, "a"));
            assert_estimated(client, &rig.send(&ask(client)).await);
            assert_eq!(calls(&upstream, "a"), [0], "{client} over {speaks}");
            let record = rig.record().await;
            assert_eq!(record.estimated, Some(13), "{record:?}");
            assert_eq!((record.status, record.error), (200, None));
            assert!(record.attempts.is_empty(), "{:?}", record.attempts);
        }
    }
}

#[tokio::test]
async fn images_cost_what_the_model_counts() {
    // The head of a PNG of 640 × 480.
    let png = "iVBORw0KGgoAAAANSUhEUgAAAoAAAAHgCAYAAAA=";
    let source = json!({"type": "base64", "media_type": "image/png", "data": png});
    let content = json!([{"type": "image", "source": source}]);
    let body = json!({"model": "m", "messages": [{"role": "user", "content": content}]});
    for (model, tokens) in [
        ("m", 4 + 85 + 170 * 2),
        ("m=gpt-5", 4 + 85 + 170 * 2),
        ("m=gpt-5-mini", 4 + 20 * 15),
    ] {
        let upstream = upstream([]);
        let entry = entry(Protocol::Chat, &upstream.base_url(), "a", model, "");
        let rig = Rig::new(&format!("{}:\n{entry}", section(Protocol::Chat)));
        let ask = Ask::new(Protocol::Claude, "m", false).to(Operation::CountTokens);
        let answer = rig.send(&ask.with_body(body.to_string())).await;
        assert_eq!(answer.json(), json!({"input_tokens": tokens}), "{model}");
    }
}

#[tokio::test]
async fn an_upstream_without_a_counter_is_estimated_for() {
    for client in COUNTING {
        for status in [404, 405, 501] {
            let refusal = refusing(status, "<html>Not Found</html>");
            let script = Script::new().queue("a", "a", [refusal, Behaviour::Answer]);
            let upstream = Upstream::start(script).unwrap();
            let rig = Rig::new(&entries(&upstream, client, "a"));
            assert_estimated(client, &rig.send(&ask(client)).await);
            let record = rig.record().await;
            assert_eq!(record.estimated, Some(13), "{record:?}");
            assert_eq!(record.attempts.len(), 1, "{:?}", record.attempts);
            // For a while it is not asked again.
            assert_estimated(client, &rig.send(&ask(client)).await);
            assert!(rig.record().await.attempts.is_empty());
            assert_eq!(calls(&upstream, "a"), [1], "{client} {status}");
            rig.assert_rests("a", None, "it serves everything else");
            assert_eq!(rig.send(&Ask::new(client, "m", false)).await.status, 200);
        }
    }
}

#[tokio::test]
async fn who_can_count_is_asked() {
    for client in COUNTING {
        let upstream = upstream([Behaviour::Answer, Behaviour::Answer]);
        let base = upstream.base_url();
        let of = |protocol, key: &str, more: &str| {
            let entry = entry(protocol, &base, key, "m", more);
            format!("{}:\n{entry}", section(protocol))
        };
        // Whatever the priority of those who cannot.
        let chat = of(Protocol::Chat, "b", "priority: 9");
        let rig = Rig::new(&(of(client, "a", "") + &chat));
        let answer = rig.send(&ask(client)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("x-cliproxy-estimated"), "");
        assert_eq!(answer.header("x-cliproxy-served-by"), "a");
        assert_eq!(calls(&upstream, "ab"), [1, 0], "{client}");
        assert_eq!(rig.record().await.estimated, None);
    }
}

#[tokio::test]
async fn who_rests_or_fails_is_not_estimated_for() {
    let check = async |behaviour: Behaviour, expected: [u16; 2]| {
        let upstream = upstream([behaviour, Behaviour::Answer]);
        let base = upstream.base_url();
        let of = |protocol, key: &str| {
            format!(
                "{}:\n{}",
                section(protocol),
                entry(protocol, &base, key, "m", "")
            )
        };
        let both = of(Protocol::Claude, "a") + &of(Protocol::Chat, "b");
        let rig = Rig::new(&format!("request-retry: 0\n{both}"));
        for status in expected {
            let answer = rig.send(&ask(Protocol::Claude)).await;
            assert_eq!(answer.status, status, "{}", answer.text());
            assert_eq!(answer.json()["type"], "error", "{}", answer.text());
        }
        assert_eq!(calls(&upstream, "b"), [0]);
    };
    check(limited(s(60)), [429, 429]).await;
    check(Failure::Internal.into(), [500, 429]).await;
    check(refusing(400, r#"{"type":"error","error":{}}"#), [400, 400]).await;
}

#[tokio::test]
async fn what_is_no_request_is_refused_in_the_clients_words() {
    let upstream = upstream([Behaviour::Answer]);
    let rig = Rig::new(&entries(&upstream, Protocol::Chat, "a"));
    let check = async |ask: Ask, status: u16, says: &str| {
        let answer = rig.send(&ask).await;
        assert_eq!(answer.status, status, "{}", answer.text());
        let message = answer.json()["error"]["message"].clone();
        let message = message.as_str().unwrap();
        assert!(message.contains(says), "{message}");
        assert_eq!(rig.record().await.estimated, None);
    };
    let empty = json!({"model": "m", "messages": []}).to_string();
    let nothing = "nothing to count";
    check(ask(Protocol::Claude).with_body(empty), 400, nothing).await;
    let empty = json!({"contents": []}).to_string();
    check(ask(Protocol::Gemini).with_body(empty), 400, nothing).await;
    let none = json!({"model": "m"}).to_string();
    check(ask(Protocol::Claude).with_body(none), 400, "messages").await;
    let unknown = json!({"model": "nobody", "messages": []}).to_string();
    check(ask(Protocol::Claude).with_body(unknown), 404, "nobody").await;
}

/// The model that would answer is the one that is counted for.
#[tokio::test]
async fn a_name_that_has_only_fallbacks_is_counted() {
    let upstream = upstream([Behaviour::Answer]);
    let ask = |model: &str| {
        let body = json!({"model": model, "messages": [{"role": "user", "content": "hello"}]});
        let ask = Ask::new(Protocol::Claude, model, false).to(Operation::CountTokens);
        ask.with_body(body.to_string())
    };
    let rig = |protocol| {
        let entries = entries(&upstream, protocol, "a");
        Rig::new(&format!(
            "fallbacks: {{x: [{{model: gone}}, {{model: m}}]}}\n{entries}"
        ))
    };
    let counted = rig(Protocol::Claude).send(&ask("x")).await;
    assert_eq!(counted.status, 200, "{counted:?}");
    assert_eq!(counted.header("x-cliproxy-estimated"), "");
    assert_eq!(calls(&upstream, "a"), [1]);
    let estimated = rig(Protocol::Chat).send(&ask("x")).await;
    assert_eq!(estimated.status, 200, "{estimated:?}");
    assert_eq!(estimated.header("x-cliproxy-estimated"), "true");
    let unknown = rig(Protocol::Claude).send(&ask("y")).await;
    assert_eq!(unknown.status, 404);
}
