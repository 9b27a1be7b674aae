//! A failed attempt.

use bytes::Bytes;
use cliproxy_core::{ErrorKind, Scope};
use http::{HeaderMap, StatusCode};
use std::{borrow::Cow, fmt, time::Duration};

/// Why an attempt failed, whose fault it was, and what the upstream said.
///
/// Its text never contains the upstream's body: that goes to the client verbatim or re-rendered,
/// and to no log.
#[derive(Debug)]
pub struct UpstreamError {
    /// The classification that retry and cooldown are decided by.
    pub kind: ErrorKind,
    /// How far it reaches.
    pub scope: Scope,
    /// Another credential would be refused as well: do not try one.
    pub stop: bool,
    /// What the client is told if this is the last word.
    pub status: StatusCode,
    /// The upstream answered `status` itself, so that `body` and `headers` are its own.
    pub answered: bool,
    /// The upstream's response headers.
    pub headers: HeaderMap,
    /// The upstream's error body, at most 1 MiB of it, decompressed.
    pub body: Bytes,
    /// When the upstream says it can be asked again, measured from its answer.
    pub retry_after: Option<Duration>,
    /// What happened, in our own words.
    pub message: Cow<'static, str>,
    /// The cause, for logs.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Which deadline passed.
#[expect(clippy::exhaustive_enums, reason = "the deadlines of `Deadlines`")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timeout {
    /// No response head in time.
    Header,
    /// No byte in time.
    Idle,
    /// Bytes, but no semantic event in time.
    Progress,
    /// The whole call took too long.
    Total,
    /// The request, over all its attempts, took too long to begin its reply.
    Deadline,
}

impl UpstreamError {
    /// An upstream that could not be reached or whose reply broke off.
    #[must_use]
    pub fn transport(
        scope: Scope,
        message: impl Into<Cow<'static, str>>,
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self {
            kind: ErrorKind::Transport,
            scope,
            stop: false,
            status: StatusCode::BAD_GATEWAY,
            answered: false,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            retry_after: None,
            message: message.into(),
            source,
        }
    }

    /// An upstream that let a deadline pass.
    #[must_use]
    pub fn timeout(which: Timeout) -> Self {
        let message = match which {
            Timeout::Header => "the upstream did not answer in time (upstream.header-timeout)",
            Timeout::Idle => "the upstream went silent (upstream.idle-timeout)",
            Timeout::Progress => "the upstream made no progress (upstream.progress-timeout)",
            Timeout::Total => "the request took too long (upstream.total-timeout)",
            Timeout::Deadline => "no reply has begun in time (request-deadline)",
        };
        Self {
            status: StatusCode::GATEWAY_TIMEOUT,
            ..Self::transport(Scope::Provider, message, None)
        }
    }

    /// A reply that is not what the protocol allows.
    #[must_use]
    pub fn malformed(message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind: ErrorKind::Upstream,
            ..Self::transport(Scope::Provider, message, None)
        }
    }

    /// A reply that ended before its protocol's terminal.
    #[must_use]
    pub fn truncated() -> Self {
        Self {
            kind: ErrorKind::Upstream,
            ..Self::transport(
                Scope::Request,
                "the upstream ended the reply before it was complete",
                None,
            )
        }
    }
}

impl fmt::Display for UpstreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for UpstreamError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|e| e as _)
    }
}
