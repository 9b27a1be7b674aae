//! Connections that fail, dawdle and break.

use crate::{
    caller::Attempt,
    hosts::{HOSTS, for_every_host},
    wire::{Step, Then, Wire, soon},
};
use bytes::Bytes;
use cliproxy_core::{ErrorKind, Operation, Scope};
use cliproxy_executors::UpstreamError;
use std::{io::Write as _, net::TcpListener, time::Duration};

const SHORT: Duration = Duration::from_millis(30);

#[track_caller]
fn check(error: &UpstreamError, kind: ErrorKind, scope: Scope, status: u16) {
    let got = (error.kind, error.scope, error.status.as_u16());
    assert_eq!(got, (kind, scope, status), "{error:?}");
    assert!(!error.answered && !error.stop, "{error:?}");
}

/// What an attempt at the first provider of the table makes of these bytes and their end.
async fn outcome(bytes: impl Into<Bytes>, then: Then) -> Result<Bytes, Box<UpstreamError>> {
    let wire = Wire::start([Step::new(bytes, then)]).await;
    let whole = Attempt::new(&HOSTS[0], &wire.base());
    soon(whole.whole()).await
}

#[tokio::test]
async fn nobody_listens() {
    for_every_host(async |host| {
        let closed = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", closed.local_addr().unwrap());
        drop(closed);
        let error = soon(Attempt::new(host, &base).send()).await.unwrap_err();
        check(&error, ErrorKind::Transport, Scope::Provider, 502);
    })
    .await;
}

#[tokio::test]
async fn a_fresh_connection_is_reset_before_the_head() {
    for_every_host(async |host| {
        let wire = Wire::start([Step::new("", Then::Reset), Step::reply("200 OK", b"{}")]).await;
        let error = Attempt::new(host, &wire.base()).send().await.unwrap_err();
        // The upstream may have acted on it: whoever sends it again must know.
        check(&error, ErrorKind::Transport, Scope::Request, 502);
        assert_eq!(wire.requests().len(), 1, "{}", host.name);
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_went_stale_in_the_pool_is_replaced() {
    for_every_host(async |host| {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
        let wire = Wire::start([Step::new(head, Then::Close), Step::reply("200 OK", b"{}")]).await;
        let attempt = Attempt::new(host, &wire.base());
        attempt.whole().await.unwrap();
        wire.wait_for(|state| state.ended == 1).await;
        attempt.whole().await.unwrap();
        assert_eq!(
            (wire.accepted(), wire.requests().len()),
            (2, 2),
            "{}",
            host.name
        );
    })
    .await;
}

#[tokio::test]
async fn calls_share_connections() {
    let wire = Wire::start((0..100).map(|_| Step::reply("200 OK", b"{}"))).await;
    let attempt = Attempt::new(&HOSTS[0], &wire.base());
    for _ in 0..100 {
        attempt.whole().await.unwrap();
    }
    assert_eq!(wire.requests().len(), 100);
    assert!(wire.accepted() <= 2, "{}", wire.accepted());
}

#[tokio::test]
async fn an_announced_body_is_read_into_one_buffer() {
    let whole = vec![b' '; 1_000_003];
    let wire = Wire::start([Step::reply("200 OK", &whole)]).await;
    let body = soon(Attempt::new(&HOSTS[0], &wire.base()).whole()).await;
    let body = body.unwrap().try_into_mut().expect("nobody else has it");
    assert_eq!((body.len(), body.capacity()), (whole.len(), whole.len()));

    // Room is made for what may be true, not for what was announced.
    let (step, feed) = Step::fed("200 OK\r\ncontent-length: 9000000000000000000");
    let wire = Wire::start([step]).await;
    let mut response = Attempt::new(&HOSTS[0], &wire.base()).send().await.unwrap();
    feed.send(Bytes::from_static(b"{")).unwrap();
    let first = soon(response.body.next()).await.unwrap().unwrap();
    assert_eq!(first, "{");
    feed.send(Bytes::from(vec![b' '; 1 << 20])).unwrap();
    drop(feed);
    let error = soon(response.body.collect(Duration::from_secs(10))).await;
    let error = error.unwrap_err();
    check(&error, ErrorKind::Transport, Scope::Request, 502);
}

#[tokio::test]
async fn bodies_that_end_too_early() {
    let broken = async |bytes: &'static str, then| {
        let error = outcome(bytes, then).await.unwrap_err();
        check(&error, ErrorKind::Transport, Scope::Request, 502);
    };
    let short = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}";
    broken(short, Then::Close).await;
    broken(short, Then::Reset).await;
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    for rest in ["8\r\n{}", "2\r\n{}\r\nzz\r\n", "2\r\n{}XX0\r\n\r\n"] {
        let wire = Wire::start([Step::new([chunked, rest].concat(), Then::Close)]).await;
        let attempt = Attempt::new(&HOSTS[0], &wire.base());
        let error = soon(attempt.whole()).await.unwrap_err();
        check(&error, ErrorKind::Transport, Scope::Request, 502);
    }
}

#[tokio::test]
async fn what_is_not_http() {
    let error = outcome("SMTP ready\r\n\r\n", Then::Close)
        .await
        .unwrap_err();
    check(&error, ErrorKind::Transport, Scope::Provider, 502);
}

#[tokio::test]
async fn a_head_that_does_not_come() {
    for_every_host(async |host| {
        for operation in [
            Operation::Generate,
            Operation::GenerateStream,
            Operation::CountTokens,
        ] {
            if host.lacks.contains(&operation) {
                continue;
            }
            let wire = Wire::start([Step::new("", Then::Hold)]).await;
            let mut attempt = Attempt::new(host, &wire.base());
            attempt.operation = operation;
            let deadlines = &mut attempt.endpoint.deadlines;
            match operation {
                Operation::GenerateStream => deadlines.header_stream = SHORT,
                Operation::CountTokens => deadlines.count_tokens = SHORT,
                _ => deadlines.header_unary = SHORT,
            }
            let error = soon(attempt.send()).await.unwrap_err();
            check(&error, ErrorKind::Transport, Scope::Provider, 504);
            wire.wait_for(|state| state.ended == 1).await;
        }
    })
    .await;
}

#[tokio::test]
async fn the_total_deadline_covers_the_head_and_what_is_left_goes_along() {
    let wire = Wire::start([Step::new("", Then::Hold)]).await;
    let mut attempt = Attempt::new(&HOSTS[0], &wire.base());
    attempt.endpoint.deadlines.total = Some(SHORT);
    let error = soon(attempt.send()).await.unwrap_err();
    check(&error, ErrorKind::Transport, Scope::Provider, 504);

    let wire = Wire::start([Step::reply("200 OK", b"{}"), Step::reply("200 OK", b"{}")]).await;
    let mut attempt = Attempt::new(&HOSTS[0], &wire.base());
    let hour = Duration::from_secs(3600);
    attempt.endpoint.deadlines.total = Some(hour);
    let left = attempt.send().await.unwrap().deadlines.total;
    assert!(left.is_some_and(|left| left < hour), "{left:?}");
    attempt.operation = Operation::CountTokens;
    let left = attempt.send().await.unwrap().deadlines.total;
    assert!(left.is_some_and(|left| left < attempt.endpoint.deadlines.count_tokens));
}

#[tokio::test]
async fn a_unary_body_that_falls_silent() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{";
    let wire = Wire::start([Step::new(head, Then::Hold)]).await;
    let response = Attempt::new(&HOSTS[0], &wire.base()).send().await.unwrap();
    let error = soon(response.body.collect(SHORT)).await.unwrap_err();
    check(&error, ErrorKind::Transport, Scope::Provider, 504);
    wire.wait_for(|state| state.ended == 1).await;
}

#[tokio::test]
async fn a_large_head_is_read() {
    let mut head = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n".to_vec();
    while head.len() < 128 << 10 {
        write!(head, "x-{}: {}\r\n", head.len(), "v".repeat(2000)).unwrap();
    }
    head.extend_from_slice(b"\r\n{}");
    assert_eq!(outcome(head, Then::Keep).await.unwrap(), "{}");
}

#[tokio::test]
async fn a_large_error_body_is_cut() {
    let body = vec![b'x'; 5 << 20];
    let wire = Wire::start([Step::reply("500 Oops", &body)]).await;
    let error = Attempt::new(&HOSTS[0], &wire.base())
        .send()
        .await
        .unwrap_err();
    assert_eq!((error.status.as_u16(), error.body.len()), (500, 1 << 20));
    // What is left of it is not read: the connection is given up.
    wire.wait_for(|state| state.ended == 1).await;
}

#[tokio::test]
async fn an_error_without_a_body() {
    let wire = Wire::start([Step::reply("500 Oops", b"")]).await;
    let error = Attempt::new(&HOSTS[0], &wire.base())
        .send()
        .await
        .unwrap_err();
    assert_eq!((error.status.as_u16(), error.body.len()), (500, 0));
}
