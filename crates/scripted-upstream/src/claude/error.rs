//! Anthropic's error objects (<https://platform.claude.com/docs/en/api/errors>).

use crate::{
    failure::{ErrorReply, Failure, REFUSAL, seconds, unix_after},
    inspect::{Fault, Problem, Step},
};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

/// The request id of every reply: there is nothing to look up.
const REQUEST_ID: &str = "req_scripted";

/// The body of an Anthropic error.
pub(crate) fn body(kind: &str, message: &str) -> Value {
    json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": REQUEST_ID})
}

fn reply(status: u16, kind: &str, message: &str) -> ErrorReply {
    ErrorReply::new(status, body(kind, message)).with("request-id", REQUEST_ID)
}

/// Words a problem with a request.
pub(crate) fn refuse(problem: &Problem) -> ErrorReply {
    let reason = match &problem.fault {
        Fault::Missing => "Field required".to_owned(),
        Fault::Unknown => "Extra inputs are not permitted".to_owned(),
        Fault::Type { expected } => {
            let name = match *expected {
                "an object" => "dictionary",
                "an array" => "list",
                "a string" => "string",
                "an integer" => "integer",
                "a boolean" => "boolean",
                _ => "number",
            };
            format!("Input should be a valid {name}")
        }
        Fault::Value { known, .. } => {
            let known: Vec<String> = known.iter().map(|name| format!("'{name}'")).collect();
            format!("Input should be {}", known.join(" or "))
        }
        Fault::Above { max, .. } => format!("Input should be less than or equal to {max}"),
        Fault::Below { min, .. } => format!("Input should be greater than or equal to {min}"),
        Fault::Empty => "String should have at least 1 character".to_owned(),
        Fault::Long { max, .. } => format!("List should have at most {max} items"),
        Fault::Rule(rule) => rule.message.clone(),
    };
    let path = path(&problem.path);
    let message = if path.is_empty() {
        reason
    } else {
        format!("{path}: {reason}")
    };
    reply(400, "invalid_request_error", &message)
}

/// A body that is not JSON, or gives a member twice.
pub(crate) fn unreadable(reason: &str) -> ErrorReply {
    reply(
        400,
        "invalid_request_error",
        &format!("The request body is not valid JSON: {reason}"),
    )
}

/// A path the API does not have.
pub(crate) fn no_route() -> ErrorReply {
    reply(404, "not_found_error", "Not Found")
}

pub(crate) fn fail(failure: Failure, model: &str, now: SystemTime) -> ErrorReply {
    match failure {
        Failure::Billing => reply(402, "billing_error", "Your credit balance is too low to access the Anthropic API."),
        Failure::Forbidden => reply(403, "permission_error", "Your API key does not have permission to use the specified resource."),
        Failure::Internal => reply(500, "api_error", "Internal server error"),
        Failure::InvalidKey => reply(401, "authentication_error", "invalid x-api-key"),
        Failure::ModelNotFound => reply(404, "not_found_error", &format!("model: {model}")),
        Failure::Overloaded => reply(529, "overloaded_error", "Overloaded"),
        Failure::Refused => reply(400, "invalid_request_error", REFUSAL),
        Failure::RateLimit { retry_after } => reply(
            429,
            "rate_limit_error",
            "This request would exceed the rate limit for your organization of 1 request per minute.",
        )
        .with("retry-after", &seconds(retry_after).to_string())
        .with("anthropic-ratelimit-requests-limit", "1")
        .with("anthropic-ratelimit-requests-remaining", "0")
        .with("anthropic-ratelimit-requests-reset", &date(now, retry_after)),
        Failure::Unauthorized => reply(401, "authentication_error", "OAuth token has expired."),
        Failure::Unavailable => reply(503, "api_error", "Service unavailable"),
        Failure::UsageLimit { resets_in } => {
            let reset = unix_after(now, resets_in).to_string();
            reply(429, "rate_limit_error", "This request would exceed your account's rate limit. Please try again later.")
                .with("retry-after", &seconds(resets_in).to_string())
                .with("anthropic-ratelimit-unified-status", "rejected")
                .with("anthropic-ratelimit-unified-reset", &reset)
                .with("anthropic-ratelimit-unified-5h-status", "rejected")
                .with("anthropic-ratelimit-unified-5h-reset", &reset)
                .with("anthropic-ratelimit-unified-7d-status", "allowed")
                .with(
                    "anthropic-ratelimit-unified-7d-reset",
                    &unix_after(now, Duration::from_hours(24 * 7)).to_string(),
                )
        }
    }
}

/// The end of `wait` as RFC 3339.
fn date(now: SystemTime, wait: Duration) -> String {
    i64::try_from(unix_after(now, wait))
        .ok()
        .and_then(|second| jiff::Timestamp::from_second(second).ok())
        .unwrap_or(jiff::Timestamp::MAX)
        .to_string()
}

/// `messages.0.content.1.text`
fn path(steps: &[Step]) -> String {
    let steps: Vec<String> = steps
        .iter()
        .map(|step| match step {
            Step::Member(name) => name.clone(),
            Step::Element(index) => index.to_string(),
        })
        .collect();
    steps.join(".")
}
