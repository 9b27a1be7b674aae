//! An error that an upstream put into a 200, as the status it stands for.

use bytes::Bytes;
use cliproxy_core::{Operation, Protocol};
use cliproxy_executors::{Answer, UpstreamError, classify};
use cliproxy_json::{Kind, Value};
use cliproxy_translators::{Failure, error_body};
use http::{HeaderMap, StatusCode};
use std::time::SystemTime;

/// Classifies such an error like an answer of that status.
///
/// `data` is what carried it: where that has the shape of the protocol's error bodies it is the
/// body, so that a client reads code and wording as the upstream wrote them. The message is ours,
/// and logged.
pub(crate) fn in_band(protocol: Protocol, failure: &Failure, data: &[u8]) -> UpstreamError {
    let status = StatusCode::from_u16(failure.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let body = if is_error_body(data) {
        Bytes::copy_from_slice(data)
    } else {
        error_body(protocol, &failure.view())
    };
    let answer = Answer {
        protocol,
        operation: Operation::Generate,
        status,
        headers: HeaderMap::new(),
        body: Some(body.clone()),
    };
    // There are no headers, so nothing to spread. Dates in an event are rare, and without the upstream's clock worth little.
    let classified = classify(&answer, SystemTime::UNIX_EPOCH, 0.0);
    // What the upstream did not word names the entry later, like every such failure.
    let message = match failure.is_quoted {
        true => format!("the upstream sent an error ({})", status.as_u16()),
        false => failure.message.clone(),
    };
    UpstreamError {
        kind: classified.kind,
        scope: classified.scope,
        stop: classified.stop,
        status: classified.status,
        answered: classified.answered && failure.is_quoted,
        retry_after: classified.retry_after,
        body,
        ..UpstreamError::malformed(message)
    }
}

fn is_error_body(data: &[u8]) -> bool {
    let error = Value::parse_bytes(data)
        .ok()
        .and_then(|data| data.get("error"));
    error.is_some_and(|error| error.kind() == Kind::Object)
}

#[cfg(test)]
mod tests {
    use super::in_band;
    use cliproxy_core::{
        ErrorKind::{self, Auth, BadRequest, Quota, Upstream},
        Protocol, Scope,
    };
    use cliproxy_translators::Failure;
    use std::time::Duration;

    #[track_caller]
    fn check(
        status: u16,
        code: &str,
        message: &str,
        expected: (ErrorKind, Scope, bool),
    ) -> Option<Duration> {
        let failure = Failure {
            status,
            code: Some(code.to_owned()).filter(|code| !code.is_empty()),
            message: message.to_owned(),
            is_quoted: true,
        };
        let error = in_band(Protocol::Responses, &failure, b"");
        assert_eq!((error.kind, error.scope, error.stop), expected, "{message}");
        assert!(
            !error.message.contains(message),
            "logged: {}",
            error.message
        );
        error.retry_after
    }

    #[test]
    fn errors_inside_a_stream_are_classified_like_answers() {
        let limited = (Quota, Scope::Model, false);
        let after = check(429, "rate_limit_exceeded", "try again in 2s", limited);
        assert_eq!(after, Some(Duration::from_secs(2)));
        let exhausted = (Quota, Scope::Credential, false);
        check(429, "insufficient_quota", "no quota left", exhausted);
        check(401, "", "who are you", (Auth, Scope::Credential, false));
        let refused = (BadRequest, Scope::Request, true);
        check(400, "", "bad \"quoted\" text", refused);
        check(502, "context_length_exceeded", "too long", refused);
        let down = (Upstream, Scope::Provider, false);
        check(529, "overloaded_error", "x y", down);
        check(500, "", "odd one", down);
        check(502, "", "odd two", down);
    }

    #[test]
    fn what_has_the_shape_of_an_error_body_stays_as_it_was_sent() {
        let failure = Failure {
            status: 400,
            code: Some("context_length_exceeded".into()),
            message: "too long".into(),
            is_quoted: true,
        };
        let sent = br#"{"error":{"message":"too long","code":"context_length_exceeded","param":"messages"}}"#;
        let error = in_band(Protocol::Chat, &failure, sent);
        assert_eq!(error.body, sent[..]);
        let event = br#"{"type":"error","code":"context_length_exceeded","message":"too long"}"#;
        let error = in_band(Protocol::Responses, &failure, event);
        let body = String::from_utf8_lossy(&error.body);
        assert!(body.starts_with(r#"{"error":{"#), "{body}");
        assert!(body.contains("context_length_exceeded"), "{body}");
    }

    #[test]
    fn what_no_upstream_worded_says_what_it_did() {
        let failure = Failure {
            status: 502,
            code: None,
            message: "the upstream sent no reply".into(),
            is_quoted: false,
        };
        let error = in_band(Protocol::Chat, &failure, b"");
        assert_eq!(error.message, "the upstream sent no reply");
        assert!(!error.answered);
    }
}
