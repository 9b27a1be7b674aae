//! OpenAI's error objects (<https://developers.openai.com/api/docs/guides/error-codes>).

use crate::{
    failure::{ErrorReply, Failure, REFUSAL, seconds, unix_after},
    inspect::{Fault, Problem, Step},
};
use serde_json::{Value, json};
use std::{fmt::Write as _, time::SystemTime};

/// The body of an OpenAI error.
pub(crate) fn body(message: &str, kind: &str, param: Option<&str>, code: Option<&str>) -> Value {
    json!({"error": {"message": message, "type": kind, "param": param, "code": code}})
}

/// Words a problem with a request.
pub(crate) fn refuse(problem: &Problem) -> ErrorReply {
    let param = path(&problem.path);
    let (status, code, message) = match &problem.fault {
        Fault::Missing => (
            400,
            Some("missing_required_parameter"),
            format!("Missing required parameter: '{param}'."),
        ),
        Fault::Unknown => (
            400,
            Some("unknown_parameter"),
            format!("Unknown parameter: '{param}'."),
        ),
        Fault::Type { expected } => (
            400,
            Some("invalid_type"),
            format!(
                "Invalid type for '{param}': expected {expected}, but got something else instead."
            ),
        ),
        Fault::Value { got, known } => (
            400,
            Some("invalid_value"),
            format!(
                "Invalid value: '{got}'. Supported values are: {}.",
                quoted(known)
            ),
        ),
        Fault::Above { max, got } => (
            400,
            Some("decimal_above_max_value"),
            format!(
                "Invalid '{param}': decimal above maximum value. Expected a value <= {max}, but got {got} instead."
            ),
        ),
        Fault::Below { min, got } => (
            400,
            Some("decimal_below_min_value"),
            format!(
                "Invalid '{param}': decimal below minimum value. Expected a value >= {min}, but got {got} instead."
            ),
        ),
        Fault::Empty => (
            400,
            Some("empty_array"),
            format!(
                "Invalid '{param}': empty. Expected a value with minimum length 1, but got length 0 instead."
            ),
        ),
        Fault::Long { max, got } => (
            400,
            Some("array_above_max_length"),
            format!(
                "Invalid '{param}': array too long. Expected an array with maximum length {max}, but got an array with length {got} instead."
            ),
        ),
        Fault::Rule(rule) => (rule.status, rule.code, rule.message.clone()),
    };
    let param = (!param.is_empty()).then_some(param.as_str());
    ErrorReply::new(status, body(&message, "invalid_request_error", param, code))
}

/// A body that is not JSON, or gives a member twice.
pub(crate) fn unreadable(reason: &str) -> ErrorReply {
    let message = format!("We could not parse the JSON body of your request. ({reason})");
    ErrorReply::new(400, body(&message, "invalid_request_error", None, None))
}

/// A path no OpenAI endpoint has.
pub(crate) fn no_route(path: &str) -> ErrorReply {
    let message = format!("Invalid URL ({path})");
    ErrorReply::new(404, body(&message, "invalid_request_error", None, None))
}

pub(crate) fn fail(failure: Failure, model: &str, now: SystemTime) -> ErrorReply {
    let plain = |status, message: &str, kind, code| {
        ErrorReply::new(status, body(message, kind, None, Some(code)))
    };
    match failure {
        Failure::Billing => plain(
            402,
            "Insufficient balance.",
            "insufficient_quota",
            "insufficient_quota",
        ),
        Failure::Refused => {
            ErrorReply::new(400, body(REFUSAL, "invalid_request_error", None, None))
        }
        Failure::Forbidden => plain(
            403,
            "You are not allowed to use this model.",
            "permission_error",
            "permission_denied",
        ),
        Failure::Internal => plain(
            500,
            "The server had an error while processing your request.",
            "server_error",
            "internal_server_error",
        ),
        Failure::InvalidKey => plain(
            401,
            "Incorrect API key provided.",
            "invalid_request_error",
            "invalid_api_key",
        ),
        Failure::ModelNotFound => plain(
            404,
            &format!("The model `{model}` does not exist or you do not have access to it."),
            "invalid_request_error",
            "model_not_found",
        ),
        Failure::Overloaded => plain(
            503,
            "Our servers are currently overloaded. Please try again later.",
            "server_error",
            "server_is_overloaded",
        ),
        Failure::RateLimit { retry_after } => {
            let wait = seconds(retry_after);
            let message = format!(
                "Rate limit reached for {model} on requests per min (RPM): Limit 1, Used 1, Requested 1. Please try again in {wait}s."
            );
            plain(429, &message, "requests", "rate_limit_exceeded")
                .with("retry-after", &wait.to_string())
                .with("retry-after-ms", &retry_after.as_millis().to_string())
                .with("x-ratelimit-limit-requests", "1")
                .with("x-ratelimit-remaining-requests", "0")
                .with("x-ratelimit-reset-requests", &format!("{wait}s"))
        }
        Failure::Unauthorized => plain(
            401,
            "Your authentication token has expired.",
            "invalid_request_error",
            "token_expired",
        ),
        Failure::Unavailable => plain(
            503,
            "The engine is currently unavailable.",
            "server_error",
            "service_unavailable",
        ),
        Failure::UsageLimit { resets_in } => ErrorReply::new(
            429,
            json!({"error": {
                "type": "usage_limit_reached",
                "message": "The usage limit has been reached",
                "plan_type": "plus",
                "resets_at": unix_after(now, resets_in),
                "resets_in_seconds": seconds(resets_in),
            }}),
        ),
    }
}

/// `messages[0].content[1].text`
fn path(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Member(name) if text.is_empty() => text.push_str(name),
            Step::Member(name) => {
                let _ = write!(text, ".{name}");
            }
            Step::Element(index) => {
                let _ = write!(text, "[{index}]");
            }
        }
    }
    text
}

/// `'a', 'b', and 'c'`
fn quoted(known: &[&str]) -> String {
    let mut text = String::new();
    for (index, name) in known.iter().enumerate() {
        if index > 0 {
            text.push_str(if index + 1 == known.len() {
                ", and "
            } else {
                ", "
            });
        }
        let _ = write!(text, "'{name}'");
    }
    text
}
