//! A configuration at work: what a snapshot is in the gateway.

use super::world::{Account, PROTOCOLS, World, key};
use cliproxy_core::{CredentialId, ModelId, Protocol};
use cliproxy_scheduler::{Roster, RosterSpec, ShardId};
use rustc_hash::FxHashMap;
use std::{rc::Rc, time::Instant};

/// Between two reloads. A request keeps the one it began under.
pub(super) struct Reign {
    pub(super) epoch: u64,
    /// Counts the changes of the strategy, which begin the rotation anew.
    pub(super) strategies: u64,
    pub(super) roster: Roster,
    /// The accounts as they are configured, by number.
    pub(super) accounts: Vec<Account>,
    routes: Vec<ShardId>,
    /// What upstreams call each model.
    targets: Vec<Vec<ModelId>>,
    numbers: Rc<FxHashMap<CredentialId, usize>>,
}

/// A model in a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct RouteId(pub(super) usize);

impl RouteId {
    pub(super) fn of(protocol: Protocol, model: usize) -> Self {
        let place = PROTOCOLS.iter().position(|&spoken| spoken == protocol);
        Self(model * PROTOCOLS.len() + place.unwrap())
    }
}

impl Reign {
    pub(super) fn begin(world: &World, previous: Option<&Self>, now: Instant) -> Self {
        let spec = RosterSpec {
            strategy: world.strategy.clone(),
            shards: world.shards(),
            seed: 7,
        };
        let roster = Roster::build(spec, previous.map(|reign| &reign.roster), now);
        let routes = world.models.iter().flat_map(|model| {
            let shard = |protocol| roster.shard(&key(protocol, &model.name)).unwrap();
            PROTOCOLS.map(shard)
        });
        let routes = routes.collect();
        let numbers = previous.map_or_else(
            || {
                let accounts = world.accounts.iter();
                let numbers = accounts.map(|account| (account.id.clone(), account.number));
                Rc::new(numbers.collect())
            },
            |reign| Rc::clone(&reign.numbers),
        );
        Self {
            epoch: previous.map_or(0, |reign| reign.epoch + 1),
            strategies: previous.map_or(0, |reign| {
                let changed = reign.roster.strategy() != roster.strategy();
                reign.strategies + u64::from(changed)
            }),
            roster,
            accounts: world.accounts.clone(),
            routes,
            targets: world
                .models
                .iter()
                .map(|model| model.targets.clone())
                .collect(),
            numbers,
        }
    }

    pub(super) fn shard(&self, route: RouteId) -> ShardId {
        self.routes[route.0]
    }

    pub(super) fn targets(&self, route: RouteId) -> &[ModelId] {
        &self.targets[route.0 / PROTOCOLS.len()]
    }

    pub(super) fn account(&self, credential: &CredentialId) -> &Account {
        &self.accounts[self.numbers[credential]]
    }
}
