//! The table of statuses, and the shapes that it fills.

use super::{
    Detail, ErrorView, StreamPosition, client_status, error_announcement, error_body, error_frame,
};
use cliproxy_core::Protocol;
use serde_json::{Value, json};
use std::time::Duration;

fn body(protocol: Protocol, error: &ErrorView<'_>) -> Value {
    serde_json::from_slice(&error_body(protocol, error)).unwrap()
}

#[test]
fn every_status_has_its_names() {
    let check = |status: u16, claude: &str, gemini: &str, openai: &str, code: Option<&str>| {
        let error = ErrorView::new(status, "m");
        let chat = body(Protocol::Chat, &error);
        assert_eq!(
            chat,
            json!({"error": {"message": "m", "type": openai, "param": null, "code": code}}),
        );
        assert_eq!(
            body(Protocol::Claude, &error),
            json!({"type": "error", "error": {"type": claude, "message": "m"}}),
        );
        let shown = if status == 529 { 503 } else { status };
        assert_eq!(
            body(Protocol::Gemini, &error),
            json!({"error": {"code": shown, "message": "m", "status": gemini}}),
        );
        if status != 529 {
            assert_eq!(body(Protocol::Responses, &error), chat);
        }
    };
    let invalid = "invalid_request_error";
    check(400, invalid, "INVALID_ARGUMENT", invalid, None);
    check(
        401,
        "authentication_error",
        "UNAUTHENTICATED",
        "authentication_error",
        Some("invalid_api_key"),
    );
    check(
        402,
        "billing_error",
        "FAILED_PRECONDITION",
        "insufficient_quota",
        Some("insufficient_quota"),
    );
    check(
        403,
        "permission_error",
        "PERMISSION_DENIED",
        "permission_error",
        Some("permission_denied"),
    );
    check(
        404,
        "not_found_error",
        "NOT_FOUND",
        invalid,
        Some("model_not_found"),
    );
    check(405, invalid, "INVALID_ARGUMENT", invalid, None);
    check(
        408,
        "timeout_error",
        "DEADLINE_EXCEEDED",
        "server_error",
        Some("request_timeout"),
    );
    check(409, "conflict_error", "ABORTED", invalid, Some("conflict"));
    check(
        413,
        "request_too_large",
        "INVALID_ARGUMENT",
        invalid,
        Some("request_too_large"),
    );
    check(422, invalid, "INVALID_ARGUMENT", invalid, None);
    check(
        429,
        "rate_limit_error",
        "RESOURCE_EXHAUSTED",
        "rate_limit_error",
        Some("rate_limit_exceeded"),
    );
    check(499, invalid, "CANCELLED", invalid, None);
    check(
        500,
        "api_error",
        "INTERNAL",
        "server_error",
        Some("internal_server_error"),
    );
    check(
        502,
        "api_error",
        "UNAVAILABLE",
        "server_error",
        Some("bad_gateway"),
    );
    check(
        503,
        "api_error",
        "UNAVAILABLE",
        "server_error",
        Some("service_unavailable"),
    );
    check(
        504,
        "timeout_error",
        "DEADLINE_EXCEEDED",
        "server_error",
        Some("upstream_timeout"),
    );
    check(
        529,
        "overloaded_error",
        "UNAVAILABLE",
        "server_error",
        Some("overloaded"),
    );
}

#[test]
fn overload_has_another_code_and_status_elsewhere() {
    let error = ErrorView::new(529, "m");
    let body = body(Protocol::Responses, &error);
    assert_eq!(body["error"]["code"], "server_is_overloaded");
    for protocol in Protocol::ALL {
        let expected = if protocol == Protocol::Claude {
            529
        } else {
            503
        };
        assert_eq!(client_status(protocol, 529), expected);
        assert_eq!(client_status(protocol, 502), 502);
    }
}

/// A refusal with everything that one can have.
fn cooldown() -> ErrorView<'static> {
    ErrorView {
        kind: Some("cooldown_error"),
        code: Some("model_cooldown".into()),
        param: Some("model"),
        request_id: Some("req_1"),
        retry_after: Some(Duration::from_millis(12_200)),
        details: vec![
            ("model", Detail::Text("a\"b".into())),
            ("reset_seconds", Detail::Number(13)),
        ],
        ..ErrorView::new(429, "all credentials cool down")
    }
}

#[test]
fn members_go_where_the_protocol_has_them() {
    let message = "all credentials cool down";
    let openai = json!({"error": {
        "message": message, "type": "cooldown_error", "param": "model", "code": "model_cooldown",
        "model": "a\"b", "reset_seconds": 13,
    }});
    assert_eq!(body(Protocol::Chat, &cooldown()), openai);
    assert_eq!(body(Protocol::Responses, &cooldown()), openai);
    assert_eq!(
        body(Protocol::Claude, &cooldown()),
        json!({"type": "error", "request_id": "req_1", "error": {
            "type": "rate_limit_error", "message": message, "model": "a\"b", "reset_seconds": 13,
        }}),
    );
    let hint = json!({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "13s"});
    assert_eq!(
        body(Protocol::Gemini, &cooldown()),
        json!({"error": {
            "code": 429, "message": message, "status": "RESOURCE_EXHAUSTED", "details": [hint],
            "model": "a\"b", "reset_seconds": 13,
        }}),
    );
    let elsewhere = ErrorView {
        retry_after: Some(Duration::from_secs(5)),
        ..ErrorView::new(503, "m")
    };
    let body = body(Protocol::Gemini, &elsewhere);
    assert_eq!(body["error"].get("details"), None);
}

#[test]
fn frames_end_a_stream() {
    let check = |protocol, sequence, expected: &str| {
        let error = ErrorView::new(502, "m");
        let position = StreamPosition {
            sequence,
            response: Some("resp_1"),
        };
        assert_eq!(error_frame(protocol, &error, &position), expected);
    };
    check(
        Protocol::Chat,
        None,
        "data: {\"error\":{\"message\":\"m\",\"type\":\"server_error\",\"param\":null,\"code\":\"bad_gateway\"}}\n\n",
    );
    check(
        Protocol::Claude,
        Some(3),
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"m\"}}\n\n",
    );
    check(
        Protocol::Gemini,
        None,
        "data: {\"error\":{\"code\":502,\"message\":\"m\",\"status\":\"UNAVAILABLE\"}}\r\n\r\n",
    );
    let failed = |number: u64| {
        format!(
            "event: response.failed\ndata: {{\"type\":\"response.failed\",\"sequence_number\":{number},\
             \"response\":{{\"id\":\"resp_1\",\"object\":\"response\",\"status\":\"failed\",\
             \"error\":{{\"code\":\"bad_gateway\",\"message\":\"m\"}},\"output\":[]}}}}\n\n"
        )
    };
    check(Protocol::Responses, Some(41), &failed(42));
    check(Protocol::Responses, None, &failed(0));
    check(Protocol::Responses, Some(u64::MAX), &failed(u64::MAX));
}

#[test]
fn a_failed_response_may_be_announced() {
    let error = ErrorView::new(503, "m");
    let mut position = StreamPosition {
        sequence: Some(6),
        response: Some("r"),
    };
    let frame = error_announcement(Protocol::Responses, &error, &mut position).unwrap();
    let expected = r#"event: error
data: {"type":"error","code":"service_unavailable","message":"m","param":null,"sequence_number":7}

"#;
    assert_eq!(String::from_utf8_lossy(&frame), expected);
    let end = error_frame(Protocol::Responses, &error, &position);
    assert!(String::from_utf8_lossy(&end).contains("\"sequence_number\":8"));
    for protocol in [Protocol::Chat, Protocol::Claude, Protocol::Gemini] {
        assert_eq!(error_announcement(protocol, &error, &mut position), None);
    }
}

#[test]
fn a_failed_response_always_has_a_code() {
    let check = |error: &ErrorView<'_>, expected: &str| {
        let frame = error_frame(Protocol::Responses, error, &StreamPosition::default());
        let code = format!("\"code\":\"{expected}\"");
        assert!(String::from_utf8_lossy(&frame).contains(&code), "{frame:?}");
    };
    check(&ErrorView::new(400, "m"), "invalid_request_error");
    check(&ErrorView::new(529, "m"), "server_is_overloaded");
    check(&cooldown(), "model_cooldown");
}

#[test]
fn messages_are_fit_to_be_shown() {
    let check = |status, message: &str, expected: &str| {
        for protocol in Protocol::ALL {
            let body = body(protocol, &ErrorView::new(status, message));
            assert_eq!(body["error"]["message"], expected, "{protocol}");
        }
    };
    check(403, "", "Forbidden");
    check(429, " \n", "Too Many Requests");
    check(418, "", "Error");
    check(400, " \"a\" \\ \n\u{1}b\u{7f}é ", "\"a\" \\ \nbé");
    check(401, "bad key sk-live-0123456789", "bad key [redacted]");
    // A control character does not hide a key.
    check(401, "sk-live\u{1}-0123456789", "[redacted]");
    let page = "é".repeat(5000);
    check(502, &page, &"é".repeat(2048));
}
