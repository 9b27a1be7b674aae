//! Refusals are worded, and give their hints, as each provider does.

use super::client::{body, generate, path, request, send, upstream};
use crate::{Behaviour, Failure, failure::render};
use cliproxy_core::Protocol;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

const WAIT: Duration = Duration::from_millis(19_500);
const RATE: Failure = Failure::RateLimit { retry_after: WAIT };
const USAGE: Failure = Failure::UsageLimit { resets_in: WAIT };

#[test]
fn status_and_type_of_every_failure() {
    let check = |failure: Failure, protocol: Protocol, status: u16, kind: &str| {
        let reply = render(failure, protocol, "m", SystemTime::UNIX_EPOCH);
        assert_eq!(reply.status, status, "{failure:?} {protocol}");
        let error = &reply.body["error"];
        let own = match protocol {
            Protocol::Chat | Protocol::Responses => {
                if error["code"].is_string() {
                    &error["code"]
                } else {
                    &error["type"]
                }
            }
            Protocol::Claude => {
                assert_eq!(reply.body["type"], "error");
                &error["type"]
            }
            Protocol::Gemini => {
                assert_eq!(error["code"], status);
                &error["status"]
            }
        };
        assert_eq!(own, kind, "{failure:?} {protocol}");
        assert!(error["message"].is_string());
    };
    let table = [
        (
            Failure::Billing,
            [
                (402, "insufficient_quota"),
                (402, "billing_error"),
                (402, "FAILED_PRECONDITION"),
            ],
        ),
        (
            Failure::Refused,
            [
                (400, "invalid_request_error"),
                (400, "invalid_request_error"),
                (400, "INVALID_ARGUMENT"),
            ],
        ),
        (
            Failure::Forbidden,
            [
                (403, "permission_denied"),
                (403, "permission_error"),
                (403, "PERMISSION_DENIED"),
            ],
        ),
        (
            Failure::Internal,
            [
                (500, "internal_server_error"),
                (500, "api_error"),
                (500, "INTERNAL"),
            ],
        ),
        (
            Failure::InvalidKey,
            [
                (401, "invalid_api_key"),
                (401, "authentication_error"),
                (400, "INVALID_ARGUMENT"),
            ],
        ),
        (
            Failure::ModelNotFound,
            [
                (404, "model_not_found"),
                (404, "not_found_error"),
                (404, "NOT_FOUND"),
            ],
        ),
        (
            Failure::Overloaded,
            [
                (503, "server_is_overloaded"),
                (529, "overloaded_error"),
                (503, "UNAVAILABLE"),
            ],
        ),
        (
            RATE,
            [
                (429, "rate_limit_exceeded"),
                (429, "rate_limit_error"),
                (429, "RESOURCE_EXHAUSTED"),
            ],
        ),
        (
            Failure::Unauthorized,
            [
                (401, "token_expired"),
                (401, "authentication_error"),
                (401, "UNAUTHENTICATED"),
            ],
        ),
        (
            Failure::Unavailable,
            [
                (503, "service_unavailable"),
                (503, "api_error"),
                (503, "UNAVAILABLE"),
            ],
        ),
        (
            USAGE,
            [
                (429, "usage_limit_reached"),
                (429, "rate_limit_error"),
                (429, "RESOURCE_EXHAUSTED"),
            ],
        ),
    ];
    for (failure, [openai, claude, gemini]) in table {
        check(failure, Protocol::Chat, openai.0, openai.1);
        check(failure, Protocol::Responses, openai.0, openai.1);
        check(failure, Protocol::Claude, claude.0, claude.1);
        check(failure, Protocol::Gemini, gemini.0, gemini.1);
    }
}

#[tokio::test]
async fn hints_are_rounded_up_and_where_the_provider_puts_them() {
    let hint =
        async |failure: Failure, protocol, headers: &[(&str, &str)], member: &str, value: Value| {
            let reply = generate(&upstream(failure), protocol, false, &body(protocol, false)).await;
            for (name, expected) in headers {
                assert_eq!(
                    reply.header(name),
                    *expected,
                    "{failure:?} {protocol} {name}"
                );
            }
            if !member.is_empty() {
                assert_eq!(
                    reply.json().pointer(member),
                    Some(&value),
                    "{failure:?} {protocol}: {}",
                    reply.json()
                );
            }
        };
    let openai = [
        ("retry-after", "20"),
        ("retry-after-ms", "19500"),
        ("x-ratelimit-remaining-requests", "0"),
        ("x-ratelimit-reset-requests", "20s"),
    ];
    hint(RATE, Protocol::Chat, &openai, "", Value::Null).await;
    hint(
        USAGE,
        Protocol::Responses,
        &[("retry-after", "")],
        "/error/resets_in_seconds",
        json!(20),
    )
    .await;
    let claude = [
        ("retry-after", "20"),
        ("anthropic-ratelimit-requests-remaining", "0"),
    ];
    hint(RATE, Protocol::Claude, &claude, "", Value::Null).await;
    let unified = [
        ("retry-after", "20"),
        ("anthropic-ratelimit-unified-5h-status", "rejected"),
    ];
    hint(USAGE, Protocol::Claude, &unified, "", Value::Null).await;
    let none = [("retry-after", "")];
    hint(
        RATE,
        Protocol::Gemini,
        &none,
        "/error/details/2/retryDelay",
        json!("20s"),
    )
    .await;
    hint(
        USAGE,
        Protocol::Gemini,
        &none,
        "/error/details/0/reason",
        json!("QUOTA_EXHAUSTED"),
    )
    .await;
}

#[test]
fn absolute_hints_count_from_the_given_time() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600);
    let claude = render(RATE, Protocol::Claude, "m", now).header_map();
    assert_eq!(
        claude["anthropic-ratelimit-requests-reset"],
        "2026-01-01T00:00:20Z"
    );
    let unified = render(USAGE, Protocol::Claude, "m", now).header_map();
    assert_eq!(
        unified["anthropic-ratelimit-unified-5h-reset"],
        "1767225620"
    );
    let codex = render(USAGE, Protocol::Responses, "m", now);
    assert_eq!(codex.body["error"]["resets_at"], 1_767_225_620);
}

#[tokio::test]
async fn a_key_nobody_knows_is_refused_as_the_provider_does() {
    let upstream = upstream(Behaviour::Answer);
    for protocol in Protocol::ALL {
        let request = request(
            protocol,
            path(protocol, false),
            "nobody",
            &body(protocol, false),
        );
        let reply = send(&upstream, request).await.expect("a response");
        let expected = if protocol == Protocol::Gemini {
            400
        } else {
            401
        };
        assert_eq!(reply.status, expected, "{protocol}");
        assert!(
            !reply.json().to_string().contains("nobody"),
            "the key is not repeated"
        );
    }
    let vertex = "/v1/publishers/google/models/m:generateContent";
    let request = request(
        Protocol::Gemini,
        vertex,
        "nobody",
        &body(Protocol::Gemini, false),
    );
    assert_eq!(
        send(&upstream, request).await.expect("a response").status,
        401
    );
    assert_eq!(upstream.stats().hits("account"), 0);
    assert!(
        upstream
            .requests()
            .iter()
            .all(|request| request.label.is_none())
    );
}
