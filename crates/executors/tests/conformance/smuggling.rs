//! Replies that are framed in two ways, or go on where they have ended: each is refused, or read as
//! RFC 9112 says, and never becomes part of the next reply.

use crate::{
    caller::Attempt,
    hosts::HOSTS,
    wire::{Step, Then, Wire, soon},
};
use bytes::Bytes;
use cliproxy_core::Scope;
use cliproxy_executors::UpstreamError;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

const OWN: &[u8] = b"{\"the next\":\"reply\"}";
const FORGED: &str = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

/// What becomes of a reply.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Read {
    /// Its body is `{}`.
    Whole,
    /// Its head is refused: the upstream is broken.
    Head,
    /// Its body is refused.
    Body,
    /// It is read until the upstream goes.
    Unending,
}
use Read::{Body, Head, Unending, Whole};

/// Sends a request that is answered with these bytes, and another one after it.
async fn check(reply: impl Into<Bytes>, expected: Read) {
    let reply = reply.into();
    let shown = String::from_utf8_lossy(&reply[..reply.len().min(200)]).into_owned();
    let wire = Wire::start([Step::new(reply, Then::Keep), Step::reply("200 OK", OWN)]).await;
    let attempt = Attempt::new(&HOSTS[0], &wire.base());
    let idle = Duration::from_millis(match expected {
        Unending => 30,
        _ => 10_000,
    });
    let got = match soon(attempt.send()).await {
        Ok(response) => soon(response.body.collect(idle)).await,
        Err(error) => {
            assert_eq!(expected, Head, "{shown:?}: {error:?}");
            Err(error)
        }
    };
    let facts = |error: &UpstreamError| (error.scope, error.status.as_u16(), error.answered);
    match expected {
        Whole => assert_eq!(got.unwrap(), "{}", "{shown:?}"),
        Head => {
            let error = got.unwrap_err();
            let broken = (Scope::Provider, 502, false);
            assert_eq!(facts(&error), broken, "{shown:?}: {error:?}");
            let text = &error.message;
            assert!(text.contains("does not speak HTTP"), "{shown:?}: {text}");
        }
        Body => {
            let broken = (Scope::Request, 502, false);
            assert_eq!(facts(&got.unwrap_err()), broken, "{shown:?}");
        }
        Unending => assert_eq!(facts(&got.unwrap_err()).1, 504, "{shown:?}"),
    }
    let next = soon(attempt.whole()).await.unwrap();
    assert_eq!(next, OWN, "{shown:?}");
}

#[tokio::test]
async fn lengths() {
    let sized = async |lines: &str, expected| {
        let reply = format!("HTTP/1.1 200 OK\r\n{lines}\r\n\r\n{{}}");
        check(reply, expected).await;
    };
    sized("content-length: 2\r\ncontent-length: 3", Head).await;
    sized("content-length: 2, 3", Head).await;
    for odd in ["+2", "-2", "0x2", "2 2", "", "99999999999999999999", "2;"] {
        sized(&format!("content-length: {odd}"), Head).await;
    }
    sized("content-length: 18446744073709551615", Head).await;
    // Said twice, meant once.
    sized("content-length: 2\r\ncontent-length: 2", Whole).await;
    sized("content-length: 2, 2", Whole).await;
}

#[tokio::test]
async fn codings_of_the_transfer() {
    let coded = async |lines: &str, expected| {
        let reply = format!("HTTP/1.1 200 OK\r\n{lines}\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n");
        check(reply, expected).await;
    };
    // RFC 9112, section 6.3: the coding overrides the length.
    coded("content-length: 3\r\ntransfer-encoding: chunked", Whole).await;
    coded("transfer-encoding: chunked\r\ncontent-length: 3", Whole).await;
    // Where the last coding is another one, only the end of the connection ends the body.
    coded("transfer-encoding: chunked, identity", Unending).await;
    coded("transfer-encoding: xchunked", Unending).await;
    let twice = "transfer-encoding: chunked\r\ntransfer-encoding: identity";
    coded(twice, Unending).await;
    let old = "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
    check(old, Head).await;
}

#[tokio::test]
async fn chunks() {
    let chunked = async |chunks: &str, expected| {
        check([CHUNKED, chunks].concat(), expected).await;
    };
    chunked("2\r\n{}\r\n0\r\n\r\n", Whole).await;
    chunked("2;a=b;c=\"d\"\r\n{}\r\n0\r\n\r\n", Whole).await;
    // What trails is read and dropped.
    let trailers = "2\r\n{}\r\n0\r\ncontent-length: 9\r\nset-cookie: a\r\n\r\n";
    chunked(trailers, Whole).await;
    for size in ["10000000000000002", "-2", "+2", "0x2", "", "2,", "2\n;"] {
        chunked(&format!("{size}\r\n{{}}\r\n0\r\n\r\n"), Body).await;
    }
    chunked("2\n{}\r\n0\r\n\r\n", Body).await;
    chunked("2;a\nb\r\n{}\r\n0\r\n\r\n", Body).await;
    chunked("2\r\n{}XX\r\n0\r\n\r\n", Body).await;
    let long = "x".repeat(100_000);
    chunked(&format!("2;{long}\r\n{{}}\r\n0\r\n\r\n"), Body).await;
    chunked(&format!("2\r\n{{}}\r\n0\r\na: {long}\r\n\r\n"), Body).await;
}

#[tokio::test]
async fn lines_of_the_head() {
    let head = async |lines: &str, expected| {
        let reply = format!("HTTP/1.1 200 OK\r\n{lines}content-length: 2\r\n\r\n{{}}");
        check(reply, expected).await;
    };
    head("x-a: 1\r\n content-length: 9\r\n", Head).await;
    head("x-a: 1\r\n\tfolded\r\n", Head).await;
    head("x-a: 1\rcontent-length: 9\r\n", Head).await;
    head("x-a: 1\0\r\n", Head).await;
    head("x-a : 1\r\n", Head).await;
    head("x a: 1\r\n", Head).await;
    head(": 1\r\n", Head).await;
    // RFC 9112, section 2.2: a single line feed ends a line too, and only in one way.
    let bare = "HTTP/1.1 200 OK\ncontent-length: 2\n\n{}";
    check(bare, Whole).await;
    for start in [
        "HTTP/1.1 2000 OK",
        "HTTP/1.1 099 OK",
        "HTTP/1.1 +20 OK",
        "HTTP/1.2 200 OK",
        "HTTP/2.0 200 OK",
        "ICY 200 OK",
    ] {
        let reply = format!("{start}\r\ncontent-length: 2\r\n\r\n{{}}");
        check(reply, Head).await;
    }
}

#[tokio::test]
async fn large_heads() {
    let with = async |lines: String, expected| {
        let reply = format!("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n{lines}\r\n{{}}");
        check(reply, expected).await;
    };
    let of = |length: usize| format!("x-a: {}\r\n", "x".repeat(length));
    with(of(64 << 10), Whole).await;
    with(of(128 << 10), Whole).await;
    with(of(300_000), Head).await;
    with(of(4 << 20), Head).await;
    with("x-a: b\r\n".repeat(90), Whole).await;
    with("x-a: b\r\n".repeat(10_000), Head).await;
}

#[tokio::test]
async fn statuses_that_are_no_answer() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
    check(format!("HTTP/1.1 100 Continue\r\n\r\n{answer}"), Whole).await;
    let hint = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\ncontent-length: 5\r\n\r\n";
    check([&hint.repeat(10_000), answer].concat(), Whole).await;
    let switch = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n";
    check([switch, answer].concat(), Head).await;
    check([switch, FORGED].concat(), Head).await;
    for status in [600, 999] {
        let reply = format!("HTTP/1.1 {status} Odd\r\ncontent-length: 2\r\n\r\n{{}}");
        let wire = Wire::start([Step::new(reply, Then::Keep)]).await;
        let attempt = Attempt::new(&HOSTS[0], &wire.base());
        let error = soon(attempt.send()).await.unwrap_err();
        assert_eq!((error.status.as_u16(), error.answered), (502, false));
    }
}

/// No end of interim answers is no answer.
#[tokio::test]
async fn interim_answers_without_end() {
    let (step, feed) = Step::more("HTTP/1.1 102 Processing\r\n\r\n");
    let wire = Wire::start([step, Step::reply("200 OK", OWN)]).await;
    let mut attempt = Attempt::new(&HOSTS[0], &wire.base());
    attempt.endpoint.deadlines.header_unary = Duration::from_millis(100);
    let endless = async {
        loop {
            // Nobody reads any more once the client has given up.
            let more = Bytes::from_static(b"HTTP/1.1 102 Processing\r\n\r\n");
            if feed.send(more).is_err() {
                std::future::pending::<()>().await;
            }
            tokio::task::yield_now().await;
        }
    };
    let error = tokio::select! {
        error = soon(attempt.send()) => error.unwrap_err(),
        () = endless => unreachable!(),
    };
    assert_eq!(error.status.as_u16(), 504, "{error:?}");
    drop(feed);
    attempt.endpoint.deadlines.header_unary = Duration::from_secs(10);
    assert_eq!(soon(attempt.whole()).await.unwrap(), OWN);
}

/// A second reply behind the one that was asked for is nobody's.
#[tokio::test]
async fn more_than_was_announced() {
    for first in [
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}\r\n".to_owned(),
        format!("{CHUNKED}2\r\n{{}}\r\n0\r\n\r\n"),
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
            .to_owned(),
    ] {
        // In one piece.
        for _ in 0..20 {
            check([&first, FORGED].concat(), Whole).await;
        }
        // Later, when the connection lies in the pool.
        let (step, feed) = Step::more(first.clone());
        let wire = Wire::start([step, Step::reply("200 OK", OWN)]).await;
        let attempt = Attempt::new(&HOSTS[0], &wire.base());
        assert_eq!(soon(attempt.whole()).await.unwrap(), "{}");
        feed.send(FORGED.into()).unwrap();
        drop(feed);
        wire.wait_for(|state| state.ended == 1).await;
        assert_eq!(soon(attempt.whole()).await.unwrap(), OWN, "{first:?}");
        assert_eq!(wire.accepted(), 2, "{first:?}");
    }
    // What has no body has none, whatever it announces.
    let empty = format!("HTTP/1.1 204 No Content\r\ncontent-length: 48\r\n\r\n{FORGED}");
    let wire = Wire::start([Step::new(empty, Then::Keep), Step::reply("200 OK", OWN)]).await;
    let attempt = Attempt::new(&HOSTS[0], &wire.base());
    assert_eq!(soon(attempt.whole()).await.unwrap(), "");
    assert_eq!(soon(attempt.whole()).await.unwrap(), OWN);
}

/// An upstream that answers before it has read the request: the answer counts, and what is left of
/// the request never reaches a connection that is used again.
#[tokio::test]
async fn an_answer_before_the_request_is_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let server = async {
        let (mut early, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.windows(4).any(|four| four == b"\r\n\r\n") {
            early.read_buf(&mut head).await.unwrap();
        }
        let reply = "HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\n{}";
        early.write_all(reply.as_bytes()).await.unwrap();
        let (mut next, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.windows(4).any(|four| four == b"\r\n\r\n") {
            next.read_buf(&mut head).await.unwrap();
        }
        assert!(head.starts_with(b"POST "), "{head:?}");
        let reply = [b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n", OWN].concat();
        next.write_all(&reply).await.unwrap();
        early
    };
    let client = async {
        let mut attempt = Attempt::new(&HOSTS[0], &base);
        let small = attempt.body.clone();
        attempt.body.push(vec![b' '; 32 << 20].into());
        let error = soon(attempt.send()).await.unwrap_err();
        assert_eq!((error.status.as_u16(), error.answered), (413, true));
        attempt.body = small;
        assert_eq!(soon(attempt.whole()).await.unwrap(), OWN);
    };
    tokio::join!(client, server);
}
