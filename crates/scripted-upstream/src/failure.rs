//! The refusals a provider knows, and how each protocol words them.

use crate::{claude, gemini, openai};
use cliproxy_core::Protocol;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::Value;
use std::time::{Duration, SystemTime};

/// A refusal, rendered with the status, the headers and the body of the protocol that was spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// 402: the account has not paid.
    Billing,
    /// 403: the account may not do this.
    Forbidden,
    /// 500.
    Internal,
    /// What the provider says to a key it does not know: 401, but Gemini's disguised 400
    /// (`API_KEY_INVALID`).
    InvalidKey,
    /// 404: no such model.
    ModelNotFound,
    /// 529 from Anthropic, 503 with a code that says so from the others.
    Overloaded,
    /// 429 for requests per minute, with every retry hint the provider gives.
    RateLimit {
        /// The hint.
        retry_after: Duration,
    },
    /// 400: this very request, whoever sends it.
    Refused,
    /// 401 in every protocol: a token that has expired.
    Unauthorized,
    /// 503.
    Unavailable,
    /// 429 for a used-up allowance: `usage_limit_reached`, a rejected five hour window, or a daily
    /// quota.
    UsageLimit {
        /// The time until the allowance is renewed.
        resets_in: Duration,
    },
}

/// What a refused request is told.
pub(crate) const REFUSAL: &str = "a scripted refusal";

/// A reply that is an error.
#[derive(Debug)]
pub(crate) struct ErrorReply {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Value,
}

impl ErrorReply {
    pub(crate) fn new(status: u16, body: Value) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            headers: Vec::new(),
            body,
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// The headers; a text that cannot be one is left out.
    pub(crate) fn header_map(&self) -> HeaderMap {
        let parse = |text: &String| HeaderValue::from_str(text).ok();
        let headers = self.headers.iter();
        headers
            .filter_map(|(name, value)| Some((HeaderName::from_static(name), parse(value)?)))
            .collect()
    }
}

/// Renders a failure as `protocol` words it.
pub(crate) fn render(
    failure: Failure,
    protocol: Protocol,
    model: &str,
    now: SystemTime,
) -> ErrorReply {
    match protocol {
        Protocol::Chat | Protocol::Responses => openai::error::fail(failure, model, now),
        Protocol::Claude => claude::error::fail(failure, model, now),
        Protocol::Gemini => gemini::error::fail(failure, model),
    }
}

/// Whole seconds, rounded up: a hint must never be too short.
pub(crate) fn seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

/// Seconds since 1970 at the end of `wait`.
pub(crate) fn unix_after(now: SystemTime, wait: Duration) -> u64 {
    let since = now
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    seconds(since.saturating_add(wait))
}
