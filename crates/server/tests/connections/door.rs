//! The order at the door: nothing is read of a request that does not get in.

use crate::rig::{KEY, Rig, message, request};
use cliproxy_scripted_upstream::Behaviour;

#[tokio::test]
async fn a_wrong_key_is_refused_before_the_body() {
    let rig = Rig::new(Behaviour::Answer).await;
    for key in [
        "x-api-key: wrong",
        "authorization: Bearer wrong",
        "x-none: 1",
    ] {
        for announced in ["content-length: 999999999", "transfer-encoding: chunked"] {
            let mut connection = rig.connect().await;
            let head = format!(
                "POST /v1/messages HTTP/1.1\r\nhost: localhost\r\n{key}\r\n{announced}\r\n\
                 expect: 100-continue\r\n\r\n"
            );
            connection.write(&head).await;
            let refused = connection.response().await;
            assert_eq!(refused.status, 401, "no 100 first: {refused:?}");
            assert!(refused.body.contains("API key"), "{refused:?}");
            assert!(refused.has("www-authenticate: bearer"), "{refused:?}");
            assert_eq!(connection.rest().await, "", "the connection cannot go on");
        }
    }
    assert_eq!(rig.upstream.stats().requests, 0);
}

/// What is sent by people who try the door: refused as a key or as a head, and never a failure.
#[tokio::test]
async fn keys_that_are_none() {
    let rig = Rig::new(Behaviour::Answer).await;
    let check = async |target: &str, line: &[u8], status: u16| {
        let head = format!("GET {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
        let mut connection = rig.connect().await;
        connection
            .write([head.as_bytes(), line, b"\r\n\r\n"].concat())
            .await;
        let answer = connection.rest().await;
        let shown = String::from_utf8_lossy(&line[..line.len().min(80)]);
        let expected = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&expected), "{target} {shown}: {answer}");
    };
    let list = "/v1/models";
    for place in ["x-api-key: ", "x-goog-api-key: ", "authorization: Bearer "] {
        let check = async |key: &[u8], status| {
            check(list, &[place.as_bytes(), key].concat(), status).await;
        };
        let with = |end: &[u8]| [KEY.as_bytes(), end].concat();
        check(KEY.as_bytes(), 200).await;
        check(b"' OR 1=1--", 401).await;
        check(b"", 401).await;
        check(b"\xff\xfe", 401).await;
        check(&with(b"\xff"), 401).await;
        check(&with(b"\0"), 400).await;
        check(&with(b"\rx: y"), 400).await;
        check(&with(b"\x7f"), 400).await;
        check(&[b"Bearer ", KEY.as_bytes()].concat(), 401).await;
        check(&b"k".repeat(1 << 10), 401).await;
        check(&b"k".repeat(60 << 10), 401).await;
    }
    let twice = format!("x-api-key: wrong\r\nx-api-key: {KEY}x");
    check(list, twice.as_bytes(), 401).await;
    let tabs = format!("authorization: Bearer\tBearer\t{KEY}");
    check(list, tabs.as_bytes(), 401).await;
    for key in ["%00", "%ff%fe", "%0d%0aX: 1", "'%20OR%201=1--"] {
        let key = key.replace(' ', "%20");
        check(&format!("/v1/models?key={key}"), b"x: y", 401).await;
        check(&format!("/v1/models?key={KEY}{key}"), b"x: y", 401).await;
    }
    check(
        &format!("/v1/models?key={}", "k".repeat(9 << 10)),
        b"x: y",
        414,
    )
    .await;
    // Larger than any head: refused before it has all arrived.
    let mut connection = rig.connect().await;
    let head = format!("GET {list} HTTP/1.1\r\nhost: localhost\r\nx-api-key: ");
    connection.write(head + &"k".repeat(128 << 10)).await;
    assert_eq!(connection.response().await.status, 431);
}

#[tokio::test]
async fn a_body_is_asked_for_when_it_is_wanted() {
    let rig = Rig::new(Behaviour::Answer).await;
    let whole = message(false).replace("\r\nhost", "\r\nexpect: 100-continue\r\nhost");
    let (head, body) = whole.split_once("\r\n\r\n").unwrap();
    let mut connection = rig.connect().await;
    connection.write(&format!("{head}\r\n\r\n")).await;
    assert_eq!(connection.response().await.status, 100);
    connection.write(body).await;
    assert_eq!(connection.response().await.status, 200);
}

#[tokio::test]
async fn host_and_origin_come_before_the_key() {
    let rig = Rig::new(Behaviour::Answer).await;
    let check = async |host: &str, more: &str, key: &str, status: u16, says: &str| {
        let head =
            format!("GET /v1/models HTTP/1.1\r\nhost: {host}\r\nx-api-key: {key}\r\n{more}\r\n");
        let answer = rig.ask(&head).await;
        assert_eq!(answer.status, status, "{host} {more}: {answer:?}");
        assert!(answer.body.contains(says), "{host} {more}: {answer:?}");
        answer
    };
    check("localhost", "", KEY, 200, "data").await;
    check("localhost", "", "wrong", 401, "API key").await;
    check("evil.example", "", "wrong", 403, "allowed-hosts").await;
    let evil = "origin: https://evil.example\r\n";
    check("localhost", evil, "wrong", 403, "cors.allowed-origins").await;
    let named = "origin: https://app.example\r\n";
    let allowed = check("localhost", named, KEY, 200, "data").await;
    assert!(allowed.has("access-control-allow-origin: https://app.example"));
}

#[tokio::test]
async fn one_host_and_only_one() {
    let rig = Rig::new(Behaviour::Answer).await;
    let check = async |line: &str, hosts: &[&str], status: u16, says: &str| {
        let hosts: String = hosts
            .iter()
            .map(|host| format!("host: {host}\r\n"))
            .collect();
        let head = format!("{line}\r\nx-api-key: {KEY}\r\n{hosts}\r\n");
        let answer = rig.ask(&head).await;
        assert_eq!(answer.status, status, "{head}: {answer:?}");
        assert!(answer.body.contains(says), "{head}: {answer:?}");
    };
    let now = "GET /v1/models HTTP/1.1";
    check(now, &["localhost"], 200, "data").await;
    check(now, &[], 400, "no `Host`").await;
    check(now, &["localhost", "evil.example"], 400, "more than one").await;
    check(now, &["localhost", "localhost"], 400, "more than one").await;
    let whole = "GET http://localhost/v1/models HTTP/1.1";
    check(whole, &["evil.example"], 200, "data").await;
    check(whole, &[], 400, "no `Host`").await;
    let old = "GET /v1/models HTTP/1.0";
    check(old, &["localhost"], 200, "data").await;
    check(old, &[], 403, "allowed-hosts").await;
    check(old, &["localhost", "localhost"], 400, "more than one").await;
}

#[tokio::test]
async fn a_named_page_may_ask_first() {
    let rig = Rig::new(Behaviour::Answer).await;
    let preflight = |origin: &str| {
        format!("OPTIONS /v1/messages HTTP/1.1\r\nhost: localhost\r\norigin: {origin}\r\n\r\n")
    };
    let allowed = rig.ask(&preflight("https://app.example")).await;
    assert_eq!(allowed.status, 204);
    assert!(allowed.has("access-control-allow-origin: https://app.example"));
    assert!(!allowed.head.contains("allow-origin: *"), "{allowed:?}");
    assert_eq!(
        rig.ask(&preflight("https://evil.example")).await.status,
        403
    );
}

#[tokio::test]
async fn bodies_that_are_too_large_or_never_come() {
    let rig = Rig::new(Behaviour::Answer).await;
    let mut connection = rig.connect().await;
    let head = request(
        &[
            "POST /v1/messages",
            "content-length: 1048577",
            "expect: 100-continue",
        ],
        "",
    );
    connection.write(&head).await;
    let refused = connection.response().await;
    assert_eq!(refused.status, 413, "{refused:?}");
    assert!(refused.has("connection: close"), "{refused:?}");

    let mut connection = rig.connect().await;
    let head = request(&["POST /v1/messages", "content-length: 9"], "");
    connection.write(&(head + "{")).await;
    let refused = connection.response().await;
    assert_eq!(refused.status, 408, "{refused:?}");
    assert!(refused.has("connection: close"), "{refused:?}");

    let mut connection = rig.connect().await;
    let head = request(&["POST /v1/messages", "transfer-encoding: chunked"], "");
    let piece = format!("10000\r\n{}\r\n", " ".repeat(65536));
    connection
        .write(&(head + &piece.repeat(17) + "0\r\n\r\n"))
        .await;
    assert_eq!(connection.response().await.status, 413);
    assert_eq!(rig.upstream.stats().requests, 0);
}
