//! Google's errors: `{"error":{"code","message","status","details"}}`.
//!
//! <https://cloud.google.com/apis/design/errors>

use crate::{
    error::{ErrorView, client_status},
    object::Object,
};
use cliproxy_core::Protocol;

pub(crate) fn body(error: &ErrorView<'_>) -> Object {
    // The number is the one of the status line.
    let code = client_status(Protocol::Gemini, error.status);
    let mut object = Object::new()
        .number("code", code.into())
        .text("message", &error.shown_message())
        .text("status", status_name(error.status));
    if let (429, Some(wait)) = (error.status, error.retry_after) {
        // Rounded up: a client that comes back early is refused again.
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let hint = Object::new()
            .text("@type", "type.googleapis.com/google.rpc.RetryInfo")
            .text("retryDelay", &format!("{seconds}s"));
        object = object.array_of_one("details", hint);
    }
    Object::new().object("error", error.with_details(object))
}

const fn status_name(status: u16) -> &'static str {
    match status {
        401 => "UNAUTHENTICATED",
        402 => "FAILED_PRECONDITION",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        408 | 504 => "DEADLINE_EXCEEDED",
        409 => "ABORTED",
        429 => "RESOURCE_EXHAUSTED",
        499 => "CANCELLED",
        502 | 503 | 529 => "UNAVAILABLE",
        400..=498 => "INVALID_ARGUMENT",
        _ => "INTERNAL",
    }
}
