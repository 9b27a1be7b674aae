//! What a roster is built from: routes, their candidates, and how failures cool them.

use std::{sync::Arc, time::Duration};

use cliproxy_core::{CredentialId, Generation, ModelId};

/// Everything one roster is derived from.
///
/// A spec is complete: what it does not name does not exist in the roster built from it.
#[derive(Clone, Debug, Default)]
pub struct RosterSpec {
    /// How the candidates of one tier take turns.
    pub strategy: Strategy,
    /// The routes. Of two with the same key the first counts.
    pub shards: Vec<ShardSpec>,
}

/// One route and the credentials that can serve it.
#[derive(Clone, Debug)]
pub struct ShardSpec {
    /// Names the route, for example `claude/claude-sonnet-4-5`.
    ///
    /// It must be stable across reloads: rotation continues where it was for the same key.
    pub key: Arc<str>,
    /// In any order; a tier is ordered by credential id. Of two candidates with the same
    /// credential the one with the higher priority counts, then the first.
    pub candidates: Vec<CandidateSpec>,
}

/// One credential's part in one route.
#[derive(Clone, Debug)]
pub struct CandidateSpec {
    /// Who serves.
    pub credential: CredentialId,
    /// Which identity that is; the same in every route. Health is never inherited across generations.
    pub generation: Generation,
    /// Higher is served first; equal priorities form one tier.
    pub priority: i32,
    /// The upstream models that serve this route with this credential.
    ///
    /// Two or more are a pool: each visit starts one further, and each has its own health. None
    /// means that the credential belongs to the route but cannot serve it until the next reload;
    /// it counts as blocked without a known end.
    pub targets: Vec<ModelId>,
    /// How failures of this credential cool it; the same in every route.
    pub cooling: Cooling,
}

/// Whether and how long failures block a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cooling {
    /// `false`: only [`ModelUnavailable`](cliproxy_core::ErrorKind::ModelUnavailable) blocks,
    /// because an account does not get a model by being asked again.
    pub enabled: bool,
    /// How long an upstream or transport failure blocks; `None` and zero: not at all.
    pub transient: Option<Duration>,
}

/// How the candidates of one tier take turns.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// The first ready one in id order, every time.
    FillFirst,
    /// The next ready one in id order after the last that was picked.
    #[default]
    RoundRobin,
}

impl Default for Cooling {
    fn default() -> Self {
        Self {
            enabled: true,
            transient: Some(Duration::from_secs(60)),
        }
    }
}
