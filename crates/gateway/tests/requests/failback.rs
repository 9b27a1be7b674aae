//! Sessions that go back to a higher priority, where that is wanted.

use crate::rig::{Ask, Rig, entry, limited, s, section};
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::{Behaviour, Failure, Script, Upstream};
use serde_json::{Value, json};

/// Whose turn it is at the end of a conversation.
#[derive(Clone, Copy, Debug)]
enum Last {
    User,
    ToolResult,
}

/// A conversation about a tool, in the session `one`.
fn ask(protocol: Protocol, last: Last) -> Ask {
    let tools = matches!(last, Last::ToolResult);
    let mut turns = match protocol {
        Protocol::Chat => vec![
            json!({"role": "user", "content": "hello"}),
            json!({"role": "assistant", "tool_calls": [
                {"id": "t", "type": "function", "function": {"name": "f", "arguments": "{}"}},
            ]}),
            json!({"role": "tool", "tool_call_id": "t", "content": "done"}),
        ],
        Protocol::Claude => vec![
            json!({"role": "user", "content": "hello"}),
            json!({"role": "assistant", "content": [
                {"type": "tool_use", "id": "t", "name": "f", "input": {}},
            ]}),
            json!({"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "t", "content": "done"},
            ]}),
        ],
        Protocol::Gemini => vec![
            json!({"role": "user", "parts": [{"text": "hello"}]}),
            json!({"role": "model", "parts": [{"functionCall": {"name": "f", "args": {}}}]}),
            json!({"role": "user", "parts": [
                {"functionResponse": {"name": "f", "response": {"r": "done"}}},
            ]}),
        ],
        Protocol::Responses => vec![
            json!({"role": "user", "content": "hello"}),
            json!({"type": "function_call", "call_id": "t", "name": "f", "arguments": "{}"}),
            json!({"type": "function_call_output", "call_id": "t", "output": "done"}),
        ],
    };
    if !tools {
        turns.truncate(1);
    }
    let turns = Value::from(turns);
    let body = match protocol {
        Protocol::Chat => json!({"model": "m", "messages": turns}),
        Protocol::Claude => json!({"model": "m", "max_tokens": 99, "messages": turns}),
        Protocol::Gemini => json!({"contents": turns}),
        Protocol::Responses => json!({"model": "m", "input": turns}),
    };
    Ask::new(protocol, "m", false)
        .with_body(body.to_string())
        .header("x-session-id", "one")
}

/// A session that left `a`, of high priority, for `b`; and then `a` is well again.
async fn moved(protocol: Protocol, routing: &str, failure: Behaviour) -> (Upstream, Rig) {
    let script = Script::new()
        .queue("a", "a", [Behaviour::Answer, failure, Behaviour::Answer])
        .key("b", "b", Behaviour::Answer)
        .key("c", "c", Behaviour::Answer);
    let upstream = Upstream::start(script).unwrap();
    let base = upstream.base_url();
    let entries = [("a", "priority: 2"), ("b", "priority: 1"), ("c", "")]
        .map(|(key, priority)| entry(protocol, &base, key, "m", priority));
    let rig = Rig::new(&format!(
        "request-retry: 0\nrouting: {{session-affinity: true{routing}}}\n{}:\n{}",
        section(protocol),
        entries.concat()
    ));
    check(&rig, &ask(protocol, Last::User), "a", "new").await;
    let answer = rig.send(&ask(protocol, Last::User)).await;
    assert_eq!(answer.header("x-cliproxy-served-by"), "b");
    (upstream, rig)
}

async fn check(rig: &Rig, ask: &Ask, served: &str, word: &str) {
    let answer = rig.send(ask).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let got = ["x-cliproxy-served-by", "x-cliproxy-affinity"].map(|name| answer.header(name));
    assert_eq!(got, [served, word], "{ask:?}");
}

const FAILBACK: &str = ", session-affinity-priority-failback: true";

#[tokio::test]
async fn a_session_goes_back_where_a_turn_begins() {
    for protocol in Protocol::ALL {
        let (_upstream, rig) = moved(protocol, FAILBACK, Failure::Unauthorized.into()).await;
        let (user, tool) = (ask(protocol, Last::User), ask(protocol, Last::ToolResult));
        check(&rig, &user, "b", "hit").await;
        rig.gateway.reset("a", None).unwrap();
        // Between a tool call and its result the cache is worth most.
        check(&rig, &tool, "b", "hit").await;
        check(&rig, &user, "a", "moved: priority").await;
        check(&rig, &tool, "a", "hit").await;
        check(&rig, &user, "a", "hit").await;
    }
}

#[tokio::test]
async fn a_session_stays_unless_that_is_wanted() {
    for routing in ["", ", session-affinity-priority-failback: false"] {
        let claude = Protocol::Claude;
        let (_upstream, rig) = moved(claude, routing, Failure::Unauthorized.into()).await;
        rig.gateway.reset("a", None).unwrap();
        for _ in 0..3 {
            check(&rig, &ask(claude, Last::User), "b", "hit").await;
        }
    }
}

#[tokio::test]
async fn a_session_goes_back_only_to_who_is_ready() {
    let claude = Protocol::Claude;
    let (_upstream, rig) = moved(claude, FAILBACK, limited(s(600))).await;
    for _ in 0..3 {
        check(&rig, &ask(claude, Last::User), "b", "hit").await;
    }
    rig.gateway.reset("a", None).unwrap();
    check(&rig, &ask(claude, Last::User), "a", "moved: priority").await;
}

/// The one that it goes back to fails: it is where it was, and its cache with it.
#[tokio::test]
async fn going_back_may_fail() {
    let claude = Protocol::Claude;
    let (upstream, rig) = moved(claude, FAILBACK, Failure::Unauthorized.into()).await;
    upstream.rewrite("a", [Failure::Unauthorized.into()]);
    rig.gateway.reset("a", None).unwrap();
    let answer = rig.send(&ask(claude, Last::User)).await;
    assert_eq!(
        answer.header("x-cliproxy-served-by"),
        "b",
        "{}",
        answer.text()
    );
    assert_eq!(answer.header("x-cliproxy-attempts"), "2");
    check(&rig, &ask(claude, Last::User), "b", "hit").await;
}

/// Among equals a session has no reason to move.
#[tokio::test]
async fn equals_are_no_reason_to_move() {
    let script = ["a", "b"].iter().fold(Script::new(), |script, key| {
        script.key(key, key, Behaviour::Answer)
    });
    let upstream = Upstream::start(script).unwrap();
    let claude = Protocol::Claude;
    let base = upstream.base_url();
    let entries = ["a", "b"].map(|key| entry(claude, &base, key, "m", ""));
    let rig = Rig::new(&format!(
        "routing: {{session-affinity: true{FAILBACK}}}\nclaude-api-key:\n{}",
        entries.concat()
    ));
    let first = rig.served(&ask(claude, Last::User), 1).await;
    for _ in 0..4 {
        check(&rig, &ask(claude, Last::User), &first[0], "hit").await;
    }
}
