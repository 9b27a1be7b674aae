//! Fallbacks that nobody serves, for whoever has written them.

use super::{credentials::sources, fallbacks::provider};
use crate::snapshot::Snapshot;
use cliproxy_config::{Config, FallbackTarget, Problem, Problems, Severity};
use cliproxy_core::{ModelId, ProviderId};
use cliproxy_models::{Resolver, Route, Source};
use rustc_hash::FxHashMap;

/// A warning for each target of `fallbacks` that nobody serves, so that requests pass it over.
///
/// None for a target that an entry may serve whose models are still to be asked for, or an account
/// whose file has not been read, and none for one whose provider does not exist: the configuration's
/// own warnings name that.
#[must_use]
pub fn unserved_fallbacks(config: &Config) -> Problems {
    if targets(config).next().is_none() {
        return Problems::default();
    }
    let (mut known, mut awaited) = (Sources::default(), Vec::new());
    for (owner, source) in sources(config, &FxHashMap::default()) {
        match source {
            Some(source) => known.add(owner, source),
            None => awaited.push(owner),
        }
    }
    let mut conceivable = Sources::default();
    if config.auth_dir.is_some() {
        for (owner, source) in super::accounts::conceivable(config) {
            conceivable.add(owner, source);
        }
    }
    let (models, owners) = known.resolved(config);
    let (conceivable_models, conceivable_owners) = conceivable.resolved(config);
    let offers = Offers {
        models: &models,
        owners,
    };
    let accounts = Offers {
        models: &conceivable_models,
        owners: conceivable_owners,
    };
    let may_come = |target: &FallbackTarget, provider: Option<&ProviderId>| {
        is_awaited(&awaited, provider) || accounts.serve(target, provider)
    };
    problems(config, &offers, may_come)
}

/// The same of what is served now. Entries may still be waiting to be told their models.
pub(crate) fn unserved(
    config: &Config,
    discovered: &FxHashMap<String, Vec<String>>,
    snapshot: &Snapshot,
) -> Problems {
    if targets(config).next().is_none() {
        return Problems::default();
    }
    let sources = sources(config, discovered).into_iter();
    let awaited = sources.filter(|(_, source)| source.is_none());
    let awaited: Vec<_> = awaited.map(|(owner, _)| owner).collect();
    let members = snapshot.members.values();
    let offers = Offers {
        models: snapshot.models(),
        owners: members
            .map(|member| (member.source, member.credential.provider.clone()))
            .collect(),
    };
    problems(config, &offers, |_, provider| {
        is_awaited(&awaited, provider)
    })
}

fn targets(config: &Config) -> impl Iterator<Item = &FallbackTarget> {
    config.fallbacks.iter().flat_map(|chain| &chain.targets)
}

fn is_awaited(awaited: &[ProviderId], provider: Option<&ProviderId>) -> bool {
    match provider {
        None => !awaited.is_empty(),
        Some(provider) => awaited.contains(provider),
    }
}

fn problems(
    config: &Config,
    offers: &Offers<'_>,
    may_come: impl Fn(&FallbackTarget, Option<&ProviderId>) -> bool,
) -> Problems {
    let problems = targets(config).filter_map(|target| {
        let provider = provider(target);
        let remedy = offers
            .missing(target, provider.as_ref())
            .filter(|_| !may_come(target, provider.as_ref()))?;
        Some(problem(target, provider.as_ref(), remedy))
    });
    problems.collect::<Vec<_>>().into()
}

/// Sources, and whose each is.
#[derive(Default)]
struct Sources(Vec<ProviderId>, Vec<Source>);

impl Sources {
    fn add(&mut self, owner: ProviderId, source: Source) {
        self.0.push(owner);
        self.1.push(source);
    }

    fn resolved(self, config: &Config) -> (Resolver, FxHashMap<usize, ProviderId>) {
        let models = Resolver::derive(&self.1, config.force_model_prefix);
        (models, self.0.into_iter().enumerate().collect())
    }
}

/// What is served, and by whom.
struct Offers<'a> {
    models: &'a Resolver,
    /// Whose each source is.
    owners: FxHashMap<usize, ProviderId>,
}

impl Offers<'_> {
    /// Whether one of its sources is this provider's.
    fn has(&self, route: &Route, provider: Option<&ProviderId>) -> bool {
        let mut owners = route.serving.iter().map(|one| self.owners.get(&one.source));
        provider.is_none_or(|provider| owners.any(|owner| owner == Some(provider)))
    }

    fn serve(&self, target: &FallbackTarget, provider: Option<&ProviderId>) -> bool {
        let found = self.models.resolve(&target.model);
        found.is_ok_and(|found| self.has(found.route, provider))
    }

    /// What to do about a target that nobody serves; `None` if somebody does.
    fn missing(&self, target: &FallbackTarget, provider: Option<&ProviderId>) -> Option<String> {
        let serves = |route: &Route| self.has(route, provider);
        // Where there are no entries at all nothing is served, which is said elsewhere.
        let is_there = provider.is_none_or(|one| self.owners.values().any(|owner| owner == one));
        if self.owners.is_empty() || !is_there {
            return None;
        }
        match self.models.resolve(&target.model) {
            Ok(found) if serves(found.route) => None,
            Ok(_) => Some("name one of its models, or leave `provider` out".to_owned()),
            Err(unknown) => {
                let serves = |id: &&ModelId| {
                    let found = self.models.resolve(id.as_str());
                    found.is_ok_and(|found| serves(found.route))
                };
                Some(match unknown.nearest.iter().find(serves) {
                    Some(nearest) => format!("did you mean `{nearest}`?"),
                    None => "list it under `models` of an entry".to_owned(),
                })
            }
        }
    }
}

fn problem(target: &FallbackTarget, provider: Option<&ProviderId>, remedy: String) -> Problem {
    let model = &target.model;
    let who = provider.map_or_else(
        || "nobody serves".to_owned(),
        |provider| format!("`{provider}` does not serve"),
    );
    Problem {
        severity: Severity::Warning,
        place: target.place.clone(),
        key: target.key.clone(),
        message: format!("{who} `{model}`, so it is passed over"),
        remedy,
    }
}
