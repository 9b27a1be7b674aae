//! The bounded map under bindings and pins.
//!
//! moka bounds it and clears it; it does not decide. Whether a record still holds is computed from
//! the time it was last used and a `now` that the caller brings, so a changed TTL applies at once
//! to what is already there, and no test waits.

use crate::{binding::Binding, holders::Holders};
use cliproxy_core::CredentialId;
use moka::{
    ops::compute::Op,
    policy::EvictionPolicy,
    sync::{Cache, CacheBuilder},
};
use rustc_hash::FxBuildHasher;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

/// How long an unused binding holds where nothing else is configured: as long as the longest
/// common prompt cache.
pub const DEFAULT_TTL: Duration = Duration::from_secs(60 * 60);

/// The longest a binding can be told to hold while it is not used. Memory is bounded by capacity,
/// so this is only when unused records are cleared.
pub const MAX_TTL: Duration = Duration::from_secs(7 * 24 * 60 * 60);

pub(crate) struct Table {
    /// Keys are hashes already.
    cache: Cache<u128, Arc<Binding>, FxBuildHasher>,
    pub(crate) holders: Holders,
    origin: Instant,
    /// Nanoseconds, at most [`MAX_TTL`].
    ttl: AtomicU64,
}

impl Table {
    pub(crate) fn new(ttl: Duration, capacity: u64, now: Instant) -> Self {
        let cache = CacheBuilder::new(capacity)
            .eviction_policy(EvictionPolicy::lru())
            .time_to_idle(MAX_TTL)
            .build_with_hasher(FxBuildHasher);
        let table = Self {
            cache,
            holders: Holders::default(),
            origin: now,
            ttl: AtomicU64::new(0),
        };
        table.set_ttl(ttl);
        table
    }

    pub(crate) fn set_ttl(&self, ttl: Duration) {
        let ttl = if ttl.is_zero() { DEFAULT_TTL } else { ttl };
        self.ttl.store(nanos(ttl.min(MAX_TTL)), Relaxed);
    }

    /// Nanoseconds.
    pub(crate) fn ttl(&self) -> u64 {
        self.ttl.load(Relaxed)
    }

    /// A moment as records keep it.
    pub(crate) fn at(&self, moment: Instant) -> u64 {
        nanos(moment.saturating_duration_since(self.origin))
    }

    /// A new record; in the table only once it is put there.
    pub(crate) fn record(&self, credential: &CredentialId, now: Instant) -> Arc<Binding> {
        Arc::new(Binding::new(self.holders.of(credential), self.at(now)))
    }

    /// The record that holds now. Reading it does not touch it.
    pub(crate) fn get(&self, key: u128, now: Instant) -> Option<Arc<Binding>> {
        let now = self.at(now);
        self.cache.get(&key).filter(|held| self.holds(held, now))
    }

    /// Puts `fresh` in the place of whatever `gives_way`, in one atomic step; an expired record
    /// counts as none. What holds afterwards comes back.
    pub(crate) fn put(
        &self,
        key: u128,
        fresh: &Arc<Binding>,
        now: Instant,
        gives_way: impl FnOnce(Option<&Binding>) -> bool,
    ) -> Option<Arc<Binding>> {
        let now = self.at(now);
        let mut holds = None;
        self.cache.entry(key).and_compute_with(|entry| {
            let held = entry
                .map(moka::Entry::into_value)
                .filter(|held| self.holds(held, now));
            if gives_way(held.as_deref()) {
                holds = Some(Arc::clone(fresh));
                Op::Put(Arc::clone(fresh))
            } else {
                holds = held;
                Op::Nop
            }
        });
        holds
    }

    /// Takes the record out, expired or not.
    pub(crate) fn remove(&self, key: u128) -> Option<Arc<Binding>> {
        self.cache.remove(&key)
    }

    /// Removes the record if it is `unwanted`, in one atomic step.
    pub(crate) fn remove_if(&self, key: u128, unwanted: impl FnOnce(&Binding) -> bool) {
        self.cache.entry(key).and_compute_with(|entry| match entry {
            Some(entry) if unwanted(entry.value()) => Op::Remove,
            _ => Op::Nop,
        });
    }

    /// How many records there are, those included that do not hold any more.
    pub(crate) fn len(&self) -> u64 {
        self.cache.run_pending_tasks();
        self.cache.entry_count()
    }

    fn holds(&self, held: &Binding, now: u64) -> bool {
        !held.has_ended() && held.idle(now) < self.ttl()
    }
}

/// Saturates after 584 years.
fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
