//! Tells every tier whose block ended before its time.

use std::sync::atomic::{
    AtomicU64,
    Ordering::{Acquire, Release},
};

use cliproxy_core::CredentialId;
use parking_lot::Mutex;

/// How many names are kept. A tier that missed more looks at all it has parked, once.
const KEPT: usize = 64;

/// An append-only log of names, of which the last few can still be read.
///
/// A tier parks a blocked credential until the block's end and does not look at it before. When a
/// success ends the block early, the tiers that parked it must learn of it, those of a newer or
/// older roster too; nobody knows which these are. So the name goes into one shared log, and each
/// tier compares one counter per pick. The alternative, a list of watchers in each health, needs
/// weak references into every roster that is still alive.
#[derive(Debug, Default)]
pub(crate) struct WakeLog {
    count: AtomicU64,
    names: Mutex<Vec<CredentialId>>,
}

/// More happened than the log remembers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Missed;

impl WakeLog {
    /// How many names were ever logged.
    pub(crate) fn count(&self) -> u64 {
        // Pairs with the store below: whoever sees the count sees the health that was cleared.
        self.count.load(Acquire)
    }

    pub(crate) fn push(&self, credential: &CredentialId) {
        let mut names = self.names.lock();
        let count = self.count();
        if names.len() < KEPT {
            names.push(credential.clone());
        } else {
            names[place(count)] = credential.clone();
        }
        self.count.store(count + 1, Release);
    }

    /// Calls `each` with the names logged since `seen`, and moves `seen` on.
    pub(crate) fn catch_up(
        &self,
        seen: &mut u64,
        mut each: impl FnMut(&CredentialId),
    ) -> Result<(), Missed> {
        if self.count() == *seen {
            return Ok(());
        }
        let names = self.names.lock();
        let count = self.count();
        let new = std::mem::replace(seen, count)..count;
        if count - new.start > KEPT as u64 {
            return Err(Missed);
        }
        new.for_each(|number| each(&names[place(number)]));
        Ok(())
    }
}

const fn place(number: u64) -> usize {
    (number % KEPT as u64) as usize
}

#[cfg(test)]
mod tests;
