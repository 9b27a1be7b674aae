//! What refusals of real providers look like, and what the gateway makes of them.

use super::{quota::Exhausted, world::Wording};
use bytes::Bytes;
use cliproxy_core::{Operation, Protocol, Scope};
use cliproxy_executors::{Answer, Timeout, UpstreamError, classify};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use std::time::{Duration, SystemTime};

/// An answer on its way to its classification.
struct Words {
    status: u16,
    headers: HeaderMap,
    body: String,
}

fn words(status: u16, body: impl Into<String>) -> Words {
    Words {
        status,
        headers: HeaderMap::new(),
        body: body.into(),
    }
}

impl Words {
    fn header(mut self, name: &'static str, value: String) -> Self {
        let value = HeaderValue::try_from(value).unwrap();
        self.headers.insert(HeaderName::from_static(name), value);
        self
    }

    fn classified(self, protocol: Protocol, date: SystemTime) -> UpstreamError {
        let answer = Answer {
            protocol,
            operation: Operation::GenerateStream,
            status: StatusCode::from_u16(self.status).unwrap(),
            headers: self.headers,
            body: Some(Bytes::from(self.body)),
        };
        let classified = classify(&answer, date, 0.0);
        UpstreamError {
            kind: classified.kind,
            scope: classified.scope,
            stop: classified.stop,
            status: classified.status,
            answered: classified.answered,
            retry_after: classified.retry_after,
            ..UpstreamError::malformed(classified.message)
        }
    }
}

/// A limit is used up. Who can only say "in so many seconds" rounds up.
pub(super) fn limited(
    wording: Wording,
    limit: Exhausted,
    protocol: Protocol,
    date: SystemTime,
) -> UpstreamError {
    let seconds = |time: Duration| time.as_secs() + u64::from(time.subsec_nanos() > 0);
    let Some(promised) = limit.promised else {
        let kind = match limit.whole_account {
            true => "usage_limit_reached",
            false => "rate_limit_error",
        };
        let body = format!(r#"{{"error":{{"type":"{kind}","message":"Too many requests"}}}}"#);
        return words(429, body).classified(protocol, date);
    };
    // These two are about the account.
    let wording = match wording {
        Wording::Unified | Wording::UsageLimit if !limit.whole_account => Wording::RetryAfter,
        wording => wording,
    };
    let answer = match wording {
        Wording::Unified => {
            let since = date.duration_since(SystemTime::UNIX_EPOCH).unwrap();
            let reset = seconds(since + promised).to_string();
            words(
                429,
                r#"{"type":"error","error":{"type":"rate_limit_error"}}"#,
            )
            .header("anthropic-ratelimit-unified-5h-status", "rejected".into())
            .header("anthropic-ratelimit-unified-5h-reset", reset)
        }
        Wording::RetryAfter => words(429, r#"{"error":{"message":"Rate limit exceeded"}}"#)
            .header("retry-after", seconds(promised).to_string()),
        Wording::UsageLimit => {
            let seconds = seconds(promised);
            let error = format!(r#""type":"usage_limit_reached","resets_in_seconds":{seconds}"#);
            words(429, format!(r#"{{"error":{{{error}}}}}"#))
        }
        Wording::RetryDelay => {
            let delay = format!(r#""retryDelay":"{}s""#, promised.as_secs_f64());
            let kind = r#""@type":"type.googleapis.com/google.rpc.RetryInfo""#;
            words(
                429,
                format!(r#"{{"error":{{"code":429,"details":[{{{kind},{delay}}}]}}}}"#),
            )
        }
    };
    answer.classified(protocol, date)
}

/// The key is not valid any more.
pub(super) fn revoked(protocol: Protocol, date: SystemTime) -> UpstreamError {
    let body = r#"{"error":{"type":"authentication_error","message":"invalid x-api-key"}}"#;
    words(401, body).classified(protocol, date)
}

/// The account does not have the model.
pub(super) fn lacking(protocol: Protocol, date: SystemTime) -> UpstreamError {
    let body = r#"{"error":{"message":"The model is not available for your account"}}"#;
    words(400, body).classified(protocol, date)
}

/// It failed by itself.
pub(super) fn failing(status: u16, protocol: Protocol, date: SystemTime) -> UpstreamError {
    words(status, r#"{"error":{"message":"overloaded"}}"#).classified(protocol, date)
}

pub(super) fn unreachable() -> UpstreamError {
    UpstreamError::transport(Scope::Provider, "connection refused", None)
}

pub(super) fn silent() -> UpstreamError {
    UpstreamError::timeout(Timeout::Header)
}

/// The connection broke, and nobody knows what became of the request.
pub(super) fn broken() -> UpstreamError {
    UpstreamError::transport(Scope::Request, "connection reset", None)
}
