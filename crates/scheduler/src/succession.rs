//! Builds a roster out of a spec and of what its predecessor has learned.

use std::{cmp::Reverse, iter, sync::Arc, time::Instant};

use cliproxy_core::ProviderId;
use fastrand::Rng;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use crate::{
    CandidateSpec, Roster, RosterSpec, ShardId, Strategy,
    health_table::{Admitted, HealthTable},
    moment::{Moment, Timeline},
    shard::Shard,
    slot::Slot,
    tier::{Rank, Tier},
    wake_log::WakeLog,
};

pub(crate) fn build(spec: RosterSpec, previous: Option<&Roster>, now: Instant) -> Roster {
    let timeline = previous.map_or_else(|| Timeline::starting(now), |roster| roster.timeline);
    let wakes = previous.map_or_else(Arc::default, |roster| Arc::clone(&roster.wakes));
    let mut succession = Succession {
        strategy: &spec.strategy,
        seed: spec.seed,
        health: HealthTable::default(),
        inherited: previous.map(|roster| &roster.health),
        wakes: &wakes,
        now: timeline.moment(now),
    };
    let mut shards = Vec::with_capacity(spec.shards.len());
    let mut keys = FxHashMap::default();
    for shard in spec.shards {
        if keys.contains_key(&shard.key) {
            continue;
        }
        let Ok(number) = u32::try_from(shards.len()) else {
            break;
        };
        let before = previous.and_then(|roster| roster.get(roster.shard(&shard.key)?));
        shards.push(succession.shard(Arc::clone(&shard.key), before, shard.candidates));
        keys.insert(shard.key, ShardId(number));
    }
    let health = succession.health;
    Roster {
        strategy: spec.strategy,
        timeline,
        health,
        wakes,
        shards,
        keys,
    }
}

struct Succession<'a> {
    strategy: &'a Strategy,
    seed: u64,
    health: HealthTable,
    inherited: Option<&'a HealthTable>,
    wakes: &'a WakeLog,
    now: Moment,
}

/// A candidate with its provider's place among those of the route.
#[derive(Clone)]
struct Ranked {
    rank: u32,
    candidate: CandidateSpec,
    admitted: Admitted,
}

impl Succession<'_> {
    fn shard(
        &mut self,
        key: Arc<str>,
        previous: Option<&Shard>,
        candidates: Vec<CandidateSpec>,
    ) -> Shard {
        let candidates = self.admitted(candidates);
        let providers = || candidates.iter().map(|member| &member.candidate.provider);
        let first = providers().next();
        let only_provider = first
            .filter(|&first| providers().all(|other| other == first))
            .cloned();
        let speaks = |member: &&Ranked| member.candidate.websocket;
        let speaking = candidates.iter().filter(speaks).count();
        let websocket = if 0 < speaking && speaking < candidates.len() {
            let speaking = candidates.iter().filter(speaks).cloned().collect();
            self.tiers(speaking, previous, |shard| &shard.websocket)
        } else {
            Box::default()
        };
        Shard {
            key,
            tiers: self.tiers(candidates, previous, |shard| &shard.tiers),
            websocket,
            only_provider,
        }
    }

    /// Those that can be picked at all, by falling priority, each credential once. The others keep
    /// their health too: a weight may come back.
    fn admitted(&mut self, mut candidates: Vec<CandidateSpec>) -> Vec<Ranked> {
        // Those of one weight together, so that what is picked in turn lies together in memory too.
        candidates.sort_by_key(|candidate| {
            (
                Reverse(candidate.priority),
                candidate.reserve,
                candidate.weight,
            )
        });
        let mut seen = FxHashSet::with_capacity_and_hasher(candidates.len(), FxBuildHasher);
        let first = candidates.iter();
        let first: Vec<_> = first.map(|one| seen.insert(&one.credential)).collect();
        drop(seen);
        let mut first = first.into_iter();
        candidates.retain(|_| first.next().unwrap_or_default());
        let ranks = ranks(&candidates);
        let rank = |provider: &ProviderId| ranks.get(provider).copied().unwrap_or_default();
        let admitted = candidates.into_iter().map(|candidate| Ranked {
            rank: rank(&candidate.provider),
            admitted: self.health.admit(&candidate, self.inherited),
            candidate,
        });
        let weighs = |member: &Ranked| member.candidate.weight > 0;
        let all = *self.strategy != Strategy::Weighted;
        admitted.filter(|member| all || weighs(member)).collect()
    }

    fn tiers(
        &self,
        candidates: Vec<Ranked>,
        previous: Option<&Shard>,
        lane: impl Fn(&Shard) -> &[Arc<Tier>],
    ) -> Box<[Arc<Tier>]> {
        let rank = |member: &Ranked| Rank {
            priority: member.candidate.priority,
            reserve: member.candidate.reserve,
        };
        let mut tiers = Vec::new();
        let mut rest = candidates.into_iter().peekable();
        while let Some(rank_of_all) = rest.peek().map(rank) {
            let members = iter::from_fn(|| rest.next_if(|next| rank(next) == rank_of_all));
            let slots = members.map(|member| slot(previous, member)).collect();
            let mut lane = previous.map(&lane).into_iter().flatten();
            let before = lane.find(|tier| tier.rank == rank_of_all);
            let mut random = Rng::with_seed(self.seed);
            tiers.push(Tier::succeeding(
                before,
                rank_of_all,
                slots,
                self.strategy,
                |below| random.usize(..below),
                self.wakes,
                self.now,
            ));
        }
        tiers.into()
    }
}

fn slot(previous: Option<&Shard>, member: Ranked) -> Slot {
    let Ranked {
        rank,
        candidate,
        admitted,
    } = member;
    // Only pools count their visits.
    let previous = previous.filter(|_| candidate.targets.len() > 1);
    let before = previous.and_then(|shard| {
        let (tier, place) = shard.find(&candidate.credential)?;
        tier.slots.get(place)
    });
    Slot::succeeding(before, candidate, admitted, rank)
}

/// The provider with the most candidates first, then by name.
fn ranks(candidates: &[CandidateSpec]) -> FxHashMap<ProviderId, u32> {
    let mut counts: FxHashMap<&ProviderId, usize> = FxHashMap::default();
    for candidate in candidates {
        *counts.entry(&candidate.provider).or_default() += 1;
    }
    let mut order: Vec<_> = counts.into_iter().collect();
    order.sort_by(|(a, many), (b, more)| more.cmp(many).then_with(|| a.cmp(b)));
    let names = order.into_iter().map(|(provider, _)| provider.clone());
    names.zip(0..).collect()
}
