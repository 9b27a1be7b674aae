//! Which headers go up: those of the client, of the entry, and none in the client's name.

use crate::{
    caller::Attempt,
    hosts::{HOSTS, for_every_host},
    requests::{extra, sent},
};
use cliproxy_core::Protocol;
use cliproxy_executors::HeaderSource;
use http::{HeaderName, HeaderValue};

#[tokio::test]
async fn headers_of_the_client() {
    for_every_host(async |host| {
        let sent = sent(host, |attempt| {
            let mut attempt = attempt
                .header("user-agent", "client/1")
                .header("accept-language", "de")
                .header("idempotency-key", "once")
                .header("accept", "text/plain")
                .header("accept-encoding", "br")
                .header("content-type", "text/plain")
                .header("content-length", "99")
                .header("content-encoding", "zstd")
                .header("host", "gateway")
                .header("connection", "x-stainless-hop")
                .header("te", "trailers")
                .header("expect", "100-continue")
                .header("x-forwarded-for", "10.0.0.1")
                .header("x-real-ip", "10.0.0.1")
                .header("forwarded", "for=10.0.0.1")
                .header("cf-connecting-ip", "10.0.0.1")
                .header("via", "1.1 proxy")
                .header("x-anything", "1");
            for name in host.forwards {
                attempt = attempt.header(name, "as sent").header(name, "twice");
            }
            attempt
        })
        .await;
        for name in host.forwards {
            assert_eq!(sent.all(name), ["as sent", "twice"], "{} {name}", host.name);
        }
        assert_eq!(sent.all("user-agent"), ["client/1"]);
        assert_eq!(sent.all("accept-language"), ["de"]);
        assert_eq!(sent.all("idempotency-key"), ["once"]);
        assert_eq!(sent.all("content-type"), ["application/json"]);
        assert_eq!(sent.all("content-length"), [sent.body.len().to_string()]);
        assert_eq!(sent.all("accept"), ["application/json"]);
        assert_eq!(sent.all("accept-encoding"), ["gzip, br, zstd"]);
        assert_eq!(sent.all("host").len(), 1);
        assert_ne!(sent.all("host"), ["gateway"]);
        let text = format!("{:?}", sent.headers);
        for stays in ["10.0.0.1", "via", "x-anything", "expect", "\"te\"", "\"cf-"] {
            assert!(!text.contains(stays), "{} {stays}: {text}", host.name);
        }
        assert!(sent.all("content-encoding").is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_the_clients_connection_names_ends_here() {
    for_every_host(async |host| {
        let sent = sent(host, |mut attempt| {
            for (name, source) in [("x-copy", "x-named"), ("x-key", "sec-websocket-protocol")] {
                let source = HeaderSource::Client(HeaderName::from_static(source));
                attempt.endpoint.headers.push(extra(name, source));
            }
            for name in host.forwards {
                attempt = attempt.header(name, "of this hop");
            }
            let names = host.forwards.join(" , ").to_uppercase();
            let names = HeaderValue::try_from(format!("close,X-Named,é, {names}")).unwrap();
            attempt.headers.insert("connection", names);
            attempt
                .header("x-named", "of this hop")
                .header(
                    "sec-websocket-protocol",
                    "openai-insecure-api-key.of this hop",
                )
                .header("idempotency-key", "once")
        })
        .await;
        let text = format!("{:?}", sent.headers);
        assert!(!text.contains("of this hop"), "{}: {text}", host.name);
        assert_eq!(sent.all("idempotency-key"), ["once"]);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_said_in_the_clients_name() {
    for_every_host(async |host| {
        for attempt in [Attempt::streaming, |attempt| attempt] {
            let sent = sent(host, attempt).await;
            let [agent] = sent.all("user-agent")[..] else {
                panic!("{}: no user agent", host.name);
            };
            assert_eq!(agent, concat!("cliproxy/", env!("CARGO_PKG_VERSION")));
            for name in ["originator", "x-app", "x-goog-api-client", "anthropic-beta"] {
                assert!(sent.all(name).is_empty(), "{} {name}", host.name);
            }
            let version = if host.protocol == Protocol::Claude {
                1
            } else {
                0
            };
            assert_eq!(sent.all("anthropic-version").len(), version);
        }
        let stream = sent(host, Attempt::streaming).await;
        assert_eq!(stream.all("accept"), ["text/event-stream"]);
        assert_eq!(stream.all("accept-encoding"), ["identity"]);
    })
    .await;
}

#[tokio::test]
async fn the_version_of_the_messages_api() {
    let default = sent(&HOSTS[0], |attempt| attempt).await;
    assert_eq!(default.all("anthropic-version"), ["2023-06-01"]);
    let chosen = sent(&HOSTS[0], |attempt| {
        attempt.header("anthropic-version", "2099-01-01")
    })
    .await;
    assert_eq!(chosen.all("anthropic-version"), ["2099-01-01"]);
}

#[tokio::test]
async fn headers_of_the_entry() {
    for_every_host(async |host| {
        let literal = |text| HeaderSource::Literal(HeaderValue::from_static(text));
        let client = |name| HeaderSource::Client(HeaderName::from_static(name));
        let (auth, value) = host.auth;
        let sent = sent(host, |mut attempt| {
            attempt.endpoint.headers = vec![
                extra("x-team", literal("platform")),
                extra("user-agent", literal("entry/1")),
                extra("x-copied", client("x-own")),
                extra("x-absent", client("x-nowhere")),
                extra("x-stolen-1", client("authorization")),
                extra("x-stolen-2", client("cookie")),
                extra("x-stolen-3", client("x-gateway-key")),
                extra(auth, literal("entry's")),
                extra("content-type", literal("text/plain")),
                extra("accept-encoding", literal("br")),
            ];
            attempt
                .header("user-agent", "client/1")
                .header("x-own", "own")
                .header("authorization", "gateway-key")
                .header("cookie", "gateway-key")
                .header("x-gateway-key", "gateway-key")
        })
        .await;
        assert_eq!(sent.all("x-team"), ["platform"]);
        assert_eq!(sent.all("user-agent"), ["entry/1"]);
        assert_eq!(sent.all("x-copied"), ["own"]);
        assert!(sent.all("x-absent").is_empty());
        assert_eq!(
            sent.all(auth),
            [value],
            "{}: required headers win",
            host.name
        );
        assert_eq!(sent.all("content-type"), ["application/json"]);
        assert_eq!(sent.all("accept-encoding"), ["gzip, br, zstd"]);
        assert!(
            !format!("{sent:?}").contains("gateway-key"),
            "{}",
            host.name
        );
    })
    .await;
}

#[tokio::test]
async fn an_entry_cannot_break_the_framing() {
    for_every_host(async |host| {
        let sent = sent(host, |mut attempt| {
            let literal = |text| HeaderSource::Literal(HeaderValue::from_static(text));
            attempt.endpoint.headers = vec![
                extra("content-length", literal("3")),
                extra("transfer-encoding", literal("chunked")),
                extra("connection", literal("close")),
                extra("content-encoding", literal("gzip")),
            ];
            attempt
        })
        .await;
        assert_eq!(sent.all("content-length"), [sent.body.len().to_string()]);
        assert!(sent.all("transfer-encoding").is_empty());
        assert!(sent.all("connection").is_empty());
        assert!(sent.all("content-encoding").is_empty());
    })
    .await;
}
