//! `fallbacks`: what stands in for a model.

use super::{Resolver, text};
use crate::{
    Entry, Fallback, FallbackTarget, Section, nearest::nearest, raw::RawFallbackTarget, tree::Spot,
};
use std::collections::{BTreeMap, HashSet};

/// The providers with a section of their own.
const VENDORS: [&str; 4] = ["claude", "codex", "gemini", "vertex"];

impl Resolver<'_> {
    /// The fallbacks, by alias. `entries` says which providers there are.
    pub(super) fn fallbacks(
        &mut self,
        given: BTreeMap<String, Vec<Option<RawFallbackTarget>>>,
        entries: &[Entry],
        spot: &Spot<'_>,
    ) -> Vec<Fallback> {
        let providers = providers(entries);
        let mut fallbacks = Vec::with_capacity(given.len());
        let mut seen = HashSet::new();
        for (key, list) in given {
            let spot = spot.key(&key);
            let Some(alias) = text(Some(key)) else {
                self.report
                    .error(&spot, "a fallback for a model without a name", "");
                continue;
            };
            if !seen.insert(alias.to_ascii_lowercase()) {
                let message = "the same model again; case does not count in names";
                self.report.error(&spot, message, "remove one of them");
            }
            if list.is_empty() {
                let message = "nothing stands in for this model";
                self.report.warning(&spot, message, "list what does");
                continue;
            }
            let mut targets = Vec::with_capacity(list.len());
            for (index, raw) in list.into_iter().enumerate() {
                let spot = spot.index(index);
                targets.extend(self.fallback_target(&alias, raw, &providers, &spot));
            }
            fallbacks.push(Fallback { alias, targets });
        }
        fallbacks
    }

    fn fallback_target(
        &mut self,
        alias: &str,
        raw: Option<RawFallbackTarget>,
        providers: &[String],
        spot: &Spot<'_>,
    ) -> Option<FallbackTarget> {
        let Some(raw) = raw else {
            self.report.error(spot, "names no model", "remove it");
            return None;
        };
        let at_model = spot.key("model");
        let Some(model) = text(raw.model) else {
            self.report.error(&at_model, "missing", "");
            return None;
        };
        let provider = text(raw.provider).map(|name| name.to_ascii_lowercase());
        match &provider {
            None if model.eq_ignore_ascii_case(alias) => {
                let remedy = "name another model, or a provider";
                self.report.error(&at_model, "stands in for itself", remedy);
            }
            Some(provider) if !providers.contains(provider) => {
                let remedy = match nearest(provider, providers.iter().map(String::as_str)) {
                    Some(known) => format!("did you mean `{known}`?"),
                    None => "write claude, codex, gemini, vertex, or the name of an \
                             `openai-compatibility` entry"
                        .to_owned(),
                };
                let message = "no such provider, so nothing serves this";
                self.report.warning(&spot.key("provider"), message, remedy);
            }
            _ => {}
        }
        Some(FallbackTarget {
            model,
            provider,
            key: at_model.path.to_string(),
            place: at_model.place.clone(),
        })
    }
}

/// The ids of all providers: those of vendors, and of compatible entries, disabled ones included.
fn providers(entries: &[Entry]) -> Vec<String> {
    let compatible = entries
        .iter()
        .filter(|entry| entry.section == Section::OpenaiCompatibility)
        .map(|entry| entry.name.to_ascii_lowercase());
    VENDORS
        .into_iter()
        .map(str::to_owned)
        .chain(compatible)
        .collect()
}
