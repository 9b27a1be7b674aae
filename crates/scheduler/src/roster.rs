//! The roster: every route, the health behind it, and the questions it answers.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use cliproxy_core::{CredentialId, ErrorKind, ModelId, Scope};
use rustc_hash::FxHashMap;

use crate::{
    Availability, Block, NoCapacity, Outcome, Pick, Query, Recorded, RosterSpec, ShardId, Strategy,
    Tried,
    health::{Health, Relief, Sentence},
    health_table::HealthTable,
    moment::{Moment, Timeline},
    penalty::{Penalty, Reach, penalty, ruled},
    shard::Shard,
    slot::Slot,
    tier::{Search, Tier},
    wake_log::{Wake, WakeLog},
};

/// Which credential serves which route, and which of them are well.
///
/// Immutable: a reload builds a successor. Health, rotation and the log that ties them together are
/// inside, behind atomics and small locks, and are handed on to the successor, so that a request
/// may finish under the roster it began with.
#[derive(Debug)]
pub struct Roster {
    pub(crate) strategy: Strategy,
    pub(crate) timeline: Timeline,
    pub(crate) wakes: Arc<WakeLog>,
    pub(crate) health: HealthTable,
    pub(crate) shards: Vec<Shard>,
    pub(crate) keys: FxHashMap<Arc<str>, ShardId>,
}

impl Roster {
    /// Derives a roster, as the successor of `previous` if there is one.
    ///
    /// From it come the health of each credential and of its upstream models, if id and generation
    /// are the same, and the place in the rotation of each (route key, priority). Nothing else
    /// outlives a build: a credential that is missing from one roster starts afresh in the next.
    #[must_use]
    pub fn build(spec: RosterSpec, previous: Option<&Self>, now: Instant) -> Self {
        crate::succession::build(spec, previous, now)
    }

    /// The route with this key.
    #[must_use]
    pub fn shard(&self, key: &str) -> Option<ShardId> {
        self.keys.get(key).copied()
    }

    /// Chooses who serves: the pinned credential; else the sticky one if it is ready; else its
    /// stand-in if that is ready; else, by the strategy, one of the highest tier that has someone ready. Never one that is tried, and one
    /// that is blocked only in two cases, when nobody else is left: its upstream is passed over and
    /// nobody else tries it, or its block is so long that it is [doubted](Pick::is_probe).
    ///
    /// Neither pin nor stickiness takes a turn of the rotation.
    ///
    /// # Errors
    ///
    /// [`NoCapacity`] if nobody can, with the time to wait if it is known. A shard of another roster
    /// is [`NoCapacity::Unserved`], if this one has no shard of that number.
    pub fn pick(&self, query: &Query<'_>, now: Instant) -> Result<Pick, NoCapacity> {
        let shard = self.get(query.shard).ok_or(NoCapacity::Unserved)?;
        let search = self.search(query.tried, now);
        let ready = |preferred: Option<&CredentialId>| shard.sticky(preferred?, search);
        let (found, sticky_hit) = if let Some(pin) = query.pin {
            (shard.only(pin, search)?, query.sticky == Some(pin))
        } else if let Some(found) = ready(query.sticky) {
            (found, true)
        } else if let Some(found) = ready(query.stand_in) {
            (found, false)
        } else {
            let found = shard.rotate(&self.strategy, query.websocket, search)?;
            (found, false)
        };
        let visit = found.tier.slots.at(found.slot).visit();
        Ok(Pick {
            tier: found.tier,
            slot: found.slot,
            lease: found.lease,
            visit,
            sticky_hit,
        })
    }

    /// The upstream models to ask for on this visit, in order.
    ///
    /// A pool begins one further with each pick of its credential. A target that is blocked when
    /// the iterator gets to it is passed over: after a failure of the whole credential was
    /// recorded, none follows. A probe asks for one.
    pub fn targets<'p>(
        &self,
        pick: &'p Pick,
        now: Instant,
    ) -> impl Iterator<Item = &'p ModelId> + use<'p> {
        let now = self.timeline.moment(now);
        let probe = pick.is_probe();
        let most = if probe { 1 } else { usize::MAX };
        let targets = pick.slot().ready_targets(pick.visit, probe, now);
        targets.take(most)
    }

    /// Takes note of how an attempt with `target` ended, for a pick of this roster or of one before
    /// it. Of a target that the pick does not have, only what concerns the whole credential is noted.
    pub fn record(
        &self,
        pick: &Pick,
        target: &ModelId,
        outcome: Outcome,
        now: Instant,
    ) -> Recorded {
        let slot = pick.slot();
        let now = self.timeline.moment(now);
        match outcome {
            Outcome::Began => {
                let reached = self.reached(slot);
                let probe = pick.is_probe();
                let relief = probe.then(|| self.forgive(slot, target, true, now));
                recorded(relief.unwrap_or(Relief::None).max(reached))
            }
            Outcome::Succeeded => {
                let reached = self.reached(slot);
                let relief = self.forgive(slot, target, pick.is_probe(), now);
                recorded(relief.max(reached))
            }
            Outcome::Failed {
                kind,
                scope,
                retry_after,
            } => {
                let reached = self.answered(slot, kind, scope);
                let Some(penalty) = penalty(kind, scope, retry_after, slot.cooling) else {
                    return recorded(reached);
                };
                if let (Scope::Provider, Some(breaker)) = (scope, &slot.breaker) {
                    breaker.fail(&slot.credential, now);
                }
                block(slot, target, kind, penalty, now)
            }
            Outcome::Ruled {
                kind,
                scope,
                retry_after,
            } => {
                self.answered(slot, kind, scope);
                block(slot, target, kind, ruled(kind, scope, retry_after), now)
            }
        }
    }

    /// What keeps a credential from being asked for an upstream model: of its own block and the
    /// model's, the one that ends last.
    #[must_use]
    pub fn block_of(
        &self,
        credential: &CredentialId,
        model: &ModelId,
        now: Instant,
    ) -> Option<Block> {
        let now = self.timeline.moment(now);
        let (scope, sentence) = self.health.sentence(credential, model, now)?;
        Some(Block::new(scope, sentence, now))
    }

    /// What a listing should make of a route. Looks at each candidate until one is ready.
    #[must_use]
    pub fn availability(&self, shard: ShardId, now: Instant) -> Availability {
        let now = self.timeline.moment(now);
        self.get(shard)
            .map_or(Availability::Gone, |shard| shard.availability(now))
    }

    /// How long until some untried candidate is ready: zero if one is now; `None` if all were tried,
    /// or what blocks them does not pass by itself, as far as the first few to end tell.
    #[must_use]
    pub fn earliest_recovery(
        &self,
        shard: ShardId,
        tried: &Tried,
        now: Instant,
    ) -> Option<Duration> {
        let search = self.search(tried, now);
        let earliest = self.get(shard)?.earliest(search)?;
        (earliest != Moment::NEVER).then(|| earliest.since(search.now))
    }

    /// How long until this candidate is ready: zero if it is now; `None` if there is no such
    /// candidate, or what blocks it does not pass by itself.
    #[must_use]
    pub fn recovery_of(
        &self,
        shard: ShardId,
        credential: &CredentialId,
        now: Instant,
    ) -> Option<Duration> {
        let now = self.timeline.moment(now);
        let (tier, place) = self.get(shard)?.find(credential)?;
        let slot = tier.slots.at(place);
        let end = slot.kept_until().max(now);
        (end != Moment::NEVER && slot.recovers(now)).then(|| end.since(now))
    }

    /// Whether somebody of higher priority than this candidate is ready.
    #[must_use]
    pub fn is_outranked(&self, shard: ShardId, by: &CredentialId, now: Instant) -> bool {
        let tried = Tried::default();
        let search = self.search(&tried, now);
        let ready = |tier: &Arc<Tier>| tier.earliest(search).is_some_and(|end| end <= search.now);
        self.get(shard).is_some_and(|shard| {
            let own = shard
                .find(by)
                .map_or(i32::MAX, |(tier, _)| tier.rank().priority);
            let mut above = shard
                .tiers
                .iter()
                .take_while(|tier| tier.rank().priority > own);
            above.any(ready)
        })
    }

    pub(crate) fn get(&self, shard: ShardId) -> Option<&Shard> {
        self.shards.get(shard.0 as usize)
    }

    fn search<'a>(&'a self, tried: &'a Tried, now: Instant) -> Search<'a> {
        Search {
            tried,
            wakes: &self.wakes,
            now: self.timeline.moment(now),
        }
    }

    /// What refuses a request can be reached.
    fn answered(&self, slot: Slot<'_>, kind: ErrorKind, scope: Scope) -> Relief {
        let refused = matches!(
            kind,
            ErrorKind::Auth
                | ErrorKind::BadRequest
                | ErrorKind::Forbidden
                | ErrorKind::ModelUnavailable
                | ErrorKind::NotFound
                | ErrorKind::Quota
        );
        match refused && scope != Scope::Provider {
            true => self.reached(slot),
            false => Relief::None,
        }
    }

    /// The upstream has answered: if it was passed over, it is not any more.
    fn reached(&self, slot: Slot<'_>) -> Relief {
        let closed = slot
            .breaker
            .as_ref()
            .is_some_and(|breaker| breaker.succeed());
        if !closed {
            return Relief::None;
        }
        self.wakes.push(Wake::Upstream);
        Relief::EndedEarly
    }

    /// A success says that the model works, and nothing about a block of the whole credential that
    /// came after the request was sent; unless it was that block which was doubted.
    fn forgive(&self, slot: Slot<'_>, target: &ModelId, doubted: bool, now: Moment) -> Relief {
        let model = slot
            .failed_target(target)
            .map_or(Relief::None, |health| health.forgive(now));
        let whole = &slot.vitals.whole;
        let whole = if doubted {
            whole.forgive(now)
        } else {
            whole.forgive_past(now)
        };
        let relief = model.max(whole);
        if relief == Relief::EndedEarly {
            self.wakes.push(Wake::Credential(slot.credential.clone()));
        }
        relief
    }
}

fn block(
    slot: Slot<'_>,
    target: &ModelId,
    kind: ErrorKind,
    penalty: Penalty,
    now: Moment,
) -> Recorded {
    let block = |health: &Health| health.block(kind, penalty.term, now);
    let (sentence, scope) = match penalty.reach {
        Reach::Credential => (Some(block(&slot.vitals.whole)), Scope::Credential),
        Reach::Model => (slot.target(target).map(|model| block(&model)), Scope::Model),
    };
    sentence.map_or(Recorded::Unchanged, |sentence| {
        Recorded::Blocked(Block::new(scope, sentence, now))
    })
}

const fn recorded(relief: Relief) -> Recorded {
    match relief {
        Relief::None => Recorded::Unchanged,
        Relief::Forgotten | Relief::EndedEarly => Recorded::Cleared,
    }
}

impl Block {
    pub(crate) fn new(scope: Scope, sentence: Sentence, now: Moment) -> Self {
        Self {
            reason: sentence.reason,
            scope,
            remaining: sentence.until.since(now),
            probe: (sentence.probe != Moment::NEVER).then(|| sentence.probe.since(now)),
        }
    }
}
