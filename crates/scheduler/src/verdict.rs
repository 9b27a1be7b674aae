//! The results that travel between a request and the roster.

use std::time::Duration;

use cliproxy_core::{ErrorKind, Scope};

use crate::moment::Moment;

/// `Retry-After` counts whole seconds, and zero would invite a client to spin.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);

/// How an attempt ended.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The upstream has begun to serve: it can be reached, and a block that was doubted is over. Long
    /// replies need not end before others profit.
    Began,
    /// The upstream served the request.
    Succeeded,
    /// It did not.
    Failed {
        /// What went wrong.
        kind: ErrorKind,
        /// How far it reaches. [`Scope::Request`] never changes health.
        scope: Scope,
        /// When the upstream wants to be asked again, counted from now; zero is no hint.
        retry_after: Option<Duration>,
    },
    /// It did not, and the operator says that the credential rests for it, whatever the failure
    /// would mean by itself and even where cooling is off: for the hint if there is one, else for as
    /// long as a failure of this kind does, else a minute.
    Ruled {
        /// What went wrong.
        kind: ErrorKind,
        /// How far it reaches; [`Scope::Request`] counts as [`Scope::Model`].
        scope: Scope,
        /// As in [`Outcome::Failed`].
        retry_after: Option<Duration>,
    },
}

/// What an outcome did to the credential's health.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// Nothing.
    Unchanged,
    /// Earlier failures are forgotten, and their block, if it was still on, has ended.
    Cleared,
    /// The block that now stands. It is an older one if that lasts longer.
    Blocked(Block),
}

/// Why, how far and how long a credential is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// The failure that set it.
    pub reason: ErrorKind,
    /// [`Scope::Model`] or [`Scope::Credential`].
    pub scope: Scope,
    /// How long it lasts from now; more than zero.
    pub remaining: Duration,
    /// When it may be doubted, counted from now: of a long block, one request is let through before
    /// the end if nobody else is ready.
    pub probe: Option<Duration>,
}

/// What a route can be expected to do, for listings.
#[expect(
    clippy::exhaustive_enums,
    reason = "a listing must decide about every answer"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Availability {
    /// Some candidate is ready.
    Ready,
    /// None is ready, but one only waits for a quota or for an upstream to recover.
    CoolingOnly,
    /// Every candidate is blocked because of what it is: refused, not paid for, without the model.
    Gone,
}

/// Nobody can serve.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoCapacity {
    /// Candidates are left, and the end of a block is known.
    #[error(
        "every credential for this route is cooling down, the first for another {retry_after:?}"
    )]
    CoolingDown {
        /// Until the first of them is ready; at least one second.
        retry_after: Duration,
    },
    /// Every candidate was tried.
    #[error("every credential for this route was tried")]
    Exhausted,
    /// Candidates are left, and it is not known when one will be ready.
    #[error("no credential for this route is usable")]
    Unavailable,
    /// The route has no such candidate.
    #[error("no credential serves this route")]
    Unserved,
}

impl NoCapacity {
    /// From the moment the first untried candidate is ready; `None` if all were tried.
    pub(crate) fn until(earliest: Option<Moment>, now: Moment) -> Self {
        match earliest {
            None => Self::Exhausted,
            Some(Moment::NEVER) => Self::Unavailable,
            Some(end) => Self::CoolingDown {
                retry_after: end.since(now).max(SHORTEST_WAIT),
            },
        }
    }
}
