//! Routes as the scheduler's shards.
//!
//! Whatever generates can be translated, so everybody can serve it. Where some speak the client's protocol
//! and others do not, those who do come first within a priority: nothing is lost on their way. What
//! cannot be translated, such as embeddings and counting, needs one who speaks the protocol.
//!
//! Most routes have upstreams of one kind, and one shard.

use super::credentials::Offer;
use crate::snapshot::{Row, place};
use cliproxy_core::{ModelId, Protocol};
use cliproxy_models::{Resolver, Route, Serving};
use cliproxy_scheduler::{CandidateSpec, Roster, ServingSpec, ShardSpec};
use std::sync::Arc;

/// Who serves with each offer, by its place among the sources. Routes share these lists, and so what the
/// scheduler makes of them.
pub(super) struct Candidates(Vec<Arc<[CandidateSpec]>>);

impl Candidates {
    pub(super) fn of(offers: &[Offer]) -> Self {
        Self(offers.iter().map(candidates).collect())
    }

    /// Who serves a route in these ways.
    pub(super) fn serving<'r>(
        &self,
        ways: impl IntoIterator<Item = &'r Serving>,
    ) -> Vec<ServingSpec> {
        let specs = ways.into_iter().filter_map(|serving| {
            let candidates = Arc::clone(self.0.get(serving.source)?);
            Some(ServingSpec::new(candidates, serving.targets.clone()))
        });
        specs.collect()
    }
}

fn candidates(offer: &Offer) -> Arc<[CandidateSpec]> {
    let members = offer.members.iter().map(|member| {
        let credential = &member.credential;
        let (id, provider) = (credential.id.clone(), credential.provider.clone());
        CandidateSpec {
            generation: credential.generation,
            upstream: Some(Arc::clone(&offer.upstream)),
            priority: member.priority,
            weight: member.weight,
            parent: member.parent.clone(),
            cooling: offer.cooling,
            ..CandidateSpec::new(id, provider)
        }
    });
    members.collect()
}

/// The shards of every route that anybody can serve.
pub(super) fn shards(models: &Resolver, candidates: &Candidates) -> Vec<ShardSpec> {
    let mut shards = Vec::new();
    for route in models.routes() {
        shards.push(ShardSpec {
            key: key(None, &route.id),
            servings: candidates.serving(&route.serving),
        });
        for protocol in partly(route) {
            let speakers = candidates.serving(route.serving_in(protocol));
            shards.push(ShardSpec {
                key: key(Some((protocol, Who::Speakers)), &route.id),
                servings: speakers.clone(),
            });
            let others = route.serving.iter();
            let others = others.filter(|serving| !serving.protocols.contains(&protocol));
            let others = candidates.serving(others).into_iter();
            let others = others.map(|other| ServingSpec {
                reserve: true,
                ..other
            });
            shards.push(ShardSpec {
                key: key(Some((protocol, Who::Everybody)), &route.id),
                servings: speakers.into_iter().chain(others).collect(),
            });
        }
    }
    shards
}

/// Whom a shard of one protocol has.
#[derive(Clone, Copy)]
enum Who {
    /// Everybody, those who speak it first.
    Everybody,
    /// Only those who speak it.
    Speakers,
}

/// Each route's shards.
pub(super) fn rows(models: &Resolver, roster: &Roster) -> Vec<Row> {
    let row = |route: &Route| {
        let shard = |of| roster.shard(&key(of, &route.id));
        let all = shard(None);
        let mut row = Row {
            all,
            generating: [all; 4],
            native: [None; 4],
        };
        for protocol in route.protocols() {
            row.native[place(protocol)] = all;
        }
        for protocol in partly(route) {
            let of = |who| shard(Some((protocol, who)));
            row.native[place(protocol)] = of(Who::Speakers);
            row.generating[place(protocol)] = of(Who::Everybody);
        }
        row
    };
    models.routes().map(row).collect()
}

/// The protocols that some of a route's upstreams speak, but not all of them.
fn partly(route: &Route) -> impl Iterator<Item = Protocol> + '_ {
    let speaks = |serving: &Serving, protocol| serving.protocols.contains(&protocol);
    route.protocols().filter(move |&protocol| {
        !route
            .serving
            .iter()
            .all(|serving| speaks(serving, protocol))
    })
}

/// The name rotation is carried over by.
fn key(of: Option<(Protocol, Who)>, model: &ModelId) -> Arc<str> {
    match of {
        None => model.as_str().into(),
        Some((protocol, Who::Everybody)) => format!("{model} for {protocol}").into(),
        Some((protocol, Who::Speakers)) => format!("{model} in {protocol}").into(),
    }
}
