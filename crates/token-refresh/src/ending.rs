//! How attempts end, and how many ended how.

use std::time::Duration;

use crate::Verdict;

macro_rules! endings {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// How an attempt ended.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Ending {
            $($(#[$doc])* $name,)*
        }

        impl Ending {
            /// All of them.
            pub const ALL: [Self; endings!(@count $($name)*)] = [$(Self::$name,)*];

            /// For counters and logs.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
    (@count $($name:ident)*) => { [$(stringify!($name)),*].len() };
}

endings! {
    /// New tokens, on disk.
    Granted = "granted",
    /// New tokens, not on disk yet: a crash would lose them.
    AtRisk = "at-risk",
    /// Tokens that were at risk are on disk.
    Written = "written",
    /// Tokens that were at risk are still not on disk.
    Unwritten = "unwritten",
    /// Somebody else had refreshed it.
    Adopted = "adopted",
    /// New tokens that need another refresh at once.
    Ineffective = "ineffective",
    /// The credential is not there any more. What was granted meanwhile is lost with it.
    Discarded = "discarded",
    /// Nothing was asked: its token or its client is refused.
    Blocked = "blocked",
    /// The refresh token is refused for good.
    Permanent = "permanent",
    /// The client is refused.
    Misconfigured = "misconfigured",
    /// [`Trouble::Throttled`](crate::Trouble::Throttled)
    Throttled = "throttled",
    /// [`Trouble::Transient`](crate::Trouble::Transient)
    Transient = "transient",
    /// [`Trouble::Proxy`](crate::Trouble::Proxy)
    Proxy = "proxy",
    /// [`Trouble::Ambiguous`](crate::Trouble::Ambiguous)
    Ambiguous = "ambiguous",
    /// [`Trouble::Storage`](crate::Trouble::Storage)
    Storage = "storage",
    /// [`Trouble::Interrupted`](crate::Trouble::Interrupted)
    Interrupted = "interrupted",
}

/// How many attempts ended how since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    ended: [u64; Ending::ALL.len()],
    asked: u64,
}

impl Counts {
    /// Attempts that ended so.
    #[must_use]
    pub const fn of(&self, ending: Ending) -> u64 {
        self.ended[ending as usize]
    }

    /// How often a token endpoint was asked, in all attempts together.
    #[must_use]
    pub const fn asked(&self) -> u64 {
        self.asked
    }

    pub(crate) const fn ended(&mut self, ending: Ending) {
        self.ended[ending as usize] += 1;
    }

    pub(crate) const fn asks(&mut self) {
        self.asked += 1;
    }
}

/// What the engine tells whoever watches it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// An attempt ended, so long after it began.
    Ended(Ending, Duration),
    /// What is to be remembered about the credential's refresh token has changed, to this or to
    /// nothing.
    Verdict(Option<Verdict>),
}
