//! The catalogue file: rows as they are written, and the records they stand for.

use super::capabilities::CapabilitiesRow;
use crate::{Group, ModelInfo};
use cliproxy_core::Capabilities;
use rustc_hash::FxHashMap;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
pub(super) struct Document {
    pub(super) groups: FxHashMap<Group, Vec<Row>>,
    pub(super) prefixes: Vec<FamilyRow>,
}

/// A listed model.
#[derive(Deserialize)]
pub(super) struct Row {
    pub(super) id: Box<str>,
    name: String,
    created: Option<i64>,
    description: Option<String>,
    #[serde(flatten)]
    facts: Facts,
}

/// What ids with a common prefix are taken for.
#[derive(Deserialize)]
pub(super) struct FamilyRow {
    pub(super) prefix: Box<str>,
    #[serde(flatten)]
    pub(super) kind: Kind,
}

/// Which record a family has.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Kind {
    /// That of a listed model.
    Like { like: (Group, Box<str>) },
    /// Its own.
    Own(Box<Facts>),
}

/// What holds for a model whatever it is called.
#[derive(Deserialize)]
pub(super) struct Facts {
    owned_by: Box<str>,
    context: Option<u64>,
    max_output: Option<u64>,
    #[serde(default)]
    methods: Vec<String>,
    #[serde(flatten, with = "CapabilitiesRow")]
    capabilities: Capabilities,
}

impl From<Row> for ModelInfo {
    fn from(row: Row) -> Self {
        Self {
            display_name: Some(row.name),
            created: row.created,
            description: row.description,
            ..row.facts.into()
        }
    }
}

impl From<Facts> for ModelInfo {
    fn from(facts: Facts) -> Self {
        Self {
            owned_by: Arc::from(facts.owned_by),
            context: facts.context,
            max_output: facts.max_output,
            methods: facts.methods,
            capabilities: Some(facts.capabilities),
            ..Self::default()
        }
    }
}
