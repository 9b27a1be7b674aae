//! Routes as the scheduler's shards: one per model and protocol that is spoken without translation.

use super::credentials::Offer;
use crate::snapshot::place;
use cliproxy_core::{ModelId, Protocol};
use cliproxy_models::{Resolver, Route};
use cliproxy_scheduler::{CandidateSpec, Roster, ShardId, ShardSpec};
use std::sync::Arc;

/// The shards of every route that anybody can serve.
pub(super) fn shards(models: &Resolver, offers: &[Offer]) -> Vec<ShardSpec> {
    let mut shards = Vec::new();
    for route in models.routes() {
        for protocol in route.protocols() {
            shards.push(ShardSpec {
                key: key(protocol, &route.id),
                candidates: candidates(route, protocol, offers),
            });
        }
    }
    shards
}

/// Each route's shard per protocol.
pub(super) fn rows(models: &Resolver, roster: &Roster) -> Vec<[Option<ShardId>; 4]> {
    let row = |route: &Route| {
        let mut row = [None; 4];
        for protocol in route.protocols() {
            row[place(protocol)] = roster.shard(&key(protocol, &route.id));
        }
        row
    };
    models.routes().map(row).collect()
}

/// The name rotation is carried over by.
pub(super) fn key(protocol: Protocol, model: &ModelId) -> Arc<str> {
    format!("{protocol}/{model}").into()
}

pub(super) fn candidates(
    route: &Route,
    protocol: Protocol,
    offers: &[Offer],
) -> Vec<CandidateSpec> {
    route
        .serving_in(protocol)
        .filter_map(|serving| Some((serving, offers.get(serving.source)?)))
        .flat_map(|(serving, offer)| {
            offer.members.iter().map(|member| {
                let credential = &member.credential;
                let (id, provider) = (credential.id.clone(), credential.provider.clone());
                CandidateSpec {
                    generation: credential.generation,
                    upstream: Some(Arc::clone(&offer.upstream)),
                    priority: member.priority,
                    weight: member.weight,
                    cooling: offer.cooling,
                    ..CandidateSpec::new(id, provider, serving.targets.clone())
                }
            })
        })
        .collect()
}
