//! The faults, one row each.

use crate::{
    fault::{
        Expect::{Any, AsSent, Before, Full, Inside},
        Fault,
    },
    kit::{EVIL, Kit, chunked, derail, endless, gzip, held, http, raw, sse},
};
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::{Behaviour, Derailment, Failure};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use std::time::Duration;

/// Two rows are cut at a byte that each request names.
pub(crate) const CUT_AND_CLOSED: &str = "cut and closed";
pub(crate) const CUT_AND_RESET: &str = "cut and reset";
/// Rows that a client can leave at any event.
pub(crate) const PACED: &str = "paced";

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// How many events are sent before something happens in the middle of a text.
const fn middle(protocol: Protocol) -> usize {
    match protocol {
        Protocol::Chat | Protocol::Gemini => 3,
        Protocol::Claude => 5,
        Protocol::Responses => 6,
    }
}

/// An error object of `protocol` with text that nobody should print.
fn evil(protocol: Protocol) -> Value {
    match protocol {
        Protocol::Chat | Protocol::Responses => {
            json!({"error": {"message": EVIL, "type": EVIL, "param": null, "code": EVIL}})
        }
        Protocol::Claude => {
            json!({"type": "error", "error": {"type": EVIL, "message": EVIL}, "request_id": EVIL})
        }
        Protocol::Gemini => json!({"error": {"code": 503, "message": EVIL, "status": EVIL}}),
    }
}

/// The same as an event that follows so many others.
fn evil_event(protocol: Protocol, sequence: usize) -> Vec<u8> {
    let error = evil(protocol);
    let text = match protocol {
        Protocol::Chat | Protocol::Gemini => format!("data: {error}\n\n"),
        Protocol::Claude => format!("event: error\ndata: {error}\n\n"),
        Protocol::Responses => {
            let failed = json!({
                "type": "response.failed", "sequence_number": sequence,
                "response": {"status": "failed", "error": {"code": EVIL, "message": EVIL}},
            });
            format!("event: response.failed\ndata: {failed}\n\n")
        }
    };
    text.into_bytes()
}

fn status(code: u16, kind: &'static str, body: impl Into<bytes::Bytes>) -> Behaviour {
    let kind = HeaderValue::from_static(kind);
    Behaviour::Status {
        status: StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_GATEWAY),
        headers: HeaderMap::from_iter([
            (header::CONTENT_TYPE, kind),
            (
                HeaderName::from_static("x-request-id"),
                HeaderValue::from_bytes(b"\x9b31m\xe2\x80\xae")
                    .unwrap_or(HeaderValue::from_static("")),
            ),
        ]),
        body: body.into(),
    }
}

/// The whole table.
pub(crate) async fn table() -> anyhow::Result<Vec<Fault>> {
    let mut faults = order();
    faults.extend(silence());
    faults.extend(ends());
    faults.extend(refusals());
    faults.extend(not_http());
    faults.extend(framing());
    faults.extend(events());
    faults.extend(excess().into_iter().map(Fault::heavy));
    faults.extend(coding().await?.into_iter().map(Fault::heavy));
    Ok(faults)
}

/// Nothing is wrong, or next to nothing.
fn order() -> Vec<Fault> {
    vec![
        Fault::new("healthy", Full, Full, |_, _| Behaviour::Answer),
        Fault::new(PACED, Full, Full, |_, _| Behaviour::Paced {
            interval: ms(4),
        }),
        Fault::new("a drip of bytes", Any, Any, |_, _| {
            derail(160, Derailment::Drip(ms(1)))
        }),
        Fault::new(CUT_AND_CLOSED, Any, Any, |_, _| {
            derail(usize::MAX, Derailment::Close)
        }),
        Fault::new(CUT_AND_RESET, Any, Any, |_, _| {
            derail(usize::MAX, Derailment::Reset)
        }),
    ]
}

/// Upstreams that keep clients waiting.
fn silence() -> Vec<Fault> {
    vec![
        Fault::new("no head", Before, Before, |_, _| {
            Behaviour::HeaderDelay(Duration::MAX)
        }),
        Fault::new("silence inside the head", Before, Before, |_, _| {
            derail(40, Derailment::Stall)
        }),
        Fault::new("a drip of the head", Before, Before, |_, _| {
            derail(0, Derailment::Drip(ms(100)))
        }),
        Fault::new("a drip of the body", Before, Before, |_, _| {
            derail(190, Derailment::Drip(ms(400)))
        }),
        Fault::new("silence before the first event", Before, Before, |_, _| {
            Behaviour::StallAfter(0)
        }),
        Fault::new("silence between events", Inside, Before, |_, protocol| {
            Behaviour::StallAfter(middle(protocol))
        }),
        Fault::new(
            "silence inside the first event",
            Before,
            Before,
            |kit, protocol| held(sse(&kit.opening(protocol)[..20])),
        ),
        Fault::new(
            "silence inside an event",
            Inside,
            Inside,
            |kit, protocol| held(sse(&kit.events(protocol, b"data: {\"half"))),
        ),
        Fault::new(
            "silence inside a JSON body",
            Before,
            Before,
            |kit, protocol| held(http(JSON, "", &kit.document(protocol)[..30])),
        ),
        Fault::new("an error body that stalls", Before, Before, |_, _| {
            held("HTTP/1.1 500 Oops\r\ncontent-type: text/plain\r\ncontent-length: 900\r\n\r\nhalf")
        }),
        Fault::new("an error body without end", Before, Before, |_, _| {
            endless(
                "HTTP/1.1 500 Oops\r\ncontent-type: text/plain\r\n\r\n",
                "x".repeat(512),
            )
        }),
    ]
}

/// Replies that end too early.
fn ends() -> Vec<Fault> {
    vec![
        Fault::new("reset before the head", Before, Before, |_, _| {
            Behaviour::ResetAfter(0)
        }),
        Fault::new("reset between events", Inside, Before, |_, protocol| {
            Behaviour::ResetAfter(middle(protocol))
        }),
        Fault::new("no events", Before, Before, |_, _| {
            Behaviour::TruncateAfter(0)
        }),
        Fault::new("truncated between events", Inside, Before, |_, protocol| {
            Behaviour::TruncateAfter(middle(protocol))
        }),
        Fault::new(
            "truncated inside an event",
            Inside,
            Inside,
            |kit, protocol| raw(sse(&kit.events(protocol, b"data: {\"half"))),
        ),
        Fault::new(
            "truncated inside a character",
            Inside,
            Inside,
            |kit, protocol| raw(sse(&kit.events(protocol, b"data: {\"text\":\"\xf0\x9f\x98"))),
        ),
        Fault::new("no body", Before, Before, |_, _| Behaviour::Empty),
        Fault::new("spaces for a body", Before, Before, |_, _| {
            raw(http(JSON, "", b" \n "))
        }),
        Fault::new("an error event first", Before, Before, |_, _| {
            Behaviour::ErrorEventFirst
        }),
        Fault::new("an error event later", Inside, Before, |_, protocol| {
            Behaviour::ErrorEventAt(middle(protocol))
        }),
        Fault::new(
            "escapes in the first error event",
            Before,
            Before,
            |_, protocol| raw(sse(&evil_event(protocol, 0))),
        ),
        Fault::new(
            "escapes in a later error event",
            Inside,
            Inside,
            |kit, protocol| {
                let sent = String::from_utf8_lossy(kit.opening(protocol))
                    .matches("data: ")
                    .count();
                raw(sse(&kit.events(protocol, &evil_event(protocol, sent))))
            },
        ),
    ]
}

/// Answers that say no.
fn refusals() -> Vec<Fault> {
    vec![
        Fault::new("overloaded", Before, Before, |_, _| {
            Failure::Overloaded.into()
        }),
        Fault::new("over a limit", Before, Before, |_, _| {
            Behaviour::Fail(Failure::RateLimit {
                retry_after: ms(1000),
            })
        }),
        Fault::new("escapes in a 500", Before, Before, |_, protocol| {
            status(500, JSON, evil(protocol).to_string())
        }),
        Fault::new("escapes in a 503 that is text", Before, Before, |_, _| {
            status(503, "text/plain", EVIL)
        }),
        Fault::new("escapes in a 400", Before, Before, |_, protocol| {
            status(400, JSON, evil(protocol).to_string())
        })
        .stops(),
        Fault::new("escapes in a 429 of 1 MiB", Before, Before, |_, _| {
            status(429, "text/html", EVIL.repeat((1 << 20) / EVIL.len()))
        }),
        Fault::new("an error as 200", Before, Before, |_, _| {
            Behaviour::JsonErrorIn200
        }),
        Fault::new("HTML as 200", Before, Before, |_, _| Behaviour::Html),
        Fault::new("204", Before, Before, |_, _| {
            raw("HTTP/1.1 204 No Content\r\n\r\n")
        }),
        Fault::new("304", Before, Before, |_, _| {
            raw("HTTP/1.1 304 Not Modified\r\n\r\n")
        }),
        Fault::new("101", Before, Before, |_, _| {
            raw(
                "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
            )
        }),
        Fault::new("redirect to another host", Before, Before, |kit, _| {
            Behaviour::Redirect(format!("{}/v1/messages", kit.elsewhere))
        }),
        Fault::new("redirect as 302", Before, Before, |kit, _| {
            let to = &kit.elsewhere;
            raw(format!(
                "HTTP/1.1 302 Found\r\nlocation: {to}/\r\ncontent-length: 0\r\n\r\n"
            ))
        }),
        Fault::new("redirect with escapes", Before, Before, |_, _| {
            raw(
                b"HTTP/1.1 308 Moved\r\nlocation: http://\x9b31m.example/\xe2\x80\xae\r\n\r\n"
                    .to_vec(),
            )
        }),
    ]
}

/// What is no HTTP.
fn not_http() -> Vec<Fault> {
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
fn framing() -> Vec<Fault> {
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

/// Events that are none.
fn events() -> Vec<Fault> {
    let first =
        |name, bytes: &'static [u8]| Fault::new(name, Before, Before, move |_, _| raw(sse(bytes)));
    let later = |name, expect, bytes: &'static [u8]| {
        Fault::new(name, expect, expect, move |kit: &Kit, protocol| {
            raw(sse(&kit.events(protocol, bytes)))
        })
    };
    vec![
        Fault::new("a first event that is not JSON", Before, Before, |_, _| {
            Behaviour::MalformedAt(0)
        }),
        Fault::new(
            "a later event that is not JSON",
            AsSent,
            Before,
            |_, protocol| Behaviour::MalformedAt(middle(protocol)),
        ),
        first("no UTF-8 first", b"data: {\"a\":\"\xff\xfe\"}\n\n"),
        later("no UTF-8 later", AsSent, b"data: {\"a\":\"\xff\xfe\"}\n\n"),
        first("NULs first", b"\0\0\0\n\n\0\n\n"),
        later("NULs later", Inside, b"\0\0\0\n\n\0\n\n"),
        first(
            "fields that nobody knows",
            b"nothing: at all\n\nid: 1\n\nretry: 1\n\n",
        ),
        later("a byte order mark in between", Inside, b"\xef\xbb\xbf"),
        Fault::new("lines that end with CR", Any, Any, |kit, protocol| {
            let text = String::from_utf8_lossy(kit.opening(protocol))
                .replace('\r', "")
                .replace('\n', "\r");
            raw(sse(text.as_bytes()))
        }),
        Fault::new("events in Latin-1", Before, Before, |_, _| {
            raw(http(
                "text/event-stream; charset=iso-8859-1",
                "",
                b"data: {\"a\":\"\xe9\"}\n\n",
            ))
        }),
    ]
}

/// More than anybody should have to take.
fn excess() -> Vec<Fault> {
    let big = || format!("data: {{\"text\":\"{}", "x".repeat(4 << 10));
    vec![
        Fault::new("a head without limit", Before, Before, |_, _| {
            endless(
                "HTTP/1.1 200 OK\r\n",
                format!("x: {}\r\n", "y".repeat(1 << 10)),
            )
        }),
        Fault::new("a header without limit", Before, Before, |_, _| {
            endless("HTTP/1.1 200 OK\r\nx: ", "y".repeat(1 << 10))
        }),
        Fault::new("5000 headers", Before, Before, |_, _| {
            let headers: String = (0..5000).map(|n| format!("x-{n}: {n}\r\n")).collect();
            raw(format!("HTTP/1.1 200 OK\r\n{headers}\r\n{{}}"))
        }),
        Fault::new("100 Continue without end", Before, Before, |_, _| {
            endless("", "HTTP/1.1 100 Continue\r\n\r\n")
        }),
        Fault::new("a body of spaces without end", Before, Before, |_, _| {
            endless(http(JSON, "", b""), " ".repeat(512))
        }),
        Fault::new("comments without end", Inside, Inside, |_, _| {
            endless(sse(b""), ": storm\n\n".repeat(50))
        }),
        Fault::new(
            "later comments without end",
            Inside,
            Inside,
            |kit, protocol| endless(sse(kit.opening(protocol)), ": storm\n\n".repeat(50)),
        ),
        Fault::new(
            "events without data, without end",
            Inside,
            Inside,
            |_, _| endless(sse(b""), "event: ping\n\n".repeat(50)),
        ),
        Fault::new(
            "a first event beyond the limit",
            Before,
            Before,
            move |_, _| endless(sse(big().as_bytes()), "x".repeat(4 << 10)),
        ),
        Fault::new(
            "a later event beyond the limit",
            Inside,
            Inside,
            move |kit, protocol| {
                endless(
                    sse(&kit.events(protocol, big().as_bytes())),
                    "x".repeat(4 << 10),
                )
            },
        ),
    ]
}

/// Compression.
async fn coding() -> anyhow::Result<Vec<Fault>> {
    const GZIP: &str = "content-encoding: gzip\r\n";
    let half = gzip(b"data: {\"half\":").await?;
    Ok(vec![
        Fault::new("a bomb", Before, Before, |kit, _| {
            raw(http(JSON, GZIP, &kit.bomb))
        }),
        Fault::new("a bomb for a stream", Before, Before, |kit, _| {
            raw(http(EVENTS, GZIP, &kit.bomb))
        }),
        Fault::new("a bomb of comments", Inside, Inside, |kit, _| {
            raw(http(EVENTS, GZIP, &kit.comment_bomb))
        }),
        Fault::new("a coding nobody knows", Before, Before, |_, _| {
            raw(http(JSON, "content-encoding: x-evil\r\n", b"{}"))
        }),
        Fault::new("no gzip", Before, Before, |_, _| {
            raw(http(JSON, GZIP, b"{\"a\":1}"))
        }),
        Fault::new("gzip cut short", Before, Before, move |_, _| {
            raw(http(EVENTS, GZIP, &half[..half.len() - 9]))
        }),
        Fault::new("gzip twice", Before, Before, |kit, _| {
            raw(http(EVENTS, "content-encoding: gzip, gzip\r\n", &kit.bomb))
        }),
    ])
}
