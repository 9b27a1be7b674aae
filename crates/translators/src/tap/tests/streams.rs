//! One stream of each protocol that has everything, and small ones for what excludes it.

use super::{check, failure};
use crate::{ReplyTap, ResponseIds, Seen, tests::frame};
use cliproxy_core::{Protocol, Usage};

type Table = Vec<(&'static str, Seen)>;

pub(super) fn chat() -> Table {
    vec![
        (": OPENROUTER PROCESSING", Seen::Comment),
        (
            r#"data: {"choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"finish_reason":null}]}"#,
            Seen::Handshake,
        ),
        (
            r#"data: {"choices":[{"index":0,"delta":{"content":"\"finish_reason\":\"stop\" \"error\""},"finish_reason":null}],"usage":null}"#,
            Seen::Progress,
        ),
        (
            r#"data: {"choices":[{"index":1,"delta":{"tool_calls":[{"index":2,"id":"c"}]}}]}"#,
            Seen::Progress,
        ),
        (
            r#"data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
            Seen::Progress,
        ),
        (
            r#"data: {"choices":[{"index":1,"delta":{"content":"last"},"finish_reason":"length"}]}"#,
            Seen::Terminal,
        ),
        (
            "data: {\"choices\":[],\ndata: \"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5}}",
            Seen::Progress,
        ),
        ("data: [DONE]", Seen::Terminal),
    ]
}

pub(super) fn claude() -> Table {
    vec![
        (
            r#"event: message_start
data: {"type":"message_start","message":{"usage":{"input_tokens":3,"cache_read_input_tokens":40,"cache_creation_input_tokens":7,"output_tokens":1}}}"#,
            Seen::Handshake,
        ),
        ("event: ping\ndata: {\"type\": \"ping\"}", Seen::Handshake),
        (
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\"}",
            Seen::Progress,
        ),
        (
            r#"data: {"type":"content_block_stop","index":0}"#,
            Seen::Progress,
        ),
        (": keep-alive", Seen::Comment),
        // Without data an event is not dispatched.
        ("event: message_stop", Seen::Comment),
        (
            r#"data: {"type":"message_delta","usage":{"output_tokens":25,"input_tokens":null,"output_tokens_details":{"thinking_tokens":20}}}"#,
            Seen::Progress,
        ),
        (
            "event: message_stop\ndata: {\"type\":\"message_stop\"}",
            Seen::Terminal,
        ),
    ]
}

pub(super) fn gemini() -> Table {
    vec![
        (
            r#"data: {"candidates":[{"content":{"parts":[{"text":"a"}]}}],"usageMetadata":{"promptTokenCount":10}}"#,
            Seen::Progress,
        ),
        (
            r#"data: {"candidates":[{"content":{"parts":[{"functionCall":{"args":{"usageMetadata":{"promptTokenCount":99},"error":"x","finishReason":"STOP"}}}]}}]}"#,
            Seen::Progress,
        ),
        (
            r#"data: {"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":10,"cachedContentTokenCount":4,"toolUsePromptTokenCount":3,"candidatesTokenCount":5,"thoughtsTokenCount":2}}"#,
            Seen::Terminal,
        ),
    ]
}

pub(super) fn responses() -> Table {
    vec![
        (
            r#"event: response.created
data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","usage":null}}"#,
            Seen::Handshake,
        ),
        (
            r#"data: {"type":"response.in_progress","response":{"metadata":{"sequence_number":77}},"sequence_number":1}"#,
            Seen::Handshake,
        ),
        (
            r#"event: codex.rate_limits
data: {"type":"codex.rate_limits","rate_limits":{"primary":{"used_percent":7}}}"#,
            Seen::Handshake,
        ),
        (
            r#"event: keepalive
data: {"type":"keepalive","sequence_number":2}"#,
            Seen::Comment,
        ),
        (
            r#"event: response.output_text.delta
data: {"type":"response.output_text.delta","delta":"\"sequence_number\":9","sequence_number":3}"#,
            Seen::Progress,
        ),
        (
            r#"event: response.output_item.done
data: {"type":"response.output_item.done","sequence_number":4,"item":{"id":"msg_1"}}"#,
            Seen::Progress,
        ),
        (
            r#"event: response.completed
data: {"type":"response.completed","sequence_number":5,"response":{"id":"resp_1","error":null,"usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":4},"output_tokens":5,"output_tokens_details":{"reasoning_tokens":2}}}}"#,
            Seen::Terminal,
        ),
    ]
}

#[test]
fn a_whole_chat_stream() {
    let usage = Usage {
        input: 10,
        output: 5,
        ..Usage::default()
    };
    check(Protocol::Chat, &chat(), (usage, true, None));
}

#[test]
fn a_whole_claude_stream() {
    let usage = Usage {
        input: 50,
        cache_read: 40,
        cache_write: 7,
        output: 25,
        reasoning: 20,
    };
    check(Protocol::Claude, &claude(), (usage, true, None));
}

#[test]
fn a_whole_gemini_stream() {
    let usage = Usage {
        input: 13,
        cache_read: 4,
        cache_write: 0,
        output: 7,
        reasoning: 2,
    };
    check(Protocol::Gemini, &gemini(), (usage, true, None));
}

#[test]
fn a_whole_responses_stream() {
    let usage = Usage {
        input: 10,
        cache_read: 4,
        cache_write: 0,
        output: 5,
        reasoning: 2,
    };
    check(Protocol::Responses, &responses(), (usage, true, Some(5)));
}

#[test]
fn ends_of_each_protocol() {
    let check = |protocol, text: &'static str| {
        check(
            protocol,
            &[(text, Seen::Terminal)],
            (Usage::default(), true, None),
        );
    };
    check(Protocol::Chat, "data:[DONE]");
    check(
        Protocol::Chat,
        r#"data: {"choices":[{"finish_reason":"content_filter"}]}"#,
    );
    check(
        Protocol::Gemini,
        r#"data: {"promptFeedback":{"blockReason":"SAFETY"}}"#,
    );
    check(
        Protocol::Gemini,
        r#"data: [{"candidates":[{}]},{"candidates":[{"finishReason":"STOP"}]}]"#,
    );
    check(
        Protocol::Responses,
        r#"data: {"type":"response.incomplete","response":{}}"#,
    );
}

#[test]
fn no_end_of_any_protocol() {
    let check = |protocol, text: &'static str, seen| {
        check(protocol, &[(text, seen)], (Usage::default(), false, None));
    };
    check(
        Protocol::Chat,
        r#"data: {"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":""}]}"#,
        Seen::Progress,
    );
    check(
        Protocol::Claude,
        "event: message_delta\ndata: {\"delta\":{\"stop_reason\":\"end_turn\"}}",
        Seen::Progress,
    );
    check(
        Protocol::Responses,
        "event: response.completed\ndata: {",
        Seen::Malformed,
    );
    for protocol in Protocol::ALL {
        check(protocol, ": comment", Seen::Comment);
        check(protocol, "data:", Seen::Comment);
        check(protocol, "data: <html>", Seen::Malformed);
        check(protocol, "data: {\"a\":", Seen::Malformed);
    }
}

#[test]
fn errors_end_a_stream() {
    let check = |protocol, text: &'static str, status, code: Option<&str>| {
        let failed = Seen::Failure(failure(status, code, "m"));
        check(protocol, &[(text, failed)], (Usage::default(), true, None));
    };
    check(
        Protocol::Chat,
        r#"data: {"error":{"message":"m","code":429}}"#,
        429,
        None,
    );
    check(Protocol::Chat, r#"data: {"error":"m"}"#, 500, None);
    check(Protocol::Chat, "event: error\ndata: m", 500, None);
    check(
        Protocol::Chat,
        r#"data: {"choices":[{"index":0,"finish_reason":"error"}],"error":{"type":"invalid_request_error","message":"m"}}"#,
        400,
        Some("invalid_request_error"),
    );
    check(
        Protocol::Claude,
        r#"event: error
data: {"type":"error","error":{"type":"overloaded_error","message":"m"}}"#,
        529,
        Some("overloaded_error"),
    );
    check(
        Protocol::Gemini,
        r#"data: {"error":{"code":503,"message":"m","status":"UNAVAILABLE"}}"#,
        503,
        Some("UNAVAILABLE"),
    );
    check(
        Protocol::Gemini,
        r#"data: [{"error":{"message":"m","status":"RESOURCE_EXHAUSTED"}}]"#,
        429,
        Some("RESOURCE_EXHAUSTED"),
    );
    check(
        Protocol::Responses,
        r#"event: response.failed
data: {"type":"response.failed","response":{"error":{"code":"server_is_overloaded","message":"m"}}}"#,
        503,
        Some("server_is_overloaded"),
    );
    check(
        Protocol::Responses,
        r#"data: {"type":"error","code":"invalid_prompt","message":"m","param":null}"#,
        400,
        Some("invalid_prompt"),
    );
    check(Protocol::Responses, "event: error\ndata: m", 500, None);
}

#[test]
fn a_choice_that_was_begun_must_end() {
    let delta = |index| {
        format!("data: {{\"choices\":[{{\"index\":{index},\"delta\":{{\"content\":\"x\"}}}}]}}\n\n")
    };
    let end = |index| {
        format!("data: {{\"choices\":[{{\"index\":{index},\"finish_reason\":\"stop\"}}]}}\n\n")
    };
    let mut tap = ReplyTap::new(Protocol::Chat);
    for (text, finished) in [
        (delta(0), false),
        (end(0), true),
        (delta(1), false),
        (delta(200), false),
        (end(200), false),
        (end(1), true),
    ] {
        tap.observe(&frame(&text));
        assert_eq!(tap.finished(), finished, "{text}");
    }
}

#[test]
fn ids_are_handed_over_once() {
    let mut tap = ReplyTap::new(Protocol::Responses);
    for (text, _) in responses() {
        tap.observe(&frame(&format!("{text}\n\n")));
    }
    let ids = ResponseIds {
        response: Some("resp_1".to_owned()),
        items: vec!["msg_1".to_owned()],
    };
    assert_eq!(tap.response_ids(), ids);
    assert_eq!(tap.response_ids(), ResponseIds::default());
}
