//! What outlives every snapshot: which credential a session, or a piece of state, belongs to, and the
//! reasoning that clients drop.

use crate::replay::ReplayStore;
use cliproxy_scheduler::Recorded;
use cliproxy_session_affinity::{Bindings, Extractor, Pins};
use std::{
    fmt,
    time::{Duration, Instant},
};
use tokio::sync::{Notify, watch};

/// How many bindings, and how many pins, are kept.
const CAPACITY: u64 = 200_000;

/// Bindings, pins and reasoning. A reload changes the TTL of the first two and keeps all content.
pub(crate) struct Memory {
    pub(crate) extractor: Extractor,
    pub(crate) bindings: Bindings,
    pub(crate) pins: Pins,
    pub(crate) replay: ReplayStore,
    /// The epoch of the last snapshot that has a credential which the one before had not, for requests
    /// that wait for one.
    pub(crate) added: watch::Sender<u64>,
    /// Rings when a credential begins or ceases to rest.
    pub(crate) health_changed: Notify,
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
            replay: ReplayStore::new(now),
            added: watch::Sender::new(0),
            health_changed: Notify::new(),
        }
    }

    /// Takes note of what an outcome did to a credential.
    pub(crate) fn recorded(&self, recorded: Recorded) {
        if recorded != Recorded::Unchanged {
            self.health_changed.notify_one();
        }
    }

    pub(crate) fn set_ttl(&self, ttl: Duration) {
        self.bindings.set_ttl(ttl);
        self.pins.set_ttl(ttl);
    }
}
