//! An error that arrives inside a reply that began as a success.

use crate::{
    ErrorText, ErrorView,
    read_error::{error_of, unwrapped},
};
use cliproxy_json::Value;
use cliproxy_sse::Frame;
use std::borrow::Cow;

#[cfg(test)]
mod tests;

/// An upstream's error that came with status 200: as an event of a stream, or as the whole body.
#[expect(
    clippy::exhaustive_structs,
    reason = "what there is to know of such an error"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The HTTP status that the upstream says it stands for, or that its code is known to stand
    /// for; 500 if neither.
    pub status: u16,
    /// The upstream's own name for it.
    pub code: Option<String>,
    /// What the upstream wrote, secrets included: it is redacted when it is rendered.
    pub message: String,
    /// The message is the upstream's own; else it says what the upstream did, and not who it is.
    pub is_quoted: bool,
}

impl Failure {
    /// As an error to render. The code goes along if OpenAI's clients know it.
    #[must_use]
    pub fn view(&self) -> ErrorView<'_> {
        ErrorView::of_upstream(self.status, &self.message, self.code.as_deref())
    }

    /// Reads an error event or error object of any protocol.
    pub(crate) fn read(document: Value<'_>) -> Self {
        let text = ErrorText::read(document);
        Self {
            status: status_of(document, &text),
            code: text.code.map(Cow::into_owned),
            message: text.message.into_owned(),
            is_quoted: true,
        }
    }

    /// Reads an error event; data that is not JSON is the message.
    pub(crate) fn of_event(frame: &Frame) -> Self {
        let data = frame.data().unwrap_or_default();
        if let Ok(document) = Value::parse_bytes(&data) {
            return Self::read(document);
        }
        let message = String::from_utf8_lossy(&data).into_owned();
        Self {
            status: status_of_wording(&message).unwrap_or(UNNAMED),
            code: None,
            message,
            is_quoted: true,
        }
    }
}

/// An error that nothing else is known of: the upstream has answered, and has failed.
pub(crate) const UNNAMED: u16 = 500;

/// The status that an error stands for: written out, or implied.
pub(crate) fn status_of(document: Value<'_>, text: &ErrorText<'_>) -> u16 {
    stated_status(document).unwrap_or_else(|| implied_status(text))
}

/// A status that is written out, in the event or in its error.
pub(crate) fn stated_status(document: Value<'_>) -> Option<u16> {
    let document = unwrapped(document);
    let error = error_of(document);
    let places = [
        document.get("status"),
        document.get("status_code"),
        // vLLM's error object has nothing around it.
        document.get("code"),
        error.and_then(|error| error.get("status")),
        error.and_then(|error| error.get("status_code")),
        error.and_then(|error| error.get("code")),
    ];
    places.into_iter().flatten().find_map(|value| {
        let digits = value.escaped().unwrap_or_else(|| value.raw());
        digits
            .parse()
            .ok()
            .filter(|status| (400..600).contains(status))
    })
}

fn implied_status(text: &ErrorText<'_>) -> u16 {
    let names = [text.code.as_deref(), text.kind.as_deref()];
    names
        .into_iter()
        .flatten()
        .find_map(status_of_name)
        .or_else(|| status_of_wording(&text.message))
        .unwrap_or(UNNAMED)
}

/// What the vendors' error codes and types stand for.
///
/// - <https://docs.claude.com/en/api/errors>
/// - <https://platform.openai.com/docs/guides/error-codes>
/// - <https://cloud.google.com/apis/design/errors#handling_errors>
fn status_of_name(name: &str) -> Option<u16> {
    let status = match name.to_ascii_lowercase().as_str() {
        "bad_request"
        | "bad_request_error"
        | "context_length_exceeded"
        | "cyber_policy"
        | "failed_precondition"
        | "invalid_argument"
        | "invalid_encrypted_content"
        | "invalid_prompt"
        | "invalid_request"
        | "invalid_request_error"
        | "out_of_range"
        | "previous_response_not_found" => 400,
        "authentication_error" | "invalid_api_key" | "unauthenticated" | "unauthorized" => 401,
        "billing_error" => 402,
        "forbidden" | "permission_denied" | "permission_error" => 403,
        "model_not_found" | "not_found" | "not_found_error" => 404,
        "aborted" | "already_exists" | "conflict_error" => 409,
        "request_too_large" => 413,
        "insufficient_quota"
        | "rate_limit_error"
        | "rate_limit_exceeded"
        | "resource_exhausted"
        | "usage_limit_reached"
        | "usage_not_included" => 429,
        "api_error" | "internal" => 500,
        "overloaded"
        | "server_is_overloaded"
        | "service_unavailable"
        | "service_unavailable_error"
        | "slow_down"
        | "unavailable" => 503,
        "deadline_exceeded" | "timeout_error" => 504,
        "overloaded_error" => 529,
        _ => return None,
    };
    Some(status)
}

/// Two failures that upstreams tell by their wording alone.
pub(crate) fn status_of_wording(message: &str) -> Option<u16> {
    match () {
        () if message.to_ascii_lowercase().contains("at capacity") => Some(429),
        () if says_too_long(message) => Some(400),
        () => None,
    }
}

/// Whether an error is about a conversation that is longer than what the model reads. OpenAI has a code
/// for it, the others tell it by their wording alone.
pub(crate) fn says_too_long(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    let phrases = ["context length", "context window", "prompt is too long"];
    let is_counted = message.contains("input token count") && message.contains("exceeds");
    is_counted || phrases.iter().any(|phrase| message.contains(phrase))
}
