//! What a client may cost, and what becomes of one that wants more.

use crate::rig::{KEY, Rig, message, request, soon};
use cliproxy_scripted_upstream::Behaviour;
use cliproxy_server::ServerParams;
use http::{HeaderMap, StatusCode, header};
use std::{num::NonZeroUsize, time::Duration};

const BRIEF: Duration = Duration::from_millis(50);

/// A reply that fits in no buffer on the way.
pub(crate) fn huge(kind: &'static str, [begin, line, end]: [&'static str; 3]) -> Behaviour {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
    let body = [begin, &line.repeat((32 << 20) / line.len()), end].concat();
    Behaviour::Status {
        status: StatusCode::OK,
        headers,
        body: body.into(),
    }
}

#[tokio::test]
async fn connections_beyond_the_limit_are_told_so() {
    let all: fn(&mut ServerParams) = |params| params.limits.max_connections = 2;
    let per_address: fn(&mut ServerParams) = |params| params.limits.max_connections_per_ip = 2;
    for (settings, names) in [
        (all, "limits.max-connections)"),
        (per_address, "limits.max-connections-per-ip)"),
    ] {
        let rig = Rig::with(Behaviour::Answer, settings).await;
        let mut seated = [rig.connect().await, rig.connect().await];
        for connection in &mut seated {
            connection.write(&request(&["GET /healthz"], "")).await;
            assert_eq!(connection.response().await.status, 200);
        }
        let mut refused = rig.connect().await;
        refused.write(&message(false)).await;
        let answer = refused.response().await;
        assert_eq!(answer.status, 503, "{answer:?}");
        assert!(answer.has("retry-after: 1"), "{answer:?}");
        assert!(answer.has("connection: close"), "{answer:?}");
        // In the words of the protocol that was spoken.
        assert!(answer.body.starts_with(r#"{"type":"error""#), "{answer:?}");
        assert!(answer.body.contains(names), "{answer:?}");
        assert_eq!(refused.rest().await, "");
        assert_eq!(rig.upstream.stats().requests, 0);
        // Room that is given back is given out again.
        let [gone, _kept] = seated;
        drop(gone);
        soon(async { while rig.ask(&request(&["GET /healthz"], "")).await.status != 200 {} }).await;
    }
}

#[tokio::test]
async fn a_trusted_proxy_stands_for_many_clients() {
    let rig = Rig::with(Behaviour::Answer, |params| {
        params.limits.max_connections_per_ip = 1;
        params.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    let mut open = Vec::new();
    for _ in 0..5 {
        let mut connection = rig.connect().await;
        connection.write(&request(&["GET /healthz"], "")).await;
        assert_eq!(connection.response().await.status, 200);
        open.push(connection);
    }
}

#[tokio::test]
async fn a_head_has_less_time_than_an_idle_connection() {
    let rig = Rig::with(Behaviour::Answer, |params| {
        params.limits.header_timeout = BRIEF;
    })
    .await;
    let mut idle = rig.connect().await;
    let mut used = rig.connect().await;
    used.write(&request(&["GET /healthz"], "")).await;
    assert_eq!(used.response().await.status, 200);
    let mut slow = rig.connect().await;
    slow.write("GET /healthz HTT").await;
    assert_eq!(slow.rest().await, "", "it is closed without an answer");
    // The others have owed nothing in the meantime.
    for connection in [&mut idle, &mut used] {
        connection.write(&request(&["GET /healthz"], "")).await;
        assert_eq!(connection.response().await.status, 200);
    }
    used.write("GET").await;
    assert_eq!(used.rest().await, "");
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let rig = Rig::with(Behaviour::Answer, |params| {
        params.limits.idle_timeout = BRIEF;
    })
    .await;
    let unused = rig.connect().await;
    let mut used = rig.connect().await;
    used.write(&request(&["GET /healthz"], "")).await;
    assert_eq!(used.response().await.status, 200);
    assert_eq!(unused.rest().await, "");
    assert_eq!(used.rest().await, "");
}

#[tokio::test]
async fn a_client_that_does_not_read_is_left() {
    let ping = "event: ping\ndata: {\"type\":\"ping\"}\n\n";
    let stream = huge("text/event-stream", ["", ping, ""]);
    let whole = huge("application/json", ["{\"x\":\"", "0123456789abcdef", "\"}"]);
    for (behaviour, streamed) in [(stream, true), (whole, false)] {
        let mut rig = Rig::with(behaviour, |params| {
            params.limits.write_timeout = BRIEF;
        })
        .await;
        let mut stuck = rig.connect().await;
        stuck.write(&message(streamed)).await;
        soon(rig.upstream.wait_for(|stats| stats.received == 1)).await;
        // Nothing that waits for the client is left: all tasks end, long before the drain's time.
        rig.stop();
        assert!(rig.stopped().await);
        let read = stuck.rest().await.len();
        assert!(read < 30 << 20, "{read} bytes of a reply of 32 MiB");
    }
}

#[tokio::test]
async fn requests_of_one_key_are_limited() {
    let one = NonZeroUsize::new(1);
    let rig = Rig::with(Behaviour::StallAfter(2), |params| {
        params.concurrency.default = one;
    })
    .await;
    let mut first = rig.connect().await;
    first.write(&message(true)).await;
    first.until(b"message_start").await;
    let mut second = rig.connect().await;
    second.write(&message(true)).await;
    let refused = second.response().await;
    assert_eq!(refused.status, 429, "{refused:?}");
    assert!(refused.has("retry-after: 1"), "{refused:?}");
    assert!(refused.body.contains("rate_limit_error"), "{refused:?}");
    assert!(refused.body.contains("1 requests running"), "{refused:?}");
    // What needs no upstream is not counted, nor is what has no key.
    assert_eq!(rig.ask(&request(&["GET /v1/models"], "")).await.status, 200);
    let anonymous = message(true).replace(KEY, "wrong");
    assert_eq!(rig.ask(&anonymous).await.status, 401);
    // A client that leaves gives its place back at once.
    drop(first);
    soon(rig.upstream.wait_for(|stats| stats.cancelled == 1)).await;
    let mut third = rig.connect().await;
    third.write(&message(true)).await;
    third.until(b"message_start").await;
}

#[tokio::test]
async fn bodies_share_one_memory() {
    let rig = Rig::with(Behaviour::Answer, |params| {
        params.limits.max_buffered = 1_000;
    })
    .await;
    let whole = message(false);
    let (head, body) = whole.split_once("\r\n\r\n").unwrap();
    // Refused by what is announced, before it is sent.
    let larger = head.replace(&format!("length: {}", body.len()), "length: 1001");
    let refused = rig.ask(&format!("{larger}\r\n\r\n")).await;
    assert_eq!(refused.status, 503, "{refused:?}");
    assert!(refused.has("retry-after: 1"), "{refused:?}");
    assert!(
        refused.body.contains("limits.max-buffered-mib"),
        "{refused:?}"
    );
    for _ in 0..5 {
        assert_eq!(rig.ask(&whole).await.status, 200);
    }
}

#[tokio::test]
async fn a_long_address_is_refused() {
    let rig = Rig::new(Behaviour::Answer).await;
    let check = async |length: usize, status: u16| {
        let path = format!("GET /v1/models?{}", "x".repeat(length));
        let answer = rig.ask(&request(&[&path], "")).await;
        assert_eq!(answer.status, status, "{length}: {answer:?}");
    };
    check(8_000, 200).await;
    check(8_192, 414).await;
    check(60_000, 414).await;
}

#[tokio::test]
async fn nothing_is_spoken_but_http() {
    let rig = Rig::new(Behaviour::Answer).await;
    let hidden = request(&["GET /healthz"], "");
    for upgrade in ["foo", "websocket", "h2c"] {
        let header = format!("upgrade: {upgrade}");
        let asks = ["GET /healthz", "connection: upgrade", &header];
        let mut connection = rig.connect().await;
        connection.write(&(request(&asks, "") + &hidden)).await;
        let rest = connection.rest().await;
        // Neither a tunnel nor an answer to what was sent in the hope of one.
        assert_eq!(rest.matches("HTTP/1.1 ").count(), 1, "{rest}");
        assert!(rest.starts_with("HTTP/1.1 200"), "{rest}");
        assert!(rest.contains("connection: close"), "{rest}");
    }
}
