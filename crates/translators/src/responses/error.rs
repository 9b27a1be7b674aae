//! Errors of the Responses API: OpenAI's body, and the event `response.failed`.
//!
//! <https://platform.openai.com/docs/api-reference/responses-streaming/response/failed>

use crate::{
    chat::error as openai,
    error::{ErrorView, StreamPosition},
    object::Object,
};

pub(crate) fn body(error: &ErrorView<'_>) -> Object {
    openai::body_with(error, code(error.status))
}

/// The data of `response.failed`, the documented end of a response that failed after it began.
pub(crate) fn failed(error: &ErrorView<'_>, position: &StreamPosition<'_>) -> Object {
    let failure = Object::new()
        .text("code", failure_code(error))
        .text("message", &error.shown_message());
    let response = Object::new()
        .optional("id", position.response)
        .text("object", "response")
        .text("status", "failed")
        .object("error", error.with_details(failure))
        .empty_array("output");
    Object::new()
        .text("type", "response.failed")
        .number("sequence_number", position.next())
        .object("response", response)
}

/// The data of the `error` event that some clients wait for before `response.failed`.
pub(crate) fn announced(error: &ErrorView<'_>, position: &StreamPosition<'_>) -> Object {
    Object::new()
        .text("type", "error")
        .text("code", failure_code(error))
        .text("message", &error.shown_message())
        .nullable("param", None)
        .number("sequence_number", position.next())
}

/// The code of a failure, which is required there: what has none takes the name of its type.
pub(crate) fn failure_code<'e>(error: &'e ErrorView<'_>) -> &'e str {
    let code = error.code.as_deref().or_else(|| code(error.status));
    code.unwrap_or("invalid_request_error")
}

/// Codex tries again by itself when it reads `server_is_overloaded`.
const fn code(status: u16) -> Option<&'static str> {
    match status {
        529 => Some("server_is_overloaded"),
        _ => openai::code(status),
    }
}
