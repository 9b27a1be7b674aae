//! The refusals of a token endpoint, and how each dialect words them.

use crate::{
    failure::{ErrorReply, seconds, unix_after},
    oauth::Dialect,
};
use jiff::fmt::rfc2822::DateTimePrinter;
use serde_json::json;
use std::time::{Duration, SystemTime};

/// A refusal, rendered with the status and the body of the dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenFailure {
    /// Whoever was asked has said no.
    AccessDenied,
    /// Nobody has approved the device code yet.
    AuthorizationPending,
    /// The device code was not approved in time.
    DeviceCodeExpired,
    /// The refresh token is too old.
    Expired,
    /// 403: the account may not have tokens.
    Forbidden,
    /// 500.
    Internal,
    /// The client is unknown, or its secret is wrong.
    InvalidClient,
    /// The refresh token, code or assertion is not good (any more).
    InvalidGrant,
    /// A member is missing, given twice or badly encoded.
    InvalidRequest,
    /// More than the account may be asked for.
    InvalidScope,
    /// The refresh token was revoked.
    Invalidated,
    /// 429.
    RateLimit(RetryHint),
    /// The refresh token was used before.
    Reused,
    /// Polled too often.
    SlowDown,
    /// 401 without an error code.
    Unauthorized,
    /// The client may not use this grant type.
    UnauthorizedClient,
    /// 503.
    Unavailable,
    /// No such grant type.
    UnsupportedGrantType,
}

/// How a 429 says how long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryHint {
    /// `retry-after` with the date at the end of the wait.
    Date(Duration),
    /// `retry-after-ms`.
    Millis(u64),
    /// It does not.
    None,
    /// `retry-after` with seconds.
    Seconds(u64),
}

/// A refusal, and why, for whoever reads the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) failure: TokenFailure,
    pub(crate) why: &'static str,
}

impl TokenFailure {
    pub(crate) const fn because(self, why: &'static str) -> Refused {
        Refused { failure: self, why }
    }

    /// The error code of the answer.
    pub(crate) const fn code(self, dialect: Dialect) -> &'static str {
        match self {
            Self::AccessDenied | Self::Forbidden => "access_denied",
            Self::AuthorizationPending => "authorization_pending",
            Self::DeviceCodeExpired => "expired_token",
            Self::Expired => match dialect {
                Dialect::Codex => "refresh_token_expired",
                _ => "invalid_grant",
            },
            Self::Internal => "server_error",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidScope => "invalid_scope",
            Self::Invalidated => match dialect {
                Dialect::Codex => "refresh_token_invalidated",
                _ => "invalid_grant",
            },
            Self::RateLimit(_) => "rate_limit_exceeded",
            Self::Reused => match dialect {
                Dialect::Codex => "refresh_token_reused",
                _ => "invalid_grant",
            },
            Self::SlowDown => "slow_down",
            Self::Unauthorized => "unauthorized",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::Unavailable => "temporarily_unavailable",
            Self::UnsupportedGrantType => "unsupported_grant_type",
        }
    }

    /// The status of the answer (RFC 6749, section 5.2), with what the dialects make of it.
    const fn status(self, dialect: Dialect) -> u16 {
        match (self, dialect) {
            (Self::AuthorizationPending, Dialect::Kimi) => 200,
            (Self::AuthorizationPending, Dialect::Google) => 428,
            (Self::AccessDenied | Self::SlowDown, Dialect::Google) | (Self::Forbidden, _) => 403,
            (Self::Expired | Self::Invalidated | Self::Reused, Dialect::Codex | Dialect::Kimi)
            | (Self::InvalidGrant, Dialect::Kimi)
            | (Self::InvalidClient | Self::Unauthorized, _) => 401,
            (Self::RateLimit(_), _) => 429,
            (Self::Internal, _) => 500,
            (Self::Unavailable, _) => 503,
            _ => 400,
        }
    }

    /// Whether `OpenAI` words it as its APIs do, and not as the standard does.
    const fn is_nested(self, dialect: Dialect) -> bool {
        matches!(dialect, Dialect::Codex)
            && matches!(
                self,
                Self::Expired
                    | Self::Forbidden
                    | Self::Internal
                    | Self::Invalidated
                    | Self::RateLimit(_)
                    | Self::Reused
                    | Self::Unauthorized
                    | Self::Unavailable
            )
    }
}

impl Refused {
    /// The answer.
    pub(crate) fn render(self, dialect: Dialect, now: SystemTime) -> ErrorReply {
        let Self { failure, why } = self;
        let code = failure.code(dialect);
        let body = if failure.is_nested(dialect) {
            json!({"error": {"message": why, "type": "invalid_request_error", "param": null, "code": code}})
        } else {
            json!({"error": code, "error_description": why})
        };
        let reply =
            ErrorReply::new(failure.status(dialect), body).with("cache-control", "no-store");
        match failure {
            TokenFailure::RateLimit(RetryHint::Seconds(wait)) => {
                reply.with("retry-after", &wait.to_string())
            }
            TokenFailure::RateLimit(RetryHint::Millis(wait)) => {
                reply.with("retry-after-ms", &wait.to_string())
            }
            TokenFailure::RateLimit(RetryHint::Date(wait)) => {
                reply.with("retry-after", &http_date(now, wait))
            }
            _ => reply,
        }
    }
}

impl From<TokenFailure> for Refused {
    fn from(failure: TokenFailure) -> Self {
        failure.because("a scripted refusal")
    }
}

/// The end of `wait` as a date of RFC 9110; a hint must never be too short.
fn http_date(now: SystemTime, wait: Duration) -> String {
    let second = unix_after(now, Duration::from_secs(seconds(wait)));
    i64::try_from(second)
        .ok()
        .and_then(|second| jiff::Timestamp::from_second(second).ok())
        .and_then(|end| {
            DateTimePrinter::new()
                .timestamp_to_rfc9110_string(&end)
                .ok()
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{RetryHint, TokenFailure};
    use crate::oauth::Dialect;
    use serde_json::Value;
    use std::time::{Duration, SystemTime};

    #[test]
    fn each_dialect_words_a_dead_token_in_its_own_way() {
        let check = |dialect, failure: TokenFailure, status: u16, pointer: &str, code: &str| {
            let reply = failure
                .because("why")
                .render(dialect, SystemTime::UNIX_EPOCH);
            assert_eq!(reply.status, status, "{dialect:?} {failure:?}");
            let found = reply.body.pointer(pointer).and_then(Value::as_str);
            assert_eq!(found, Some(code), "{dialect:?} {failure:?}: {}", reply.body);
        };
        let reused = TokenFailure::Reused;
        check(
            Dialect::Codex,
            reused,
            401,
            "/error/code",
            "refresh_token_reused",
        );
        check(Dialect::Google, reused, 400, "/error", "invalid_grant");
        check(Dialect::Kimi, reused, 401, "/error", "invalid_grant");
        check(Dialect::Plain, reused, 400, "/error", "invalid_grant");
        let pending = TokenFailure::AuthorizationPending;
        for (dialect, status) in [
            (Dialect::Google, 428),
            (Dialect::Kimi, 200),
            (Dialect::Plain, 400),
        ] {
            check(dialect, pending, status, "/error", "authorization_pending");
        }
    }

    #[test]
    fn a_rate_limit_hints_as_it_is_told() {
        let check = |hint, expected: Option<(&str, &str)>| {
            let reply = TokenFailure::RateLimit(hint)
                .because("why")
                .render(Dialect::Plain, SystemTime::UNIX_EPOCH);
            let headers = reply.header_map();
            let found = headers
                .iter()
                .find(|(name, _)| name.as_str().starts_with("retry"));
            let found = found.map(|(name, value)| (name.as_str(), value.to_str().expect("text")));
            assert_eq!((reply.status.as_u16(), found), (429, expected), "{hint:?}");
        };
        check(RetryHint::None, None);
        check(RetryHint::Seconds(2), Some(("retry-after", "2")));
        check(RetryHint::Millis(900), Some(("retry-after-ms", "900")));
        check(
            RetryHint::Date(Duration::from_millis(59_500)),
            Some(("retry-after", "Thu, 01 Jan 1970 00:01:00 GMT")),
        );
    }
}
