//! Turns what sources offer into routes.

mod aliased;
mod offered;

use self::offered::{Offered, offered};
use crate::{Catalogue, Group, ModelInfo, Resolver, Route, Serving, Source, names::Names};
use cliproxy_core::{ModelId, Protocol, canonical};
use rustc_hash::FxHashMap;
use std::{cmp::Reverse, sync::Arc};

impl Resolver {
    /// Derives every route from what the sources offer, given in config order.
    ///
    /// With `force_model_prefix` a source that has a prefix serves prefixed names only (and a
    /// model that is called like the prefix).
    #[must_use]
    pub fn derive(sources: &[Source], force_model_prefix: bool) -> Self {
        let catalogue = Catalogue::embedded();
        let offers: Vec<_> = sources
            .iter()
            .map(|source| offered(source, catalogue))
            .collect();
        let mut draft = Draft {
            force_model_prefix,
            ..Draft::default()
        };
        let each = || sources.iter().zip(&offers).enumerate();
        for (index, (source, offers)) in each() {
            draft.list(&Origin::new(index, source), offers);
        }
        // Only now: a name that some source lists is served by those who list it.
        for (index, (source, offers)) in each() {
            draft.imply(&Origin::new(index, source), offers);
        }
        draft.finish()
    }
}

/// The routes so far.
#[derive(Default)]
struct Draft {
    force_model_prefix: bool,
    routes: Vec<Route>,
    names: Names,
}

/// What all routes of one source have in common.
struct Origin<'a> {
    index: usize,
    protocols: Arc<[Protocol]>,
    prefix: Option<&'a str>,
    owned_by: &'a Arc<str>,
    /// The list that its models come from.
    list: Option<Group>,
}

impl<'a> Origin<'a> {
    fn new(index: usize, source: &'a Source) -> Self {
        let prefix = source.prefix.as_deref().map(str::trim);
        Self {
            index,
            protocols: source.protocols.as_slice().into(),
            prefix: prefix.filter(|prefix| !prefix.is_empty()),
            owned_by: &source.owned_by,
            list: source.catalogue.filter(|_| source.models.is_none()),
        }
    }

    /// The prefixes a model may be asked for behind, `None` being the plain name.
    fn prefixes(&self) -> impl Iterator<Item = Option<&'a str>> + use<'a> {
        self.prefix.map(Some).into_iter().chain([None])
    }
}

impl Draft {
    /// Adds the models a source shows under the names it shows them by.
    fn list(&mut self, origin: &Origin<'_>, offers: &[Offered<'_>]) {
        // `p/m` is always read as `m` behind the prefix `p`, even when the source also has a
        // model that is called `p/m`; without this the two would look like a pool.
        let mut taken = FxHashMap::default();
        for prefix in origin.prefixes() {
            for offered in offers {
                if self.hides(origin, prefix, offered.id) {
                    continue;
                }
                let at = self.route(origin, prefix, offered.id, offered);
                if *taken.entry(at).or_insert(prefix) == prefix {
                    let route = &mut self.routes[at];
                    route.listed = true;
                    serve(route, origin, offered);
                }
            }
        }
    }

    /// Adds the names that mean a model without being shown: its own behind an alias, and the
    /// bare name of one that is only shown with a thinking suffix. The first offer wins.
    fn imply(&mut self, origin: &Origin<'_>, offers: &[Offered<'_>]) {
        for prefix in origin.prefixes() {
            for offered in offers {
                for name in [canonical(offered.id), offered.target.as_str()] {
                    if name == offered.id || self.hides(origin, prefix, name) {
                        continue;
                    }
                    let at = self.route(origin, prefix, name, offered);
                    let route = &mut self.routes[at];
                    let served = route.serving.last().map(|serving| serving.source);
                    if !route.listed && served != Some(origin.index) {
                        serve(route, origin, offered);
                    }
                }
            }
        }
    }

    fn hides(&self, origin: &Origin<'_>, prefix: Option<&str>, name: &str) -> bool {
        let forced = self.force_model_prefix && prefix.is_none();
        forced && origin.prefix.is_some_and(|own| own != name)
    }

    /// The position of the route with this name, which is made if there is none.
    fn route(
        &mut self,
        origin: &Origin<'_>,
        prefix: Option<&str>,
        name: &str,
        offered: &Offered<'_>,
    ) -> usize {
        let index = self.names.claim(prefix, name, self.routes.len());
        if index == self.routes.len() {
            let id = match prefix {
                Some(prefix) => ModelId::from(format!("{prefix}/{name}")),
                None => ModelId::from(name),
            };
            self.routes.push(Route {
                id,
                index,
                listed: false,
                info: info(origin, offered),
                serving: Vec::new(),
            });
        }
        index
    }

    fn finish(self) -> Resolver {
        let Self { routes, names, .. } = self;
        let mut listed: Vec<usize> = routes
            .iter()
            .filter(|route| route.listed)
            .map(|route| route.index)
            .collect();
        listed.sort_by(|&a, &b| routes[a].id.cmp(&routes[b].id));
        let mut by_age = listed.clone();
        // A plain name has at least the sources of the prefixed one, so more sources come first.
        by_age.sort_by_key(|&at| {
            let route: &Route = &routes[at];
            Reverse((route.info.created, route.serving.len()))
        });
        Resolver {
            routes,
            listed,
            by_age,
            names,
        }
    }
}

fn serve(route: &mut Route, origin: &Origin<'_>, offered: &Offered<'_>) {
    if route.info.capabilities.is_none() && offered.record.is_some() {
        route.info = info(origin, offered);
    }
    if route.serving.last().map(|serving| serving.source) != Some(origin.index) {
        let protocols = Arc::clone(&origin.protocols);
        route.serving.push(Serving::new(origin.index, protocols));
    }
    if let Some(serving) = route.serving.last_mut() {
        let sent = origin
            .list
            .and_then(|list| list.sent(offered.target.as_str()));
        let target = sent.as_ref().unwrap_or(&offered.target);
        serving.join(target, offered.suffix, offered.record.as_ref());
    }
}

fn info(origin: &Origin<'_>, offered: &Offered<'_>) -> ModelInfo {
    let mut info = offered.record.as_deref().cloned().unwrap_or_default();
    info.display_name = Some(offered.display_name.to_owned());
    if !origin.owned_by.is_empty() {
        info.owned_by = Arc::clone(origin.owned_by);
    }
    info
}
