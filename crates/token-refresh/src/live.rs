//! The tokens that requests are made with.

use crate::{Tokens, Validity};
use arc_swap::ArcSwap;
use std::{sync::Arc, time::SystemTime};

/// Which access token of a credential: a later one is greater, also across deletion and
/// re-creation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Revision(pub u64);

/// The tokens of a credential at one moment. They do not change; another revision replaces them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Current {
    /// Changes with the access token, and with nothing else.
    pub revision: Revision,
    /// What to make requests with.
    pub tokens: Tokens,
    /// From when until when, worked out once.
    pub validity: Validity,
}

impl Current {
    pub(crate) fn new(revision: Revision, tokens: Tokens) -> Self {
        let validity = Validity::of(&tokens);
        Self {
            revision,
            tokens,
            validity,
        }
    }

    /// Whether no request may be made with it; asked at every pick.
    #[must_use]
    pub fn is_expired(&self, now: SystemTime) -> bool {
        self.tokens.access.is_empty() || self.validity.is_over(now)
    }
}

/// Where the current tokens of one credential are found: what it shows is on disk, unless its
/// credential is reported to be at risk.
///
/// Successive snapshots share it, so a refresh changes no snapshot. Reading takes no lock.
#[derive(Debug)]
pub struct LiveTokens(ArcSwap<Current>);

impl LiveTokens {
    pub(crate) fn new(current: Current) -> Self {
        Self(ArcSwap::from_pointee(current))
    }

    /// The current ones.
    #[must_use]
    pub fn load(&self) -> Arc<Current> {
        self.0.load_full()
    }

    pub(crate) fn publish(&self, current: Current) {
        self.0.store(Arc::new(current));
    }
}
