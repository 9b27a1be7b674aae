//! The embedded catalogue: which models a vendor serves, and what is known about them.

mod capabilities;
mod document;
mod stem;

#[cfg(test)]
mod tests;

use self::{
    document::{Document, FamilyRow, Kind, Row},
    stem::{begins_with, stem},
};
use crate::{Group, ModelInfo, names::folded};
use cliproxy_core::ModelId;
use rustc_hash::FxHashMap;
use std::{cmp::Reverse, sync::LazyLock};

/// Which models a vendor serves, and what is known about them.
#[derive(Debug)]
pub struct Catalogue {
    groups: FxHashMap<Group, Listing>,
    /// Longest prefix first.
    families: Vec<Family>,
}

/// One group's models.
#[derive(Debug, Default)]
struct Listing {
    models: Vec<(ModelId, ModelInfo)>,
    ids: FxHashMap<ModelId, usize>,
    /// The first model of each stem, for ids that differ only by a date or `-latest`.
    stems: FxHashMap<Box<str>, usize>,
}

/// What an unlisted model is taken for, by the beginning of its id.
#[derive(Debug)]
struct Family {
    prefix: Box<str>,
    info: ModelInfo,
}

impl Catalogue {
    /// The catalogue this build carries. It is parsed on first use.
    #[must_use]
    pub fn embedded() -> &'static Self {
        static EMBEDDED: LazyLock<Catalogue> = LazyLock::new(|| {
            #[expect(
                clippy::expect_used,
                reason = "the text is compiled in, and a test parses it"
            )]
            let document = serde_json::from_str(include_str!("../catalogue.json"))
                .expect("the embedded catalogue parses");
            Catalogue::index(document)
        });
        &EMBEDDED
    }

    /// A vendor's models, in the vendor's order.
    pub fn models(&self, group: Group) -> impl Iterator<Item = (&ModelId, &ModelInfo)> {
        let listing = self.groups.get(&group);
        listing
            .into_iter()
            .flat_map(|listing| &listing.models)
            .map(|(id, info)| (id, info))
    }

    /// What is known about an upstream's model, given without thinking suffix, in any case.
    ///
    /// The first of these that finds something: the id in the source's own group, in any group;
    /// the same without a trailing date, `-latest` or `-preview`; the family with the longest
    /// matching prefix. A family's record has neither `display_name` nor `created`.
    #[must_use]
    pub fn lookup(&self, group: Option<Group>, id: &str) -> Option<&ModelInfo> {
        let id = folded(id);
        let listings = || {
            let order = group.into_iter().chain(Group::ALL);
            order.filter_map(|group| self.groups.get(&group))
        };
        listings()
            .find_map(|listing| listing.by_id(&id))
            .or_else(|| listings().find_map(|listing| listing.by_stem(stem(&id))))
            .or_else(|| {
                let mut families = self.families.iter();
                let family = families.find(|family| begins_with(&id, &family.prefix))?;
                Some(&family.info)
            })
    }

    fn index(document: Document) -> Self {
        let groups: FxHashMap<_, _> = document
            .groups
            .into_iter()
            .map(|(group, rows)| (group, Listing::index(rows)))
            .collect();
        let mut families: Vec<_> = document
            .prefixes
            .into_iter()
            .filter_map(|row| Family::build(row, &groups))
            .collect();
        families.sort_by_key(|family| Reverse(family.prefix.len()));
        Self { groups, families }
    }
}

impl Listing {
    fn index(rows: Vec<Row>) -> Self {
        let mut listing = Self::default();
        for (at, row) in rows.into_iter().enumerate() {
            let id = ModelId::from(&*row.id);
            listing.stems.entry(stem(&row.id).into()).or_insert(at);
            listing.ids.insert(id.clone(), at);
            listing.models.push((id, row.into()));
        }
        listing
    }

    fn by_id(&self, id: &str) -> Option<&ModelInfo> {
        self.ids.get(id).map(|&at| &self.models[at].1)
    }

    fn by_stem(&self, stem: &str) -> Option<&ModelInfo> {
        self.stems.get(stem).map(|&at| &self.models[at].1)
    }
}

impl Family {
    fn build(row: FamilyRow, groups: &FxHashMap<Group, Listing>) -> Option<Self> {
        let info = match row.kind {
            Kind::Like { like: (group, id) } => ModelInfo {
                display_name: None,
                created: None,
                ..groups.get(&group)?.by_id(&id)?.clone()
            },
            Kind::Own(facts) => (*facts).into(),
        };
        Some(Self {
            prefix: row.prefix,
            info,
        })
    }
}
