//! Builds a roster out of a spec and of what its predecessor has learned.

use std::{
    cmp::Reverse,
    iter,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Instant,
};

use cliproxy_core::{CredentialId, ModelId, ProviderId};
use fastrand::Rng;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use crate::{
    CandidateSpec, Roster, RosterSpec, ServingSpec, ShardId, ShardSpec, Strategy,
    health_table::HealthTable,
    lineup::{Lineup, Place, Rank, Slots, Targets},
    moment::{Moment, Timeline},
    rotation::Grouping,
    seat::Seat,
    shard::Shard,
    slot::Target,
    tier::Tier,
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
        lists: FxHashMap::default(),
        companies: FxHashMap::default(),
        wakes: &wakes,
        now: timeline.moment(now),
    };
    let before = |shard: &ShardSpec| previous?.get(previous?.shard(&shard.key)?);
    // Those that were there first: a route that is new must not decide what they have in common.
    for shard in &spec.shards {
        if let Some(before) = before(shard) {
            succession.company_of(&shard.servings, Some(before));
        }
    }
    let mut shards = Vec::with_capacity(spec.shards.len());
    let mut keys = FxHashMap::default();
    for shard in &spec.shards {
        if keys.contains_key(&shard.key) {
            continue;
        }
        let Ok(number) = u32::try_from(shards.len()) else {
            break;
        };
        shards.push(succession.shard(shard, before(shard)));
        keys.insert(Arc::clone(&shard.key), ShardId(number));
    }
    let health = succession.health;
    forget_models(&spec.shards, &health);
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
    /// The seats of each list of candidates, by where it is: routes share lists.
    lists: FxHashMap<ListId, Arc<[Arc<Seat>]>>,
    /// What is made of lists that serve routes together.
    companies: FxHashMap<Vec<(ListId, bool)>, Arc<Company>>,
    wakes: &'a WakeLog,
    now: Moment,
}

/// A list is known by its place: the spec is held for as long as a build takes.
type ListId = (*const CandidateSpec, usize);

/// Everybody who serves a route, by falling rank.
struct Company {
    lineups: Vec<Staffed>,
    /// The same of those that speak WebSocket, if that is some and not all.
    websocket: Vec<Staffed>,
    /// Those of weight zero, where weights count.
    weightless: Arc<[Place]>,
    only_provider: Option<ProviderId>,
}

/// A lineup, and which of the route's servings its own are.
type Staffed = (Arc<Lineup>, Vec<u32>);

/// One who serves a route.
#[derive(Clone)]
struct Member {
    rank: Rank,
    websocket: bool,
    place: Place,
}

impl Succession<'_> {
    fn shard(&mut self, spec: &ShardSpec, previous: Option<&Shard>) -> Shard {
        let company = self.company_of(&spec.servings, previous);
        let targets = spec.servings.iter().map(|serving| {
            let targets = serving.targets.iter().cloned().map(Target::new);
            targets.collect::<Box<[_]>>()
        });
        let targets: Targets = targets.collect();
        Shard {
            key: Arc::clone(&spec.key),
            tiers: self.tiers(&company.lineups, &targets, previous, |shard| &shard.tiers),
            websocket: self.tiers(&company.websocket, &targets, previous, |shard| {
                &shard.websocket
            }),
            weightless: Arc::clone(&company.weightless),
            targets,
            only_provider: company.only_provider.clone(),
        }
    }

    /// The same one for all routes with these servings, the first time made out of that of `previous`.
    fn company_of(&mut self, servings: &[ServingSpec], previous: Option<&Shard>) -> Arc<Company> {
        let lists = servings.iter();
        let lists = lists.map(|serving| (id_of(&serving.candidates), serving.reserve));
        let key: Vec<_> = lists.collect();
        if let Some(company) = self.companies.get(&key) {
            return Arc::clone(company);
        }
        let company = Arc::new(self.company(servings, previous));
        self.companies.insert(key, Arc::clone(&company));
        company
    }

    fn company(&mut self, servings: &[ServingSpec], previous: Option<&Shard>) -> Company {
        let mut members = self.members(servings);
        let all = *self.strategy != Strategy::Weighted;
        let weightless = members.extract_if(.., |member| !all && member.place.seat.weight == 0);
        let weightless = weightless.map(|member| member.place).collect();
        let providers = || members.iter().map(|member| &member.place.seat.provider);
        let first = providers().next();
        let only_provider = first
            .filter(|&first| providers().all(|other| other == first))
            .cloned();
        let speaking = members.iter().filter(|member| member.websocket);
        let several = (1..members.len()).contains(&speaking.clone().count());
        let websocket = match several {
            true => speaking.cloned().collect(),
            false => Vec::new(),
        };
        Company {
            weightless,
            websocket: self.lineups(websocket, previous.map(|shard| &*shard.websocket)),
            lineups: self.lineups(members, previous.map(|shard| &*shard.tiers)),
            only_provider,
        }
    }

    /// By falling rank, each credential once. Those that cannot be picked keep their health too: a
    /// weight may come back.
    fn members(&mut self, servings: &[ServingSpec]) -> Vec<Member> {
        let mut members = Vec::new();
        for (number, serving) in (0..).zip(servings) {
            let seats = self.seats(&serving.candidates);
            let candidates = serving.candidates.iter().zip(&*seats);
            members.extend(candidates.map(|(candidate, seat)| Member {
                rank: Rank {
                    priority: candidate.priority,
                    reserve: serving.reserve,
                },
                websocket: candidate.websocket,
                place: Place {
                    seat: Arc::clone(seat),
                    provider: 0,
                    serving: number,
                },
            }));
        }
        members.sort_by_key(|member| (Reverse(member.rank.priority), member.rank.reserve));
        let mut seen = FxHashSet::with_capacity_and_hasher(members.len(), FxBuildHasher);
        members.retain(|member| seen.insert(member.place.seat.credential.clone()));
        let ranks = ranks(&members);
        for member in &mut members {
            let rank = ranks.get(&member.place.seat.provider);
            member.place.provider = rank.copied().unwrap_or_default();
        }
        members
    }

    fn seats(&mut self, candidates: &Arc<[CandidateSpec]>) -> Arc<[Arc<Seat>]> {
        if let Some(known) = self.lists.get(&id_of(candidates)) {
            return Arc::clone(known);
        }
        self.health.reserve(candidates.len());
        let seats = candidates.iter();
        let seats = seats.map(|candidate| self.health.admit(candidate, self.inherited));
        let seats: Arc<[_]> = seats.collect();
        self.lists.insert(id_of(candidates), Arc::clone(&seats));
        seats
    }

    fn lineups(&self, members: Vec<Member>, previous: Option<&[Arc<Tier>]>) -> Vec<Staffed> {
        let mut lineups = Vec::new();
        let mut rest = members.into_iter().peekable();
        while let Some(rank) = rest.peek().map(|member| member.rank) {
            let members = iter::from_fn(|| rest.next_if(|next| next.rank == rank));
            let places: Vec<_> = members.map(|member| member.place).collect();
            let grouping = Grouping::of(self.strategy, &places);
            let before = tier_of(previous, rank).map(|tier| &tier.slots.lineup);
            lineups.push(Lineup::succeeding(before, rank, places, grouping));
        }
        lineups
    }

    fn tiers(
        &self,
        lineups: &[Staffed],
        targets: &[Box<[Target]>],
        previous: Option<&Shard>,
        lane: impl Fn(&Shard) -> &[Arc<Tier>],
    ) -> Box<[Arc<Tier>]> {
        // Only pools count their visits.
        let visits = |credential: &CredentialId| {
            let found = previous.and_then(|shard| shard.find(credential));
            let visits = found.and_then(|(tier, slot)| tier.slots.at(slot).visits);
            visits.map_or(0, |visits| visits.load(Relaxed))
        };
        let tiers = lineups.iter().map(|(lineup, servings)| {
            let targets = servings.iter().filter_map(|one| targets.get(*one as usize));
            let targets = targets.cloned().collect();
            let mut random = Rng::with_seed(self.seed);
            Tier::succeeding(
                tier_of(previous.map(&lane), lineup.rank),
                self.strategy,
                Slots::new(Arc::clone(lineup), targets, visits),
                |below| random.usize(..below),
                self.wakes,
                self.now,
            )
        });
        tiers.collect()
    }
}

fn id_of(candidates: &Arc<[CandidateSpec]>) -> ListId {
    (candidates.as_ptr(), candidates.len())
}

fn tier_of(lane: Option<&[Arc<Tier>]>, rank: Rank) -> Option<&Arc<Tier>> {
    lane?.iter().find(|tier| tier.slots.lineup.rank == rank)
}

/// A model that no route asks a credential for any more is gone, and what was known of it too.
fn forget_models(shards: &[ShardSpec], health: &HealthTable) {
    let failed = health
        .seats()
        .filter(|seat| !seat.vitals.failed().is_empty());
    let mut asked: FxHashMap<&CredentialId, FxHashSet<ModelId>> = failed
        .map(|seat| (&seat.credential, FxHashSet::default()))
        .collect();
    if asked.is_empty() {
        return;
    }
    for serving in shards.iter().flat_map(|shard| &shard.servings) {
        let names = serving.targets.iter().cloned();
        let names: Vec<_> = names.map(|target| Target::new(target).name).collect();
        for candidate in &*serving.candidates {
            if let Some(models) = asked.get_mut(&candidate.credential) {
                models.extend(names.iter().cloned());
            }
        }
    }
    for (credential, models) in asked {
        if let Some(seat) = health.get(credential) {
            seat.vitals.keep(|name| models.contains(name));
        }
    }
}

/// The provider with the most candidates first, then by name.
fn ranks(members: &[Member]) -> FxHashMap<ProviderId, u32> {
    let mut counts: FxHashMap<&ProviderId, usize> = FxHashMap::default();
    for member in members {
        *counts.entry(&member.place.seat.provider).or_default() += 1;
    }
    let mut order: Vec<_> = counts.into_iter().collect();
    order.sort_by(|(a, many), (b, more)| more.cmp(many).then_with(|| a.cmp(b)));
    let names = order.into_iter().map(|(provider, _)| provider.clone());
    names.zip(0..).collect()
}
