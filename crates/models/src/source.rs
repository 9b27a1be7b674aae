//! What one credential offers.

use crate::{Aliases, Group};
use cliproxy_core::{ModelFacts, Protocol};
use std::sync::Arc;

/// The offer of one credential, or of one group of equal credentials.
///
/// Sources are given in config order; their position is how a [`Serving`](crate::Serving) names
/// them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What the upstream speaks natively.
    pub protocols: Vec<Protocol>,
    /// The vendor catalogue: what is offered when `models` is `None`, and where the facts about a
    /// configured model are looked up first. Without both, the source offers nothing.
    pub catalogue: Option<Group>,
    /// The configured models, which replace the catalogue's list even when empty.
    pub models: Option<Vec<Offer>>,
    /// Offers every model as `prefix/model` too. It must not contain a `/`.
    pub prefix: Option<String>,
    /// Patterns of upstream names that are not offered, see [`Glob`](crate::Glob).
    pub excluded: Vec<String>,
    /// Other names for what is left, whether configured or from the catalogue; they hold under the
    /// prefix, too.
    pub aliases: Aliases,
    /// Whom listings name as the owner. If empty, the catalogue's own figure is shown.
    pub owned_by: Arc<str>,
}

/// One configured model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// What the upstream calls it. A thinking suffix in it (`gpt-5.4(low)`) is for who asks
    /// for none.
    pub name: String,
    /// What clients call it, if not by its name. Several offers of one source with the same alias
    /// and different names are a pool.
    pub alias: Option<String>,
    /// What listings show to people; the upstream name if `None`.
    pub display_name: Option<String>,
    /// What is said of it, over what the catalogue knows.
    pub facts: ModelFacts,
}
