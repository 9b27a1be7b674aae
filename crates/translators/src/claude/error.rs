//! Anthropic's errors: `{"type":"error","error":{"type","message"},"request_id"}`.
//!
//! <https://docs.claude.com/en/api/errors>

use crate::{error::ErrorView, object::Object};

pub(crate) fn body(error: &ErrorView<'_>) -> Object {
    let object = Object::new()
        .text("type", kind(error.status))
        .text("message", &error.shown_message());
    Object::new()
        .text("type", "error")
        .object("error", error.with_details(object))
        .optional("request_id", error.request_id)
}

const fn kind(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        408 | 504 => "timeout_error",
        409 => "conflict_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        400..=499 => "invalid_request_error",
        _ => "api_error",
    }
}
