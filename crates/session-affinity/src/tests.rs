//! Requests of clients, from the id that names their session to the credential it is bound to.

use crate::{Bindings, DEFAULT_TTL, Extractor};
use bytes::Bytes;
use cliproxy_core::{
    KeyDigest,
    Protocol::{self, Chat, Claude, Gemini, Responses},
};
use cliproxy_json::Body;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::time::Instant;

/// One request.
#[derive(Clone, Copy)]
struct Ask {
    client: u8,
    protocol: Protocol,
    model: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
}

impl Ask {
    const fn new(protocol: Protocol, body: &'static str) -> Self {
        Self {
            client: 1,
            protocol,
            model: "m",
            headers: &[],
            body,
        }
    }

    const fn of_client(self, client: u8) -> Self {
        Self { client, ..self }
    }

    const fn of_model(self, model: &'static str) -> Self {
        Self { model, ..self }
    }

    const fn with(self, headers: &'static [(&'static str, &'static str)]) -> Self {
        Self { headers, ..self }
    }
}

/// Sends requests one after the other to a gateway that gives every new session the next of `a`,
/// `b`, `c`, …; the letters say who served, and `-` that a request names no session.
#[track_caller]
fn check(requests: &[Ask], expected: &str) {
    let now = Instant::now();
    let extractor = Extractor::new([7; 32]);
    let bindings = Bindings::new(DEFAULT_TTL, 1000, now);
    let mut unused = ["a", "b", "c", "d"].into_iter();
    let served: String = requests
        .iter()
        .map(|ask| {
            let headers: HeaderMap = ask
                .headers
                .iter()
                .map(|(name, value)| {
                    let name: HeaderName = name.parse().unwrap();
                    (name, HeaderValue::from_static(value))
                })
                .collect();
            let body = Body::new(Bytes::from_static(ask.body.as_bytes())).unwrap();
            let client = KeyDigest::new([ask.client; 32]);
            let head = body.head();
            let session = extractor.extract(&client, &headers, Some(&head), ask.protocol);
            let Some(session) = session else {
                return "-".to_owned();
            };
            let id = session.for_model(ask.model);
            let binding = bindings
                .lookup(&id, now)
                .unwrap_or_else(|| bindings.bind(&id, &unused.next().unwrap().into(), now));
            binding.credential().as_str().to_owned()
        })
        .collect();
    assert_eq!(served, expected);
}

/// What an upstream's cache is told of the session of this request.
fn shown(ask: &Ask) -> String {
    let extractor = Extractor::new([7; 32]);
    let headers = ask.headers.iter().map(|(name, value)| {
        let name: HeaderName = name.parse().unwrap();
        (name, HeaderValue::from_static(value))
    });
    let headers: HeaderMap = headers.collect();
    let client = KeyDigest::new([ask.client; 32]);
    let session = extractor.extract(&client, &headers, None, ask.protocol);
    session.unwrap().prompt_cache_key()
}

#[test]
fn a_session_is_shown_to_others_under_a_name_of_its_own() {
    let name = shown(&NAMED);
    let lengths: Vec<_> = name.split('-').map(str::len).collect();
    assert_eq!(lengths, [8, 4, 4, 4, 12], "{name}");
    assert_eq!(shown(&NAMED), name);
    // A conversation that asks two models has one cache key for each upstream all the same.
    assert_eq!(shown(&NAMED.of_model("n")), name);
    assert_ne!(shown(&NAMED.of_client(2)), name);
    let other = Ask::new(Chat, "{}").with(&[("x-session-id", "t")]);
    assert_ne!(shown(&other), name);
    // The name in the log is another.
    let extractor = Extractor::new([7; 32]);
    let headers = [(
        HeaderName::from_static("x-session-id"),
        HeaderValue::from_static("s"),
    )];
    let client = KeyDigest::new([1; 32]);
    let session = extractor.extract(&client, &headers.into_iter().collect(), None, Chat);
    let logged = session.unwrap().primary.to_string();
    assert!(!name.contains(&logged), "{name} {logged}");
}

const NAMED: Ask = Ask::new(Chat, "{}").with(&[("x-session-id", "s")]);

#[test]
fn turns_of_a_conversation_without_an_id() {
    const OTHER: Ask = Ask::new(
        Claude,
        r#"{"system":"S","messages":[{"role":"user","content":"Bye"}]}"#,
    );
    let turns = [
        r#"{"system":"S","messages":[{"role":"user","content":"Hello"}]}"#,
        r#"{"system":"S","messages":[{"role":"user","content":"Hello"},{"role":"assistant","content":"Hi"},{"role":"user","content":"More"}]}"#,
        r#"{"system":"S","messages":[{"role":"user","content":[{"type":"text","text":"Hello"}]},{"role":"assistant","content":"Hi"},{"role":"user","content":"More"},{"role":"assistant","content":"Yes"},{"role":"user","content":"Bye"}]}"#,
    ]
    .map(|body| Ask::new(Claude, body));
    check(&[turns[0], OTHER, turns[1], turns[2], OTHER], "abaab");
    let theirs = turns.map(|turn| turn.of_client(2));
    check(&[turns[0], theirs[0], turns[1], theirs[1]], "abab");
}

#[test]
fn models_clients_and_protocols_are_apart() {
    let n = NAMED.of_model("n");
    check(&[NAMED, n, NAMED, n], "abab");
    check(&[NAMED.of_model("m(high)"), NAMED.of_model("m(low)")], "aa");
    let theirs = NAMED.of_client(2);
    check(&[NAMED, theirs, NAMED, theirs], "abab");
    let gemini = Ask {
        protocol: Gemini,
        ..NAMED
    };
    check(&[NAMED, gemini, NAMED, gemini], "abab");
}

#[test]
fn cache_keys_of_one_conversation() {
    const BOTH: Ask = Ask::new(
        Responses,
        r#"{"prompt_cache_key":"p","conversation":{"id":"c"}}"#,
    );
    const CONVERSATION: Ask = Ask::new(Responses, r#"{"conversation":"c"}"#);
    const ANOTHER_KEY: Ask = Ask::new(
        Responses,
        r#"{"prompt_cache_key":"q","conversation":{"id":"c"}}"#,
    );
    const ELSEWHERE: Ask = Ask::new(Responses, r#"{"conversation":"d"}"#);
    check(&[BOTH, CONVERSATION, ANOTHER_KEY, ELSEWHERE], "aaab");
}

#[test]
fn request_ids_that_are_kept_and_that_are_not() {
    const HELLO: Ask = Ask::new(Chat, r#"{"messages":[{"role":"user","content":"Hello"}]}"#);
    const BYE: Ask = Ask::new(Chat, r#"{"messages":[{"role":"user","content":"Bye"}]}"#);
    let [hello_1, hello_2] = [
        HELLO.with(&[("x-client-request-id", "1")]),
        HELLO.with(&[("x-client-request-id", "2")]),
    ];
    let [bye_1, bye_2] = [
        BYE.with(&[("x-client-request-id", "1")]),
        BYE.with(&[("x-client-request-id", "2")]),
    ];
    // A fresh one with each request keeps nobody apart and brings nobody together.
    check(&[hello_1, hello_2, BYE, bye_2, HELLO], "aabba");
    // One that comes again names the session, however the conversation opens by now.
    check(&[hello_1, bye_1, BYE], "aab");
    // It is not asked where a dedicated header names the session.
    const APART: Ask = HELLO.with(&[("session-id", "s"), ("x-client-request-id", "1")]);
    check(&[hello_1, APART], "ab");
}

/// Coding agents name a session in other places than their earlier versions did.
#[test]
fn both_generations_of_clients() {
    const OLDER: Ask = Ask::new(
        Claude,
        r#"{"metadata":{"user_id":"user_3f22_account__session_ac98-65"}}"#,
    );
    const NEWER: Ask = Ask::new(
        Claude,
        r#"{"metadata":{"user_id":"{\"device_id\":\"3f22\",\"account_uuid\":\"\",\"session_id\":\"ac98-65\"}"}}"#,
    );
    const NEWEST: Ask = NEWER.with(&[("X-Claude-Code-Session-Id", "ac98-65")]);
    const ANOTHER: Ask = NEWER.with(&[("X-Claude-Code-Session-Id", "ffff")]);
    check(&[OLDER, NEWER, NEWEST, ANOTHER], "aaab");

    const KEYED: Ask = Ask::new(Responses, r#"{"prompt_cache_key":"0199","input":"Hello"}"#);
    const SPELLINGS: [Ask; 3] = [
        KEYED.with(&[("session_id", "0199"), ("x-client-request-id", "0199")]),
        KEYED.with(&[("session-id", "0199"), ("x-client-request-id", "0199")]),
        KEYED.with(&[("Session-Id", " 0199 ")]),
    ];
    check(&[SPELLINGS[0], SPELLINGS[1], SPELLINGS[2], KEYED], "aaab");
}

#[test]
fn requests_that_belong_nowhere() {
    check(
        &[
            Ask::new(Chat, r#"{"model":"m"}"#),
            Ask::new(Claude, r#"{"system":"sys only","messages":[]}"#),
            Ask::new(Chat, "{}").with(&[("idempotency-key", "k")]),
        ],
        "---",
    );
}
