//! A candidate in its tier.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering::Relaxed},
};

use cliproxy_core::{CredentialId, Generation, ModelId, Scope, canonical};

use crate::{
    CandidateSpec, Cooling,
    health::{Health, Sentence},
    health_table::{Admitted, last_to_end},
    moment::Moment,
};

/// One credential's part in one route, with its health at hand.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) credential: CredentialId,
    pub(crate) generation: Generation,
    pub(crate) cooling: Cooling,
    pub(crate) whole: Arc<Health>,
    targets: Box<[Target]>,
    /// How often a pool was visited: where the next visit begins.
    visits: AtomicU32,
}

#[derive(Debug)]
struct Target {
    model: ModelId,
    health: Arc<Health>,
}

impl Slot {
    pub(crate) fn succeeding(
        previous: Option<&Self>,
        candidate: CandidateSpec,
        admitted: Admitted,
    ) -> Self {
        let targets = candidate.targets.into_iter().zip(admitted.targets);
        let visits = previous.map_or(0, |slot| slot.visits.load(Relaxed));
        Self {
            credential: candidate.credential,
            generation: admitted.generation,
            cooling: candidate.cooling,
            whole: admitted.whole,
            targets: targets
                .map(|(model, health)| Target { model, health })
                .collect(),
            visits: AtomicU32::new(visits),
        }
    }

    /// Whether the other slot is a stand-in for this one.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.credential == other.credential
            && self.generation == other.generation
            && self.cooling == other.cooling
            && Arc::ptr_eq(&self.whole, &other.whole)
            && self.targets.len() == other.targets.len()
            && self
                .targets
                .iter()
                .zip(&other.targets)
                .all(|(a, b)| a.model == b.model && Arc::ptr_eq(&a.health, &b.health))
    }

    /// Blocked while this lies in the future: until the credential, and the first of its targets,
    /// is free.
    pub(crate) fn until(&self) -> Moment {
        let targets = self.targets.iter().map(|target| target.health.until());
        let first = targets.min().unwrap_or(Moment::NEVER);
        first.max(self.whole.until())
    }

    /// What keeps the slot from serving: the credential's own block, or that of the target which
    /// is free first.
    pub(crate) fn sentence(&self, now: Moment) -> Option<(Scope, Sentence)> {
        let target = self
            .targets
            .iter()
            .min_by_key(|target| target.health.until())
            .and_then(|target| target.health.sentence(now));
        last_to_end(self.whole.sentence(now), target)
    }

    pub(crate) fn target(&self, model: &ModelId) -> Option<&Health> {
        let name = canonical(model.as_str());
        let mut targets = self.targets.iter();
        targets
            .find(|target| canonical(target.model.as_str()) == name)
            .map(|target| &*target.health)
    }

    /// Counts a visit; only a pool has a use for the number.
    pub(crate) fn visit(&self) -> u32 {
        if self.targets.len() < 2 {
            return 0;
        }
        self.visits.fetch_add(1, Relaxed)
    }

    /// The targets that are ready at the time they are asked for, from where the visit begins.
    pub(crate) fn ready_targets(&self, visit: u32, now: Moment) -> impl Iterator<Item = &ModelId> {
        let start = visit as usize % self.targets.len().max(1);
        let (tail, head) = self.targets.split_at(start);
        head.iter()
            .chain(tail)
            .filter(move |target| self.whole.until().max(target.health.until()) <= now)
            .map(|target| &target.model)
    }
}
