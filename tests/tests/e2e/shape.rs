//! What an error looks like to the client of a protocol.

use cliproxy_core::Protocol;
use cliproxy_e2e::Reply;
use serde_json::Value;

/// The parts of an error that clients act on.
#[derive(Debug)]
pub(crate) struct ErrorBody {
    /// OpenAI's or Anthropic's `type`, Google's `status`.
    pub(crate) kind: String,
    /// OpenAI's `code`.
    pub(crate) code: Option<String>,
    pub(crate) message: String,
    /// The error object.
    pub(crate) error: Value,
}

/// Reads an error of this status; fails unless it has its protocol's shape.
pub(crate) fn error_of(protocol: Protocol, status: u16, reply: &Reply) -> ErrorBody {
    let text = reply.text();
    assert_eq!(reply.status, status, "{protocol}: {text}");
    assert_eq!(reply.header("content-type"), "application/json", "{text}");
    error_in(protocol, &reply.json())
}

/// Reads an error object with its envelope.
pub(crate) fn error_in(protocol: Protocol, envelope: &Value) -> ErrorBody {
    let error = &envelope["error"];
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let kind = match protocol {
        Protocol::Gemini => {
            assert!(error["code"].is_u64(), "{envelope}");
            &error["status"]
        }
        Protocol::Claude => {
            assert_eq!(envelope["type"], "error", "{envelope}");
            &error["type"]
        }
        Protocol::Chat | Protocol::Responses => {
            assert!(error.get("param").is_some(), "{envelope}");
            &error["type"]
        }
    };
    ErrorBody {
        kind: text(kind).unwrap_or_else(|| panic!("no type in {envelope}")),
        code: text(&error["code"]),
        message: text(&error["message"]).unwrap_or_else(|| panic!("no message in {envelope}")),
        error: error.clone(),
    }
}
