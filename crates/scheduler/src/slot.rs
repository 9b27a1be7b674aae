//! A candidate in its tier.

use std::{
    cmp::Ordering,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
};

use cliproxy_core::{CredentialId, ErrorKind, Generation, ModelId, ProviderId, Scope, canonical};

use crate::{
    CandidateSpec, Cooling, Tried,
    breaker::{Breaker, Lease},
    health::{Health, Sentence},
    health_table::{Admitted, last_to_end},
    moment::Moment,
};

/// One credential's part in one route, with its health at hand.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) credential: CredentialId,
    pub(crate) generation: Generation,
    pub(crate) provider: ProviderId,
    pub(crate) parent: Option<Arc<str>>,
    pub(crate) weight: u32,
    pub(crate) cooling: Cooling,
    pub(crate) whole: Arc<Health>,
    pub(crate) breaker: Option<Arc<Breaker>>,
    /// Its provider's place among those of the route.
    rank: u32,
    targets: Box<[Target]>,
    /// How often a pool was visited: where the next visit begins.
    visits: AtomicU32,
}

#[derive(Debug)]
struct Target {
    model: ModelId,
    health: Arc<Health>,
}

/// Whether a slot that is well may be tried although its upstream is passed over.
pub(crate) enum Upstream {
    /// It may: the upstream is not passed over any more, or this request found it failing itself.
    Free,
    /// It may, as the only one.
    Leased(Lease),
    /// Somebody else is trying.
    Taken,
}

impl Upstream {
    /// The right to try it, which may be everybody's.
    pub(crate) fn granted(self) -> Option<Option<Lease>> {
        match self {
            Self::Free => Some(None),
            Self::Leased(lease) => Some(Some(lease)),
            Self::Taken => None,
        }
    }
}

impl Slot {
    pub(crate) fn succeeding(
        previous: Option<&Self>,
        candidate: CandidateSpec,
        admitted: Admitted,
        rank: u32,
    ) -> Self {
        let targets = candidate.targets.into_iter().zip(admitted.targets);
        let visits = previous.map_or(0, |slot| slot.visits.load(Relaxed));
        Self {
            credential: candidate.credential,
            generation: admitted.generation,
            provider: candidate.provider,
            parent: candidate.parent,
            weight: candidate.weight,
            cooling: candidate.cooling,
            whole: admitted.whole,
            breaker: admitted.breaker,
            rank,
            targets: targets
                .map(|(model, health)| Target { model, health })
                .collect(),
            visits: AtomicU32::new(visits),
        }
    }

    /// Whether the other slot is a stand-in for this one.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let breaker = |slot: &Self| slot.breaker.as_ref().map(Arc::as_ptr);
        self.credential == other.credential
            && self.generation == other.generation
            && self.provider == other.provider
            && self.parent == other.parent
            && self.weight == other.weight
            && self.cooling == other.cooling
            && Arc::ptr_eq(&self.whole, &other.whole)
            && breaker(self) == breaker(other)
            && self.targets.len() == other.targets.len()
            && self
                .targets
                .iter()
                .zip(&other.targets)
                .all(|(a, b)| a.model == b.model && Arc::ptr_eq(&a.health, &b.health))
    }

    /// The order of those who are served alike.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        let ranks = self.rank.cmp(&other.rank);
        ranks.then_with(|| self.credential.cmp(&other.credential))
    }

    /// Where it would stand among slots that are in order. What place its provider has is taken from
    /// them: that changes with the numbers of candidates.
    pub(crate) fn place_among(&self, others: &[Self]) -> usize {
        let mut siblings = others.iter().filter(|slot| slot.provider == self.provider);
        let rank = siblings.next().map_or(self.rank, |slot| slot.rank);
        let own = (rank, &self.credential);
        others.partition_point(|slot| (slot.rank, &slot.credential) < own)
    }

    /// Blocked while this lies in the future: until the credential, and the first of its targets,
    /// is free.
    pub(crate) fn until(&self) -> Moment {
        let targets = self.targets.iter().map(|target| target.health.until());
        let first = targets.min().unwrap_or(Moment::NEVER);
        first.max(self.whole.until())
    }

    /// As [`until`](Self::until), and as long as its upstream is passed over.
    pub(crate) fn kept_until(&self) -> Moment {
        let upstream = self.breaker.as_ref().map(|breaker| breaker.until());
        self.until().max(upstream.unwrap_or(Moment::ORIGIN))
    }

    /// Whether it may be picked. Where its upstream is passed over, a yes is the one try of this
    /// rest.
    pub(crate) fn is_ready(&self, now: Moment) -> bool {
        self.until() <= now
            && self
                .breaker
                .as_ref()
                .is_none_or(|breaker| breaker.admits(now))
    }

    /// From when on it may be asked: before its end if every block in the way is over by then or may
    /// be doubted.
    pub(crate) fn due(&self, now: Moment) -> Moment {
        let targets = self.targets.iter().map(|target| target.health.due(now));
        let first = targets.min().unwrap_or(Moment::NEVER);
        first.max(self.whole.due(now))
    }

    /// The right to ask before its block has ended.
    pub(crate) fn probe(&self) -> Option<Lease> {
        self.whole
            .probe()
            .then(|| Lease::Probe(Arc::clone(&self.whole)))
    }

    /// Whether this request may try its upstream although it is passed over.
    pub(crate) fn upstream(&self, tried: &Tried) -> Upstream {
        match &self.breaker {
            None => Upstream::Free,
            Some(breaker) if !breaker.is_open() || tried.met(&breaker.upstream) => Upstream::Free,
            Some(breaker) if breaker.try_alone() => {
                Upstream::Leased(Lease::Upstream(Arc::clone(breaker)))
            }
            Some(_) => Upstream::Taken,
        }
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

    /// Whether what keeps it passes by itself: a limit, an outage. An account that was refused is
    /// not worth waiting for.
    pub(crate) fn recovers(&self, now: Moment) -> bool {
        self.sentence(now).is_none_or(|(_, sentence)| {
            matches!(
                sentence.reason,
                ErrorKind::Forbidden
                    | ErrorKind::Quota
                    | ErrorKind::Transport
                    | ErrorKind::Upstream
            )
        })
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

    /// The targets that are ready at the time they are asked for, from where the visit begins. With
    /// `doubt`, those too whose long block may be doubted.
    pub(crate) fn ready_targets(
        &self,
        visit: u32,
        doubt: bool,
        now: Moment,
    ) -> impl Iterator<Item = &ModelId> {
        let start = visit as usize % self.targets.len().max(1);
        let (tail, head) = self.targets.split_at(start);
        let may = move |health: &Health| health.until() <= now || doubt && health.due(now) <= now;
        head.iter()
            .chain(tail)
            .filter(move |target| may(&self.whole) && may(&target.health))
            .map(|target| &target.model)
    }
}
