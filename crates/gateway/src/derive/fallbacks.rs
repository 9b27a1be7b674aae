//! Fallback chains: which routes stand in for an alias, and who may serve them.

use super::{credentials::Offer, routes::Candidates};
use crate::plan::Fallback;
use cliproxy_config::{Config, FallbackTarget};
use cliproxy_core::ProviderId;
use cliproxy_models::{Resolver, Route, Serving};
use cliproxy_scheduler::{Roster, ShardSpec};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// The shards of those that only one provider may serve; the others have the shards of their routes.
pub(super) fn shards(
    config: &Config,
    models: &Resolver,
    offers: &[Offer],
    candidates: &Candidates,
) -> Vec<ShardSpec> {
    let mut shards = Vec::new();
    let targets = config.fallbacks.iter().flat_map(|chain| &chain.targets);
    for target in targets {
        let Some(provider) = provider(target) else {
            continue;
        };
        let Ok(found) = models.resolve(&target.model) else {
            continue;
        };
        // All members of an offer are of one provider.
        let is_of = |serving: &&Serving| {
            let offer = offers.get(serving.source);
            let first = offer.and_then(|offer| offer.members.first());
            first.is_some_and(|member| member.credential.provider == provider)
        };
        let servings = candidates.serving(found.route.serving.iter().filter(is_of));
        if !servings.is_empty() {
            let key = restricted(found.route, &provider);
            shards.push(ShardSpec { key, servings });
        }
    }
    shards
}

/// The chains by alias, in lowercase.
pub(super) fn chains(
    config: &Config,
    models: &Resolver,
    roster: &Roster,
) -> FxHashMap<String, Vec<Fallback>> {
    let fallback = |target: &FallbackTarget| Fallback {
        model: target.model.as_str().into(),
        provider: provider(target),
        serving: models.resolve(&target.model).ok().map(|found| {
            let only = provider(target);
            let only = only.map(|provider| roster.shard(&restricted(found.route, &provider)));
            (found.route.index, only)
        }),
    };
    let chains = config.fallbacks.iter().map(|chain| {
        let targets = chain.targets.iter().map(fallback);
        (chain.alias.to_ascii_lowercase(), targets.collect())
    });
    chains.collect()
}

/// The only provider that may serve a target.
pub(super) fn provider(target: &FallbackTarget) -> Option<ProviderId> {
    let name = target.provider.as_ref()?;
    Some(name.to_ascii_lowercase().into())
}

/// The name rotation is carried over by.
fn restricted(route: &Route, provider: &ProviderId) -> Arc<str> {
    format!("{}@{provider}", route.id).into()
}
