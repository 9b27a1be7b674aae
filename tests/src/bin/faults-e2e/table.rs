//! The faults, one row each.

mod content;
mod framing;

use crate::{
    fault::{
        Expect::{Any, Before, Full, Inside},
        Fault,
    },
    kit::{EVIL, derail, endless, held, http, raw, sse},
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
    faults.extend(framing::not_http());
    faults.extend(framing::framing());
    faults.extend(content::events());
    faults.extend(content::excess().into_iter().map(Fault::heavy));
    faults.extend(content::coding().await?.into_iter().map(Fault::heavy));
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
