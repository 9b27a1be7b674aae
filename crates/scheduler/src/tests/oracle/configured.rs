//! What the oracle knows: the configuration, who is who since when, and everybody's place.

use std::{cmp::Reverse, collections::BTreeMap, sync::Arc};

use super::{
    acts::{CREDENTIALS, Entry, ROUTES, UPSTREAMS},
    health::{Health, Life, TRANSIENT},
    turns::{Seat, Tier},
    *,
};

/// Route, lane (WebSocket only), priority.
pub(super) type Place = (usize, bool, Reverse<i32>);

/// A second scheduler that looks at everybody.
pub(super) struct Oracle {
    strategy: Strategy,
    pub(super) entries: Vec<Entry>,
    lives: [u64; CREDENTIALS],
    upstream_lives: [u64; UPSTREAMS],
    pub(super) health: Health,
    pub(super) tiers: BTreeMap<Place, Tier>,
}

impl Oracle {
    pub(super) fn new(strategy: Strategy, entries: Vec<Entry>, now: Instant) -> Self {
        let mut oracle = Self {
            strategy,
            entries,
            lives: [0; CREDENTIALS],
            upstream_lives: [0; UPSTREAMS],
            health: Health::default(),
            tiers: BTreeMap::new(),
        };
        oracle.arrange(now);
        oracle
    }

    pub(super) fn spec(&self) -> RosterSpec {
        let entries = self.entries.iter().enumerate();
        let members = entries.filter(|(_, entry)| entry.member);
        let members = members.map(|(who, entry)| CandidateSpec {
            generation: Generation(entry.generation),
            priority: entry.priority,
            provider: ProviderId::from(format!("p{}", entry.provider).as_str()),
            parent: entry.account.map(|account| format!("a{account}").into()),
            weight: entry.weight,
            upstream: entry
                .upstream
                .map(|upstream| upstream_name(upstream).into()),
            websocket: entry.websocket,
            cooling: Cooling {
                enabled: true,
                transient: Some(TRANSIENT),
            },
            ..candidate(&name(who), 0)
        });
        let members: Arc<[_]> = members.rev().collect();
        let shards = ROUTES.iter().map(|&(key, targets)| {
            let targets = targets.iter().copied().map(model).collect();
            shard(key, vec![ServingSpec::new(Arc::clone(&members), targets)])
        });
        RosterSpec {
            strategy: self.strategy.clone(),
            shards: shards.collect(),
            seed: 3,
        }
    }

    pub(super) fn life(&self, who: usize) -> Life {
        (who, self.lives[who])
    }

    pub(super) fn upstream(&self, who: usize) -> Option<Life> {
        Some(self.upstream_life(self.entries[who].upstream?))
    }

    pub(super) fn upstream_life(&self, upstream: usize) -> Life {
        (upstream, self.upstream_lives[upstream])
    }

    /// The providers, the one with the most credentials first.
    fn providers(&self) -> Vec<usize> {
        let members = self.entries.iter().filter(|entry| entry.member);
        let mut counts = BTreeMap::new();
        for entry in members {
            *counts.entry(entry.provider).or_insert(0) += 1;
        }
        let mut providers: Vec<_> = counts.keys().copied().collect();
        providers.sort_by_key(|provider| Reverse(counts[provider]));
        providers
    }

    /// Everybody who can be picked at all, in the order of service.
    pub(super) fn members(&self) -> Vec<usize> {
        let providers = self.providers();
        let weighted = self.strategy == Strategy::Weighted;
        let serves = |who: &usize| {
            let entry = self.entries[*who];
            entry.member && (entry.weight > 0 || !weighted)
        };
        let mut members: Vec<_> = (0..CREDENTIALS).filter(serves).collect();
        let provider = |who: &usize| self.entries[*who].provider;
        members.sort_by_key(|who| providers.iter().position(|one| *one == provider(who)));
        members
    }

    /// Gives everybody a place, after a reload.
    fn arrange(&mut self, now: Instant) {
        let members = self.members();
        let speaking = members.iter().filter(|who| self.entries[**who].websocket);
        let speaking: Vec<_> = speaking.copied().collect();
        let apart = !speaking.is_empty() && speaking.len() < members.len();
        let mut seats: BTreeMap<Place, Vec<Seat>> = BTreeMap::new();
        for route in 0..ROUTES.len() {
            for (lane, members) in [(false, &members), (true, &speaking)] {
                for &who in members.iter().filter(|_| apart || !lane) {
                    let entry = &self.entries[who];
                    let seat = Seat::new(self.life(who), entry, self.upstream(who));
                    let place = (route, lane, Reverse(entry.priority));
                    seats.entry(place).or_default().push(seat);
                }
            }
        }
        let before = std::mem::take(&mut self.tiers);
        let tiers = seats.into_iter().map(|(place, seats)| {
            let ready = self.ready(place.0, now);
            let before = before.get(&place);
            let providers = self.providers();
            let tier = Tier::succeeding(before, &self.strategy, seats, &providers, &ready);
            (place, tier)
        });
        self.tiers = tiers.collect();
    }

    pub(super) fn reload(
        &mut self,
        strategy: Option<Strategy>,
        changes: Vec<(usize, Entry)>,
        now: Instant,
    ) {
        let before = self.entries.clone();
        for (who, entry) in changes {
            // Its id says which section it is from, so nobody changes to another provider.
            let provider = self.entries[who].provider;
            self.entries[who] = Entry { provider, ..entry };
        }
        for (who, (old, new)) in before.iter().zip(&self.entries).enumerate() {
            let gone = old.member && !new.member;
            if gone || old.generation != new.generation {
                self.lives[who] += 1;
            }
        }
        for upstream in 0..UPSTREAMS {
            let uses = |entry: &Entry| entry.member && entry.upstream == Some(upstream);
            if before.iter().any(uses) && !self.entries.iter().any(uses) {
                self.upstream_lives[upstream] += 1;
            }
        }
        self.strategy = strategy.unwrap_or_else(|| self.strategy.clone());
        self.arrange(now);
    }
}

pub(super) fn name(who: usize) -> String {
    format!("c{who}")
}

pub(super) fn upstream_name(upstream: usize) -> String {
    format!("u{upstream}")
}
