//! Every route, as a client sees it.

use crate::rig::{KEY, Rig, message, request};
use bytes::Bytes;
use cliproxy_scripted_upstream::Behaviour;
use cliproxy_server::Peer;
use http_body::Frame;
use http_body_util::StreamBody;
use std::{convert::Infallible, net::IpAddr};

#[tokio::test]
async fn answers() {
    let rig = Rig::new(Behaviour::Answer).await;
    let check = async |line: &str, header: &str, status: u16, says: &str| {
        let answer = rig.ask(&request(&[line, header], "")).await;
        assert_eq!(answer.status, status, "{line}: {answer:?}");
        assert!(answer.body.contains(says), "{line}: {answer:?}");
        answer
    };
    let none = "x-none: 1";
    check("GET /", none, 200, "cliproxy").await;
    check("GET /healthz", none, 200, "ok").await;
    check("GET /livez", none, 200, "").await;
    check("GET /readyz", none, 200, "").await;
    check("GET /v1/models", none, 200, r#""object":"list""#).await;
    check(
        "GET /v1/models",
        "anthropic-version: 1",
        200,
        r#""has_more":false"#,
    )
    .await;
    check("GET /v1/models", "x-goog-api-key: x", 200, r#""models":["#).await;
    check("GET /v1beta/models", none, 200, r#""name":"models/m""#).await;
    check("GET /v1/models/m", none, 200, r#""id":"m""#).await;
    check("GET /v1/models/none", none, 404, "model_not_found").await;
    for (path, expected) in [("models/", "xxx` is not served"), ("", "xxx not found")] {
        let long = format!("GET /v1/{path}{}", "x".repeat(8_000));
        let clipped = check(&long, none, 404, expected).await;
        assert!(clipped.body.len() < 512, "{clipped:?}");
    }
    check("GET /v1/nothing", none, 404, "/v1/nothing not found").await;
    check("POST /v1/messages/nothing", none, 404, "not_found_error").await;
    let refused = check("GET /v1/messages", none, 405, "").await;
    assert!(refused.has("allow: post"), "{refused:?}");
    let upgrade = check("GET /v1/responses", "connection: upgrade", 426, "WebSocket").await;
    assert!(upgrade.head.contains("upgrade: http/1.1"), "{upgrade:?}");
    check("POST /v1/messages", none, 400, "invalid").await;
}

#[tokio::test]
async fn probes_need_no_key_and_say_nothing_else() {
    let rig = Rig::new(Behaviour::Answer).await;
    for path in ["/", "/healthz", "/livez", "/readyz"] {
        let open = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        let answer = rig.ask(&open).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(!answer.body.contains("upstream-key"));
    }
    let closed = "GET /v1/models HTTP/1.1\r\nhost: localhost\r\n\r\n";
    assert_eq!(rig.ask(closed).await.status, 401);
}

#[tokio::test]
async fn keys_in_every_place() {
    let rig = Rig::new(Behaviour::Answer).await;
    let places = [
        ("/v1/models", format!("authorization: Bearer {KEY}")),
        ("/v1/models", format!("x-api-key: {KEY}")),
        ("/v1/models", format!("x-goog-api-key: {KEY}")),
        ("/v1/models", format!("x-gateway-key: {KEY}")),
        (&format!("/v1beta/models?key={KEY}"), "x-none: 1".to_owned()),
    ];
    for (path, header) in places {
        let head = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{header}\r\n\r\n");
        assert_eq!(rig.ask(&head).await.status, 200, "{path} {header}");
    }
}

#[tokio::test]
async fn a_request_says_which_it_was() {
    let rig = Rig::new(Behaviour::Answer).await;
    let named = message(false).replace("\r\nhost", "\r\nx-request-id: mine-1\r\nhost");
    let answer = rig.ask(&named).await;
    assert!(answer.has("x-cliproxy-request-id: mine-1"), "{answer:?}");
    assert!(answer.has("x-cliproxy-served-by: c"), "{answer:?}");
    assert!(answer.has("x-cliproxy-attempts: 1"), "{answer:?}");
    let odd = message(false).replace("\r\nhost", "\r\nx-request-id: a b\r\nhost");
    let answer = rig.ask(&odd).await;
    assert!(
        answer.head.contains("x-cliproxy-request-id: req_"),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_panic_is_answered() {
    let rig = Rig::new(Behaviour::Answer).await;
    let mistake = futures_util::stream::poll_fn(
        |_| -> std::task::Poll<Option<Result<Frame<Bytes>, Infallible>>> { panic!("a mistake") },
    );
    let request = http::Request::post("/v1/messages")
        .header("host", "localhost")
        .header("x-api-key", KEY)
        .body(StreamBody::new(mistake))
        .unwrap();
    let client = Peer::tcp(IpAddr::from([127, 0, 0, 1]));
    let answer = rig.server.answer(request, client).await;
    assert_eq!(answer.status(), 500);
    assert_eq!(rig.ask(&message(false)).await.status, 200);
}
