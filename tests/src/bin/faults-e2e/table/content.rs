//! Events and bodies that are not what they should be, or too much of them.

use super::{EVENTS, JSON, middle};
use crate::{
    fault::{
        Expect::{Any, AsSent, Before, Inside},
        Fault,
    },
    kit::{Kit, endless, gzip, http, raw, sse},
};
use cliproxy_scripted_upstream::Behaviour;

/// Events that are none.
pub(super) fn events() -> Vec<Fault> {
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
pub(super) fn excess() -> Vec<Fault> {
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
pub(super) async fn coding() -> anyhow::Result<Vec<Fault>> {
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
