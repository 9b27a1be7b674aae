//! What an answer without a token means for the next attempt.

use super::exchange::{Manners, Proof};
use crate::classify::asked_to_wait;
use cliproxy_token_refresh::RefreshError;
use http::{HeaderMap, StatusCode};
use memchr::memmem;
use std::time::SystemTime;

/// The refresh token is at its end (RFC 6749 section 5.2, and OpenAI's own words).
const FINAL: [&str; 4] = [
    "invalid_grant",
    REUSED,
    "refresh_token_expired",
    "refresh_token_invalidated",
];
const REUSED: &str = "refresh_token_reused";

/// The client, or what it asks for, is refused, and would be the next time.
const CLIENT: [&str; 5] = [
    "invalid_client",
    "invalid_request",
    "invalid_scope",
    "unauthorized_client",
    "unsupported_grant_type",
];

/// Other names of too many requests.
const TOO_OFTEN: [&str; 3] = ["rate_limit_exceeded", "slow_down", "too_many_requests"];

/// An answer that holds no access token.
pub(super) struct Refusal<'a> {
    pub(super) status: StatusCode,
    pub(super) headers: &'a HeaderMap,
    pub(super) code: Option<String>,
    /// The body that was sent: a code that stands in it is not repeated.
    pub(super) sent: &'a [u8],
    pub(super) host: &'a str,
    pub(super) now: SystemTime,
}

impl Refusal<'_> {
    pub(super) fn classify(self, manners: &Manners) -> RefreshError {
        let code = self.code.as_deref().unwrap_or_default();
        let is_one_of = |codes: &[&str]| codes.contains(&code);
        // A server in trouble, or a proxy, says nothing about the token, whatever the text.
        match self.status {
            StatusCode::TOO_MANY_REQUESTS => return self.throttled(),
            StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
                let reason = "it wants a user name and password".into();
                return RefreshError::Proxy { reason };
            }
            status if status.is_server_error() => return self.transient(),
            _ => {}
        }
        let ends = is_one_of(&FINAL)
            || self.status == StatusCode::UNAUTHORIZED
            || self.status == StatusCode::FORBIDDEN && manners.forbidden_is_final;
        match () {
            () if is_one_of(&CLIENT) => RefreshError::Misconfigured {
                code: self.shown().into(),
            },
            () if is_one_of(&TOO_OFTEN) => self.throttled(),
            () if ends => match manners.proof {
                Proof::RefreshToken => RefreshError::Permanent {
                    code: self.shown().into(),
                    reused: code == REUSED,
                },
                // There is no token that could be used up: the key is refused.
                Proof::ServiceAccount => RefreshError::Misconfigured {
                    code: format!(
                        "{}; was the key deleted, or is this machine's clock wrong?",
                        self.shown()
                    )
                    .into(),
                },
            },
            () => self.transient(),
        }
    }

    fn throttled(&self) -> RefreshError {
        RefreshError::Throttled {
            retry_after: asked_to_wait(self.headers, self.now),
        }
    }

    fn transient(&self) -> RefreshError {
        let Self { status, host, .. } = self;
        let status = status.as_u16();
        let reason = match self.safe_code() {
            Some(code) => format!("{host} answered {status} ({code})"),
            None => format!("{host} answered {status} without a token"),
        };
        RefreshError::Transient {
            reason: reason.into(),
        }
    }

    /// The code, or the status where there is none to show.
    fn shown(&self) -> String {
        let status = || format!("status {}", self.status.as_u16());
        self.safe_code().map_or_else(status, str::to_owned)
    }

    /// A code that reads like one: an endpoint may repeat a token where a code belongs.
    fn safe_code(&self) -> Option<&str> {
        let code = self.code.as_deref()?;
        let known = [&FINAL[..], &CLIENT, &TOO_OFTEN].concat().contains(&code);
        let plain = code.len() <= 40
            && code
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            && memmem::find(self.sent, code.as_bytes()).is_none();
        (known || plain).then_some(code)
    }
}

#[cfg(test)]
mod tests;
