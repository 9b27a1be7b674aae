//! Every misbehaviour, as a client sees it.

use super::client::{PATIENCE, body, generate, path, request, send, start, upstream};
use crate::{
    Behaviour, Failure, Script, Upstream,
    grammar::{Outcome, check, split},
};
use bytes::Bytes;
use cliproxy_core::Protocol;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use std::{future::Future, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.expect("it happens")
}

/// Writes a streaming request and leaves the reply to be read.
async fn open(upstream: &Upstream, protocol: Protocol, stream: bool) -> TcpStream {
    let body = body(protocol, stream).to_string();
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: localhost\r\nx-api-key: k\r\nanthropic-version: 2023-06-01\r\ncontent-length: {}\r\n\r\n",
        path(protocol, stream),
        body.len()
    );
    let mut connection = TcpStream::connect(upstream.addr())
        .await
        .expect("a connection");
    connection.write_all(head.as_bytes()).await.expect("sent");
    connection.write_all(body.as_bytes()).await.expect("sent");
    connection
}

#[tokio::test]
async fn streams_are_cut_stalled_and_spoiled() {
    for protocol in Protocol::ALL {
        let stream = async |behaviour: Behaviour| {
            let upstream = upstream(behaviour);
            generate(&upstream, protocol, true, &body(protocol, true)).await
        };
        let full = stream(Behaviour::Answer).await;
        let cut = stream(Behaviour::TruncateAfter(3)).await;
        assert!(cut.whole, "HTTP is in order");
        assert_eq!(split(&cut.body).len(), 3, "{protocol}");
        assert!(
            full.body.starts_with(&cut.body),
            "{protocol}: the events are the same"
        );
        assert!(check(protocol, &cut.body).is_err(), "{protocol}");
        assert!(stream(Behaviour::TruncateAfter(0)).await.body.is_empty());

        let reset = stream(Behaviour::ResetAfter(3)).await;
        assert!(!reset.whole, "{protocol}: the connection broke");
        assert_eq!(reset.body, cut.body, "{protocol}: after the third event");

        let spoiled = stream(Behaviour::MalformedAt(2)).await;
        let events = split(&spoiled.body);
        assert_eq!(
            events.len(),
            split(&full.body).len(),
            "{protocol}: the rest follows"
        );
        for (index, event) in events
            .iter()
            .enumerate()
            .filter(|(_, event)| event.data != "[DONE]")
        {
            let valid = serde_json::from_str::<serde_json::Value>(&event.data).is_ok();
            assert_eq!(valid, index != 2, "{protocol} event {index}");
        }

        for behaviour in [Behaviour::ErrorEventFirst, Behaviour::ErrorEventAt(3)] {
            let failed = stream(behaviour.clone()).await;
            let text = String::from_utf8_lossy(&failed.body);
            assert_eq!(failed.status, 200);
            assert_eq!(
                check(protocol, &failed.body),
                Ok(Outcome::Failed),
                "{protocol} {behaviour:?}: {text}"
            );
        }
        let paced = stream(Behaviour::Paced {
            interval: Duration::from_millis(1),
        })
        .await;
        assert_eq!(
            split(&paced.body).len(),
            split(&full.body).len(),
            "{protocol}: all of it"
        );
    }
}

#[tokio::test]
async fn unary_replies_are_spoiled_in_their_own_way() {
    for protocol in Protocol::ALL {
        let unary = async |behaviour: Behaviour| {
            let upstream = upstream(behaviour);
            send(
                &upstream,
                request(protocol, path(protocol, false), "k", &body(protocol, false)),
            )
            .await
        };
        let cut = unary(Behaviour::TruncateAfter(1)).await.expect("a head");
        assert!(
            !cut.whole && !cut.body.is_empty(),
            "{protocol}: shorter than announced"
        );
        let spoiled = unary(Behaviour::MalformedAt(0)).await.expect("a head");
        assert!(spoiled.whole, "HTTP is in order");
        assert!(serde_json::from_slice::<serde_json::Value>(&spoiled.body).is_err());
        assert!(
            unary(Behaviour::ResetAfter(0)).await.is_err(),
            "{protocol}: no head"
        );
        assert!(
            unary(Behaviour::ResetAfter(9)).await.is_err(),
            "{protocol}: no head"
        );
        for behaviour in [Behaviour::JsonErrorIn200, Behaviour::ErrorEventFirst] {
            let failed = unary(behaviour).await.expect("a head");
            assert_eq!(failed.status, 200);
            assert!(failed.json()["error"]["message"].is_string(), "{protocol}");
        }
    }
}

#[tokio::test]
async fn replies_that_are_not_the_protocols() {
    let get = async |behaviour: Behaviour, stream: bool| {
        let upstream = upstream(behaviour);
        generate(
            &upstream,
            Protocol::Chat,
            stream,
            &body(Protocol::Chat, stream),
        )
        .await
    };
    for stream in [false, true] {
        let html = get(Behaviour::Html, stream).await;
        assert_eq!(html.header("content-type"), "text/html; charset=utf-8");
        assert!(html.body.starts_with(b"<!DOCTYPE html>"));
        let empty = get(Behaviour::Empty, stream).await;
        assert_eq!((empty.status, empty.body.len()), (StatusCode::OK, 0));
        let moved = get(
            Behaviour::Redirect("http://127.0.0.1:1/".to_owned()),
            stream,
        )
        .await;
        assert_eq!(moved.status, 307);
        assert_eq!(moved.header("location"), "http://127.0.0.1:1/");
        let headers =
            HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"))]);
        let exact = get(
            Behaviour::Status {
                status: StatusCode::IM_A_TEAPOT,
                headers,
                body: Bytes::from_static(b"short and stout"),
            },
            stream,
        )
        .await;
        assert_eq!(exact.status, 418);
        assert_eq!(exact.header("content-type"), "text/plain");
        assert_eq!(exact.body, b"short and stout");
    }
}

#[tokio::test]
async fn raw_bytes_are_written_as_they_are() {
    let raw = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel";
    let upstream = upstream(Behaviour::Raw(Bytes::from_static(raw)));
    let mut connection = open(&upstream, Protocol::Claude, true).await;
    let mut received = Vec::new();
    soon(connection.read_to_end(&mut received))
        .await
        .expect("closed in order");
    assert_eq!(received, raw);
}

#[tokio::test]
async fn a_reset_is_a_reset() {
    let upstream = upstream(Behaviour::ResetAfter(1));
    let mut connection = open(&upstream, Protocol::Claude, true).await;
    let mut received = Vec::new();
    let error = soon(connection.read_to_end(&mut received))
        .await
        .expect_err("a reset");
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    let text = String::from_utf8_lossy(&received);
    assert!(
        text.contains("message_start"),
        "what was sent before arrives: {text}"
    );
    let stats = soon(upstream.wait_for(|stats| stats.connections == 0)).await;
    assert_eq!((stats.completed, stats.cancelled), (1, 0), "it was meant");
}

#[tokio::test]
async fn a_peer_that_leaves_is_noticed() {
    for (behaviour, stream) in [
        (Behaviour::StallAfter(2), true),
        (Behaviour::StallAfter(0), true),
        (Behaviour::StallAfter(0), false),
        (Behaviour::HeaderDelay(Duration::MAX), true),
    ] {
        let upstream = upstream(behaviour.clone());
        let connection = open(&upstream, Protocol::Claude, stream).await;
        let sends_head = !matches!(behaviour, Behaviour::HeaderDelay(_));
        soon(upstream.wait_for(|stats| stats.active == 1 && stats.requests == 1)).await;
        if stream && sends_head {
            soon(upstream.wait_for(|stats| stats.streams == 1)).await;
        }
        drop(connection);
        let stats = soon(upstream.wait_for(|stats| stats.cancelled == 1)).await;
        assert_eq!(
            (stats.active, stats.streams, stats.completed),
            (0, 0, 0),
            "{behaviour:?}"
        );
    }
}

#[tokio::test]
async fn a_short_delay_only_delays() {
    let upstream = upstream(Behaviour::HeaderDelay(Duration::from_millis(1)));
    let reply = generate(
        &upstream,
        Protocol::Chat,
        false,
        &body(Protocol::Chat, false),
    )
    .await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn queues_advance_and_scripts_are_rewritten() {
    let script = Script::new().queue(
        "k",
        "account",
        [
            Failure::Internal.into(),
            Behaviour::Empty,
            Behaviour::Answer,
        ],
    );
    let upstream = start(script);
    let status = async || {
        generate(
            &upstream,
            Protocol::Chat,
            false,
            &body(Protocol::Chat, false),
        )
        .await
        .status
    };
    assert_eq!(
        [
            status().await,
            status().await,
            status().await,
            status().await
        ]
        .map(|status| status.as_u16()),
        [500, 200, 200, 200]
    );
    assert!(upstream.rewrite("account", [Failure::Forbidden.into()]));
    assert_eq!(status().await, 403);
    assert!(!upstream.rewrite("nobody", []));
    assert_eq!(upstream.stats().hits("account"), 5);
}

#[tokio::test]
async fn rate_limits_say_when_they_end() {
    let upstream = upstream(Behaviour::RateLimited {
        answers: 1,
        window: Duration::from_hours(1),
    });
    let first = generate(
        &upstream,
        Protocol::Claude,
        false,
        &body(Protocol::Claude, false),
    )
    .await;
    let second = generate(
        &upstream,
        Protocol::Claude,
        true,
        &body(Protocol::Claude, true),
    )
    .await;
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (200, 429));
    let hint: u64 = second.header("retry-after").parse().expect("seconds");
    assert!((3500..=3600).contains(&hint), "{hint}");
}

#[tokio::test]
async fn shutdown_ends_every_connection() {
    let upstream = upstream(Behaviour::StallAfter(1));
    let mut connection = open(&upstream, Protocol::Claude, true).await;
    soon(upstream.wait_for(|stats| stats.streams == 1)).await;
    let addr = upstream.addr();
    soon(upstream.shutdown()).await;
    let mut rest = Vec::new();
    // How it ends depends on timing; that it ends is what counts.
    let _ = soon(connection.read_to_end(&mut rest)).await;
    assert!(TcpStream::connect(addr).await.is_err(), "nobody listens");
}
