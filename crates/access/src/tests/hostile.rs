//! Keys that nobody means to be one, and what is told of keys.

use super::{INVALID, access, check, configured, judge};
use crate::{ClientKey, ConfigApiKeys, Identity, MAX_KEY, Presented};
use cliproxy_core::Secret;
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderValue, StatusCode};

/// What is sent by people who try the door.
#[test]
fn hostile_keys() {
    let hostile: &[&[u8]] = &[
        b"' OR 1=1--",
        b"good' OR '1'='1",
        b"good%00",
        b"good\xc2\xa0",
        b"\xff\xfe",
        b"go\xcc\x88od",
        b"good,good",
        b"good good",
        b"goo",
        b"goodd",
        b"GOOD",
        b"\"good\"",
        b"sha256:770e607624d689265ca6c44884d0807d9b054d23c473c106c72be9de08b7376c",
        b"770e607624d689265ca6c44884d0807d9b054d23c473c106c72be9de08b7376c",
        b"Bearer Bearer good",
        b"Bearer\tBearer\tgood",
        b"*",
        b"../good",
        b"${GOOD}",
        &[b'a'; 1 << 20],
    ];
    let access = access(configured(&["good"]));
    for key in hostile {
        for name in [
            "authorization",
            "x-api-key",
            "x-goog-api-key",
            "x-gateway-key",
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_bytes(key).unwrap());
            let presented = Presented {
                headers: &headers,
                query: None,
                path: "/v1/messages",
            };
            let judged = access.authenticate(&presented).now_or_never().unwrap();
            let denied = judged.expect_err(name);
            assert_eq!(denied.status(), StatusCode::UNAUTHORIZED, "{name}");
            assert_eq!(denied.client_message(), "Invalid API key", "{name}");
        }
    }
    // What no header can hold, a query can.
    for key in [
        "good%00",
        "%00good",
        "good%0d%0aX: 1",
        "%ff%fe",
        "go%0aod",
        "good%",
        "g%6Fod%2",
    ] {
        check(&[], &format!("/v1/models?key={key}"), INVALID);
        check(&[], &format!("/v1/models?auth_token={key}"), INVALID);
    }
    check(&[], &format!("/?key={}", "a".repeat(1 << 20)), INVALID);
}

/// That a look-up takes the same time for every wrong key is a matter of how it is made: a measured
/// time would make a test that fails at random. So this shows the two things that it rests on. Only
/// a digest is compared, as a key shows that is configured by nothing else; and a key that is too
/// long is not even hashed, as one shows whose digest is configured and that stays unknown.
#[test]
fn keys_are_compared_as_digests_within_a_length() {
    let judged = |length: usize| {
        let text = "k".repeat(length);
        let digest = *Identity::of_key(text.as_bytes()).digest().as_bytes();
        let access = access(ConfigApiKeys::new([ClientKey::from_digest(digest)]));
        judge(&access, &[("x-api-key", &text)], "/").is_ok()
    };
    assert!(judged(1));
    assert!(judged(MAX_KEY));
    assert!(!judged(MAX_KEY + 1));
    // The next place still counts.
    let access = access(configured(&["good"]));
    let long = "k".repeat(MAX_KEY + 1);
    let headers = [("authorization", long.as_str()), ("x-api-key", "good")];
    assert!(judge(&access, &headers, "/").is_ok());
}

#[test]
fn nothing_that_is_printed_holds_a_key() {
    let key = ClientKey::from_secret(&Secret::from("canary-key"));
    let provider = ConfigApiKeys::new(key.clone());
    let shown = format!("{key:?} {key:#?} {provider:?} {provider:#?}");
    let access = access(provider);
    let principal = judge(&access, &[("x-api-key", "canary-key")], "/").unwrap();
    let denied = judge(&access, &[("x-api-key", "canary-not")], "/").unwrap_err();
    let shown = format!("{shown} {access:#?} {principal:#?} {denied:#?} {denied}");
    assert!(!shown.contains("canary"), "{shown}");
}
