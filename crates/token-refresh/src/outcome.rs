//! What a request asks, and what it is told.

use crate::{Current, LoginReason, Trouble};
use std::{sync::Arc, time::SystemTime};

/// Why somebody asks for fresh tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a date, an answer, or a person asks"
)]
pub enum Reason {
    /// The tokens are expired.
    Expired,
    /// An upstream refused them (401).
    Rejected,
    /// A person wants to know whether it works: refreshed if that is due, else left alone. The program
    /// may end right after, so nobody is asked for what could be kept in memory only.
    Checked,
}

/// What became of asking for fresh tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// These may be used: newer than the ones seen, and not expired.
    Fresh(Arc<Current>),
    /// There are none now. The next attempt is made at `next_try`; asking earlier changes nothing.
    Failed {
        /// Why.
        trouble: Trouble,
        /// When it is tried again.
        next_try: SystemTime,
    },
    /// Somebody must sign in.
    NeedsLogin(LoginReason),
    /// The OAuth client is refused: the configuration must change.
    Misconfigured,
    /// It has nothing to be refreshed with, or is of a kind that is not refreshed.
    Unrefreshable,
    /// It was deleted.
    Gone,
    /// The attempt is still running; it goes on without the one who asked.
    TimedOut,
    /// The gateway is stopping.
    Stopped,
}
