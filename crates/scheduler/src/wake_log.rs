//! Tells every tier what ended before its time.

use std::sync::atomic::{
    AtomicU64,
    Ordering::{Acquire, Release},
};

use cliproxy_core::CredentialId;
use parking_lot::Mutex;

/// What ended before its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wake {
    /// A block of this credential.
    Credential(CredentialId),
    /// The rest of an upstream.
    Upstream,
}

/// How many wakes are kept. A tier that missed more looks at all it has parked, once.
const KEPT: usize = 64;

/// An append-only log of wakes, of which the last few can still be read.
///
/// A tier parks a blocked credential until the block's end and does not look at it before. When a
/// success ends the block early, the tiers that parked it must learn of it, those of a newer or
/// older roster too; nobody knows which these are. So it goes into one shared log, and each
/// tier compares one counter per pick. The alternative, a list of watchers in each health, needs
/// weak references into every roster that is still alive.
#[derive(Debug, Default)]
pub(crate) struct WakeLog {
    count: AtomicU64,
    wakes: Mutex<Vec<Wake>>,
}

/// More happened than the log remembers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Missed;

impl WakeLog {
    /// How many were ever logged.
    pub(crate) fn count(&self) -> u64 {
        // Pairs with the store below: whoever sees the count sees the health that was cleared.
        self.count.load(Acquire)
    }

    pub(crate) fn push(&self, wake: Wake) {
        let mut wakes = self.wakes.lock();
        let count = self.count();
        if wakes.len() < KEPT {
            wakes.push(wake);
        } else {
            wakes[place(count)] = wake;
        }
        self.count.store(count + 1, Release);
    }

    /// Calls `each` with those logged since `seen`, and moves `seen` on.
    pub(crate) fn catch_up(
        &self,
        seen: &mut u64,
        mut each: impl FnMut(&Wake),
    ) -> Result<(), Missed> {
        if self.count() == *seen {
            return Ok(());
        }
        let wakes = self.wakes.lock();
        let count = self.count();
        let new = std::mem::replace(seen, count)..count;
        if count - new.start > KEPT as u64 {
            return Err(Missed);
        }
        new.for_each(|number| each(&wakes[place(number)]));
        Ok(())
    }
}

const fn place(number: u64) -> usize {
    (number % KEPT as u64) as usize
}

#[cfg(test)]
mod tests;
