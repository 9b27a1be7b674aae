//! What the token endpoint does with a call.

use crate::{
    Derailment,
    oauth::{Gate, TokenFailure},
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};
use std::{num::NonZeroU32, time::Duration};

/// What the token endpoint does with a call of an account.
///
/// Where tokens are made they are made first, and whatever goes wrong goes wrong with the answer:
/// an answer that is lost has used up the refresh token all the same.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum TokenBehaviour {
    /// Answers as it should.
    #[default]
    Answer,
    /// Waits between making the tokens and answering.
    Delayed {
        /// The wait.
        by: Duration,
        /// The answer.
        then: Box<Self>,
    },
    /// Makes the tokens, and leaves the rails after this many bytes of the response as it goes over
    /// the wire, head included.
    Derail {
        /// Bytes that are sent as they should be.
        after: usize,
        /// What follows them.
        then: Derailment,
    },
    /// Answers 200 with an error object. No tokens are made.
    ErrorIn200(TokenFailure),
    /// Does this to every `nth` call; the others are answered.
    Every {
        /// Which call of a row: 1 is all.
        nth: NonZeroU32,
        /// What happens to it.
        then: Box<Self>,
    },
    /// Refuses as the dialect words it. No tokens are made.
    Fail(TokenFailure),
    /// Waits between making the tokens and answering, until the gate is open.
    Held {
        /// The gate.
        gate: Gate,
        /// The answer.
        then: Box<Self>,
    },
    /// Answers 200 with an HTML sign-in page. No tokens are made.
    Html,
    /// Makes the tokens, and answers with these members in place of the right ones; `null` leaves
    /// one out.
    Patched(Map<String, Value>),
    /// Reads the call and resets the connection (a TCP RST). No tokens are made.
    Reset,
    /// Answers with the tokens that the account has already, and the rest of their life. No tokens
    /// are made.
    Same,
    /// Makes the tokens by a clock that is so many seconds ahead, or behind if negative. It shows in
    /// an absolute `expires_at` and in the claims of JWTs; `expires_in` stays right.
    Skewed(i64),
    /// Answers with exactly this. No tokens are made.
    Status {
        /// The status.
        status: StatusCode,
        /// The headers, besides the ones that frame the body.
        headers: HeaderMap,
        /// The body.
        body: Bytes,
    },
    /// Makes the tokens, and closes the connection in the middle of the announced body.
    Truncate,
}

impl TokenBehaviour {
    /// Makes the tokens and resets the connection before the first byte of an answer: what nobody
    /// can tell from a call that never arrived.
    #[must_use]
    pub const fn lost() -> Self {
        Self::Derail {
            after: 0,
            then: Derailment::Reset,
        }
    }

    /// Answers with this member in place of the right one.
    #[must_use]
    pub fn with(member: &str, value: impl Into<Value>) -> Self {
        Self::Patched([(member.to_owned(), value.into())].into_iter().collect())
    }

    /// Answers without this member.
    #[must_use]
    pub fn without(member: &str) -> Self {
        Self::with(member, Value::Null)
    }

    /// The same, `by` later.
    #[must_use]
    pub fn delayed(self, by: Duration) -> Self {
        let then = Box::new(self);
        Self::Delayed { by, then }
    }

    /// The same, once `gate` is open.
    #[must_use]
    pub fn held(self, gate: &Gate) -> Self {
        let gate = gate.clone();
        let then = Box::new(self);
        Self::Held { gate, then }
    }

    /// The same for every `nth` call, and a good answer for the others.
    #[must_use]
    pub fn every(self, nth: NonZeroU32) -> Self {
        let then = Box::new(self);
        Self::Every { nth, then }
    }
}

impl From<TokenFailure> for TokenBehaviour {
    fn from(failure: TokenFailure) -> Self {
        Self::Fail(failure)
    }
}
