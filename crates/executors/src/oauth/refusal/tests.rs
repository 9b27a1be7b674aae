//! The table of refusals, without a connection.

use super::{RefreshError, Refusal};
use crate::oauth::{Manners, Proof};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use std::time::{Duration, SystemTime};

const NOW: Duration = Duration::from_secs(1_800_000_000);

fn classified(
    manners: &Manners,
    status: u16,
    headers: &[(&'static str, &'static str)],
    code: &str,
) -> RefreshError {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        })
        .collect();
    Refusal {
        status: StatusCode::from_u16(status).unwrap(),
        headers: &headers,
        code: Some(code.to_owned()).filter(|code| !code.is_empty()),
        sent: b"grant_type=refresh_token&refresh_token=a_secret_of_words",
        host: "auth.example",
        now: SystemTime::UNIX_EPOCH + NOW,
    }
    .classify(manners)
}

fn permanent(code: &str) -> RefreshError {
    RefreshError::Permanent {
        code: code.into(),
        reused: code == "refresh_token_reused",
    }
}

fn misconfigured(code: &str) -> RefreshError {
    RefreshError::Misconfigured { code: code.into() }
}

fn transient(said: &str) -> RefreshError {
    RefreshError::Transient {
        reason: format!("auth.example answered {said}").into(),
    }
}

#[test]
fn statuses_and_codes() {
    let manners = Manners::of(Proof::RefreshToken);
    let check = |status, code: &str, expected: RefreshError| {
        let got = classified(&manners, status, &[], code);
        assert_eq!(got, expected, "{status} {code}");
    };
    // The token is at its end.
    for code in [
        "invalid_grant",
        "refresh_token_expired",
        "refresh_token_invalidated",
        "refresh_token_reused",
    ] {
        for status in [200, 400, 401, 403] {
            check(status, code, permanent(code));
        }
    }
    check(401, "", permanent("status 401"));
    check(401, "token_expired", permanent("token_expired"));
    // The client is refused, also with the status that RFC 6749 has for it.
    for code in [
        "invalid_client",
        "invalid_request",
        "invalid_scope",
        "unauthorized_client",
        "unsupported_grant_type",
    ] {
        for status in [200, 400, 401] {
            check(status, code, misconfigured(code));
        }
    }
    // Nobody knows what this is, so the token is kept.
    check(200, "", transient("200 without a token"));
    check(200, "server_error", transient("200 (server_error)"));
    check(302, "", transient("302 without a token"));
    check(400, "", transient("400 without a token"));
    check(
        400,
        "temporarily_unavailable",
        transient("400 (temporarily_unavailable)"),
    );
    check(403, "", transient("403 without a token"));
    check(404, "", transient("404 without a token"));
    check(408, "", transient("408 without a token"));
    // A server in trouble is no judge.
    for status in [500, 502, 503, 504, 529] {
        check(status, "", transient(&format!("{status} without a token")));
        check(
            status,
            "invalid_grant",
            transient(&format!("{status} (invalid_grant)")),
        );
    }
    let reason = "it wants a user name and password".into();
    check(407, "invalid_grant", RefreshError::Proxy { reason });
}

#[test]
fn kimi_forbids_what_has_ended() {
    let manners = Manners {
        forbidden_is_final: true,
        ..Manners::of(Proof::RefreshToken)
    };
    let check = |status, code: &str, expected: RefreshError| {
        assert_eq!(
            classified(&manners, status, &[], code),
            expected,
            "{status}"
        );
    };
    check(401, "", permanent("status 401"));
    check(403, "", permanent("status 403"));
    check(403, "access_denied", permanent("access_denied"));
    check(
        403,
        "unauthorized_client",
        misconfigured("unauthorized_client"),
    );
    check(500, "", transient("500 without a token"));
}

#[test]
fn a_service_account_has_no_token_to_lose() {
    let manners = Manners::of(Proof::ServiceAccount);
    let check = |status, code: &str, expected: RefreshError| {
        assert_eq!(
            classified(&manners, status, &[], code),
            expected,
            "{status}"
        );
    };
    let asks = "was the key deleted, or is this machine's clock wrong?";
    check(
        400,
        "invalid_grant",
        misconfigured(&format!("invalid_grant; {asks}")),
    );
    check(401, "", misconfigured(&format!("status 401; {asks}")));
    check(400, "invalid_scope", misconfigured("invalid_scope"));
    check(500, "invalid_grant", transient("500 (invalid_grant)"));
}

#[test]
fn how_long_to_wait() {
    let manners = Manners::of(Proof::RefreshToken);
    let check = |status, code: &str, headers: &[_], seconds: Option<f64>| {
        let expected = RefreshError::Throttled {
            retry_after: seconds.map(Duration::from_secs_f64),
        };
        assert_eq!(
            classified(&manners, status, headers, code),
            expected,
            "{headers:?}"
        );
    };
    check(429, "", &[], None);
    check(429, "invalid_grant", &[], None);
    check(400, "slow_down", &[], None);
    check(
        200,
        "rate_limit_exceeded",
        &[("retry-after", "7")],
        Some(7.0),
    );
    check(429, "", &[("retry-after", "2")], Some(2.0));
    check(429, "", &[("retry-after", "0")], Some(0.0));
    check(429, "", &[("retry-after-ms", "900")], Some(0.9));
    check(
        429,
        "",
        &[("retry-after", "2"), ("retry-after-ms", "900")],
        Some(0.9),
    );
    // The date of 90 seconds after, and of long before.
    let date = [("retry-after", "Fri, 15 Jan 2027 08:01:30 GMT")];
    check(429, "", &date, Some(90.0));
    check(
        429,
        "",
        &[("retry-after", "Fri, 15 Jan 2021 08:01:30 GMT")],
        None,
    );
    check(429, "", &[("retry-after", "soon")], None);
}

#[test]
fn only_what_reads_like_a_code_is_repeated() {
    let manners = Manners::of(Proof::RefreshToken);
    let check = |code: &str| {
        let got = classified(&manners, 400, &[], code);
        assert_eq!(got, transient("400 without a token"), "{code}");
    };
    check("a_secret_of_words");
    check("eyj0exaioi");
    check("sk-abc");
    check("two words");
    check(&"a".repeat(41));
    let got = classified(&manners, 401, &[], "a_secret_of_words");
    assert_eq!(got, permanent("status 401"));
}
