//! Why a credential has no newer token.

use crate::Fingerprint;
use std::{str::FromStr, time::SystemTime};
use thiserror::Error;

/// Why the last attempt gave no newer token, and another one will be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Trouble {
    /// The token endpoint was not reached, or answered with nonsense.
    Transient,
    /// The proxy of the credential was not reached; there is no way around it.
    Proxy,
    /// The token endpoint asks for patience.
    Throttled,
    /// No answer came: the refresh token may have been used up.
    Ambiguous,
    /// The credential cannot be read or locked, or its tokens could not be written down.
    Storage,
    /// It was refreshed, and needs another refresh at once, or was refused at once.
    Ineffective,
    /// The attempt was broken off.
    Interrupted,
}

impl Trouble {
    /// For logs, counters and tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::Proxy => "proxy",
            Self::Throttled => "throttled",
            Self::Ambiguous => "ambiguous",
            Self::Storage => "storage",
            Self::Ineffective => "ineffective",
            Self::Interrupted => "interrupted",
        }
    }
}

/// Why somebody must sign in again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LoginReason {
    /// The refresh token is not accepted any more.
    Refused,
    /// No answer came, and then it was not accepted any more: the new one was lost on the way.
    AmbiguousRotation,
}

/// A text that is no [`LoginReason`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("no reason for signing in")]
pub struct UnknownReason;

impl LoginReason {
    /// For logs, tables and files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::AmbiguousRotation => "ambiguous-rotation",
        }
    }
}

impl FromStr for LoginReason {
    type Err = UnknownReason;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all = [Self::Refused, Self::AmbiguousRotation].into_iter();
        all.find(|reason| reason.as_str() == text)
            .ok_or(UnknownReason)
    }
}

/// A refresh token that is never used again. Whoever keeps credentials keeps this beside them and
/// hands it back after a restart ([`Remembered`](crate::Remembered)).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "written to disk and read back")]
pub struct Verdict {
    /// Which one. Another token in its place is not meant.
    pub token: Fingerprint,
    /// Why.
    pub reason: LoginReason,
    /// The token endpoint's own short error code.
    pub code: Box<str>,
    /// Since when.
    pub since: SystemTime,
}

/// What went wrong last.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LastError {
    /// When.
    pub at: SystemTime,
    /// What, for people. It holds no secret and no body.
    pub text: Box<str>,
}
