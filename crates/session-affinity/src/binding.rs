//! What a session is bound to.

use crate::holders::Holder;
use cliproxy_core::CredentialId;
use parking_lot::Mutex;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
};

/// A session's credential, shared by all names of the session.
///
/// A binding is never changed to another credential; it is replaced. Whoever still holds the old
/// one can therefore touch it without bringing it back.
#[derive(Debug)]
pub struct Binding {
    holder: Arc<Holder>,
    /// Set once, for all names of the session at the same time.
    ended: AtomicBool,
    /// Nanoseconds since the table's origin.
    last_used: AtomicU64,
    /// The bound credential has served the session under this binding.
    served: AtomicBool,
    stand_in: Mutex<Option<StandIn>>,
}

/// Who serves while the bound credential cannot.
#[derive(Debug)]
struct StandIn {
    holder: Arc<Holder>,
    /// Nanoseconds since the table's origin.
    last_chosen: u64,
}

impl Binding {
    /// The credential the session is bound to.
    #[must_use]
    pub fn credential(&self) -> &CredentialId {
        self.holder.credential()
    }

    /// Whether the credential has served the session since it was bound to it: until then there is
    /// no prompt cache to come back to.
    #[must_use]
    pub fn has_served(&self) -> bool {
        self.served.load(Relaxed)
    }

    /// Notes that the credential serves the session.
    pub fn serve(&self) {
        self.served.store(true, Relaxed);
    }

    pub(crate) const fn new(holder: Arc<Holder>, now: u64) -> Self {
        Self {
            holder,
            ended: AtomicBool::new(false),
            last_used: AtomicU64::new(now),
            served: AtomicBool::new(false),
            stand_in: Mutex::new(None),
        }
    }

    pub(crate) fn end(&self) {
        self.ended.store(true, Relaxed);
    }

    /// Whether it was ended, or all bindings of its credential were.
    pub(crate) fn has_ended(&self) -> bool {
        self.holder.has_ended() || self.ended.load(Relaxed)
    }

    pub(crate) fn idle(&self, now: u64) -> u64 {
        now.saturating_sub(self.last_used.load(Relaxed))
    }

    /// Never goes back: two requests may look at the clock in one order and arrive in the other.
    pub(crate) fn touch(&self, now: u64) {
        self.last_used.fetch_max(now, Relaxed);
    }

    pub(crate) fn stand_in(&self, ttl: u64, now: u64) -> Option<CredentialId> {
        let stand_in = self.stand_in.lock();
        let serves =
            |by: &&StandIn| now.saturating_sub(by.last_chosen) < ttl && !by.holder.has_ended();
        let valid = stand_in.as_ref().filter(serves)?;
        Some(valid.holder.credential().clone())
    }

    pub(crate) fn set_stand_in(&self, holder: Arc<Holder>, now: u64) {
        *self.stand_in.lock() = Some(StandIn {
            holder,
            last_chosen: now,
        });
    }
}
