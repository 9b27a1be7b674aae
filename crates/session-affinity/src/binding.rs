//! What a session is bound to.

use cliproxy_core::CredentialId;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A session's credential, shared by all names of the session.
///
/// A binding is never changed to another credential; it is replaced. Whoever still holds the old
/// one can therefore touch it without bringing it back.
#[derive(Debug)]
pub struct Binding {
    credential: CredentialId,
    /// Nanoseconds since the table's origin.
    last_used: AtomicU64,
    stand_in: Mutex<Option<StandIn>>,
}

/// Who serves while the bound credential is blocked.
#[derive(Debug)]
struct StandIn {
    credential: CredentialId,
    /// Nanoseconds since the table's origin.
    until: u64,
}

impl Binding {
    /// The credential the session is bound to.
    #[must_use]
    pub const fn credential(&self) -> &CredentialId {
        &self.credential
    }

    pub(crate) const fn new(credential: CredentialId, now: u64) -> Self {
        Self {
            credential,
            last_used: AtomicU64::new(now),
            stand_in: Mutex::new(None),
        }
    }

    pub(crate) fn idle(&self, now: u64) -> u64 {
        now.saturating_sub(self.last_used.load(Relaxed))
    }

    /// Never goes back: two requests may look at the clock in one order and arrive in the other.
    pub(crate) fn touch(&self, now: u64) {
        self.last_used.fetch_max(now, Relaxed);
    }

    pub(crate) fn stand_in(&self, now: u64) -> Option<CredentialId> {
        let stand_in = self.stand_in.lock();
        let valid = stand_in.as_ref().filter(|stand_in| now < stand_in.until)?;
        Some(valid.credential.clone())
    }

    pub(crate) fn set_stand_in(&self, credential: CredentialId, until: u64) {
        *self.stand_in.lock() = Some(StandIn { credential, until });
    }
}
