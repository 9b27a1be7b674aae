//! Fallbacks that nobody serves, for whoever has written them.

use super::{credentials::sources, fallbacks::provider};
use cliproxy_config::{Config, FallbackTarget, Problem, Problems, Severity};
use cliproxy_core::{ModelId, ProviderId};
use cliproxy_models::{Resolver, Route};
use rustc_hash::FxHashMap;

/// A warning for each target of `fallbacks` that nobody serves, so that requests pass it over.
///
/// None for a target that an entry may serve whose models are still to be asked for, and none for
/// one whose provider does not exist: the configuration's own warnings name that.
#[must_use]
pub fn unserved_fallbacks(config: &Config) -> Problems {
    unserved(config, &FxHashMap::default())
}

/// The same, with the models that entries were asked for, by first credential.
pub(crate) fn unserved(config: &Config, discovered: &FxHashMap<String, Vec<String>>) -> Problems {
    let targets = || config.fallbacks.iter().flat_map(|chain| &chain.targets);
    if targets().next().is_none() {
        return Problems::default();
    }
    let (mut owners, mut known, mut awaited) = (Vec::new(), Vec::new(), Vec::new());
    for (owner, source) in sources(config, discovered) {
        match source {
            Some(source) => {
                owners.push(owner);
                known.push(source);
            }
            None => awaited.push(owner),
        }
    }
    let offers = Offers {
        models: Resolver::derive(&known, config.force_model_prefix),
        owners,
    };
    let problems = targets().filter_map(|target| {
        let provider = provider(target);
        let may_come = match &provider {
            None => !awaited.is_empty(),
            Some(provider) => awaited.contains(provider),
        };
        let remedy = offers
            .missing(target, provider.as_ref())
            .filter(|_| !may_come)?;
        Some(problem(target, provider.as_ref(), remedy))
    });
    problems.collect::<Vec<_>>().into()
}

/// What is served, and by whom.
struct Offers {
    models: Resolver,
    /// Whose each source is.
    owners: Vec<ProviderId>,
}

impl Offers {
    /// What to do about a target that nobody serves; `None` if somebody does.
    fn missing(&self, target: &FallbackTarget, provider: Option<&ProviderId>) -> Option<String> {
        // Where there are no entries at all nothing is served, which is said elsewhere.
        let is_there = provider.is_none_or(|provider| self.owners.contains(provider));
        if self.owners.is_empty() || !is_there {
            return None;
        }
        let serves = |route: &Route| {
            let mut owners = route.serving.iter().map(|one| self.owners.get(one.source));
            provider.is_none_or(|provider| owners.any(|owner| owner == Some(provider)))
        };
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
