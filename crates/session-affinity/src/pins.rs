//! Which credential made a piece of state at its provider.

use crate::{
    key,
    state::{self, StateKind, StateRef},
    table::Table,
};
use cliproxy_core::{CredentialId, KeyDigest, Protocol};
use cliproxy_json::Head;
use sha2::{Digest as _, Sha256};
use std::{
    fmt,
    sync::atomic::{AtomicU8, Ordering::Relaxed},
    time::{Duration, Instant},
};

/// The makers of stored responses, items, context caches and files, per client: one client's ids
/// mean nothing for another. Bounded, and idle after a TTL, as [`Bindings`](crate::Bindings) are.
pub struct Pins {
    table: Table,
    /// A bit for each kind that was ever remembered.
    kinds: AtomicU8,
}

impl Pins {
    /// Room for `capacity` references; otherwise as [`Bindings::new`](crate::Bindings::new).
    #[must_use]
    pub fn new(ttl: Duration, capacity: u64, now: Instant) -> Self {
        Self {
            table: Table::new(ttl, capacity, now),
            kinds: AtomicU8::new(0),
        }
    }

    /// Changes the TTL, at once and for what is remembered already.
    pub fn set_ttl(&self, ttl: Duration) {
        self.table.set_ttl(ttl);
    }

    /// Notes who made this.
    pub fn remember(
        &self,
        client: &KeyDigest,
        state: &StateRef<'_>,
        credential: &CredentialId,
        now: Instant,
    ) {
        let fresh = self.table.record(credential, now);
        self.table.put(key_of(client, state), &fresh, now, |_| true);
        self.kinds.fetch_or(bit(state.kind), Relaxed);
    }

    /// Who made this, if it is known. Asking counts as use.
    #[must_use]
    pub fn lookup(
        &self,
        client: &KeyDigest,
        state: &StateRef<'_>,
        now: Instant,
    ) -> Option<CredentialId> {
        let record = self.table.get(key_of(client, state), now)?;
        record.touch(self.table.at(now));
        Some(record.credential().clone())
    }

    /// The first reference of a request whose maker is known, and the maker.
    ///
    /// Kinds of which nothing was ever remembered are not looked for, so that a gateway nobody
    /// uploads files through does not search every message for them.
    #[must_use]
    pub fn find<'a>(
        &self,
        client: &KeyDigest,
        protocol: Protocol,
        head: Option<&Head<'a>>,
        now: Instant,
    ) -> Option<(StateRef<'a>, CredentialId)> {
        let kinds = self.kinds.load(Relaxed);
        state::references(protocol, head, |kind| kinds & bit(kind) != 0)
            .into_iter()
            .find_map(|state| {
                let maker = self.lookup(client, &state, now)?;
                Some((state, maker))
            })
    }

    /// How many references are held, for metrics. Not exact while others insert.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.table.len()
    }

    /// Whether none is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for Pins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pins").finish_non_exhaustive()
    }
}

const fn bit(kind: StateKind) -> u8 {
    1 << kind as u8
}

fn key_of(client: &KeyDigest, state: &StateRef<'_>) -> u128 {
    let hash = Sha256::new()
        .chain_update(client.as_bytes())
        .chain_update([state.kind as u8])
        .chain_update(&*state.id);
    key::truncated(hash)
}

#[cfg(test)]
mod tests;
