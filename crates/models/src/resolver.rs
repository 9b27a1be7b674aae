//! Looks requested models up.

use crate::{Route, Serving, UnknownModel, names::Names};
use cliproxy_core::{canonical, parse_suffix};

/// Every model clients can ask for. Immutable; a changed configuration gets a new one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolver {
    pub(crate) routes: Vec<Route>,
    /// Positions in `routes`, by id.
    pub(crate) listed: Vec<usize>,
    pub(crate) newest: Option<usize>,
    pub(crate) names: Names,
}

/// A requested model, found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolved<'a> {
    /// What was asked for.
    pub route: &'a Route,
    /// The thinking suffix of the request, without the parentheses; never empty.
    pub suffix: Option<&'a str>,
}

impl Resolver {
    /// Finds the route a client asks for.
    ///
    /// Tried in this order, each without regard to ASCII case beyond the prefix: the text as it
    /// is, the text without thinking suffix, and for `auto` the newest listed model, unless a
    /// route is called so. All of it is then tried without a leading `models/`, which Gemini
    /// clients send. Allocates nothing if the name is spelled as it is listed.
    ///
    /// # Errors
    ///
    /// [`UnknownModel`] if no source serves it.
    pub fn resolve<'a>(&'a self, requested: &'a str) -> Result<Resolved<'a>, UnknownModel> {
        let text = requested.trim();
        let found = self
            .find(text)
            .or_else(|| self.find(text.strip_prefix("models/")?));
        found.ok_or_else(|| UnknownModel::new(text, self.list().map(|route| &route.id)))
    }

    /// Every route, listed or not; the position of each is its `index`.
    pub fn routes(&self) -> impl ExactSizeIterator<Item = &Route> {
        self.routes.iter()
    }

    /// The routes that listings show, in the order of their ids.
    pub fn list(&self) -> impl ExactSizeIterator<Item = &Route> {
        self.listed.iter().map(|&at| &self.routes[at])
    }

    fn find<'a>(&'a self, text: &'a str) -> Option<Resolved<'a>> {
        let name = canonical(text);
        let suffixed = name.len() < text.len();
        let at = self
            .names
            .find(text)
            .or_else(|| suffixed.then(|| self.names.find(name))?)
            .or_else(|| self.newest.filter(|_| name.eq_ignore_ascii_case("auto")))?;
        let suffix = parse_suffix(text).suffix.filter(|_| suffixed);
        Some(Resolved {
            route: &self.routes[at],
            suffix: suffix.filter(|suffix| !suffix.is_empty()),
        })
    }
}

impl<'a> Resolved<'a> {
    /// The thinking suffix that holds for a target, by its position in `serving`.
    ///
    /// One in the configured name beats the client's: an operator who offers `gpt-5.4(low)` as
    /// `cheap` means what it says.
    #[must_use]
    pub fn suffix_for(&self, serving: &'a Serving, target: usize) -> Option<&'a str> {
        serving.suffix(target).or(self.suffix)
    }
}
