//! Answers of providers and what they mean.

mod unified;

use super::{Answer, Classified, classify};
use cliproxy_core::{
    ErrorKind::{self, Auth, BadRequest, Forbidden, ModelUnavailable, NotFound, Quota, Upstream},
    Operation, Protocol, Scope,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use std::time::{Duration, SystemTime};

/// Friday, 8 May 2026, 10:00:00 GMT.
const NOW: u64 = 1_778_234_400;

fn classified(protocol: Protocol, status: u16, headers: &[(&str, &str)], body: &str) -> Classified {
    spread(protocol, status, headers, body, 0.0)
}

/// The same, with a date that many are told spread so far.
fn spread(
    protocol: Protocol,
    status: u16,
    headers: &[(&str, &str)],
    body: &str,
    spread: f64,
) -> Classified {
    let headers: HeaderMap = headers
        .iter()
        .map(|(k, v)| {
            (
                k.parse::<HeaderName>().unwrap(),
                v.parse::<HeaderValue>().unwrap(),
            )
        })
        .collect();
    let answer = Answer {
        protocol,
        operation: Operation::Generate,
        status: StatusCode::from_u16(status).unwrap(),
        headers,
        body: Some(body.to_owned().into()),
    };
    classify(
        &answer,
        SystemTime::UNIX_EPOCH + Duration::from_secs(NOW),
        spread,
    )
}

#[track_caller]
fn hint(headers: &[(&str, &str)], body: &str, milliseconds: Option<u128>) {
    let got = classified(Protocol::Chat, 429, headers, body).retry_after;
    assert_eq!(
        got.map(|after| after.as_micros() / 1000),
        milliseconds,
        "{headers:?} {body}"
    );
}

#[test]
fn retry_hints_in_headers() {
    hint(&[("retry-after", "7")], "", Some(7_000));
    hint(&[("retry-after", "0.5")], "", Some(500));
    hint(
        &[("retry-after", "Fri, 08 May 2026 10:00:30 GMT")],
        "",
        Some(30_000),
    );
    hint(
        &[("retry-after", "Fri, 08 May 2026 09:00:30 GMT")],
        "",
        None,
    );
    hint(&[("retry-after", "-3")], "", None);
    hint(&[("retry-after", "abc")], "", None);
    hint(&[("retry-after", "")], "", None);
    hint(&[("retry-after", "0")], "", None);
    hint(
        &[("retry-after-ms", "1500"), ("retry-after", "9")],
        "",
        Some(1_500),
    );
    hint(
        &[("retry-after", "3"), ("retry-after", "8")],
        "",
        Some(8_000),
    );
    hint(&[("retry-after", "2592000")], "", Some(7 * 24 * 3_600_000));
    hint(
        &[
            ("x-ratelimit-remaining-requests", "0"),
            ("x-ratelimit-reset-requests", "6m0s"),
        ],
        "",
        Some(360_000),
    );
    hint(
        &[
            ("x-ratelimit-remaining-requests", "1"),
            ("x-ratelimit-reset-requests", "6m0s"),
        ],
        "",
        None,
    );
    hint(
        &[
            ("anthropic-ratelimit-tokens-remaining", "0"),
            ("anthropic-ratelimit-tokens-reset", "2026-05-08T10:01:00Z"),
        ],
        "",
        Some(60_000),
    );
}

#[test]
fn retry_hints_in_bodies() {
    let body = |json: &str, milliseconds| hint(&[], json, milliseconds);
    body(
        r#"{"error":{"type":"usage_limit_reached","resets_in_seconds":123}}"#,
        Some(123_000),
    );
    body(
        &format!(
            r#"{{"error":{{"type":"usage_limit_reached","resets_at":{},"resets_in_seconds":1}}}}"#,
            NOW + 300
        ),
        Some(300_000),
    );
    body(
        &format!(
            r#"{{"error":{{"type":"usage_limit_reached","resets_at":{},"resets_in_seconds":77}}}}"#,
            NOW - 300
        ),
        Some(77_000),
    );
    body(
        r#"{"error":{"type":"rate_limit","resets_in_seconds":30}}"#,
        None,
    );
    body(
        r#"{"error":{"details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"0.847655010s"}]}}"#,
        Some(847),
    );
    body(
        r#"[{"error":{"details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34s"}]}}]"#,
        Some(34_000),
    );
    body(
        r#"{"error":{"details":[{"metadata":{"quotaResetDelay":"373.801628ms"}}]}}"#,
        Some(373),
    );
    body(
        r#"{"error":{"message":"Your quota will reset after 1h2m3s."}}"#,
        Some(3_723_000),
    );
    body(
        r#"{"error":{"message":"Please retry in 34.074824224s."}}"#,
        Some(34_074),
    );
    body(
        r#"{"error":{"message":"Rate limit reached. Please try again in 20ms"}}"#,
        Some(20),
    );
    body(
        r#"{"error":{"message":"Please try again in 1.898s."}}"#,
        Some(1_898),
    );
    body(
        r#"{"error":{"message":"Please try again in 3 seconds."}}"#,
        Some(3_000),
    );
    body(
        r#"{"error":{"code":"subscription:free-usage-exhausted"}}"#,
        Some(24 * 3_600_000),
    );
    let other = classified(
        Protocol::Responses,
        400,
        &[],
        r#"{"error":{"type":"usage_limit_reached","resets_in_seconds":9}}"#,
    );
    assert_eq!(other.retry_after, None, "only a 429 is a usage limit");
}

#[test]
fn moments_beyond_the_end_of_time_are_no_hint() {
    for moment in ["1e19", "9300000000000000000", "1e300", "inf", "NaN"] {
        let unified = "anthropic-ratelimit-unified";
        let (status, reset) = (format!("{unified}-status"), format!("{unified}-reset"));
        hint(&[(&status, "rejected"), (&reset, moment)], "", None);
        let window = "x-codex-primary";
        let (used, reset) = (
            format!("{window}-used-percent"),
            format!("{window}-reset-at"),
        );
        hint(&[(&used, "100"), (&reset, moment)], "", None);
    }
    hint(
        &[],
        r#"{"error":{"type":"usage_limit_reached","resets_at":1e19,"resets_in_seconds":7}}"#,
        Some(7_000),
    );
}

#[track_caller]
fn verdict(
    protocol: Protocol,
    status: u16,
    body: &str,
    expected: (ErrorKind, Scope),
    stop: bool,
    shown: u16,
) {
    let got = classified(protocol, status, &[], body);
    assert_eq!(
        (got.kind, got.scope, got.stop, got.status.as_u16()),
        (expected.0, expected.1, stop, shown),
        "{status} {body}"
    );
}

#[test]
fn verdicts() {
    use Protocol::{Chat, Claude, Gemini, Responses};
    let switch = |protocol, status, body, kind, scope| {
        verdict(protocol, status, body, (kind, scope), false, status);
    };
    let stop = |protocol, status, body| {
        verdict(
            protocol,
            status,
            body,
            (BadRequest, Scope::Request),
            true,
            status,
        );
    };
    switch(Chat, 401, "{}", Auth, Scope::Credential);
    switch(
        Gemini,
        400,
        r#"{"error":{"status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}"#,
        Auth,
        Scope::Credential,
    );
    switch(
        Chat,
        400,
        r#"{"error":"invalid_grant"}"#,
        Auth,
        Scope::Credential,
    );
    switch(Claude, 402, "{}", Forbidden, Scope::Credential);
    switch(Claude, 403, "{}", Forbidden, Scope::Model);
    for reason in ["SERVICE_DISABLED", "BILLING_DISABLED", "CONSUMER_SUSPENDED"] {
        let body = format!(r#"{{"error":{{"details":[{{"reason":"{reason}"}}]}}}}"#);
        let expected = (Forbidden, Scope::Credential);
        verdict(Gemini, 403, &body, expected, false, 403);
    }
    switch(
        Gemini,
        403,
        r#"{"error":{"code":403,"status":"PERMISSION_DENIED","message":"no access to the model"}}"#,
        Forbidden,
        Scope::Model,
    );
    switch(
        Gemini,
        404,
        r#"{"error":{"code":404,"status":"NOT_FOUND","message":"Publisher Model `m` was not found"}}"#,
        NotFound,
        Scope::Model,
    );
    switch(
        Gemini,
        429,
        r#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"Resource exhausted."}}"#,
        Quota,
        Scope::Model,
    );
    switch(
        Responses,
        404,
        r#"{"error":{"type":"invalid_request_error","code":"model_not_found"}}"#,
        NotFound,
        Scope::Model,
    );
    switch(Chat, 429, "{}", Quota, Scope::Model);
    switch(
        Chat,
        429,
        r#"{"error":{"code":"insufficient_quota"}}"#,
        Quota,
        Scope::Credential,
    );
    switch(
        Responses,
        429,
        r#"{"error":{"type":"usage_limit_reached"}}"#,
        Quota,
        Scope::Credential,
    );
    switch(
        Chat,
        400,
        r#"{"error":{"message":"The requested model is not supported."}}"#,
        ModelUnavailable,
        Scope::Model,
    );
    for status in [408, 500, 502, 503, 504, 529] {
        switch(Claude, status, "{}", Upstream, Scope::Provider);
    }
    switch(
        Gemini,
        500,
        r#"{"error":{"status":"UNKNOWN"}}"#,
        Upstream,
        Scope::Provider,
    );
    switch(Chat, 418, "{}", BadRequest, Scope::Request);
    // A compatible host's 400 that gives no reason may be about its key.
    switch(Chat, 400, "quota", BadRequest, Scope::Request);

    stop(Claude, 400, "{}");
    stop(
        Chat,
        400,
        r#"{"error":{"message":"bad","type":"invalid_request_error"}}"#,
    );
    stop(
        Claude,
        413,
        r#"{"type":"error","error":{"type":"request_too_large"}}"#,
    );
    stop(Gemini, 422, "{}");
    stop(
        Responses,
        404,
        r#"{"error":{"message":"Item with id 'rs_1' not found. Items are not persisted when `store` is set to false."}}"#,
    );
    stop(
        Responses,
        500,
        r#"{"error":{"code":"context_length_exceeded"}}"#,
    );
    stop(
        Claude,
        429,
        r#"{"error":{"message":"Fast mode requires usage credits"}}"#,
    );

    let page = "<html><title>Just a moment</title>cloudflare</html>";
    verdict(Claude, 403, page, (Upstream, Scope::Provider), false, 502);
    let wrong = "<!DOCTYPE html><p>nothing here</p>";
    verdict(Chat, 404, wrong, (Upstream, Scope::Provider), false, 502);
    for late in ["", "Request Timeout", "<html>too slow</html>"] {
        verdict(Chat, 408, late, (Upstream, Scope::Provider), false, 504);
    }
}

#[test]
fn a_challenge_is_left_alone_for_a_while() {
    let check = |headers: &[(&str, &str)], body: &str, seconds: Option<u64>| {
        let got = classified(Protocol::Claude, 403, headers, body).retry_after;
        assert_eq!(got, seconds.map(Duration::from_secs), "{headers:?} {body}");
    };
    let page = "<html>cf-mitigated</html>";
    check(&[], page, Some(10));
    check(&[("retry-after", "3")], page, Some(10));
    check(&[("retry-after", "30")], page, Some(30));
    check(&[], "{}", None);
    check(&[("retry-after", "3")], "{}", Some(3));
}

#[test]
fn a_missing_counter_is_not_a_missing_model() {
    let check = |status: u16, body: &str, expected: (ErrorKind, Scope)| {
        let answer = Answer {
            protocol: Protocol::Claude,
            operation: Operation::CountTokens,
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Some(body.to_owned().into()),
        };
        let error = classify(&answer, SystemTime::UNIX_EPOCH, 0.0);
        assert_eq!((error.kind, error.scope), expected, "{status} {body}");
    };
    let missing = (NotFound, Scope::Request);
    let invalid = r#"{"error":{"type":"invalid_request_error","message":"Unknown request URL"}}"#;
    for status in [404, 405, 501] {
        for body in ["", "{}", "<html>Not Found</html>", invalid] {
            check(status, body, missing);
        }
    }
    let unknown = r#"{"error":{"message":"model not found: x"}}"#;
    check(404, unknown, (NotFound, Scope::Model));
    check(500, "{}", (Upstream, Scope::Provider));
}
