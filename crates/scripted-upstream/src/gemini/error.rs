//! Google's error objects (<https://cloud.google.com/apis/design/errors>).

use crate::{
    failure::{ErrorReply, Failure, REFUSAL, seconds},
    inspect::{Fault, Problem, Step},
};
use serde_json::{Value, json};
use std::{fmt::Write as _, time::Duration};

/// The body of a Google error.
pub(crate) fn body(code: u16, status: &str, message: &str, details: &Value) -> Value {
    let mut error = json!({"code": code, "message": message, "status": status});
    if details.as_array().is_some_and(|list| !list.is_empty()) {
        error["details"] = details.clone();
    }
    json!({"error": error})
}

fn reply(code: u16, status: &str, message: &str, details: &Value) -> ErrorReply {
    ErrorReply::new(code, body(code, status, message, details))
}

/// Words a problem with a request.
pub(crate) fn refuse(problem: &Problem) -> ErrorReply {
    let (parent, name) = match problem.path.split_last() {
        Some((Step::Member(name), parent)) => (path(parent), name.as_str()),
        _ => (path(&problem.path), ""),
    };
    let here = path(&problem.path);
    let message = match &problem.fault {
        Fault::Missing => format!("* GenerateContentRequest.{here}: {name} is not specified\n"),
        Fault::Unknown if parent.is_empty() => {
            format!("Invalid JSON payload received. Unknown name \"{name}\": Cannot find field.")
        }
        Fault::Unknown => {
            format!(
                "Invalid JSON payload received. Unknown name \"{name}\" at '{parent}': Cannot find field."
            )
        }
        Fault::Type { expected } => {
            let kind = match *expected {
                "a string" => "TYPE_STRING",
                "a boolean" => "TYPE_BOOL",
                "an integer" => "TYPE_INT32",
                "a number" => "TYPE_FLOAT",
                _ => "type.googleapis.com/google.protobuf.Struct",
            };
            format!("Invalid value at '{here}' ({kind})")
        }
        Fault::Value { got, .. } => format!("Invalid value at '{here}' (TYPE_ENUM), \"{got}\""),
        Fault::Above { max, got } => {
            format!("* GenerateContentRequest.{here}: {got} is out of range, at most {max}\n")
        }
        Fault::Below { min, got } => {
            format!("* GenerateContentRequest.{here}: {got} is out of range, at least {min}\n")
        }
        Fault::Empty => format!("* GenerateContentRequest.{here}: {name} must not be empty.\n"),
        Fault::Long { max, got } => {
            format!("* GenerateContentRequest.{here}: {got} elements, at most {max}\n")
        }
        Fault::Rule(rule) => rule.message.clone(),
    };
    let violation = json!([{
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        "fieldViolations": [{"field": here, "description": message}],
    }]);
    reply(400, "INVALID_ARGUMENT", &message, &violation)
}

/// A body that is not JSON, or gives a member twice.
pub(crate) fn unreadable(reason: &str) -> ErrorReply {
    let message = format!("Invalid JSON payload received. {reason}");
    reply(400, "INVALID_ARGUMENT", &message, &Value::Null)
}

/// A path the API does not have.
pub(crate) fn no_route(path: &str) -> ErrorReply {
    let message = format!("The requested URL {path} was not found on this server.");
    reply(404, "NOT_FOUND", &message, &Value::Null)
}

pub(crate) fn fail(failure: Failure, model: &str) -> ErrorReply {
    let plain = |code, status, message: &str| reply(code, status, message, &Value::Null);
    match failure {
        Failure::Billing => plain(
            402,
            "FAILED_PRECONDITION",
            "Billing is not enabled for this project.",
        ),
        Failure::Forbidden => plain(
            403,
            "PERMISSION_DENIED",
            "The caller does not have permission",
        ),
        Failure::Refused => plain(400, "INVALID_ARGUMENT", REFUSAL),
        Failure::Internal => plain(500, "INTERNAL", "An internal error has occurred."),
        Failure::InvalidKey => reply(
            400,
            "INVALID_ARGUMENT",
            "API key not valid. Please pass a valid API key.",
            &json!([{
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "API_KEY_INVALID",
                "domain": "googleapis.com",
                "metadata": {"service": "generativelanguage.googleapis.com"},
            }]),
        ),
        Failure::ModelNotFound => plain(
            404,
            "NOT_FOUND",
            &format!(
                "models/{model} is not found for API version v1beta, or is not supported for generateContent."
            ),
        ),
        Failure::Overloaded => plain(
            503,
            "UNAVAILABLE",
            "The model is overloaded. Please try again later.",
        ),
        Failure::RateLimit { retry_after } => {
            limited(retry_after, "RATE_LIMIT_EXCEEDED", "PerMinute")
        }
        Failure::Unauthorized => plain(
            401,
            "UNAUTHENTICATED",
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.",
        ),
        Failure::Unavailable => plain(503, "UNAVAILABLE", "The service is currently unavailable."),
        Failure::UsageLimit { resets_in } => limited(resets_in, "QUOTA_EXHAUSTED", "PerDay"),
    }
}

fn limited(wait: Duration, reason: &str, quota: &str) -> ErrorReply {
    let delay = format!("{}s", seconds(wait));
    reply(
        429,
        "RESOURCE_EXHAUSTED",
        &format!("You exceeded your current quota. Please retry in {delay}."),
        &json!([
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": reason,
                "domain": "googleapis.com",
                "metadata": {"quotaResetDelay": delay},
            },
            {
                "@type": "type.googleapis.com/google.rpc.QuotaFailure",
                "violations": [{"quotaId": format!("GenerateRequests{quota}PerProjectPerModel")}],
            },
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay},
        ]),
    )
}

/// `contents[0].parts[1].function_call`, in Google's own snake case.
fn path(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Member(name) => {
                if !text.is_empty() {
                    text.push('.');
                }
                for letter in name.chars() {
                    if letter.is_ascii_uppercase() {
                        text.push('_');
                    }
                    text.push(letter.to_ascii_lowercase());
                }
            }
            Step::Element(index) => {
                let _ = write!(text, "[{index}]");
            }
        }
    }
    text
}
