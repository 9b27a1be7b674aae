//! What outlives every snapshot: which credential a session, or a piece of state, belongs to.

use cliproxy_session_affinity::{Bindings, Extractor, Pins};
use std::{
    fmt,
    time::{Duration, Instant},
};

/// How many bindings, and how many pins, are kept.
const CAPACITY: u64 = 200_000;

/// Bindings and pins. A reload changes their TTL and keeps their content.
pub(crate) struct Memory {
    pub(crate) extractor: Extractor,
    pub(crate) bindings: Bindings,
    pub(crate) pins: Pins,
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory")
            .field("bindings", &self.bindings)
            .finish_non_exhaustive()
    }
}

impl Memory {
    /// `salt` is random and new in every process, so that ids made from a conversation's text
    /// cannot be guessed.
    pub(crate) fn new(salt: [u8; 32], ttl: Duration, now: Instant) -> Self {
        Self {
            extractor: Extractor::new(salt),
            bindings: Bindings::new(ttl, CAPACITY, now),
            pins: Pins::new(ttl, CAPACITY, now),
        }
    }

    pub(crate) fn set_ttl(&self, ttl: Duration) {
        self.bindings.set_ttl(ttl);
        self.pins.set_ttl(ttl);
    }
}
