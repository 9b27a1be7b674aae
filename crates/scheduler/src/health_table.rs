//! Who has which health, and what of it outlives a reload.

use std::sync::Arc;

use cliproxy_core::{CredentialId, ErrorKind, Generation, ModelId, Scope, canonical};
use rustc_hash::FxHashMap;

use crate::{
    CandidateSpec,
    breaker::Breaker,
    health::{Health, Sentence},
    moment::Moment,
};

/// The health of every credential of a roster, and of what is behind them.
///
/// Filled when the roster is built and never by a request, so that clients cannot grow it.
#[derive(Debug, Default)]
pub(crate) struct HealthTable {
    credentials: FxHashMap<CredentialId, CredentialHealth>,
    breakers: FxHashMap<Arc<str>, Arc<Breaker>>,
}

/// What one candidate depends on.
#[derive(Clone)]
pub(crate) struct Admitted {
    pub(crate) generation: Generation,
    pub(crate) whole: Arc<Health>,
    /// One for each target, in the candidate's order.
    pub(crate) targets: Vec<Arc<Health>>,
    pub(crate) breaker: Option<Arc<Breaker>>,
}

/// The health of one credential: as a whole, and of each upstream model.
#[derive(Debug)]
pub(crate) struct CredentialHealth {
    generation: Generation,
    pub(crate) cooling: bool,
    pub(crate) whole: Arc<Health>,
    /// By canonical name: a thinking suffix does not make another quota.
    pub(crate) models: FxHashMap<ModelId, Arc<Health>>,
}

impl HealthTable {
    /// Enters a candidate with its targets, keeping what `previous` knows about them.
    pub(crate) fn admit(&mut self, candidate: &CandidateSpec, previous: Option<&Self>) -> Admitted {
        let earlier = previous
            .and_then(|table| table.credentials.get(&candidate.credential))
            .filter(|earlier| earlier.generation == candidate.generation);
        let breaker = candidate.upstream.as_ref();
        let breaker = breaker.map(|upstream| self.breaker(upstream, previous));
        let entry = self
            .credentials
            .entry(candidate.credential.clone())
            .or_insert_with(|| CredentialHealth::succeeding(earlier, candidate));
        let targets = candidate.targets.iter();
        Admitted {
            targets: targets.map(|target| entry.admit(target, earlier)).collect(),
            generation: entry.generation,
            whole: Arc::clone(&entry.whole),
            breaker,
        }
    }

    /// By name, so that all who share an upstream share what is known about it.
    fn breaker(&mut self, upstream: &Arc<str>, previous: Option<&Self>) -> Arc<Breaker> {
        let earlier = previous.and_then(|table| table.breakers.get(upstream));
        let entry = self.breakers.entry(Arc::clone(upstream));
        let breaker = entry.or_insert_with(|| {
            earlier.map_or_else(
                || Arc::new(Breaker::closed(Arc::clone(upstream))),
                Arc::clone,
            )
        });
        Arc::clone(breaker)
    }

    pub(crate) fn breakers(&self) -> impl Iterator<Item = &Breaker> {
        self.breakers.values().map(|breaker| &**breaker)
    }

    /// Everybody's health, in no order.
    pub(crate) fn credentials(&self) -> impl Iterator<Item = (&CredentialId, &CredentialHealth)> {
        self.credentials.iter()
    }

    pub(crate) fn get(&self, credential: &CredentialId) -> Option<&CredentialHealth> {
        self.credentials.get(credential)
    }

    /// What keeps `credential` from serving `model`.
    pub(crate) fn sentence(
        &self,
        credential: &CredentialId,
        model: &ModelId,
        now: Moment,
    ) -> Option<(Scope, Sentence)> {
        let entry = self.credentials.get(credential)?;
        let model = entry.models.get(canonical(model.as_str()));
        last_to_end(
            entry.whole.sentence(now),
            model.and_then(|health| health.sentence(now)),
        )
    }
}

impl CredentialHealth {
    fn succeeding(earlier: Option<&Self>, candidate: &CandidateSpec) -> Self {
        let cooling = candidate.cooling.enabled;
        Self {
            generation: candidate.generation,
            cooling,
            whole: inherit(earlier, cooling, |earlier| Some(&earlier.whole)),
            models: FxHashMap::default(),
        }
    }

    fn admit(&mut self, target: &ModelId, earlier: Option<&Self>) -> Arc<Health> {
        let name = canonical(target.as_str());
        if let Some(health) = self.models.get(name) {
            return Arc::clone(health);
        }
        let health = inherit(earlier, self.cooling, |earlier| earlier.models.get(name));
        self.models.insert(name.into(), Arc::clone(&health));
        health
    }
}

/// Of two blocks on the same way the one that ends last; of equals the quota, which is the one
/// that a client can be told to wait for.
pub(crate) fn last_to_end(
    whole: Option<Sentence>,
    model: Option<Sentence>,
) -> Option<(Scope, Sentence)> {
    let whole = whole.map(|sentence| (Scope::Credential, sentence));
    let model = model.map(|sentence| (Scope::Model, sentence));
    let both = whole.into_iter().chain(model);
    both.max_by_key(|(_, sentence)| (sentence.until, sentence.reason == ErrorKind::Quota))
}

/// Health is shared, not copied, so that the outcomes of requests that still run under the previous
/// roster count in this one. Switching cooling off frees what cooling held.
fn inherit<'e>(
    earlier: Option<&'e CredentialHealth>,
    cooling: bool,
    find: impl FnOnce(&'e CredentialHealth) -> Option<&'e Arc<Health>>,
) -> Arc<Health> {
    let switched_off = !cooling && earlier.is_some_and(|earlier| earlier.cooling);
    match earlier.and_then(find) {
        Some(health) if switched_off => Arc::new(health.without_cooling()),
        Some(health) => Arc::clone(health),
        None => Arc::new(Health::clean()),
    }
}
