//! What the door says to a request that does not get in.

use cliproxy_access::Denied;
use cliproxy_gateway::{DoorRefusal, Failure};
use http::StatusCode;
use std::time::Duration;

/// When a client may come back that found no room.
const SHORTLY: Duration = Duration::from_secs(1);

/// A refusal in the words of the door.
pub(crate) fn refuse(
    status: StatusCode,
    code: &'static str,
    message: impl Into<String>,
) -> Failure {
    Failure::Door(DoorRefusal {
        status,
        code: Some(code),
        kind: None,
        retry_after: None,
        message: message.into(),
    })
}

/// The gateway has no room now.
pub(crate) fn busy(code: &'static str, message: impl Into<String>) -> Failure {
    later(StatusCode::SERVICE_UNAVAILABLE, code, message.into())
}

/// The client asks for more than it may have at a time.
pub(crate) fn too_many(code: &'static str, message: impl Into<String>) -> Failure {
    later(StatusCode::TOO_MANY_REQUESTS, code, message.into())
}

fn later(status: StatusCode, code: &'static str, message: String) -> Failure {
    Failure::Door(DoorRefusal {
        status,
        code: Some(code),
        kind: None,
        retry_after: Some(SHORTLY),
        message,
    })
}

/// As much of a client's text as a refusal repeats, in bytes: it ends up in the log.
pub(crate) fn clipped(text: &str) -> &str {
    const SHOWN: usize = 128;
    &text[..text.floor_char_boundary(SHOWN)]
}

/// No key, or a wrong one.
pub(crate) fn denied(denied: &Denied) -> Failure {
    match denied {
        Denied::Missing => unauthorised("Missing API key"),
        Denied::Invalid => unauthorised("Invalid API key"),
        other => Failure::Door(DoorRefusal {
            status: other.status(),
            code: None,
            kind: None,
            retry_after: None,
            message: other.client_message().into(),
        }),
    }
}

/// The gateway's own 401. OpenAI's clients know it by this type and code.
fn unauthorised(message: &str) -> Failure {
    Failure::Door(DoorRefusal {
        status: StatusCode::UNAUTHORIZED,
        code: Some("invalid_api_key"),
        kind: Some("invalid_request_error"),
        retry_after: None,
        message: message.to_owned(),
    })
}
