//! Cases of `extract`.

use super::Extractor;
use crate::{
    Session, Source,
    key::{Scope, SessionKey},
};
use bytes::Bytes;
use cliproxy_core::{KeyDigest, Protocol};
use cliproxy_json::Body;
use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;

const SALT: [u8; 32] = [9; 32];
const CLIENT: KeyDigest = KeyDigest::new([1; 32]);

const UUID: &str = "ac980658-63bd-4fb3-97ba-8da64cb1e344";
const LEGACY: &str =
    r#"{"metadata":{"user_id":"user_3f22_account__session_ac980658-63bd-4fb3-97ba-8da64cb1e344"}}"#;

type Headers<'a> = &'a [(&'a str, &'a str)];

fn extract(client: KeyDigest, headers: Headers<'_>, body: &str) -> Option<Session> {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| {
            let name: HeaderName = name.parse().unwrap();
            (name, HeaderValue::from_str(value).unwrap())
        })
        .collect();
    let body = (!body.is_empty()).then(|| Body::new(Bytes::copy_from_slice(body.as_bytes())));
    let body = body.map(Result::unwrap);
    let head = body.as_ref().map(Body::head);
    Extractor::new(SALT).extract(&client, &headers, head.as_ref(), Protocol::Chat)
}

fn key(source: Source, id: &str) -> SessionKey {
    Scope::new(&SALT, &CLIENT, Protocol::Chat).key(source, id)
}

/// Which source names the session, and with which id.
fn check(headers: Headers<'_>, body: &str, expected: Option<(Source, &str)>) {
    let session = extract(CLIENT, headers, body);
    let named = session.map(|session| (session.source, session.primary));
    let expected = expected.map(|(source, id)| (source, key(source, id)));
    assert_eq!(named, expected, "{headers:?} {body}");
}

#[test]
fn headers() {
    let check = |headers: Headers<'_>, source, id| check(headers, "", Some((source, id)));
    check(
        &[("X-Claude-Code-Session-Id", "a")],
        Source::ClaudeCode,
        "a",
    );
    check(&[("Session-Id", "a")], Source::Codex, "a");
    check(&[("session_id", "a")], Source::Codex, "a");
    check(
        &[("session_id", "a"), ("session-id", "b")],
        Source::Codex,
        "b",
    );
    check(&[("X-Session-ID", "a")], Source::Header, "a");
    check(&[("x-session-affinity", "a")], Source::Affinity, "a");
    check(&[("X-Amp-Thread-Id", "a")], Source::Amp, "a");
    check(
        &[("x-session-affinity", "a"), ("x-session-id", "b")],
        Source::Header,
        "b",
    );
    check(
        &[("session_id", "a"), ("x-client-request-id", "b")],
        Source::Codex,
        "a",
    );
    check(
        &[("x-amp-thread-id", "a"), ("x-client-request-id", "b")],
        Source::Amp,
        "a",
    );
    check(&[("x-client-request-id", "b")], Source::ClientRequest, "b");
}

#[test]
fn claude_code_in_the_body() {
    let of_user_id = |user_id: &str| format!(r#"{{"metadata":{{"user_id":{user_id}}}}}"#);
    let check = |user_id: &str, source, id| check(&[], &of_user_id(user_id), Some((source, id)));
    check(
        r#""user_3f22_account__session_ac980658-63bd-4fb3-97ba-8da64cb1e344""#,
        Source::ClaudeCode,
        UUID,
    );
    check(
        r#""{\"device_id\":\"00\",\"account_uuid\":\"\",\"session_id\":\"e26d4046-0f88-4b09-bb5b-f863ab5fb24e\"}""#,
        Source::ClaudeCode,
        "e26d4046-0f88-4b09-bb5b-f863ab5fb24e",
    );
    check(r#""  {\"session_id\": \"s\"} ""#, Source::ClaudeCode, "s");
    check(
        r#""{\"device_id\":\"abc123\"}""#,
        Source::User,
        r#"{"device_id":"abc123"}"#,
    );
    check(r#""{\"session_id\":""#, Source::User, r#"{"session_id":"#);
    check(
        r#""{\"session_id\":\"\"}""#,
        Source::User,
        r#"{"session_id":""}"#,
    );
    check(r#""user_abc123""#, Source::User, "user_abc123");
    check(
        r#""u_session_not-hex-zz""#,
        Source::User,
        "u_session_not-hex-zz",
    );
    check(r#""u_session_""#, Source::User, "u_session_");
    check(r#""u_session_zz_session_ab""#, Source::ClaudeCode, "ab");
}

#[test]
fn bodies() {
    let check = |body, source, id| check(&[], body, Some((source, id)));
    check(
        r#"{"session_id":"a","sessionId":"b"}"#,
        Source::Session,
        "a",
    );
    check(
        r#"{"sessionId":"b","prompt_cache_key":"c"}"#,
        Source::Session,
        "b",
    );
    check(
        r#"{"prompt_cache_key":"c","conversation":"d"}"#,
        Source::PromptCacheKey,
        "c",
    );
    check(r#"{"conversation":{"id":"d"}}"#, Source::Conversation, "d");
    check(
        r#"{"conversation":"d","conversation_id":"e"}"#,
        Source::Conversation,
        "d",
    );
    check(
        r#"{"conversation_id":"e","metadata":{"user_id":"f"}}"#,
        Source::User,
        "f",
    );
    check(
        r#"{"conversation_id":"conv-12345"}"#,
        Source::Conversation,
        "conv-12345",
    );
    check(r#"{"session_id":"\u0061"}"#, Source::Session, "a");
    check(r#"{"session_id":" a "}"#, Source::Session, "a");
}

#[test]
fn nothing_to_go_by() {
    let check = |headers, body| check(headers, body, None);
    check(&[], "");
    check(&[], "{}");
    check(&[], r#"{"model":"m"}"#);
    check(&[], r#"{"model":"m","metadata":{"idempotency_key":"k"}}"#);
    check(&[("idempotency-key", "k")], r#"{"model":"m"}"#);
    check(&[], r#"{"session_id":7,"conversation":[],"metadata":"u"}"#);
}

#[test]
fn claude_code_outranks_other_headers() {
    let claude = Some((Source::ClaudeCode, UUID));
    check(&[("x-session-id", "h")], LEGACY, claude);
    check(&[("x-amp-thread-id", "t")], LEGACY, claude);
    check(
        &[("x-claude-code-session-id", "newer")],
        LEGACY,
        Some((Source::ClaudeCode, "newer")),
    );
    check(
        &[("x-amp-thread-id", "t")],
        r#"{"conversation_id":"c"}"#,
        Some((Source::Amp, "t")),
    );
}

#[test]
fn what_is_no_id_is_passed_over() {
    let long = "x".repeat(257);
    let longest = "x".repeat(256);
    let next = &[("x-session-id", "next")];
    let check = |value: &str, source, id| {
        check(&[("session-id", value), next[0]], "", Some((source, id)));
    };
    check(&long, Source::Header, "next");
    check(&longest, Source::Codex, &longest);
    check("a\tb", Source::Header, "next");
    check("   ", Source::Header, "next");
    check("  a b ", Source::Codex, "a b");
}

#[test]
fn so_is_what_is_none_in_a_body_or_a_repeated_header() {
    check(
        &[("x-session-id", "next")],
        r#"{"metadata":{"user_id":"{\"session_id\":\"a\\nb\"}"}}"#,
        Some((Source::Header, "next")),
    );
    check(
        &[],
        r#"{"prompt_cache_key":"a\nb","conversation_id":"c"}"#,
        Some((Source::Conversation, "c")),
    );
    check(
        &[("session-id", ""), ("session-id", "second")],
        "",
        Some((Source::Codex, "second")),
    );
}

#[test]
fn second_names() {
    let check = |headers: Headers<'_>, body, alias: Option<&str>, inherit_from: Option<&str>| {
        let session = extract(CLIENT, headers, body).unwrap();
        let alias = alias.map(|id| key(Source::ClientRequest, id));
        let inherit_from = inherit_from.map(|id| key(Source::Conversation, id));
        assert_eq!(
            (session.alias, session.inherit_from),
            (alias, inherit_from),
            "{body}"
        );
    };
    let request = &[("x-client-request-id", "r")];
    check(request, r#"{"session_id":"s"}"#, Some("r"), None);
    check(
        request,
        r#"{"messages":[{"role":"user","content":"hi"}]}"#,
        Some("r"),
        None,
    );
    check(
        &[],
        r#"{"prompt_cache_key":"p","conversation":{"id":"c"}}"#,
        None,
        Some("c"),
    );
    check(
        &[],
        r#"{"prompt_cache_key":"p","conversation":"c"}"#,
        None,
        Some("c"),
    );
    check(&[], r#"{"prompt_cache_key":"p"}"#, None, None);
    check(
        &[("session-id", "s"), request[0]],
        r#"{"prompt_cache_key":"p"}"#,
        None,
        None,
    );
    check(request, "", None, None);
}

#[test]
fn sources_do_not_collide() {
    let ids = [
        extract(CLIENT, &[("x-session-id", "a")], ""),
        extract(CLIENT, &[("session-id", "a")], ""),
        extract(CLIENT, &[("x-client-request-id", "a")], ""),
        extract(CLIENT, &[], r#"{"session_id":"a"}"#),
        extract(CLIENT, &[], r#"{"conversation_id":"a"}"#),
    ]
    .map(|session| session.unwrap().primary);
    for (at, id) in ids.iter().enumerate() {
        assert!(!ids[at + 1..].contains(id));
    }
}

#[test]
fn scope_of_an_id() {
    let headers: HeaderMap = [(
        HeaderName::from_static("x-session-id"),
        HeaderValue::from_static("same"),
    )]
    .into_iter()
    .collect();
    let id = |salt, client, protocol, model| {
        Extractor::new([salt; 32])
            .extract(&KeyDigest::new([client; 32]), &headers, None, protocol)
            .unwrap()
            .for_model(model)
    };
    let one = id(1, 1, Protocol::Chat, "m(high)");
    assert_eq!(one, id(1, 1, Protocol::Chat, "m(low)"));
    assert_eq!(one, id(1, 1, Protocol::Chat, " m "));
    assert_ne!(one, id(2, 1, Protocol::Chat, "m"), "another process");
    assert_ne!(one, id(1, 2, Protocol::Chat, "m"), "another client");
    assert_ne!(one, id(1, 1, Protocol::Claude, "m"), "another protocol");
    assert_ne!(one, id(1, 1, Protocol::Chat, "n"), "another model");
}

#[test]
fn logs_show_no_id() {
    let session = extract(CLIENT, &[("session-id", "canary")], "").unwrap();
    let shown = format!("{session} {session:?} {}", session.for_model("m"));
    assert!(
        shown.starts_with("codex:") && !shown.contains("canary"),
        "{shown}"
    );
    assert_eq!(session.to_string().len(), "codex:".len() + 8);
}

proptest! {
    #[test]
    fn any_header_value_is_an_id_or_passed_over(value in prop::collection::vec(any::<u8>(), 0..300)) {
        let Ok(value) = HeaderValue::from_bytes(&value) else { return Ok(()) };
        let headers: HeaderMap = [(HeaderName::from_static("session-id"), value.clone())].into_iter().collect();
        let session = Extractor::new(SALT).extract(&CLIENT, &headers, None, Protocol::Chat);
        let text = std::str::from_utf8(value.as_bytes()).unwrap_or_default();
        let counts = (1..=256).contains(&text.trim().len()) && !text.contains(char::is_control);
        prop_assert_eq!(session.map(|s| s.primary), counts.then(|| key(Source::Codex, text.trim())));
    }

    #[test]
    fn any_user_id_is_survived(user_id in r#"[{}":,\\a-f_ -]{0,12}(_session_)?[a-fz0-9-]{0,6}"#) {
        let body = format!(r#"{{"metadata":{{"user_id":{user_id:?}}}}}"#);
        let session = extract(CLIENT, &[], &body);
        prop_assert_eq!(session.is_none(), user_id.trim().is_empty());
    }
}
