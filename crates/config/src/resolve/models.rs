//! `models`, `excluded-models` and `prefix` of an entry.

use super::{Resolver, text, texts};
use crate::{ModelEntry, Section, raw::RawModel, tree::Spot};
use std::collections::HashSet;

impl Resolver<'_> {
    /// The models an entry lists; `None` if there are none. Equal ones are kept once.
    pub(super) fn models(
        &mut self,
        section: Section,
        given: Vec<Option<RawModel>>,
        list: &Spot<'_>,
    ) -> Option<Vec<ModelEntry>> {
        let mut models = Vec::with_capacity(given.len());
        let mut seen = HashSet::new();
        for (index, raw) in given.into_iter().enumerate() {
            let Some(raw) = raw else { continue };
            let spot = list.index(index);
            let facts = self.model_facts(&raw, &spot);
            let Some(name) = text(raw.name) else {
                self.report
                    .warning(&spot, "a model without `name`, which is dropped", "");
                continue;
            };
            let alias = text(raw.alias);
            if section == Section::VertexApiKey && alias.is_none() {
                let message = "a Vertex model without `alias`, which is dropped";
                self.report.warning(&spot, message, "give it both names");
                continue;
            }
            let model = ModelEntry {
                alias: alias.filter(|alias| *alias != name),
                name,
                display_name: text(raw.display_name),
                facts,
            };
            if seen.insert(model.clone()) {
                models.push(model);
            }
        }
        (!models.is_empty()).then_some(models)
    }

    /// A prefix without slashes around it; v7 drops one with a slash inside, and so do we.
    pub(super) fn prefix(&mut self, given: Option<String>, spot: &Spot<'_>) -> Option<String> {
        let given = given?;
        let prefix = given.trim_matches(|c: char| c == '/' || c.is_whitespace());
        if prefix.contains('/') {
            let message = "a prefix with a slash inside, which is dropped";
            self.report.warning(spot, message, "choose another one");
            return None;
        }
        (!prefix.is_empty()).then(|| prefix.to_owned())
    }
}

/// Lowercase globs, each once.
pub(super) fn excluded_models(given: Vec<Option<String>>) -> Vec<String> {
    let mut seen = HashSet::new();
    let globs = texts(given).into_iter().map(|glob| glob.to_lowercase());
    globs.filter(|glob| seen.insert(glob.clone())).collect()
}
