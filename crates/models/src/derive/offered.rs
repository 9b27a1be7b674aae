//! The models of one source, whether they are configured or come from the catalogue.

use super::aliased::aliased;
use crate::{Catalogue, Glob, ModelInfo, Offer, Source, record::Record};
use cliproxy_core::{ModelId, canonical, parse_suffix};

/// A model a source offers, before prefixes.
#[derive(Clone)]
pub(super) struct Offered<'a> {
    /// What it is shown as: the alias, else the name.
    pub(super) id: &'a str,
    /// What the upstream calls it.
    pub(super) target: ModelId,
    /// The thinking suffix of the configured name.
    pub(super) suffix: Option<&'a str>,
    pub(super) display_name: &'a str,
    /// What is known about it.
    pub(super) record: Option<Record>,
}

/// What is left of a source's models after its exclusions, which speak of upstream names, under the
/// names that its aliases give them.
pub(super) fn offered<'a>(source: &'a Source, catalogue: &'static Catalogue) -> Vec<Offered<'a>> {
    let excluded: Vec<Glob> = source.excluded.iter().map(|text| Glob::new(text)).collect();
    let all: Vec<_> = match (&source.models, source.catalogue) {
        (Some(offers), group) => offers
            .iter()
            .filter_map(|offer| {
                let mut offered = Offered::configured(offer)?;
                let known = catalogue.lookup(group, offered.target.as_str());
                offered.record = Record::of(known, &offer.facts);
                Some(offered)
            })
            .collect(),
        (None, Some(group)) => catalogue.models(group).map(Offered::stock).collect(),
        (None, None) => Vec::new(),
    };
    let kept = |offered: &Offered<'_>| {
        let name = offered.target.as_str();
        !excluded.iter().any(|glob| glob.matches(name))
    };
    let models = all.into_iter().filter(kept).collect();
    let mut named = aliased(models, source, catalogue);
    // An alias may have led to what is excluded.
    named.retain(kept);
    named
}

/// The thinking suffix in a configured name.
pub(super) fn fixed_suffix(name: &str) -> Option<&str> {
    let suffix = parse_suffix(name.trim()).suffix;
    suffix.filter(|suffix| !suffix.is_empty())
}

impl<'a> Offered<'a> {
    fn configured(offer: &'a Offer) -> Option<Self> {
        let name = offer.name.trim();
        let alias = offer.alias.as_deref().map(str::trim);
        (!name.is_empty()).then(|| Self {
            id: alias.filter(|alias| !alias.is_empty()).unwrap_or(name),
            target: canonical(name).into(),
            suffix: fixed_suffix(name),
            display_name: offer.display_name.as_deref().unwrap_or(name),
            record: None,
        })
    }

    fn stock((id, record): (&'static ModelId, &'static ModelInfo)) -> Self {
        Self {
            id: id.as_str(),
            target: id.clone(),
            suffix: None,
            display_name: record.display_name.as_deref().unwrap_or(id.as_str()),
            record: Some(Record::Catalogue(record)),
        }
    }
}
