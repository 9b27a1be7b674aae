//! What a roster is built from: routes, their candidates, and how failures cool them.

use std::{sync::Arc, time::Duration};

use cliproxy_core::{CredentialId, Generation, ModelId, ProviderId};

use crate::Custom;

/// Everything one roster is derived from.
///
/// A spec is complete: what it does not name does not exist in the roster built from it.
#[derive(Clone, Debug, Default)]
pub struct RosterSpec {
    /// How the candidates of one tier take turns.
    pub strategy: Strategy,
    /// The routes. Of two with the same key the first counts.
    pub shards: Vec<ShardSpec>,
    /// Where rotation over accounts begins that share a tier with others of several projects: random
    /// in production, so that gateways which start together do not all begin with the same account.
    pub seed: u64,
}

/// One route and the credentials that can serve it.
#[derive(Clone, Debug)]
pub struct ShardSpec {
    /// Names the route, for example `claude/claude-sonnet-4-5`.
    ///
    /// It must be stable across reloads: rotation continues where it was for the same key.
    pub key: Arc<str>,
    /// In any order. A tier is ordered by provider, the one with the most candidates in this route
    /// first, then by name; and by credential id. Of two candidates with the same credential the one
    /// with the higher priority counts.
    pub servings: Vec<ServingSpec>,
}

/// Credentials that serve a route with the same upstream models.
#[derive(Clone, Debug)]
pub struct ServingSpec {
    /// Who serves.
    ///
    /// Routes whose lists are the same ones, and not merely equal, share what is made of them: with
    /// ten thousand credentials on ten routes that is nearly all time and memory.
    pub candidates: Arc<[CandidateSpec]>,
    /// The upstream models that serve this route with these credentials.
    ///
    /// Two or more are a pool: each visit starts one further, and each has its own health. None
    /// means that the credentials belong to the route but cannot serve it until the next reload;
    /// they count as blocked without a known end.
    pub targets: Vec<ModelId>,
    /// Serve when nobody else of their priority is ready: for who can do the same, but not as well.
    pub reserve: bool,
}

/// One credential, in every route that it serves.
#[derive(Clone, Debug)]
pub struct CandidateSpec {
    /// Who serves.
    pub credential: CredentialId,
    /// Which identity that is; the same in every route. Health is never inherited across generations.
    pub generation: Generation,
    /// Whose account it is.
    pub provider: ProviderId,
    /// The account this is a project of, if there are several under one sign-in.
    ///
    /// Where every candidate of a tier has one, and there are at least two, the accounts take turns,
    /// and within each account its projects do.
    pub parent: Option<Arc<str>>,
    /// What is behind it, by base URL: failures to reach it are counted together. `None` is never
    /// passed over for the failures of others.
    pub upstream: Option<Arc<str>>,
    /// The share under [`Strategy::Weighted`], relative to the others of the tier; 0 is never picked.
    pub weight: u32,
    /// Whether it speaks WebSocket upstream.
    pub websocket: bool,
    /// Higher is served first; equal priorities form one tier, or two if some are in reserve.
    pub priority: i32,
    /// How failures of this credential cool it; the same in every route.
    pub cooling: Cooling,
}

impl ServingSpec {
    /// These credentials with these upstream models, not in reserve.
    pub fn new(candidates: impl Into<Arc<[CandidateSpec]>>, targets: Vec<ModelId>) -> Self {
        Self {
            candidates: candidates.into(),
            targets,
            reserve: false,
        }
    }
}

impl CandidateSpec {
    /// One of priority 0 and weight 1, alone with its account and its upstream.
    #[must_use]
    pub fn new(credential: CredentialId, provider: ProviderId) -> Self {
        Self {
            credential,
            generation: Generation::default(),
            provider,
            parent: None,
            upstream: None,
            weight: 1,
            websocket: false,
            priority: 0,
            cooling: Cooling::default(),
        }
    }
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// The first ready one, every time.
    FillFirst,
    /// The next ready one after the last that was picked.
    #[default]
    RoundRobin,
    /// Each as often as its weight says, spread as evenly as can be.
    Weighted,
    /// What an embedding program chooses.
    Custom(Custom),
}

impl Default for Cooling {
    fn default() -> Self {
        Self {
            enabled: true,
            transient: Some(Duration::from_secs(60)),
        }
    }
}

impl Strategy {
    /// The name used in the configuration, in reports and in logs.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::FillFirst => "fill-first",
            Self::RoundRobin => "round-robin",
            Self::Weighted => "weighted-round-robin",
            Self::Custom(_) => "custom",
        }
    }
}
