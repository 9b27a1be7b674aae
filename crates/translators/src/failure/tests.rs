//! Errors inside replies, and the status they stand for.

use super::Failure;
use crate::tests::frame;
use cliproxy_core::Protocol;

#[track_caller]
fn check(data: &str, status: u16, code: Option<&str>, message: &str) {
    let failure = Failure::of_event(&frame(&format!("data: {data}\n\n")));
    let expected = Failure {
        status,
        code: code.map(str::to_owned),
        message: message.to_owned(),
        is_quoted: true,
    };
    assert_eq!(failure, expected, "{data}");
}

#[test]
fn a_status_that_is_written_out_wins() {
    check(r#"{"error":{"message":"x","code":429}}"#, 429, None, "x");
    check(r#"{"error":{"message":"x","code":"404"}}"#, 404, None, "x");
    check(
        r#"{"status":401,"error":{"code":"slow_down","message":"x"}}"#,
        401,
        Some("slow_down"),
        "x",
    );
    check(r#"{"status_code":403,"error":"x"}"#, 403, None, "x");
    check(r#"{"error":{"status":422,"message":"x"}}"#, 422, None, "x");
    check(
        r#"{"error":{"status_code":503,"message":"x"}}"#,
        503,
        None,
        "x",
    );
    check(
        r#"[{"error":{"code":400,"message":"Bad","status":"INVALID_ARGUMENT"}}]"#,
        400,
        Some("INVALID_ARGUMENT"),
        "Bad",
    );
    // No error: left to the names.
    check(
        r#"{"status":200,"error":{"message":"x","code":7}}"#,
        500,
        None,
        "x",
    );
}

#[test]
fn names_stand_for_a_status() {
    let cases = [
        ("invalid_request_error", 400),
        ("context_length_exceeded", 400),
        ("cyber_policy", 400),
        ("authentication_error", 401),
        ("invalid_api_key", 401),
        ("billing_error", 402),
        ("permission_error", 403),
        ("PERMISSION_DENIED", 403),
        ("not_found_error", 404),
        ("model_not_found", 404),
        ("conflict_error", 409),
        ("request_too_large", 413),
        ("rate_limit_error", 429),
        ("rate_limit_exceeded", 429),
        ("usage_limit_reached", 429),
        ("RESOURCE_EXHAUSTED", 429),
        ("api_error", 500),
        ("INTERNAL", 500),
        ("server_is_overloaded", 503),
        ("service_unavailable_error", 503),
        ("UNAVAILABLE", 503),
        ("timeout_error", 504),
        ("overloaded_error", 529),
        ("server_error", 500),
        ("something_new", 500),
    ];
    for (name, status) in cases {
        let typed = format!(r#"{{"error":{{"type":"{name}","message":"m"}}}}"#);
        check(&typed, status, Some(name), "m");
        let failed = format!(
            r#"{{"type":"response.failed","response":{{"error":{{"code":"{name}","message":"m"}}}}}}"#
        );
        check(&failed, status, Some(name), "m");
    }
    // The code is more specific; the type decides where the code is not known.
    check(
        r#"{"error":{"code":"weird","type":"rate_limit_error","message":"m"}}"#,
        429,
        Some("weird"),
        "m",
    );
}

#[test]
fn some_say_it_only_in_words() {
    let capacity = "The selected model is at capacity.";
    check(&format!(r#"{{"error":"{capacity}"}}"#), 429, None, capacity);
    let long = "Your input exceeds the context window of this model.";
    check(
        &format!(r#"{{"type":"error","message":"{long}"}}"#),
        400,
        None,
        long,
    );
    check("upstream crashed", 500, None, "upstream crashed");
    check("{}", 500, None, "");
}

#[test]
fn an_event_of_its_own_is_the_error() {
    check(
        r#"{"type":"error","code":"rate_limit_exceeded","message":"wait","param":null}"#,
        429,
        Some("rate_limit_exceeded"),
        "wait",
    );
}

#[test]
fn only_codes_that_openai_knows_go_along() {
    let view_code = |code: &str| {
        let failure = Failure {
            status: 429,
            code: Some(code.to_owned()),
            message: "m".to_owned(),
            is_quoted: true,
        };
        crate::error_body(Protocol::Chat, &failure.view())
    };
    let kept = view_code("insufficient_quota");
    assert!(kept.ends_with(br#""code":"insufficient_quota"}}"#));
    let replaced = view_code("RESOURCE_EXHAUSTED");
    assert!(replaced.ends_with(br#""code":"rate_limit_exceeded"}}"#));
}
