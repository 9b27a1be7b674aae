//! Builds a roster out of a spec and of what its predecessor has learned.

use std::{sync::Arc, time::Instant};

use rustc_hash::FxHashMap;

use crate::{
    CandidateSpec, Roster, RosterSpec, ShardId,
    health_table::HealthTable,
    moment::{Moment, Timeline},
    shard::{Shard, in_order},
    slot::Slot,
    tier::Tier,
    wake_log::WakeLog,
};

pub(crate) fn build(spec: RosterSpec, previous: Option<&Roster>, now: Instant) -> Roster {
    let timeline = previous.map_or_else(|| Timeline::starting(now), |roster| roster.timeline);
    let wakes = previous.map_or_else(Arc::default, |roster| Arc::clone(&roster.wakes));
    let mut succession = Succession {
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
        shards.push(succession.shard(before, shard.candidates));
        keys.insert(shard.key, ShardId(number));
    }
    Roster {
        strategy: spec.strategy,
        timeline,
        health: succession.health,
        wakes,
        shards,
        keys,
    }
}

struct Succession<'a> {
    health: HealthTable,
    inherited: Option<&'a HealthTable>,
    wakes: &'a WakeLog,
    now: Moment,
}

impl Succession<'_> {
    fn shard(&mut self, previous: Option<&Shard>, candidates: Vec<CandidateSpec>) -> Shard {
        let candidates = in_order(candidates);
        let tiers = candidates.chunk_by(|a, b| a.priority == b.priority);
        Shard::new(tiers.map(|members| self.tier(previous, members)).collect())
    }

    fn tier(&mut self, previous: Option<&Shard>, members: &[CandidateSpec]) -> Arc<Tier> {
        let priority = members[0].priority;
        let slots = members.iter().map(|member| self.slot(previous, member));
        let slots = slots.collect();
        let before = previous.and_then(|shard| shard.tier(priority));
        Tier::succeeding(before, priority, slots, self.wakes, self.now)
    }

    fn slot(&mut self, previous: Option<&Shard>, member: &CandidateSpec) -> Slot {
        let before = previous.and_then(|shard| shard.find(&member.credential));
        let admitted = self.health.admit(member, self.inherited);
        Slot::succeeding(before.map(|(_, slot)| slot), member.clone(), admitted)
    }
}
