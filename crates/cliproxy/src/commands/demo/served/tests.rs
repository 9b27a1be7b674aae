//! What is not true of a reply is noticed.

use super::{Ask, Reply, Served};
use bytes::Bytes;
use cliproxy_core::Protocol;
use http::{HeaderMap, HeaderValue, StatusCode};
use std::time::Duration;

const UNARY: &str =
    r#"{"model": "m", "choices": [{"message": {"content": "scripted reply from chat A to: hi"}}]}"#;

fn judge(
    streamed: bool,
    status: u16,
    by: &'static str,
    body: &'static str,
) -> Result<Served, String> {
    let said = ["hi".to_owned()];
    let ask = Ask {
        protocol: Protocol::Chat,
        streamed,
        model: "m",
        session: "s",
        said: &said,
    };
    let mut headers = HeaderMap::new();
    headers.insert("x-cliproxy-served-by", HeaderValue::from_static(by));
    headers.insert("x-cliproxy-request-id", HeaderValue::from_static("r"));
    headers.insert("x-cliproxy-attempts", 3.into());
    let reply = Reply {
        status: StatusCode::from_u16(status).unwrap(),
        headers,
        body: Bytes::from_static(body.as_bytes()),
        took: Duration::ZERO,
    };
    Served::judge(&ask, &reply).map_err(|error| format!("{error:#}"))
}

#[track_caller]
fn check(judged: Result<Served, String>, problem: &str) {
    let error = judged.unwrap_err();
    assert!(error.contains(problem), "{error}");
}

#[test]
fn a_good_reply() {
    let served = judge(false, 200, "chat-a", UNARY).unwrap();
    assert_eq!((&*served.id, &*served.by), ("r", "chat-a"));
    assert_eq!((served.attempts, served.fallback), (3, None));
}

#[test]
fn a_good_reply_of_a_fallback() {
    let served = judge(false, 200, "chat-a; model=small", UNARY).unwrap();
    assert_eq!(
        (&*served.by, served.fallback.as_deref()),
        ("chat-a", Some("small"))
    );
}

#[test]
fn bad_replies() {
    check(judge(false, 429, "chat-a", "slow down"), "429");
    check(judge(false, 200, "", UNARY), "served by ``");
    check(judge(false, 200, "chat-b", UNARY), "from chat B");
    check(judge(false, 200, "chat-a", "<html>"), "not JSON");
    check(judge(false, 200, "chat-a", "{}"), "the text is ``");
    let other = r#"{"model": "x", "choices": [{"message":
        {"content": "scripted reply from chat A to: hi"}}]}"#;
    check(judge(false, 200, "chat-a", other), "asked for m");
    check(judge(true, 200, "chat-a", "data: [DONE]\n\n"), "the stream");
    let failed = "data: {\"error\":{\"message\":\"overloaded\"}}\n\n";
    check(judge(true, 200, "chat-a", failed), "ended with an error");
}
