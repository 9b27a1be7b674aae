//! What an upstream refuses with: classification, retry hints, and the text for the client.
//!
//! A case is a line with the status, header lines, an empty line, and the body.

use crate::lines;
use bytes::Bytes;
use cliproxy_core::{Operation, Protocol};
use cliproxy_executors::{Answer, classify};
use cliproxy_sse::Framer;
use cliproxy_translators::{
    ErrorView, StreamPosition, error_body, error_frame, read_error, redact,
};
use http::StatusCode;
use std::time::{Duration, SystemTime};

/// No hint is believed beyond seven days.
const CEILING: Duration = Duration::from_secs(7 * 24 * 3600);

/// Friday, 8 May 2026, 10:00:00 GMT.
const NOW: Duration = Duration::from_secs(1_778_234_400);

const OPERATIONS: [Operation; 3] = [
    Operation::Generate,
    Operation::CountTokens,
    Operation::Embed,
];

/// Checks one answer.
pub fn check(data: &[u8]) {
    let (status, rest) = lines::first(data);
    let (head, body) = lines::head(rest);
    let status = StatusCode::from_bytes(status.trim_ascii())
        .ok()
        .filter(|status| status.is_client_error() || status.is_server_error())
        .unwrap_or(StatusCode::TOO_MANY_REQUESTS);
    let mut answer = Answer {
        protocol: Protocol::Chat,
        operation: Operation::Generate,
        status,
        headers: lines::headers(head),
        body: Some(Bytes::copy_from_slice(body)),
    };
    for protocol in Protocol::ALL {
        for operation in OPERATIONS {
            answer.protocol = protocol;
            answer.operation = operation;
            for now in [Duration::ZERO, NOW] {
                let verdict = classify(&answer, SystemTime::UNIX_EPOCH + now, 0.0);
                let after = verdict.retry_after;
                assert!(after.is_none_or(|after| !after.is_zero() && after <= CEILING));
                assert!(!verdict.status.is_success());
            }
        }
        worded(protocol, status, body);
    }
    let text = String::from_utf8_lossy(body);
    let once = redact(&text);
    assert_eq!(redact(&once), once);
}

/// What the client is told is JSON, and one event.
fn worded(protocol: Protocol, status: StatusCode, body: &[u8]) {
    let text = read_error(body);
    let view = match &text {
        Some(text) => {
            assert!(!text.message.is_empty());
            text.view(status.as_u16())
        }
        None => ErrorView::new(status.as_u16(), String::from_utf8_lossy(body)),
    };
    let body = error_body(protocol, &view);
    serde_json::from_slice::<serde_json::Value>(&body).unwrap();
    let mut framer = Framer::new(usize::MAX);
    framer.push(error_frame(protocol, &view, &StreamPosition::default()));
    let frame = framer.next_frame().unwrap().unwrap();
    let data = frame.data().unwrap();
    serde_json::from_slice::<serde_json::Value>(&data).unwrap();
    assert!(framer.at_boundary(), "an error is one event");
}
