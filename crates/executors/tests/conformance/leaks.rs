//! What must not pass, in either direction, whoever asks for it.

use crate::{
    caller::Attempt,
    hosts::{HOSTS, KEY, account_host, for_every_host},
    requests::extra,
    wire::{Step, Then, Wire, soon},
};
use cliproxy_core::Protocol;
use cliproxy_executors::{HeaderSource, UpstreamHeaders, for_client};
use http::{HeaderMap, HeaderName, HeaderValue};

/// Headers that a client may name in `Connection` end here, also those that would travel.
#[tokio::test]
async fn what_the_client_keeps_to_this_connection() {
    for_every_host(async |host| {
        for listed in [
            host.forwards.join(", "),
            host.forwards.join(" ,,\t").to_uppercase(),
        ] {
            let wire = Wire::start([Step::reply("200 OK", b"{}")]).await;
            let mut attempt = Attempt::new(host, &wire.base());
            let client = |name: &str| HeaderSource::Client(HeaderName::try_from(name).unwrap());
            let copies = [("x-copy", host.forwards[0]), ("x-hop", "keep-alive")];
            attempt.endpoint.headers = copies.map(|(to, from)| extra(to, client(from))).to_vec();
            let listed = HeaderValue::try_from(&listed).unwrap();
            attempt
                .headers
                .append("connection", "x-unused".parse().unwrap());
            attempt.headers.append("connection", listed);
            for name in host.forwards {
                attempt = attempt.header(name, "of this hop");
            }
            let attempt = attempt
                .header("keep-alive", "of this hop")
                .header("user-agent", "a/1");
            attempt.send().await.unwrap();
            let sent = wire.requests().remove(0);
            assert_eq!(sent.all("user-agent"), ["a/1"], "{}", host.name);
            let text = format!("{:?}", sent.headers);
            assert!(!text.contains("of this hop"), "{}: {text}", host.name);
        }
    })
    .await;
}

/// Bytes that are not ASCII go nowhere, wherever they come from.
#[tokio::test]
async fn opaque_bytes() {
    let odd = || HeaderValue::from_bytes(b"odd \xe5\x98\x8d\xe5\x98\x8a x-forged: 1").unwrap();
    for_every_host(async |host| {
        let mut reply = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-request-id: ".to_vec();
        reply.extend_from_slice(odd().as_bytes());
        reply.extend_from_slice(b"\r\nretry-after: \xff\r\nx-plain: 1\r\n\r\n{}");
        let wire = Wire::start([Step::new(reply, Then::Keep)]).await;
        let mut attempt = Attempt::new(host, &wire.base());
        attempt.endpoint.headers = vec![
            extra("x-literal", HeaderSource::Literal(odd())),
            extra(
                "x-copied",
                HeaderSource::Client(HeaderName::from_static("x-own")),
            ),
        ];
        attempt.headers.insert("x-own", odd());
        attempt.headers.insert("accept-language", odd());
        let response = attempt.send().await.unwrap();
        for name in ["x-request-id", "retry-after"] {
            assert!(!response.headers.contains_key(name), "{name}");
        }
        assert_eq!(response.headers["x-plain"], "1");
        let sent = wire.requests().remove(0);
        for name in ["x-literal", "x-copied", "accept-language"] {
            assert!(sent.all(name).is_empty(), "{} {name}", host.name);
        }
    })
    .await;
}

/// A key with a line end or worse is never part of a head: the upstream gets a request without one.
#[tokio::test]
async fn keys_that_are_no_header_value() {
    for_every_host(async |host| {
        for key in ["a\r\nx-forged: 1", "a\nb", "a\0b", "\u{7f}"] {
            let wire = Wire::start([Step::reply("200 OK", b"{}")]).await;
            let attempt = Attempt::new(host, &wire.base()).key(key);
            attempt.send().await.unwrap();
            let sent = wire.requests().remove(0);
            assert!(sent.all(host.auth.0).is_empty(), "{} {key:?}", host.name);
            assert!(sent.all("x-forged").is_empty(), "{} {key:?}", host.name);
        }
    })
    .await;
}

/// An upstream that quotes what it was sent, in headers that would travel.
#[tokio::test]
async fn quoted_secrets() {
    const ADDED: &str = "added-by-the-entry";
    let check = async |host, status: &str, key: &'static str, quote: &str, stays: bool| {
        let head = format!("{status}\r\nx-request-id: {quote}\r\nx-reason: {quote}\r\nx-ok: 1");
        let wire = Wire::start([Step::reply(&head, b"{}")]).await;
        let mut attempt = Attempt::new(host, &wire.base()).key(key);
        let added = HeaderSource::Literal(HeaderValue::from_static(ADDED));
        let team = HeaderSource::Literal(HeaderValue::from_static("team"));
        attempt.endpoint.headers = vec![extra("x-added", added), extra("x-team", team)];
        let headers = match soon(attempt.send()).await {
            Ok(response) => response.headers,
            Err(error) => error.headers,
        };
        let mut to = HeaderMap::new();
        for_client(&headers, UpstreamHeaders::new(true, true), &mut to);
        for name in ["x-request-id", "x-reason"] {
            assert_eq!(to.contains_key(name), stays, "{status} {key} {quote}");
        }
        assert!(to.contains_key("x-ok"), "{status} {key} {quote}");
    };
    let kimi = account_host("kimi", Protocol::Claude);
    let statuses = ["200 OK", "401 Unauthorized", "503 Busy"];
    let of_host = |host| statuses.map(|status| (host, status));
    for (host, status) in [&HOSTS[0], kimi].into_iter().flat_map(of_host) {
        let check = async |key, quote: &str, stays| check(host, status, key, quote, stays).await;
        check(KEY, "the-key", false).await;
        check("sk-12345678", "for=sk-12345678;", false).await;
        check("sk-12345678", "sk-1234", true).await;
        check(KEY, &format!("<{ADDED}>"), false).await;
        check("k1", "k1 is wrong", false).await;
        check("k1", "k12 is wrong", true).await;
        check("", "nothing to tell", true).await;
        check(KEY, "your team", true).await;
    }
}

/// Wherever a redirect points, nothing goes there, for calls and for the list of models alike.
#[tokio::test]
async fn redirects() {
    let elsewhere = Wire::start([]).await;
    let other = format!("{}/v1?key=secret", elsewhere.base());
    for status in [300, 301, 302, 303, 304, 305, 307, 308] {
        for location in [
            other.as_str(),
            "/elsewhere",
            "https://the-key.example/",
            "::",
            "",
        ] {
            let head = format!("{status} Elsewhere\r\nlocation: {location}");
            // Without a body, which some of these have none of.
            let reply = format!("HTTP/1.1 {head}\r\ncontent-length: 0\r\n\r\n");
            let replies = || (0..3).map(|_| Step::new(reply.clone(), Then::Keep));
            let wire = Wire::start(replies()).await;
            let attempt = Attempt::new(&HOSTS[3], &wire.base());
            let listed = soon(attempt.list()).await.unwrap_err();
            let unary = soon(attempt.send()).await.unwrap_err();
            let streamed = soon(attempt.streaming().send()).await.unwrap_err();
            for error in [listed, unary, streamed] {
                assert_eq!((error.status.as_u16(), error.answered), (502, false));
                let text = &error.message;
                assert!(
                    text.contains("`label`") && text.contains("base-url"),
                    "{text}"
                );
                assert_eq!(text.contains("127.0.0.1"), location == other, "{text}");
                assert!(!text.contains("secret") && !text.contains(KEY), "{text}");
            }
            assert_eq!(wire.requests().len(), 3, "{status} {location}");
        }
    }
    assert_eq!(elsewhere.accepted(), 0);
}
