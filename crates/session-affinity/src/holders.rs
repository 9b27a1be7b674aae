//! The credentials that something is bound to, each as one record that all its bindings share.
//!
//! This is what makes it cheap to end all bindings of a credential: a mark on the one record ends
//! them, however many there are, and a binding that is made afterwards gets another record. moka
//! can invalidate by a predicate too, but it compares times of its own clock, asks every predicate
//! at every read until a sweep is done, and may take what was bound in the same tick.

use cliproxy_core::CredentialId;
use parking_lot::RwLock;
use rustc_hash::FxHashMap;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

/// A credential, as long as what is bound to it holds.
#[derive(Debug)]
pub(crate) struct Holder {
    credential: CredentialId,
    ended: AtomicBool,
}

impl Holder {
    pub(crate) const fn credential(&self) -> &CredentialId {
        &self.credential
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Relaxed)
    }
}

/// The records of those credentials that something was bound to since they last ended.
#[derive(Default)]
pub(crate) struct Holders(RwLock<FxHashMap<CredentialId, Arc<Holder>>>);

impl Holders {
    pub(crate) fn of(&self, credential: &CredentialId) -> Arc<Holder> {
        if let Some(holder) = self.0.read().get(credential) {
            return Arc::clone(holder);
        }
        let mut holders = self.0.write();
        if holders.len() == holders.capacity() {
            // Before it grows: credentials come and go over the years, and those that nothing is
            // bound to any more are not kept. Room for as many again, so that this stays rare.
            holders.retain(|_, holder| Arc::strong_count(holder) > 1);
            let live = holders.len();
            holders.reserve(live);
        }
        let holder = holders.entry(credential.clone()).or_insert_with(|| {
            Arc::new(Holder {
                credential: credential.clone(),
                ended: AtomicBool::new(false),
            })
        });
        Arc::clone(holder)
    }

    pub(crate) fn end(&self, credential: &CredentialId) {
        if let Some(holder) = self.0.write().remove(credential) {
            holder.ended.store(true, Relaxed);
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.read().len()
    }
}
