//! Compressed replies.

use crate::{
    caller::Attempt,
    hosts::{HOSTS, for_every_host},
    wire::{Step, Then, Wire, soon},
};
use async_compression::tokio::write::{
    BrotliEncoder, DeflateEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder,
};
use bytes::Bytes;
use cliproxy_core::{ErrorKind, Scope};
use cliproxy_executors::UpstreamError;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;

const PLAIN: &[u8] = br#"{"text":"a reply, a reply, a reply, a reply"}"#;

macro_rules! with {
    ($encoder:ident, $plain:expr) => {{
        let mut encoder = $encoder::new(Vec::new());
        encoder.write_all($plain).await.unwrap();
        encoder.shutdown().await.unwrap();
        encoder.into_inner()
    }};
}

async fn gzip(plain: &[u8]) -> Vec<u8> {
    with!(GzipEncoder, plain)
}

/// A reply with this `Content-Encoding`, read to its end.
async fn read(coding: &str, body: &[u8]) -> Result<Bytes, Box<UpstreamError>> {
    let head = match coding {
        "" => "200 OK\r\ncontent-type: application/json".to_owned(),
        coding => format!("200 OK\r\ncontent-encoding: {coding}"),
    };
    let wire = Wire::start([Step::reply(&head, body)]).await;
    soon(Attempt::new(&HOSTS[0], &wire.base()).whole()).await
}

#[tokio::test]
async fn what_is_understood() {
    let check = async |coding: &str, body: Vec<u8>| {
        assert_eq!(read(coding, &body).await.unwrap(), PLAIN, "{coding}");
    };
    check("identity", PLAIN.to_vec()).await;
    check("gzip", gzip(PLAIN).await).await;
    check("X-GZIP", gzip(PLAIN).await).await;
    let (first, second) = PLAIN.split_at(9);
    check("gzip", [gzip(first).await, gzip(second).await].concat()).await;
    check("br", with!(BrotliEncoder, PLAIN)).await;
    check("zstd", with!(ZstdEncoder, PLAIN)).await;
    check("deflate", with!(ZlibEncoder, PLAIN)).await;
    check("deflate", with!(DeflateEncoder, PLAIN)).await;
    let twice = with!(BrotliEncoder, &gzip(PLAIN).await);
    check("gzip, br", twice).await;
    // Nothing says that these are compressed.
    check("", gzip(PLAIN).await).await;
    check("", with!(ZstdEncoder, PLAIN)).await;
}

#[tokio::test]
async fn what_is_not() {
    let check = async |coding: &str, body: &[u8]| {
        let error = read(coding, body).await.unwrap_err();
        let got = (error.kind, error.scope, error.status.as_u16());
        assert_eq!(got, (ErrorKind::Upstream, Scope::Provider, 502), "{coding}");
        assert!(!error.answered);
    };
    let whole = gzip(PLAIN).await;
    check("gzip", &whole[..whole.len() - 12]).await;
    for coding in ["gzip", "br", "zstd", "deflate", "gzip, br"] {
        check(coding, b"\x9d not compressed at all \xff\xff\xff").await;
    }
    check("foo", PLAIN).await;
    check("foo, gzip", &whole).await;
    check("gzip;q=1", &whole).await;
    check("\u{e9}", &whole).await;
}

#[tokio::test]
async fn a_refusal_keeps_its_status_and_hint_whatever_its_body() {
    for_every_host(async |host| {
        let limited = "429 Too Many Requests\r\nretry-after: 7\r\ncontent-encoding:";
        for (coding, body) in [("gzip", &b"garbage"[..]), ("foo", b"{}")] {
            let head = format!("{limited} {coding}");
            let wire = Wire::start([Step::reply(&head, body)]).await;
            let error = Attempt::new(host, &wire.base()).send().await.unwrap_err();
            assert_eq!((error.status.as_u16(), error.kind), (429, ErrorKind::Quota));
            assert_eq!(error.retry_after, Some(Duration::from_secs(7)));
            assert!(error.body.is_empty(), "{:?}", error.body);
        }
        let text = br#"{"error":{"message":"slow down"}}"#;
        let head = format!("{limited} gzip");
        let wire = Wire::start([Step::reply(&head, &gzip(text).await)]).await;
        let error = Attempt::new(host, &wire.base()).send().await.unwrap_err();
        assert_eq!(&error.body[..], text, "{}", host.name);
    })
    .await;
}

/// 32 MiB of blanks, compressed more than a thousandfold.
async fn bomb(coding: &str) -> Vec<u8> {
    let blanks = vec![b' '; 32 << 20];
    let mut packed = blanks;
    for coding in coding.split(", ") {
        packed = match coding {
            "gzip" => gzip(&packed).await,
            "zstd" => with!(ZstdEncoder, &packed),
            _ => with!(BrotliEncoder, &packed),
        };
    }
    packed
}

#[tokio::test]
async fn a_bomb_is_not_unpacked() {
    for coding in ["zstd", "br", "zstd, gzip", "br, zstd, gzip"] {
        let bomb = bomb(coding).await;
        assert!(bomb.len() < 16 << 10, "{coding}: {}", bomb.len());
        let error = read(coding, &bomb).await.unwrap_err();
        let text = &error.message;
        assert!(text.contains("thousandfold"), "{coding}: {text}");
        assert_eq!(error.status.as_u16(), 502, "{coding}");

        // In a stream too.
        let head =
            format!("200 OK\r\ncontent-type: text/event-stream\r\ncontent-encoding: {coding}");
        let wire = Wire::start([Step::reply(&head, &bomb)]).await;
        let attempt = Attempt::new(&HOSTS[0], &wire.base()).streaming();
        let mut body = attempt.send().await.unwrap().body;
        let mut unpacked = 0;
        let error = loop {
            match soon(body.next()).await.unwrap() {
                Ok(chunk) => unpacked += chunk.len(),
                Err(error) => break error,
            }
        };
        assert!(error.message.contains("thousandfold"), "{coding}");
        assert!(unpacked <= 17 << 20, "{coding}: {unpacked}");

        // An error body is cut before it comes to that.
        let head = format!("500 Oops\r\ncontent-encoding: {coding}");
        let wire = Wire::start([Step::reply(&head, &bomb)]).await;
        let attempt = Attempt::new(&HOSTS[0], &wire.base());
        let error = attempt.send().await.unwrap_err();
        let got = (error.status.as_u16(), error.body.len());
        assert_eq!(got, (500, 1 << 20), "{coding}");
    }
}

#[tokio::test]
async fn decoders_are_bounded() {
    let many = vec!["gzip"; 200].join(", ");
    let error = read(&many, b"").await.unwrap_err();
    assert!(error.message.contains("four times"), "{}", error.message);
    // RFC 8878, section 3.1.1.1: a frame that asks for a window of 128 MiB.
    let window = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 17 << 3, 1, 0, 0];
    let error = read("zstd", &window).await.unwrap_err();
    assert!(error.message.contains("decompressed"), "{}", error.message);
    // One of 8 MiB, with an empty last block, is fine.
    let window = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 13 << 3, 1, 0, 0];
    assert_eq!(read("zstd", &window).await.unwrap(), "");
}

#[tokio::test]
async fn compressed_events_arrive_one_by_one() {
    macro_rules! check {
        ($encoder:ident, $coding:literal) => {{
            let head = concat!(
                "200 OK\r\ncontent-type: text/event-stream\r\ncontent-encoding: ",
                $coding
            );
            let (step, feed) = Step::fed(head);
            let wire = Wire::start([step]).await;
            let attempt = Attempt::new(&HOSTS[0], &wire.base()).streaming();
            let mut response = attempt.send().await.unwrap();
            let mut encoder = $encoder::new(Vec::new());
            let mut sent = 0;
            for number in 0..5 {
                let event = format!("data: {{\"n\":{number}}}\n\n");
                encoder.write_all(event.as_bytes()).await.unwrap();
                encoder.flush().await.unwrap();
                let piece = Bytes::copy_from_slice(&encoder.get_ref()[sent..]);
                sent = encoder.get_ref().len();
                feed.send(piece).unwrap();
                let mut arrived = Vec::new();
                while arrived.len() < event.len() {
                    let chunk = soon(response.body.next()).await.unwrap().unwrap();
                    arrived.extend_from_slice(&chunk);
                }
                assert_eq!(arrived, event.as_bytes(), $coding);
            }
            encoder.shutdown().await.unwrap();
            feed.send(Bytes::copy_from_slice(&encoder.get_ref()[sent..]))
                .unwrap();
            drop(feed);
            assert!(soon(response.body.next()).await.is_none(), $coding);
        }};
    }
    check!(GzipEncoder, "gzip");
    check!(BrotliEncoder, "br");
    check!(ZstdEncoder, "zstd");
    check!(ZlibEncoder, "deflate");
}

#[tokio::test]
async fn a_compressed_body_that_never_begins_does_not_hold_the_head() {
    let head = "HTTP/1.1 200 OK\r\ncontent-encoding: deflate\r\ncontent-length: 9\r\n\r\n";
    let wire = Wire::start([Step::new(head, Then::Hold)]).await;
    let response = soon(Attempt::new(&HOSTS[0], &wire.base()).send())
        .await
        .unwrap();
    let error = soon(response.body.collect(Duration::from_millis(30))).await;
    assert_eq!(error.unwrap_err().status.as_u16(), 504);
}
