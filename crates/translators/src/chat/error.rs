//! OpenAI's errors: `{"error":{"message","type","param","code"}}`, for Chat and Responses.
//!
//! <https://platform.openai.com/docs/guides/error-codes>

use crate::{error::ErrorView, object::Object};

pub(crate) fn body(error: &ErrorView<'_>) -> Object {
    body_with(error, code(error.status))
}

/// The body, with `code` unless the error has one of its own.
pub(crate) fn body_with(error: &ErrorView<'_>, code: Option<&str>) -> Object {
    let object = Object::new()
        .text("message", &error.shown_message())
        .text("type", error.kind.unwrap_or_else(|| kind(error.status)))
        .nullable("param", error.param)
        .nullable("code", error.code.as_deref().or(code));
    Object::new().object("error", error.with_details(object))
}

const fn kind(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        402 => "insufficient_quota",
        403 => "permission_error",
        408 => "server_error",
        429 => "rate_limit_error",
        400..=499 => "invalid_request_error",
        _ => "server_error",
    }
}

pub(crate) const fn code(status: u16) -> Option<&'static str> {
    match status {
        401 => Some("invalid_api_key"),
        402 => Some("insufficient_quota"),
        403 => Some("permission_denied"),
        404 => Some("model_not_found"),
        408 => Some("request_timeout"),
        409 => Some("conflict"),
        413 => Some("request_too_large"),
        429 => Some("rate_limit_exceeded"),
        400..=499 => None,
        502 => Some("bad_gateway"),
        503 => Some("service_unavailable"),
        504 => Some("upstream_timeout"),
        529 => Some("overloaded"),
        _ => Some("internal_server_error"),
    }
}

/// Whether OpenAI's clients know `code`, so that an upstream's may be passed on.
pub(crate) fn is_known(code: &str) -> bool {
    matches!(
        code,
        "content_policy_violation"
            | "context_length_exceeded"
            | "cyber_policy"
            | "insufficient_quota"
            | "invalid_api_key"
            | "invalid_encrypted_content"
            | "invalid_prompt"
            | "model_not_found"
            | "previous_response_not_found"
            | "rate_limit_exceeded"
            | "server_is_overloaded"
            | "slow_down"
            | "unsupported_parameter"
            | "unsupported_value"
            | "usage_limit_reached"
            | "usage_not_included"
    )
}
