//! Bodies that are too long or compressed, and bytes that are no request.

use crate::{errors::alone, shape::error_of};
use async_compression::tokio::write::{BrotliEncoder, GzipEncoder, ZstdEncoder};
use bytes::Bytes;
use cliproxy_core::Protocol::{self, Chat, Claude, Gemini, Responses};
use cliproxy_e2e::{Call, MODEL, World, body};
use cliproxy_scripted_upstream::Behaviour;
use tokio::io::AsyncWriteExt as _;

#[tokio::test]
async fn bodies_have_a_limit() {
    let gateway = alone("limits: {max-body-mib: 1}").await;
    for protocol in Protocol::ALL {
        let kind = match protocol {
            Chat | Responses => "invalid_request_error",
            Claude => "request_too_large",
            Gemini => "INVALID_ARGUMENT",
        };
        let call = Call::unary(protocol).body(vec![b' '; (1 << 20) + 1]);
        let error = error_of(protocol, 413, &gateway.send(call).await);
        assert_eq!(error.kind, kind);
        assert!(error.message.contains("limits.max-body-mib"), "{error:?}");
    }
}

async fn compressed(coding: &str, text: &[u8]) -> Bytes {
    macro_rules! with {
        ($encoder:ident) => {{
            let mut encoder = $encoder::new(Vec::new());
            encoder.write_all(text).await.unwrap();
            encoder.shutdown().await.unwrap();
            encoder.into_inner()
        }};
    }
    match coding {
        "gzip" => with!(GzipEncoder),
        "br" => with!(BrotliEncoder),
        "zstd" => with!(ZstdEncoder),
        _ => text.to_vec(),
    }
    .into()
}

#[tokio::test]
async fn compressed_bodies() {
    for protocol in Protocol::ALL {
        let world = World::start(protocol, "", [("a", Behaviour::Answer)]).await;
        let text = body(protocol, MODEL, false, "hello").to_string();
        for coding in ["gzip", "br", "zstd", "identity"] {
            let body = compressed(coding, text.as_bytes()).await;
            let call = Call::unary(protocol)
                .body(body)
                .header("content-encoding", coding);
            let reply = world.gateway.send(call).await;
            assert_eq!(reply.status, 200, "{coding}: {}", reply.text());
            let received = world.upstream.take_requests().pop().expect("a request");
            assert_eq!(received.body, text, "{coding}");
            assert_eq!(received.header("content-encoding"), "", "{coding}");
        }
        let call = || Call::unary(protocol);
        let odd = call().header("content-encoding", "compress");
        let error = error_of(protocol, 415, &world.gateway.send(odd).await);
        assert!(error.message.contains("gzip, br, zstd"), "{error:?}");
        let not = call().header("content-encoding", "gzip");
        error_of(protocol, 400, &world.gateway.send(not).await);
        let bomb = compressed("zstd", &vec![b' '; 40 << 20]).await;
        let bomb = call().body(bomb).header("content-encoding", "zstd");
        error_of(protocol, 413, &world.gateway.send(bomb).await);
        assert_eq!(world.hits("a"), 4);
    }
}

/// Bytes that are no HTTP request.
#[tokio::test]
async fn malformed_requests() {
    let gateway = alone("").await;
    let both = "POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3\r\n\
                transfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    for (bytes, status) in [
        ("\x16\x03\x01 hello\r\n\r\n", Some("400")),
        ("GET /healthz HTTP/9.9\r\n\r\n", None),
        (
            "GET / HTTP/1.1\r\nhost: localhost\r\nbad header\r\n\r\n",
            Some("400"),
        ),
        (
            "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: x\r\n\r\n",
            Some("400"),
        ),
        (both, None),
    ] {
        let answer = gateway.client().raw(bytes.as_bytes()).await;
        let answers = answer.matches("HTTP/1.1 ").count();
        assert!(answers <= 1, "{bytes:?}: {answer}");
        if let Some(status) = status {
            assert!(
                answer.starts_with(&format!("HTTP/1.1 {status}")),
                "{bytes:?}: {answer}"
            );
        }
    }
    let head = format!(
        "GET / HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n",
        "x".repeat(80 << 10)
    );
    let answer = gateway.client().raw(head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    assert_eq!(gateway.send(Call::get("/healthz")).await.status, 200);
}
