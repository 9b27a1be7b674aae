//! Whoever is told what happens.

use crate::Event;
use cliproxy_core::CredentialId;

/// Told what happens, after it has happened: for logs, counters, and what is to be remembered.
pub trait Observer: Send + Sync {
    /// Must not wait, and must not call the engine.
    fn note(&self, credential: &CredentialId, event: &Event);
}
