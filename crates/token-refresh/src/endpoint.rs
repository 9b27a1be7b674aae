//! Who hands out new tokens.

use crate::{Grant, Tokens};
use futures_util::future::BoxFuture;
use std::time::Duration;
use thiserror::Error;

/// The token endpoint of one credential, ready to be asked: client, proxy and protocol are settled.
pub trait TokenEndpoint: Send + Sync {
    /// Asks once. The engine decides whether to ask again, and gives up after its own deadline;
    /// it never drops the future before that, since the answer may hold the only copy of a token.
    ///
    /// # Errors
    ///
    /// Why there are no new tokens, by what may be done next.
    fn refresh<'a>(&'a self, tokens: &'a Tokens) -> BoxFuture<'a, Result<Grant, RefreshError>>;
}

/// Why there are no new tokens, by what may be done next. No text of the answer is kept: it may hold
/// a token. `code` is the endpoint's own short error code (RFC 6749, section 5.2).
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefreshError {
    /// This refresh token will never be accepted again: somebody must sign in.
    #[error("the refresh token is not accepted any more ({code})")]
    Permanent {
        /// For example `invalid_grant`.
        code: Box<str>,
        /// The endpoint says that the token was used before: somebody else has rotated it.
        reused: bool,
    },
    /// The client, not the token, is refused: nothing helps but another configuration.
    #[error("the OAuth client is refused ({code})")]
    Misconfigured {
        /// For example `invalid_client`.
        code: Box<str>,
    },
    /// Too often. Clamped by the engine.
    #[error("the token endpoint asks for patience")]
    Throttled {
        /// What the endpoint asks for, if it says so.
        retry_after: Option<Duration>,
    },
    /// Nothing happened, or nothing that matters: ask again. Also a 200 that holds no token.
    #[error("{reason}")]
    Transient {
        /// Where it failed, for people.
        reason: Box<str>,
    },
    /// The request went out and no answer came: the token may or may not have been rotated.
    #[error("no answer from the token endpoint, which may have rotated the token ({reason})")]
    Ambiguous {
        /// Where it failed, for people.
        reason: Box<str>,
    },
    /// The proxy of this credential is not to be reached. There is no way around it.
    #[error("the proxy of this credential is not reached ({reason})")]
    Proxy {
        /// Where it failed, for people.
        reason: Box<str>,
    },
}
