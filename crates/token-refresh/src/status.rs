//! How a credential's tokens are, for people.

use crate::{LastError, LoginReason, Revision, Trouble};
use std::time::SystemTime;

/// How a credential's tokens are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Condition {
    /// Nothing is wrong.
    Fresh,
    /// An attempt is running, or waits for a worker.
    Refreshing,
    /// The last attempt failed.
    Failing {
        /// Why.
        trouble: Trouble,
        /// When it is tried again.
        next_try: SystemTime,
    },
    /// Somebody must sign in.
    NeedsLogin(LoginReason),
    /// The OAuth client is refused.
    Misconfigured,
    /// What is used is not on disk: a crash would lose it.
    AtRisk {
        /// When it is written again.
        next_try: SystemTime,
    },
    /// The refresh token may have been used up without an answer; one more try will tell.
    RotationUncertain,
    /// Nothing here is ever refreshed.
    NotRefreshed,
}

impl Condition {
    /// For tables and counters.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Refreshing => "refreshing",
            Self::Failing { .. } => "failing",
            Self::NeedsLogin(_) => "needs-login",
            Self::Misconfigured => "misconfigured",
            Self::AtRisk { .. } => "at-risk",
            Self::RotationUncertain => "rotation-uncertain",
            Self::NotRefreshed => "not-refreshed",
        }
    }
}

/// What can be said about a credential's tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// The one thing to know; what needs a person comes before what does not.
    pub condition: Condition,
    /// When something happens next without anybody asking.
    pub due_at: Option<SystemTime>,
    /// When the access token ends.
    pub expires_at: Option<SystemTime>,
    /// When it was granted.
    pub refreshed_at: Option<SystemTime>,
    /// Which one it is.
    pub revision: Revision,
    /// What went wrong last; gone after a success.
    pub last_error: Option<LastError>,
}
