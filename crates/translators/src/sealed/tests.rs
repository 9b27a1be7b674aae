//! Which items go, and which refusals ask for it.

use super::{refuses_reasoning, without_reasoning};
use cliproxy_core::Protocol;
use cliproxy_json::{Body, apply};

#[track_caller]
fn check(protocol: Protocol, body: &'static str, expected: &str) {
    let body = Body::new(body.into()).unwrap();
    let edited = apply(&body, &without_reasoning(protocol, &body)).unwrap();
    assert_eq!(edited.to_bytes(), expected);
}

#[test]
fn sealed_reasoning_is_taken_out() {
    let check = |body, expected| check(Protocol::Responses, body, expected);
    for unchanged in [
        r#"{"model":"m"}"#,
        r#"{"model":"m","input":"hi"}"#,
        r#"{"input":[{"role":"user","content":"hi"}]}"#,
        r#"{"input":[{"type":"reasoning","id":"rs_1","summary":[]}]}"#,
        r#"{"input":[{"type":"reasoning","encrypted_content":null}]}"#,
        r#"{"input":[{"type":"compaction","encrypted_content":"c"}]}"#,
    ] {
        check(unchanged, unchanged);
    }
    check(
        r#"{"input":[{"type":"reasoning","encrypted_content":"a"}, {"role":"user"},
            {"encrypted_content":"b","type":"reasoning"},{"type":"reasoning","encrypted_content":"c"},
            {"type":"function_call"}],"stream":true}"#,
        r#"{"input":[{"role":"user"},
            {"type":"function_call"}],"stream":true}"#,
    );
}

#[test]
fn signed_thinking_is_taken_out() {
    let check = |body, expected| check(Protocol::Claude, body, expected);
    for unchanged in [
        r#"{"model":"m","thinking":{"type":"enabled","budget_tokens":1024}}"#,
        r#"{"messages":[{"role":"user","content":"thinking"}],"thinking":{"type":"enabled"}}"#,
        r#"{"messages":[{"role":"assistant","content":[{"type":"text","text":"a"}]}]}"#,
        r#"{"messages":[{"role":"assistant","content":[]}]}"#,
    ] {
        check(unchanged, unchanged);
    }
    check(
        r#"{"thinking":{"type":"adaptive"},"messages":[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"s"},{"type":"redacted_thinking","data":"d"}]},{"role":"user","content":"b"},{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"s"},{"type":"text","text":"x"},{"type":"thinking","thinking":"u","signature":"s"},{"type":"tool_use","id":"c","name":"f","input":{}}]}]}"#,
        r#"{"thinking":{"type":"adaptive"},"messages":[{"role":"user","content":"a"},{"role":"user","content":"b"},{"role":"assistant","content":[{"type":"text","text":"x"},{"type":"tool_use","id":"c","name":"f","input":{}}]}]}"#,
    );
    check(
        r#"{"context_management":{"edits":[{"type":"clear_thinking_20251015"},{"type":"clear_tool_uses_20250919"}]},"thinking":{"type":"enabled","budget_tokens":1024},"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"s"},{"type":"text","text":"x"}]}]}"#,
        r#"{"context_management":{"edits":[{"type":"clear_tool_uses_20250919"}]},"messages":[{"role":"assistant","content":[{"type":"text","text":"x"}]}]}"#,
    );
}

#[test]
fn nothing_is_known_to_be_sealed_elsewhere() {
    for protocol in [Protocol::Chat, Protocol::Gemini] {
        let body = r#"{"input":[{"type":"reasoning","encrypted_content":"a"}],"messages":[{"content":[{"type":"thinking"}]}]}"#;
        check(protocol, body, body);
    }
}

#[test]
fn refusals_of_a_seal() {
    let check = |body: &str, expected| {
        assert_eq!(refuses_reasoning(body.as_bytes()), expected, "{body}");
    };
    check(
        r#"{"error":{"message":"could not be verified","type":"invalid_request_error","param":null,"code":"invalid_encrypted_content"}}"#,
        true,
    );
    check(
        r#"{"error":{"message":"invalid_encrypted_content","type":"invalid_request_error","code":"other"}}"#,
        false,
    );
    check(r#"{"error":{"message":"no","code":null}}"#, false);
    let worded = |message: &str| format!(r#"{{"error":{{"message":"{message}"}}}}"#);
    for message in [
        "messages.1.content.0: Invalid `signature` in `thinking` block",
        "messages.1.content.0: Invalid `data` in `redacted_thinking` block",
        "Thought signature is not valid.",
        "Function call is missing a thought_signature in functionCall parts.",
        "The encrypted content gAAA could not be verified.",
    ] {
        check(&worded(message), true);
    }
    for message in [
        "The request's signature has expired",
        "`thinking.budget_tokens` must be less than `max_tokens`",
        "thinking is not supported by this model",
    ] {
        check(&worded(message), false);
    }
    check("<html>", false);
}
