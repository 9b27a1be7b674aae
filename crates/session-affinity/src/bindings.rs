//! Which credential a session is bound to.

use crate::{binding::Binding, key::SessionKey, session::SessionId, table::Table};
use cliproxy_core::CredentialId;
use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

/// The bindings of all sessions, bounded by evicting the least recently used.
///
/// A binding holds until it was not used for the TTL. Only a new or a moved binding is inserted; a
/// request that uses one stores a time and nothing else. Whether a bound credential still exists
/// and may serve is for the caller to check, with what [`lookup`](Self::lookup) gives.
pub struct Bindings {
    table: Table,
}

impl Bindings {
    /// Room for `capacity` names of sessions. A TTL of zero means [`DEFAULT_TTL`], one above
    /// [`MAX_TTL`] is cut. `now` is the earliest moment that will be asked about.
    ///
    /// [`DEFAULT_TTL`]: crate::DEFAULT_TTL
    /// [`MAX_TTL`]: crate::MAX_TTL
    #[must_use]
    pub fn new(ttl: Duration, capacity: u64, now: Instant) -> Self {
        Self {
            table: Table::new(ttl, capacity, now),
        }
    }

    /// Changes the TTL, at once and for the bindings that are there.
    pub fn set_ttl(&self, ttl: Duration) {
        self.table.set_ttl(ttl);
    }

    /// The binding of a session, which is used by this: its TTL starts again.
    ///
    /// The alias is asked first, then the primary name, then the name to inherit from; what is
    /// inherited becomes the binding of the primary name too, and nothing else is inserted.
    #[must_use]
    pub fn lookup(&self, id: &SessionId, now: Instant) -> Option<Arc<Binding>> {
        let binding = self.own(id, now).or_else(|| {
            let inherited = self.get(id.inherit_from?, now)?;
            Some(self.put_if_absent(id.primary, &inherited, now))
        })?;
        self.touch(&binding, now);
        Some(binding)
    }

    /// What [`lookup`](Self::lookup) would give, without using it.
    #[must_use]
    pub fn peek(&self, id: &SessionId, now: Instant) -> Option<Arc<Binding>> {
        self.own(id, now)
            .or_else(|| self.get(id.inherit_from?, now))
    }

    /// Binds a session that is not bound, under all its names. The winner of a race comes back: a
    /// session that is bound keeps its binding.
    pub fn bind(&self, id: &SessionId, to: &CredentialId, now: Instant) -> Arc<Binding> {
        let fresh = self.table.record(to, now);
        let winner = self.put_if_absent(id.primary, &fresh, now);
        self.touch(&winner, now);
        for name in [id.inherit_from, id.alias].into_iter().flatten() {
            self.put_if_absent(name, &winner, now);
        }
        winner
    }

    /// Moves a session for good, if it is still bound to `from` or not bound at all. What the
    /// primary name is bound to afterwards comes back; the other names follow it.
    pub fn rebind(
        &self,
        id: &SessionId,
        from: &CredentialId,
        to: &CredentialId,
        now: Instant,
    ) -> Arc<Binding> {
        let fresh = self.table.record(to, now);
        let winner = self
            .table
            .put(id.primary.0, &fresh, now, |held| {
                held.is_none_or(|held| held.credential() == from)
            })
            .unwrap_or(fresh);
        if let Some(name) = id.inherit_from {
            self.table.put(name.0, &winner, now, |held| {
                held.is_none_or(|held| held.credential() == from)
            });
        }
        // An alias that nobody has seen is not worth an entry: it may never come again.
        if let Some(name) = id.alias {
            self.table.put(name.0, &winner, now, |held| {
                held.is_some_and(|held| held.credential() == from)
            });
        }
        winner
    }

    /// Unbinds a session, as far as it is still bound to `from`: a late failure must not undo a
    /// newer binding.
    pub fn release(&self, id: &SessionId, from: &CredentialId) {
        for name in names(id) {
            self.table
                .remove_if(name.0, |held| held.credential() == from);
        }
    }

    /// Ends a session's binding, whoever it is bound to, and with it every name that shares it.
    pub fn invalidate(&self, id: &SessionId) {
        for name in names(id) {
            if let Some(held) = self.table.remove(name.0) {
                held.end();
            }
        }
    }

    /// Ends all bindings and stand-ins of a credential, in one step however many there are: no
    /// lookup gives them from now on. What is bound to the same credential afterwards holds.
    ///
    /// The room they take is free once their sessions are bound again, or are evicted.
    pub fn invalidate_credential(&self, credential: &CredentialId) {
        self.table.holders.end(credential);
    }

    /// Starts the TTL again, at the end of a long reply. Of a binding that was replaced or
    /// released meanwhile, nothing comes back.
    pub fn touch(&self, binding: &Binding, now: Instant) {
        binding.touch(self.table.at(now));
    }

    /// Who is to serve the session while its credential cannot, if somebody did within the TTL: there
    /// the prompt cache is the second warmest. Keeps a session from being scattered over all other
    /// credentials while its own is blocked, and blocked again.
    #[must_use]
    pub fn stand_in(&self, binding: &Binding, now: Instant) -> Option<CredentialId> {
        binding.stand_in(self.table.ttl(), self.table.at(now))
    }

    /// Notes who serves the session while its own credential cannot.
    pub fn set_stand_in(&self, binding: &Binding, by: &CredentialId, now: Instant) {
        binding.set_stand_in(self.table.holders.of(by), self.table.at(now));
    }

    /// How many names of sessions are held, for metrics. Not exact while others insert.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.table.len()
    }

    /// Whether none is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What a session is bound to under names that are its own.
    fn own(&self, id: &SessionId, now: Instant) -> Option<Arc<Binding>> {
        id.alias
            .and_then(|alias| self.get(alias, now))
            .or_else(|| self.get(id.primary, now))
    }

    fn get(&self, name: SessionKey, now: Instant) -> Option<Arc<Binding>> {
        self.table.get(name.0, now)
    }

    fn put_if_absent(&self, name: SessionKey, fresh: &Arc<Binding>, now: Instant) -> Arc<Binding> {
        self.table
            .put(name.0, fresh, now, |held| held.is_none())
            .unwrap_or_else(|| Arc::clone(fresh))
    }
}

fn names(id: &SessionId) -> impl Iterator<Item = SessionKey> {
    [Some(id.primary), id.inherit_from, id.alias]
        .into_iter()
        .flatten()
}

impl fmt::Debug for Bindings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bindings").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
