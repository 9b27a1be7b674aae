//! Who has which health, and what of it outlives a reload.

use std::sync::Arc;

use cliproxy_core::{CredentialId, ErrorKind, Generation, ModelId, Scope, canonical};
use rustc_hash::FxHashMap;

use crate::{
    CandidateSpec,
    health::{Health, Sentence},
    moment::Moment,
};

/// The health of every credential of a roster.
///
/// Filled when the roster is built and never by a request, so that clients cannot grow it.
#[derive(Debug, Default)]
pub(crate) struct HealthTable(FxHashMap<CredentialId, CredentialHealth>);

/// What one candidate depends on.
pub(crate) struct Admitted {
    pub(crate) generation: Generation,
    pub(crate) whole: Arc<Health>,
    /// One for each target, in the candidate's order.
    pub(crate) targets: Vec<Arc<Health>>,
}

/// The health of one credential: as a whole, and of each upstream model.
#[derive(Debug)]
struct CredentialHealth {
    generation: Generation,
    cooling: bool,
    whole: Arc<Health>,
    /// By canonical name: a thinking suffix does not make another quota.
    models: FxHashMap<ModelId, Arc<Health>>,
}

impl HealthTable {
    /// Enters a candidate with its targets, keeping what `previous` knows about them.
    pub(crate) fn admit(&mut self, candidate: &CandidateSpec, previous: Option<&Self>) -> Admitted {
        let earlier = previous
            .and_then(|table| table.0.get(&candidate.credential))
            .filter(|earlier| earlier.generation == candidate.generation);
        let entry = self
            .0
            .entry(candidate.credential.clone())
            .or_insert_with(|| CredentialHealth::succeeding(earlier, candidate));
        let targets = candidate.targets.iter();
        Admitted {
            targets: targets.map(|target| entry.admit(target, earlier)).collect(),
            generation: entry.generation,
            whole: Arc::clone(&entry.whole),
        }
    }

    /// What keeps `credential` from serving `model`.
    pub(crate) fn sentence(
        &self,
        credential: &CredentialId,
        model: &ModelId,
        now: Moment,
    ) -> Option<(Scope, Sentence)> {
        let entry = self.0.get(credential)?;
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
