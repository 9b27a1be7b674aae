//! Answers that are no HTTP, or that leave open where they end.

use super::{EVENTS, JSON, evil};
use crate::{
    fault::{
        Expect::{Before, Inside},
        Fault,
    },
    kit::{EVIL, chunked, endless, held, http, raw},
};

/// What is no HTTP.
pub(super) fn not_http() -> Vec<Fault> {
    let rows: [(&'static str, Vec<u8>); 12] = [
        ("not HTTP", b"SSH-2.0-OpenSSH_9.9\r\n".to_vec()),
        ("TLS", b"\x15\x03\x01\x00\x02\x02\x28".to_vec()),
        ("escapes for a head", EVIL.as_bytes().to_vec()),
        ("HTTP/0.9", b"<html>old</html>".to_vec()),
        (
            "a status of four digits",
            b"HTTP/1.1 2000 OK\r\n\r\n".to_vec(),
        ),
        (
            "a head without end",
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n".to_vec(),
        ),
        (
            "a header with NUL",
            b"HTTP/1.1 200 OK\r\nx: \0\r\n\r\n{}".to_vec(),
        ),
        (
            "escapes in a header",
            b"HTTP/1.1 200 OK\r\nx: \x1b[31m\r\n\r\n{}".to_vec(),
        ),
        (
            "a header without colon",
            b"HTTP/1.1 200 OK\r\nbroken\r\n\r\n{}".to_vec(),
        ),
        (
            "a negative length",
            b"HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n{}".to_vec(),
        ),
        (
            "two lengths",
            b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{} ".to_vec(),
        ),
        (
            "HTTP/2 frames",
            b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80".to_vec(),
        ),
    ];
    let row = |(name, bytes): (_, Vec<u8>)| {
        Fault::new(name, Before, Before, move |_, _| raw(bytes.clone()))
    };
    rows.into_iter().map(row).collect()
}

/// HTTP that contradicts itself.
pub(super) fn framing() -> Vec<Fault> {
    const SMUGGLED: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 28\r\n\r\n{\"smuggled\":\"canary-smuggle\"}";
    vec![
        Fault::new("longer than the length", Before, Before, |kit, protocol| {
            let document = kit.document(protocol);
            let length = format!("content-length: {}\r\n", document.len() / 2);
            raw(http(JSON, &length, document))
        }),
        Fault::new(
            "shorter than the length",
            Before,
            Before,
            |kit, protocol| {
                let document = kit.document(protocol);
                let length = format!("content-length: {}\r\n", document.len() * 2);
                raw(http(JSON, &length, document))
            },
        ),
        Fault::new(
            "events shorter than the length",
            Inside,
            Inside,
            |kit, protocol| {
                raw(http(
                    EVENTS,
                    "content-length: 99999\r\n",
                    kit.opening(protocol),
                ))
            },
        ),
        Fault::new("length and chunks", Before, Before, |_, _| {
            held(format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5\r\ntransfer-encoding: \
                 chunked\r\n\r\n0\r\n\r\n{SMUGGLED}"
            ))
        }),
        Fault::new(
            "an answer nobody asked for",
            Before,
            Before,
            |_, protocol| {
                let error = evil(protocol).to_string();
                let length = error.len();
                held(format!(
                    "HTTP/1.1 500 Oops\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n\
                 {error}{SMUGGLED}"
                ))
            },
        ),
        Fault::new("chunk sizes that are none", Before, Before, |_, _| {
            raw(chunked(b"", b"zz\r\nx\r\n"))
        }),
        Fault::new(
            "a later chunk size that is none",
            Inside,
            Inside,
            |kit, protocol| raw(chunked(kit.opening(protocol), b"zz\r\nx\r\n")),
        ),
        Fault::new("a chunk of more than 64 bits", Before, Before, |_, _| {
            raw(chunked(b"", b"fffffffffffffffff\r\nx"))
        }),
        Fault::new(
            "a chunk without its end",
            Inside,
            Inside,
            |kit, protocol| raw(chunked(kit.opening(protocol), b"64\r\ndata: {")),
        ),
        Fault::new(
            "chunks without the last",
            Inside,
            Inside,
            |kit, protocol| raw(chunked(kit.opening(protocol), b"")),
        ),
        Fault::new("a chunk extension without end", Before, Before, |_, _| {
            endless(chunked(b"", b"1;"), "x".repeat(512))
        }),
        Fault::new("trailers without end", Inside, Inside, |kit, protocol| {
            endless(
                chunked(kit.opening(protocol), b"0\r\n"),
                "x: y\r\n".repeat(99),
            )
        }),
    ]
}
