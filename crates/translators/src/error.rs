//! An error as the client's protocol words it: body and in-stream frame.

use crate::{chat, failure::says_too_long, object::Object, protocols::rules, redact};
use bytes::Bytes;
use cliproxy_core::Protocol;
use std::{borrow::Cow, time::Duration};

#[cfg(test)]
mod tests;

/// An error to be shown to a client, before it takes a protocol's shape.
///
/// For what the gateway words itself: its own errors, and those of upstreams that speak another
/// protocol or no JSON. An upstream's error goes to a client of the same protocol as it is, and
/// never through here. See `docs/errors.md`.
///
/// ```
/// use cliproxy_core::Protocol;
/// use cliproxy_translators::{ErrorView, error_body};
///
/// let error = ErrorView::new(429, "slow down");
/// let body = error_body(Protocol::Claude, &error);
/// assert_eq!(
///     body,
///     r#"{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}"#
/// );
/// ```
#[expect(
    clippy::exhaustive_structs,
    reason = "a parameter list with names; callers fill in what differs from `ErrorView::new`"
)]
#[derive(Clone, Debug)]
pub struct ErrorView<'a> {
    /// The HTTP status the error stands for. What the client gets is [`client_status`] of it.
    pub status: u16,
    /// What a person reads. Secret-shaped text is taken out and the length limited when it is
    /// rendered; empty text becomes the status's reason phrase.
    pub message: Cow<'a, str>,
    /// The OpenAI `type`, where it is not the one of the status. The other protocols derive theirs
    /// from the status alone, so that one view serves all four.
    pub kind: Option<&'a str>,
    /// The OpenAI `code`, where it is not the one of the status.
    pub code: Option<Cow<'a, str>>,
    /// The OpenAI `param`: the place in the request that is wrong.
    pub param: Option<&'a str>,
    /// Claude's `request_id`. Made only for errors of the gateway itself.
    pub request_id: Option<&'a str>,
    /// When to try again. The body of a Gemini 429 says so; elsewhere a header does.
    pub retry_after: Option<Duration>,
    /// Further members of the `error` object, in this order.
    pub details: Vec<(&'a str, Detail<'a>)>,
}

/// How far a stream has come when an error ends it. Only Responses streams say it in their events.
#[expect(
    clippy::exhaustive_structs,
    reason = "what the protocol's events carry"
)]
#[derive(Clone, Copy, Debug, Default)]
pub struct StreamPosition<'a> {
    /// The last `sequence_number` that the client has seen.
    pub sequence: Option<u64>,
    /// The id of the response, if it was announced.
    pub response: Option<&'a str>,
}

impl StreamPosition<'_> {
    /// The `sequence_number` of the next event.
    pub(crate) fn next(&self) -> u64 {
        self.sequence.map_or(0, |last| last.saturating_add(1))
    }
}

/// The value of a further member of an error.
#[expect(
    clippy::exhaustive_enums,
    reason = "the two kinds of value that errors carry"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail<'a> {
    /// A JSON number.
    Number(u64),
    /// A JSON string.
    Text(Cow<'a, str>),
}

impl<'a> ErrorView<'a> {
    /// An error with what follows from its status, and nothing else.
    #[must_use]
    pub fn new(status: u16, message: impl Into<Cow<'a, str>>) -> Self {
        Self {
            status,
            message: message.into(),
            kind: None,
            code: None,
            param: None,
            request_id: None,
            retry_after: None,
            details: Vec::new(),
        }
    }

    /// An upstream's error. Its code goes along if OpenAI's clients know it; the others of its
    /// names belong to its own protocol. They also have a code for a conversation that is too long,
    /// which others tell in words.
    pub(crate) fn of_upstream(status: u16, message: &'a str, code: Option<&'a str>) -> Self {
        let known = code.filter(|code| chat::error::is_known(code));
        let implied = || {
            let is_refusal = matches!(status, 400 | 413);
            (is_refusal && says_too_long(message)).then_some("context_length_exceeded")
        };
        Self {
            code: known.or_else(implied).map(Cow::Borrowed),
            ..Self::new(status, message)
        }
    }
}

/// The JSON body of an error answer in `protocol`.
#[must_use]
pub fn error_body(protocol: Protocol, error: &ErrorView<'_>) -> Bytes {
    (rules(protocol).native.errors.body)(error).finish().into()
}

/// The whole event that ends a stream of `protocol` which has already begun.
///
/// Nothing follows it, no `[DONE]` and no `message_stop`.
#[must_use]
pub fn error_frame(
    protocol: Protocol,
    error: &ErrorView<'_>,
    position: &StreamPosition<'_>,
) -> Bytes {
    let rules = &rules(protocol).native.errors;
    let data = (rules.data)(error, position).finish();
    [
        rules.event.as_bytes(),
        b"data: ",
        &data,
        rules.end.as_bytes(),
    ]
    .concat()
    .into()
}

/// An event that says of an error what [`error_frame`] says behind it, for clients that read the older
/// of the two; nothing where the protocol has but one. The position is then one further.
pub fn error_announcement(
    protocol: Protocol,
    error: &ErrorView<'_>,
    position: &mut StreamPosition<'_>,
) -> Option<Bytes> {
    let announced = rules(protocol).native.errors.announced?;
    let data = announced(error, position).finish();
    position.sequence = Some(position.next());
    Some(
        [b"event: error\ndata: ", &data[..], b"\n\n"]
            .concat()
            .into(),
    )
}

/// The HTTP status for a client of `protocol`: 529 is Anthropic's own, others know 503.
#[must_use]
pub const fn client_status(protocol: Protocol, status: u16) -> u16 {
    match status {
        529 if !rules(protocol).native.errors.knows_overload => 503,
        _ => status,
    }
}

/// How many characters of a message are shown: an HTML page is not an error message.
const MESSAGE_LIMIT: usize = 2048;

impl ErrorView<'_> {
    /// The message as a client may see it.
    pub(crate) fn shown_message(&self) -> String {
        let text = self.message.trim();
        if text.is_empty() {
            return reason(self.status).to_owned();
        }
        let visible: String = text
            .chars()
            .filter(|char| !char.is_control() || matches!(char, '\n' | '\t'))
            .collect();
        // Redacted before it is cut: half a key is no longer known as one.
        redact(&visible).chars().take(MESSAGE_LIMIT).collect()
    }

    /// Adds the further members to the error object.
    pub(crate) fn with_details(&self, object: Object) -> Object {
        let details = self.details.iter();
        details.fold(object, |object, (key, value)| match value {
            Detail::Number(number) => object.number(key, *number),
            Detail::Text(text) => object.text(key, text),
        })
    }
}

/// The reason phrases of RFC 9110 for the statuses that errors have here.
const fn reason(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        499 => "Client Closed Request",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        529 => "Overloaded",
        _ => "Error",
    }
}
