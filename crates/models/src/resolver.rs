//! Looks requested models up.

use crate::{Route, Serving, UnknownModel, names::Names};
use cliproxy_core::{canonical, parse_suffix};

/// Every model clients can ask for. Immutable; a changed configuration gets a new one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolver {
    pub(crate) routes: Vec<Route>,
    /// Positions in `routes`, by id.
    pub(crate) listed: Vec<usize>,
    /// The same positions, the newest model first.
    pub(crate) by_age: Vec<usize>,
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
        self.resolve_available(requested, |_| true)
    }

    /// Like [`Resolver::resolve`], but `auto` is the newest listed model that is `available`; if none
    /// is, the newest, so that the client learns what there is to wait for. A model that is asked for
    /// by its name is found whether it is available or not. What available means is up to the caller:
    /// most likely that some credential can serve the route in the protocol of the client.
    ///
    /// # Errors
    ///
    /// [`UnknownModel`] if no source serves it.
    pub fn resolve_available<'a>(
        &'a self,
        requested: &'a str,
        mut available: impl FnMut(&Route) -> bool,
    ) -> Result<Resolved<'a>, UnknownModel> {
        let text = requested.trim();
        let found = self
            .find(text, &mut available)
            .or_else(|| self.find(text.strip_prefix("models/")?, &mut available));
        found.ok_or_else(|| UnknownModel::new(text, self.list().map(|route| &route.id)))
    }

    /// The newest listed model that is `available`. Models without a date are the oldest; of equally
    /// new ones the one with more sources comes first, then the one whose id does.
    pub fn newest(&self, mut available: impl FnMut(&Route) -> bool) -> Option<&Route> {
        let mut routes = self.by_age.iter().map(|&at| &self.routes[at]);
        routes.find(|route| available(route))
    }

    /// Every route, listed or not; the position of each is its `index`.
    pub fn routes(&self) -> impl ExactSizeIterator<Item = &Route> {
        self.routes.iter()
    }

    /// The routes that listings show, in the order of their ids.
    pub fn list(&self) -> impl ExactSizeIterator<Item = &Route> {
        self.listed.iter().map(|&at| &self.routes[at])
    }

    fn find<'a>(
        &'a self,
        text: &'a str,
        available: impl FnMut(&Route) -> bool,
    ) -> Option<Resolved<'a>> {
        let name = canonical(text);
        let suffixed = name.len() < text.len();
        let named = self
            .names
            .find(text)
            .or_else(|| suffixed.then(|| self.names.find(name))?);
        let route = match named {
            Some(at) => &self.routes[at],
            None if name.eq_ignore_ascii_case("auto") => {
                self.newest(available).or_else(|| self.newest(|_| true))?
            }
            None => return None,
        };
        let suffix = parse_suffix(text).suffix;
        Some(Resolved {
            route,
            suffix: suffix.filter(|suffix| !suffix.is_empty()),
        })
    }
}

impl<'a> Resolved<'a> {
    /// The thinking suffix that holds for a target, by its position in `serving`.
    ///
    /// The client's own wins; one in the configured name is what who says nothing gets.
    #[must_use]
    pub fn suffix_for(&self, serving: &'a Serving, target: usize) -> Option<&'a str> {
        self.suffix.or_else(|| serving.suffix(target))
    }
}
