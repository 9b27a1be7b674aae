//! Tokens that an upstream repeats in its errors.

use super::{Home, ask};
use crate::rig::{Ask, now, s};
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::{
    Behaviour, Script,
    oauth::{Account, Dialect},
};
use http::{HeaderMap, StatusCode};
use serde_json::json;
use std::time::UNIX_EPOCH;

const ACCESS: &str = "canary/access+0001";
const REFRESH: &str = "canary/refresh+0001";

/// In the spellings of plain text, of JSON and of a URL.
fn quotes() -> String {
    let spelled = [ACCESS, REFRESH].map(|token| {
        let (json, url) = (
            token.replace('/', "\\/"),
            token.replace('/', "%2F").replace('+', "%2B"),
        );
        format!("{token} {json} {url}")
    });
    spelled.join(" and ")
}

/// An account with these tokens, at an upstream that behaves so.
fn home(behaviours: impl IntoIterator<Item = Behaviour>) -> Home {
    let account = Account::new("a", Dialect::Codex)
        .access_token(ACCESS)
        .refresh_token(REFRESH)
        .behaves(behaviours);
    let home = Home::of(Script::new().account(account));
    let ends = (now() + s(600_000)).duration_since(UNIX_EPOCH).unwrap();
    let file = json!({
        "type": "codex",
        "label": "a",
        "client_id": "scripted-client",
        "base_url": format!("{}/v1", home.upstream.base_url()),
        "access_token": ACCESS,
        "refresh_token": REFRESH,
        "expires_at": ends.as_secs(),
    });
    home.write("a", &file);
    home
}

fn refusing(status: StatusCode) -> Behaviour {
    let body = format!(
        r#"{{"error":{{"message":"not with {}","type":"t"}}}}"#,
        quotes()
    );
    Behaviour::Status {
        status,
        headers: HeaderMap::new(),
        body: body.into(),
    }
}

#[track_caller]
fn assert_clean(text: &str) {
    let at = text.find("canary");
    assert_eq!(at.map(|at| &text[at..]), None, "{text}");
    assert!(text.contains("[redacted]"), "{text}");
}

#[tokio::test]
async fn tokens_are_taken_out_of_a_refusal() {
    let home = home([refusing(StatusCode::BAD_REQUEST)]);
    let rig = home.rig("request-retry: 0").await;
    assert_clean(&rig.send(&ask()).await.text());
}

/// What it was refused for is not the token that the second try was made with.
#[tokio::test]
async fn so_is_the_one_that_was_replaced() {
    let home = home([refusing(StatusCode::UNAUTHORIZED)]);
    let rig = home.rig("request-retry: 0").await;
    let answer = rig.send(&ask()).await;
    assert_eq!(answer.status, 401);
    assert_eq!(home.upstream.stats().refreshes("a"), 1);
    assert_clean(&answer.text());
}

/// An event in the middle of a stream that has begun.
#[tokio::test]
async fn tokens_are_taken_out_of_an_error_inside_a_stream() {
    let failed = format!(
        r#"{{"type":"response.failed","response":{{"id":"r","status":"failed","error":{{"code":"server_error","message":"not with {}"}}}}}}"#,
        quotes()
    );
    let events = [
        (
            "response.created",
            r#"{"type":"response.created","response":{"id":"r","status":"in_progress"}}"#,
        ),
        (
            "response.output_text.delta",
            r#"{"type":"response.output_text.delta","item_id":"i","output_index":0,"content_index":0,"delta":"hi"}"#,
        ),
        ("response.failed", &failed),
    ];
    let body: String = events
        .iter()
        .map(|(event, data)| format!("event: {event}\ndata: {data}\n\n"))
        .collect();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
    let home = home([Behaviour::Raw(format!("{head}{body}").into())]);
    let rig = home.rig("request-retry: 0").await;
    let answer = rig
        .send(&Ask::new(Protocol::Responses, super::MODEL, true))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(
        answer.text().contains(r#""delta":"hi""#),
        "{}",
        answer.text()
    );
    assert_clean(&answer.text());
}
