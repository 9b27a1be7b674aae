//! Reasoning that clients drop, kept between the reply that showed it and the request that needs it.
//!
//! `docs/replay.md` has the rules. moka bounds the store and clears it; whether an entry still holds is
//! computed from the time it was last used and a `now` that the caller brings.

use cliproxy_core::{KeyDigest, Protocol};
use cliproxy_translators::{Remembered, Replay};
use moka::{
    notification::RemovalCause,
    policy::EvictionPolicy,
    sync::{Cache, CacheBuilder},
};
use rustc_hash::FxBuildHasher;
use sha2::{Digest as _, Sha256};
use std::{
    cell::RefCell,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

#[cfg(test)]
mod tests;

/// How long an entry holds that nobody asks for: as long as the longest common prompt cache.
const TTL: Duration = Duration::from_secs(60 * 60);

/// What all entries together may take, in bytes.
const ROOM: u64 = 64 << 20;

/// The most entries.
const ENTRIES: u64 = 10_240;

/// What every entry takes of [`ROOM`] at least, so that there are never more than [`ENTRIES`].
const SHARE: u32 = ROOM.div_ceil(ENTRIES) as u32;

/// Whose entries, and of which model.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner<'a> {
    pub(crate) client: &'a KeyDigest,
    /// What the upstream speaks, which says who can read its reasoning.
    pub(crate) upstream: Protocol,
    /// What the upstream calls the model.
    pub(crate) model: &'a str,
}

/// What is remembered of all conversations.
pub(crate) struct ReplayStore {
    /// Keys are hashes already.
    cache: Cache<Key, Arc<Entry>, FxBuildHasher>,
    /// Entries that had to go for others.
    evictions: Arc<AtomicU64>,
    origin: Instant,
}

/// 128 bits of a SHA-256, which holds the digest of the client's key: no client reaches what belongs to
/// another one, whatever ids it sends.
pub(crate) type Key = u128;

struct Entry {
    remembered: Arc<Remembered>,
    weight: u32,
    /// Nanoseconds since the store was made.
    used: AtomicU64,
}

impl ReplayStore {
    pub(crate) fn new(now: Instant) -> Self {
        let evictions = Arc::<AtomicU64>::default();
        let counted = Arc::clone(&evictions);
        let cache = CacheBuilder::new(ROOM)
            .eviction_listener(move |_, _, cause| {
                if cause == RemovalCause::Size {
                    counted.fetch_add(1, Relaxed);
                }
            })
            .eviction_policy(EvictionPolicy::lru())
            .weigher(|_, entry: &Arc<Entry>| entry.weight)
            .time_to_idle(TTL)
            .build_with_hasher(FxBuildHasher);
        Self {
            cache,
            evictions,
            origin: now,
        }
    }

    /// Keeps what was recorded of a reply, by the client's ids of its calls.
    pub(crate) fn keep(
        &self,
        owner: &Owner<'_>,
        remembered: Vec<(String, Remembered)>,
        now: Instant,
    ) {
        let prefix = owner.prefix();
        for (call, remembered) in remembered {
            let bytes = u32::try_from(remembered.bytes()).unwrap_or(u32::MAX);
            let entry = Entry {
                remembered: Arc::new(remembered),
                weight: bytes.max(SHARE),
                used: AtomicU64::new(self.at(now)),
            };
            self.cache.insert(key(&prefix, &call), Arc::new(entry));
        }
    }

    /// What one request can see.
    pub(crate) fn view(&self, owner: &Owner<'_>, now: Instant) -> View<'_> {
        View {
            store: self,
            prefix: owner.prefix(),
            now: self.at(now),
            recalled: RefCell::default(),
        }
    }

    /// An upstream has refused these.
    pub(crate) fn forget(&self, keys: &[Key]) {
        for key in keys {
            self.cache.remove(key);
        }
    }

    /// Nothing is to be remembered any more.
    pub(crate) fn clear(&self) {
        self.cache.invalidate_all();
    }

    /// How many entries had to go for others since the store was made: each may have been in the middle
    /// of a conversation.
    pub(crate) fn evictions(&self) -> u64 {
        self.evictions.load(Relaxed)
    }

    fn at(&self, moment: Instant) -> u64 {
        let since = moment.saturating_duration_since(self.origin);
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    }
}

impl fmt::Debug for ReplayStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplayStore")
            .field("entries", &self.cache.entry_count())
            .finish_non_exhaustive()
    }
}

impl Owner<'_> {
    /// Every piece has a length that is known or said, so that no two owners collide.
    fn prefix(&self) -> Sha256 {
        Sha256::new()
            .chain_update(self.client.as_bytes())
            .chain_update([self.upstream as u8])
            .chain_update(self.model.len().to_be_bytes())
            .chain_update(self.model)
    }
}

fn key(prefix: &Sha256, call: &str) -> Key {
    let digest: [u8; 32] = prefix.clone().chain_update(call).finalize().into();
    let (halves, _) = digest.as_chunks::<16>();
    halves
        .first()
        .map_or(0, |first| u128::from_be_bytes(*first))
}

/// The store as one request sees it. Looking an entry up renews it.
pub(crate) struct View<'a> {
    store: &'a ReplayStore,
    prefix: Sha256,
    now: u64,
    recalled: RefCell<Vec<Key>>,
}

impl View<'_> {
    /// What was found.
    pub(crate) fn into_recalled(self) -> Vec<Key> {
        self.recalled.into_inner()
    }
}

impl Replay for View<'_> {
    fn recall(&self, call: &str) -> Option<Arc<Remembered>> {
        let key = key(&self.prefix, call);
        let entry = self.store.cache.get(&key)?;
        let idle = self.now.saturating_sub(entry.used.load(Relaxed));
        if u128::from(idle) >= TTL.as_nanos() {
            return None;
        }
        entry.used.fetch_max(self.now, Relaxed);
        self.recalled.borrow_mut().push(key);
        Some(Arc::clone(&entry.remembered))
    }
}

impl fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View").finish_non_exhaustive()
    }
}
