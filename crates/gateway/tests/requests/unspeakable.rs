//! A request that one upstream of its model cannot be told, and another can.

use crate::rig::{Ask, Rig, calls, entry, section, upstream};
use cliproxy_core::Protocol::{self, Chat, Claude, Gemini, Responses};
use cliproxy_scripted_upstream::{Behaviour, Failure, Upstream};
use serde_json::json;

/// `a` is asked first.
fn rig(upstream: &Upstream, first: Protocol, second: Protocol, settings: &str) -> Rig {
    let of = |protocol: Protocol, key: &str, more: &str| {
        let entry = entry(protocol, &upstream.base_url(), key, "m", more);
        format!("{}:\n{entry}", section(protocol))
    };
    let (a, b) = (of(first, "a", "priority: 9"), of(second, "b", ""));
    Rig::new(&format!(
        "request-retry: 0\nmax-retry-credentials: 1\n{settings}\n{a}{b}"
    ))
}

/// Several answers.
fn several(client: Protocol) -> Ask {
    let turns = json!([{"role": "user", "content": "hello"}]);
    let body = match client {
        Gemini => json!({"contents": [{"role": "user", "parts": [{"text": "hello"}]}],
            "generationConfig": {"candidateCount": 2}}),
        _ => json!({"model": "m", "n": 2, "messages": turns}),
    };
    Ask::new(client, "m", false).with_body(body.to_string())
}

/// What only who made it can read.
fn uploaded() -> Ask {
    let parts = json!([{"type": "text", "text": "hello"},
        {"type": "container_upload", "file_id": "file_1"}]);
    let body = json!({"model": "m", "max_tokens": 9, "messages": [
        {"role": "user", "content": parts}]});
    Ask::new(Claude, "m", false).with_body(body.to_string())
}

/// Sampling that `loss-policy: strict` does not let go.
fn sampled() -> Ask {
    let turns = json!([{"role": "user", "content": "hello"}]);
    let body = json!({"model": "m", "max_tokens": 9, "top_k": 3, "messages": turns});
    Ask::new(Claude, "m", false).with_body(body.to_string())
}

#[tokio::test]
async fn the_next_upstream_is_asked() {
    let strict = "translation: {loss-policy: strict}";
    for (ask, cannot, can, settings) in [
        (several(Chat), Claude, Chat, ""),
        (several(Chat), Responses, Gemini, ""),
        (several(Gemini), Claude, Chat, ""),
        (several(Gemini), Responses, Gemini, ""),
        (uploaded(), Chat, Claude, ""),
        (sampled(), Chat, Gemini, strict),
        (sampled(), Responses, Claude, strict),
    ] {
        let case = format!("{} to {cannot}, then {can}", ask.protocol);
        let upstream = upstream([Behaviour::Answer, Behaviour::Answer]);
        let rig = rig(&upstream, cannot, can, settings);
        let answer = rig.send(&ask).await;
        assert_eq!(answer.status, 200, "{case}: {answer:?}");
        assert_eq!(answer.header("x-cliproxy-served-by"), "b", "{case}");
        // It was not visited, so it counts neither as an attempt nor as one of the credentials.
        assert_eq!(answer.header("x-cliproxy-attempts"), "1", "{case}");
        assert_eq!(calls(&upstream, "ab"), [0, 1], "{case}");
        let attempts = rig.record().await.attempts;
        assert_eq!(attempts.len(), 1, "{case}: {attempts:?}");
        // Nothing is held against it: what it can be told, it is asked.
        rig.assert_rests("a", None, &case);
        let plain = rig.send(&Ask::new(ask.protocol, "m", false)).await;
        assert_eq!(plain.header("x-cliproxy-served-by"), "a", "{case}");
    }
}

/// `a` has the model `m`, and `b` what stands in for it.
fn with_stand_in(upstream: &Upstream, first: Protocol, second: Protocol) -> Rig {
    let of = |protocol: Protocol, key: &str, model: &str| {
        let entry = entry(protocol, &upstream.base_url(), key, model, "");
        format!("{}:\n{entry}", section(protocol))
    };
    let (a, b) = (of(first, "a", "m"), of(second, "b", "n"));
    Rig::new(&format!(
        "request-retry: 0\nfallbacks: {{m: [{{model: n}}]}}\n{a}{b}"
    ))
}

#[tokio::test]
async fn what_stands_in_may_be_told() {
    for (ask, cannot, can) in [
        (several(Chat), Claude, Chat),
        (several(Chat), Responses, Gemini),
        (uploaded(), Chat, Claude),
    ] {
        let case = format!("{} to {cannot}, then {can}", ask.protocol);
        let upstream = upstream([Behaviour::Answer, Behaviour::Answer]);
        let rig = with_stand_in(&upstream, cannot, can);
        let answer = rig.send(&ask).await;
        assert_eq!(answer.status, 200, "{case}: {answer:?}");
        assert_eq!(
            answer.header("x-cliproxy-served-by"),
            "b; model=n",
            "{case}"
        );
        assert_eq!(calls(&upstream, "ab"), [0, 1], "{case}");
    }
}

#[tokio::test]
async fn a_stand_in_that_cannot_be_told_changes_nothing() {
    // The model that was asked for failed, so its failure is told, not what its stand-in lacks.
    let upstream = upstream([Failure::Overloaded.into()]);
    let rig = with_stand_in(&upstream, Chat, Claude);
    let answer = rig.send(&several(Chat)).await;
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(calls(&upstream, "ab"), [1, 0]);
    // And where neither can be told, the request is what has to change.
    let upstream = self::upstream([]);
    let rig = with_stand_in(&upstream, Responses, Claude);
    let answer = rig.send(&several(Chat)).await;
    assert_eq!(answer.status, 400, "{answer:?}");
    assert!(answer.text().contains("`n`"), "{answer:?}");
    assert_eq!(calls(&upstream, "ab"), [0, 0]);
}

#[tokio::test]
async fn who_was_asked_has_the_last_word() {
    let upstream = upstream([Behaviour::Answer, Failure::Overloaded.into()]);
    let rig = rig(&upstream, Claude, Chat, "");
    let answer = rig.send(&several(Chat)).await;
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(calls(&upstream, "ab"), [0, 1]);
}

#[tokio::test]
async fn what_nobody_can_be_told_is_refused() {
    for (ask, param) in [
        (several(Chat), "n"),
        (several(Gemini), "generationConfig.candidateCount"),
    ] {
        let upstream = upstream([Behaviour::Answer, Behaviour::Answer]);
        let rig = rig(&upstream, Claude, Responses, "");
        let answer = rig.send(&ask).await;
        assert_eq!(answer.status, 400, "{answer:?}");
        assert!(answer.text().contains(param), "{answer:?}");
        assert_eq!(calls(&upstream, "ab"), [0, 0]);
        assert!(rig.record().await.attempts.is_empty(), "{param}");
    }
}
