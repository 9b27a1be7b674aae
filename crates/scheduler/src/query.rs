//! What is asked of a roster, and what it answers.

use cliproxy_core::{CredentialId, Generation};

use crate::shard::Place;

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
    /// Those that this request has already been to.
    pub tried: &'a Tried,
}

/// The credentials that one request has been to.
///
/// A list, not a hash set: a request tries a handful, and an empty list allocates nothing.
#[derive(Clone, Debug, Default)]
pub struct Tried(Vec<CredentialId>);

/// A credential was chosen; the turn is taken.
#[derive(Clone, Debug)]
pub struct Pick {
    /// Who serves.
    pub credential: CredentialId,
    /// Which identity of that credential.
    pub generation: Generation,
    /// Whether this is the credential that [`Query::sticky`] preferred.
    pub sticky_hit: bool,
    pub(crate) shard: ShardId,
    pub(crate) place: Place,
    /// Counts the picks of a pool's owner, and so turns the pool.
    pub(crate) visit: u32,
}

impl Tried {
    /// Adds a credential, once.
    pub fn push(&mut self, credential: CredentialId) {
        if !self.contains(&credential) {
            self.0.push(credential);
        }
    }

    /// Whether the credential was tried.
    #[must_use]
    pub fn contains(&self, credential: &CredentialId) -> bool {
        self.0.contains(credential)
    }

    /// How many were tried.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none was tried.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets them all: a new round begins.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}
