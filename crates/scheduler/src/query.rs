//! What is asked of a roster, and what it answers.

use std::sync::Arc;

use cliproxy_core::{CredentialId, Generation};

use crate::{breaker::Lease, slot::Slot, tier::Tier};

/// Names one route of one roster. Worth nothing in another roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ShardId(pub(crate) u32);

/// Who may serve, and who should.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// The route.
    pub shard: ShardId,
    /// Only this credential may serve: it holds state on the provider's side.
    pub pin: Option<&'a CredentialId>,
    /// This credential is preferred while it is ready, whatever its tier: a warm prompt cache is
    /// worth more than a priority.
    pub sticky: Option<&'a CredentialId>,
    /// The same of this one, while the sticky one is not ready: it has stood in for it before.
    pub stand_in: Option<&'a CredentialId>,
    /// Credentials that speak WebSocket are preferred, whatever their tier. Changes nothing for a
    /// pin, or for a sticky credential or its stand-in that is ready.
    pub websocket: bool,
    /// Those that this request has already been to.
    pub tried: &'a Tried,
}

/// What one request has been to.
///
/// Lists, not hash sets: a request tries a handful, and empty lists allocate nothing.
#[derive(Clone, Debug, Default)]
pub struct Tried {
    credentials: Vec<CredentialId>,
    upstreams: Vec<Arc<str>>,
    probed: bool,
}

/// A credential was chosen; the turn is taken.
///
/// Where it was chosen although nothing was ready, it holds the right to be the only one that tries,
/// until it is dropped.
#[derive(Debug)]
pub struct Pick {
    pub(crate) tier: Arc<Tier>,
    pub(crate) slot: usize,
    /// Counts the picks of a pool's owner, and so turns the pool.
    pub(crate) visit: u32,
    pub(crate) sticky_hit: bool,
    pub(crate) lease: Option<Lease>,
}

impl<'a> Query<'a> {
    /// Anybody who was not tried.
    #[must_use]
    pub const fn of(shard: ShardId, tried: &'a Tried) -> Self {
        Self {
            shard,
            pin: None,
            sticky: None,
            stand_in: None,
            websocket: false,
            tried,
        }
    }
}

impl Pick {
    /// Who serves.
    #[must_use]
    pub fn credential(&self) -> &CredentialId {
        &self.slot().seat.credential
    }

    /// Which identity of that credential.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.slot().vitals.generation
    }

    /// Whether this is the credential that [`Query::sticky`] preferred.
    #[must_use]
    pub const fn sticky_hit(&self) -> bool {
        self.sticky_hit
    }

    /// Whether its block is on and is being doubted: quotas come back before their date.
    #[must_use]
    pub const fn is_probe(&self) -> bool {
        matches!(self.lease, Some(Lease::Probe(_)))
    }

    pub(crate) fn slot(&self) -> Slot<'_> {
        self.tier.slots.at(self.slot)
    }
}

impl Tried {
    /// Adds a credential, once.
    pub fn push(&mut self, credential: CredentialId) {
        if !self.contains(&credential) {
            self.credentials.push(credential);
        }
    }

    /// Adds the credential of a pick. A request doubts one block only: after a probe there is no
    /// second.
    pub fn visited(&mut self, pick: &Pick) {
        self.probed |= pick.is_probe();
        self.push(pick.credential().clone());
    }

    /// The upstream of this pick could not be reached, or failed. It may be passed over from now on,
    /// but not by this request: its other credentials are tried all the same.
    pub fn met_failing(&mut self, pick: &Pick) {
        if let Some(breaker) = &pick.slot().breaker
            && !self.met(&breaker.upstream)
        {
            self.upstreams.push(Arc::clone(&breaker.upstream));
        }
    }

    /// Whether the credential was tried.
    #[must_use]
    pub fn contains(&self, credential: &CredentialId) -> bool {
        self.credentials.contains(credential)
    }

    /// How many credentials were tried.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.credentials.len()
    }

    /// Whether none was tried.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.credentials.is_empty()
    }

    /// Forgets the credentials: a new round begins. What was learned of upstreams, and that a block
    /// was doubted, stays.
    pub fn clear(&mut self) {
        self.credentials.clear();
    }

    pub(crate) fn met(&self, upstream: &Arc<str>) -> bool {
        self.upstreams.contains(upstream)
    }

    pub(crate) const fn may_probe(&self) -> bool {
        !self.probed
    }
}
