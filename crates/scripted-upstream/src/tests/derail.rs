//! Responses that leave the rails, byte by byte.

use super::client::{PATIENCE, body, path, upstream};
use crate::{Behaviour, Derailment, Upstream};
use bytes::Bytes;
use cliproxy_core::Protocol;
use std::{io, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// Sends a request that may be derailed after `after` bytes, and reads to the end of the
/// connection.
async fn exchange(
    upstream: &Upstream,
    stream: bool,
    after: Option<usize>,
) -> (Vec<u8>, io::Result<usize>) {
    let mut connection = open(upstream, stream, after).await;
    let mut received = Vec::new();
    let end = timeout(PATIENCE, connection.read_to_end(&mut received)).await;
    (received, end.expect("an end"))
}

async fn open(upstream: &Upstream, stream: bool, after: Option<usize>) -> TcpStream {
    let body = body(Protocol::Claude, stream).to_string();
    let after = after.map_or_else(String::new, |after| {
        format!("x-scripted-derail-after: {after}\r\n")
    });
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-api-key: k\r\nanthropic-version: \
         2023-06-01\r\n{after}content-length: {}\r\n\r\n{body}",
        path(Protocol::Claude, stream),
        body.len()
    );
    let mut connection = TcpStream::connect(upstream.addr())
        .await
        .expect("a connection");
    connection.write_all(head.as_bytes()).await.expect("sent");
    connection
}

/// What differs between two replies: the date and the number of the request.
fn same(a: &[u8], b: &[u8]) -> bool {
    let letters = |text: &[u8]| -> Vec<u8> {
        text.iter()
            .map(|byte| if byte.is_ascii_digit() { b'0' } else { *byte })
            .collect()
    };
    letters(a) == letters(b)
}

#[tokio::test]
async fn a_response_ends_after_any_byte() {
    for stream in [false, true] {
        let (whole, _) = exchange(&upstream(Behaviour::Answer), stream, None).await;
        let cutting = |then| upstream(Behaviour::Derail { after: 0, then });
        let (closing, resetting) = (cutting(Derailment::Close), cutting(Derailment::Reset));
        for after in (0..whole.len() - 30).step_by(7) {
            let (cut, end) = exchange(&closing, stream, Some(after)).await;
            assert!(end.is_ok(), "{after}: closed in order");
            assert_eq!(cut.len(), after);
            // Further on the replies count what was cached by the ones before.
            let head = after.min(150);
            assert!(same(&cut[..head], &whole[..head]), "{after}");

            let (cut, end) = exchange(&resetting, stream, Some(after)).await;
            let error = end.expect_err("a reset");
            assert_eq!(error.kind(), io::ErrorKind::ConnectionReset, "{after}");
            // What the kernel has not sent yet goes with the connection.
            assert!(cut.len() <= after, "{after}");
        }
        let stats = closing.wait_for(|stats| stats.active == 0).await;
        assert_eq!(stats.cancelled, 0, "it was meant");
    }
}

#[tokio::test]
async fn other_bytes_follow() {
    for stream in [false, true] {
        let then = Derailment::Say(Bytes::from_static(b"\x00 garbage"));
        let upstream = upstream(Behaviour::Derail { after: 25, then });
        let (received, end) = exchange(&upstream, stream, None).await;
        assert!(end.is_ok());
        assert!(received.starts_with(b"HTTP/1.1 200 OK"));
        assert_eq!(&received[25..], b"\x00 garbage");
    }
}

#[tokio::test]
async fn a_drip_brings_everything() {
    let (whole, _) = exchange(&upstream(Behaviour::Answer), false, None).await;
    let then = Derailment::Drip(Duration::from_millis(1));
    let upstream = upstream(Behaviour::Derail { after: 300, then });
    let mut connection = open(&upstream, false, None).await;
    let (mut received, mut pieces) = (Vec::new(), 0);
    let dripped = async {
        let mut piece = [0; 512];
        loop {
            match connection.read(&mut piece).await.expect("in order") {
                0 => break,
                count => received.extend_from_slice(&piece[..count]),
            }
            pieces += 1;
        }
    };
    timeout(PATIENCE, dripped).await.expect("an end");
    assert!(same(&received, &whole));
    assert!(pieces > 10, "{pieces}");
}

#[tokio::test]
async fn what_only_the_peer_can_end() {
    let repeat = Derailment::Repeat {
        first: Bytes::from_static(b": first\n"),
        again: Bytes::from_static(b": x\n"),
        pause: Duration::from_millis(1),
    };
    let said = Derailment::SayAndStall(Bytes::from_static(b"HTTP"));
    for then in [Derailment::Stall, repeat, said] {
        for stream in [false, true] {
            let then = then.clone();
            let upstream = upstream(Behaviour::Derail { after: 9, then });
            let mut connection = open(&upstream, stream, None).await;
            let mut begin = [0; 9];
            connection
                .read_exact(&mut begin)
                .await
                .expect("a beginning");
            assert_eq!(&begin, b"HTTP/1.1 ");
            assert_eq!(upstream.stats().active, 1);
            drop(connection);
            let gone = upstream.wait_for(|stats| stats.cancelled == 1 && stats.active == 0);
            timeout(PATIENCE, gone).await.expect("noticed");
        }
    }
}
