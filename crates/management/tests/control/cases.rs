//! What is answered, to whom, and within which bounds.

use crate::rig::{Rig, soon};
use cliproxy_gateway::{Explanation, Status};
use cliproxy_management::{EXPLAIN, RECENT, RESET, STATUS};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// For what is cut off: short, and not so short that a slow machine is cut off elsewhere.
const SHORT: Duration = Duration::from_millis(400);

#[tokio::test]
async fn a_status_and_the_newest_requests() {
    let rig = Rig::new().await;
    let status = rig.ask("GET", STATUS, "").await;
    assert_eq!(status.status, 200, "{status:?}");
    assert!(status.head.contains("content-type: application/json"));
    assert!(status.head.contains("cache-control: no-store"));
    assert!(status.head.contains("connection: close"));
    let status: Status = serde_json::from_value(status.body).unwrap();
    assert_eq!(status.version, env!("CARGO_PKG_VERSION"));

    let recent = rig.ask("GET", &format!("{RECENT}?limit=5"), "").await;
    assert_eq!(recent.status, 200, "{recent:?}");
    let recent: Vec<Explanation> = serde_json::from_value(recent.body).unwrap();
    assert_eq!(recent, []);
}

#[tokio::test]
async fn what_is_not_there() {
    let rig = Rig::new().await;
    let check = async |method, target: &str, body, status, code| {
        rig.ask(method, target, body).await.is(status, code);
    };
    let explain = |query: &str| format!("{EXPLAIN}?{query}");
    check("GET", &explain("id=x"), "", 404, "unknown_request").await;
    check("GET", &explain("last=true"), "", 404, "unknown_request").await;
    check("GET", &explain("model=nobody's"), "", 404, "unknown_model").await;
    check("GET", &explain(""), "", 400, "invalid_request").await;
    check("GET", "/v0/control/health", "", 404, "not_found").await;
    let nobody = r#"{"credential": "nobody's"}"#;
    check("POST", RESET, nobody, 404, "unknown_credential").await;
    check("POST", RESET, "{", 400, "invalid_request").await;
    let get = rig.ask("GET", RESET, "").await;
    get.is(405, "method_not_allowed");
    assert!(get.head.contains("allow: post"), "{get:?}");
}

#[tokio::test]
async fn nothing_without_the_token() {
    let (rig, other) = (Rig::new().await, Rig::new().await);
    assert_eq!(rig.token.len(), 64);
    assert_ne!(rig.token, other.token);
    let others = format!("Authorization: Bearer {}\r\n", other.token);
    for headers in ["", "Authorization: Bearer x\r\n", &others] {
        for target in [STATUS, "/nowhere"] {
            let answer = rig.ask_with("GET", target, headers, "").await;
            answer.is(401, "unauthorized");
            assert!(answer.head.contains("www-authenticate: bearer"));
        }
    }
}

#[tokio::test]
async fn nothing_for_web_pages() {
    let rig = Rig::new().await;
    let authorization = format!("Authorization: Bearer {}\r\n", rig.token);
    let origin = format!("{authorization}Origin: http://{}\r\n", rig.address);
    let answer = rig.ask_with("GET", STATUS, &origin, "").await;
    answer.is(403, "origin_not_allowed");

    let check = async |hosts: &str, status| {
        let head = format!("GET {STATUS} HTTP/1.1\r\n{hosts}{authorization}\r\n");
        assert_eq!(rig.raw(&head).await.status, status, "{hosts}");
    };
    check("Host: localhost\r\n", 200).await;
    check("Host: evil.example\r\n", 403).await;
    check("Host: localhost\r\nHost: evil.example\r\n", 403).await;
    check("", 403).await;
}

#[tokio::test]
async fn heads_and_bodies_are_bounded() {
    let rig = Rig::new().await;
    let large = format!("X: {}\r\n", "x".repeat(65 << 10));
    let answer = rig.ask_with("GET", STATUS, &large, "").await;
    assert_eq!(answer.status, 431, "{answer:?}");

    let body = |length| format!("{{\"credential\": \"{}\"}}", "x".repeat(length));
    let answer = rig.ask("POST", RESET, &body(60 << 10)).await;
    answer.is(404, "unknown_credential");
    let answer = rig.ask("POST", RESET, &body(64 << 10)).await;
    answer.is(413, "body_too_large");
}

#[tokio::test]
async fn a_slow_request_is_cut_off() {
    let rig = Rig::with(|control| control.bounds(16, SHORT)).await;
    let post = format!(
        "POST {RESET} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Length: 9\r\n\r\n{{",
        rig.token
    );
    for sent in ["", "GET / HT", &post] {
        let mut stream = rig.connect().await;
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        soon(stream.read_to_end(&mut answer)).await.unwrap();
        assert_eq!(String::from_utf8(answer).unwrap(), "", "{sent}");
    }
}

#[tokio::test]
async fn connections_are_bounded_and_the_next_one_waits() {
    let rig = Rig::with(|control| control.bounds(1, SHORT)).await;
    let mut held = rig.connect().await;
    let cut = async {
        let mut nothing = [0; 1];
        assert_eq!(soon(held.read(&mut nothing)).await.unwrap(), 0);
    };
    let mut asked = Box::pin(rig.ask("GET", STATUS, ""));
    // Were there room for it, it would be answered long before the other is cut off.
    tokio::select! {
        biased;
        () = cut => {}
        answer = &mut asked => panic!("no room for {answer:?}"),
    }
    assert_eq!(asked.await.status, 200);
}

#[tokio::test]
async fn it_ends_with_its_gateway() {
    let mut rig = Rig::new().await;
    let mut waiting = rig.connect().await;
    waiting.write_all(b"GET / HT").await.unwrap();
    // So that the connection above is being served.
    assert_eq!(rig.ask("GET", STATUS, "").await.status, 200);
    rig.stop.cancel();
    assert!(soon(rig.served.join_next()).await.unwrap().is_ok());
    let mut nothing = [0; 1];
    assert_eq!(soon(waiting.read(&mut nothing)).await.unwrap(), 0);
    assert!(TcpStream::connect(rig.address).await.is_err());
}
