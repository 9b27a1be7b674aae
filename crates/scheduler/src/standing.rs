//! How everybody stands, for people who ask.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use cliproxy_core::{CredentialId, ModelId, ProviderId, Scope, canonical};
use rustc_hash::FxHashMap;

use crate::{
    Block, Roster, ShardId, Strategy,
    health::{Health, Relief},
    moment::Moment,
    slot::Slot,
    wake_log::Wake,
};

/// A candidate of a route.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Standing<'a> {
    /// Who.
    pub credential: &'a CredentialId,
    /// Whose account it is.
    pub provider: &'a ProviderId,
    /// Its priority in this route.
    pub priority: i32,
    /// Its weight in this route.
    pub weight: u32,
    /// Whether it can be picked.
    pub state: State,
}

/// Whether a candidate can be picked.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It can.
    Ready,
    /// It rests.
    Blocked(Block),
    /// It is well, and its upstream is passed over until then, counted from now, while others are
    /// ready.
    Behind(Duration),
    /// It has no upstream model for this route.
    WithoutTarget,
}

/// The health of one credential.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct CredentialHealth {
    /// Who.
    pub credential: CredentialId,
    /// What blocks it as a whole.
    pub block: Option<Block>,
    /// Its upstream models by name, and what blocks each.
    pub models: Vec<(ModelId, Option<Block>)>,
}

/// An upstream that is passed over.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamRest {
    /// Its name, as in [`CandidateSpec::upstream`](crate::CandidateSpec::upstream).
    pub upstream: Arc<str>,
    /// When the next request may try it although others are ready, counted from now.
    pub trial: Duration,
}

impl Roster {
    /// The candidates of a route, by falling priority and in the order in which they take turns.
    /// Lazy: the first few cost nothing for the others.
    pub fn standings(&self, shard: ShardId, now: Instant) -> impl Iterator<Item = Standing<'_>> {
        let now = self.timeline.moment(now);
        let slots = self.get(shard).into_iter().flat_map(|shard| shard.slots());
        slots.map(move |(priority, slot)| standing(priority, slot, now))
    }

    /// One candidate of a route.
    #[must_use]
    pub fn standing(
        &self,
        shard: ShardId,
        credential: &CredentialId,
        now: Instant,
    ) -> Option<Standing<'_>> {
        let (tier, slot) = self.get(shard)?.find(credential)?;
        let now = self.timeline.moment(now);
        Some(standing(tier.rank().priority, tier.slots.at(slot), now))
    }

    /// The provider of all candidates of a route, if it is one.
    #[must_use]
    pub fn only_provider(&self, shard: ShardId) -> Option<&ProviderId> {
        self.get(shard)?.only_provider.as_ref()
    }

    /// How those of one priority take turns.
    #[must_use]
    pub const fn strategy(&self) -> &Strategy {
        &self.strategy
    }

    /// How many candidates a route has.
    #[must_use]
    pub fn candidates(&self, shard: ShardId) -> usize {
        let tiers = self.get(shard).into_iter().flat_map(|shard| &shard.tiers);
        tiers.map(|tier| tier.slots.len()).sum()
    }

    /// Everybody's health, by name.
    #[must_use]
    pub fn health(&self, now: Instant) -> Vec<CredentialHealth> {
        let now = self.timeline.moment(now);
        let block = |scope, health: &Health| {
            let sentence = health.sentence(now)?;
            Some(Block::new(scope, sentence, now))
        };
        let mut models = self.models();
        let all = self.health.seats().map(|seat| {
            let models = models.remove(&seat.credential).unwrap_or_default();
            let models = models.into_iter().map(|model| {
                let health = seat.vitals.model(model.as_str());
                let block = health.and_then(|health| block(Scope::Model, &health));
                (model.clone(), block)
            });
            CredentialHealth {
                credential: seat.credential.clone(),
                block: block(Scope::Credential, &seat.vitals.whole),
                models: models.collect(),
            }
        });
        let mut all: Vec<_> = all.collect();
        all.sort_by(|a, b| a.credential.cmp(&b.credential));
        all
    }

    /// The upstreams that are passed over, by name.
    #[must_use]
    pub fn upstreams_at_rest(&self, now: Instant) -> Vec<UpstreamRest> {
        let now = self.timeline.moment(now);
        let open = self.health.breakers().filter(|breaker| breaker.is_open());
        let mut open: Vec<_> = open
            .map(|breaker| UpstreamRest {
                upstream: Arc::clone(&breaker.upstream),
                trial: breaker.until().since(now),
            })
            .collect();
        open.sort_by(|a, b| a.upstream.cmp(&b.upstream));
        open
    }

    /// Makes a credential as good as new, by command: all that is known against it is forgotten, or
    /// against one upstream model of it. What comes back are the upstream models concerned, by name,
    /// and whether something blocked them; `None` if there is no such credential or model.
    ///
    /// Without a model its upstreams are not passed over any more either, which counts as a block of
    /// all its models.
    pub fn reset(
        &self,
        credential: &CredentialId,
        model: Option<&ModelId>,
        now: Instant,
    ) -> Option<Vec<(ModelId, bool)>> {
        let now = self.timeline.moment(now);
        let vitals = &self.health.get(credential)?.vitals;
        let name = model.map(|model| canonical(model.as_str()));
        let whole = match name {
            None => vitals.whole.forgive(now) == Relief::EndedEarly,
            Some(_) => false,
        };
        let reached = name.is_none() && self.close_upstreams(credential);
        let whole = whole || reached;
        let named = |model: &&ModelId| name.is_none_or(|name| name == model.as_str());
        let models = self.models_of(credential).into_iter().filter(named);
        let models: Vec<_> = models
            .map(|model| {
                let health = vitals.model(model.as_str());
                let ended = health.is_some_and(|it| it.forgive(now) == Relief::EndedEarly);
                (model.clone(), ended || whole)
            })
            .collect();
        if name.is_some() && models.is_empty() {
            return None;
        }
        self.wakes.push(Wake::Credential(credential.clone()));
        if reached {
            self.wakes.push(Wake::Upstream);
        }
        Some(models)
    }

    /// The upstream models of a credential, by canonical name.
    pub(crate) fn models_of(&self, credential: &CredentialId) -> BTreeSet<&ModelId> {
        let shards = self.shards.iter();
        let targets = shards.flat_map(|shard| shard.models_of(credential));
        targets.map(|target| &target.name).collect()
    }

    /// The same of everybody.
    fn models(&self) -> FxHashMap<&CredentialId, BTreeSet<&ModelId>> {
        let mut models: FxHashMap<_, BTreeSet<&ModelId>> = FxHashMap::default();
        for shard in &self.shards {
            for (credential, targets) in shard.asked() {
                let own = models.entry(credential).or_default();
                own.extend(targets.iter().map(|target| &target.name));
            }
        }
        models
    }

    fn close_upstreams(&self, credential: &CredentialId) -> bool {
        let slots = self.shards.iter().filter_map(|shard| {
            let (tier, slot) = shard.find(credential)?;
            Some(tier.slots.at(slot))
        });
        let breakers = slots.filter_map(|slot| slot.seat.breaker.as_ref());
        let mut closed = false;
        for breaker in breakers {
            closed |= breaker.succeed();
        }
        closed
    }
}

fn standing(priority: i32, slot: Slot<'_>, now: Moment) -> Standing<'_> {
    Standing {
        credential: &slot.seat.credential,
        provider: &slot.seat.provider,
        priority,
        weight: slot.weight,
        state: match slot.sentence(now) {
            Some((scope, sentence)) => State::Blocked(Block::new(scope, sentence, now)),
            None if slot.until() > now => State::WithoutTarget,
            None if slot.kept_until() > now => State::Behind(slot.kept_until().since(now)),
            None => State::Ready,
        },
    }
}
