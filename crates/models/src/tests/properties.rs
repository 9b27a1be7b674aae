//! What holds for every configuration.

use super::{source, vendor};
use crate::{Alias, Aliases, Group, Offer, Resolver, Source};
use cliproxy_core::{ModelId, Protocol};
use proptest::{collection::vec, option, prelude::*};
use std::collections::BTreeSet;

/// Few letters, so that names, aliases and prefixes meet often.
fn name() -> impl Strategy<Value = String> {
    "[aAb]{1,2}(/[aAb]){0,1}(\\((low|high)?\\)){0,1}| a|models/a|auto|"
}

fn offer() -> impl Strategy<Value = Offer> {
    (name(), option::of(name())).prop_map(|(name, alias)| Offer {
        name,
        alias,
        ..Offer::default()
    })
}

fn aliases() -> impl Strategy<Value = Aliases> {
    let row = (name(), name(), any::<bool>()).prop_map(|(name, alias, fork)| Alias {
        name,
        alias,
        fork,
        display_name: None,
    });
    vec(row, 0..4).prop_map(Aliases::new)
}

fn any_source() -> impl Strategy<Value = Source> {
    let models = option::weighted(0.9, vec(offer(), 0..5));
    let excluded = vec("[ab*]{0,2}", 0..2);
    (models, option::of("[aAb]{1,2}"), excluded, aliases()).prop_map(
        |(models, prefix, excluded, aliases)| Source {
            models,
            prefix,
            excluded,
            aliases,
            ..vendor(Group::Kimi, Protocol::Chat)
        },
    )
}

proptest! {
    #[test]
    fn listed_ids_resolve_to_their_route(sources in vec(any_source(), 0..5), forced: bool) {
        let resolver = Resolver::derive(&sources, forced);
        for route in resolver.list() {
            let found = resolver.resolve(route.id.as_str());
            prop_assert_eq!(found.map(|found| found.route), Ok(route));
        }
    }

    #[test]
    fn listings_are_sorted_and_stable(sources in vec(any_source(), 0..5), forced: bool) {
        let resolver = Resolver::derive(&sources, forced);
        let listed: Vec<&ModelId> = resolver.list().map(|route| &route.id).collect();
        prop_assert!(listed.is_sorted_by(|a, b| a < b), "{listed:?}");
        prop_assert_eq!(&resolver, &Resolver::derive(&sources, forced));
    }

    #[test]
    fn routes_are_served_in_source_order(sources in vec(any_source(), 0..5), forced: bool) {
        let resolver = Resolver::derive(&sources, forced);
        let mut ids = BTreeSet::new();
        for route in resolver.routes() {
            prop_assert!(ids.insert(&route.id), "{} twice", route.id);
            prop_assert!(!route.serving.is_empty(), "{}", route.id);
            prop_assert!(route.serving.is_sorted_by(|a, b| a.source < b.source));
            prop_assert!(route.serving.iter().all(|serving| !serving.targets.is_empty()));
        }
    }

    #[test]
    fn any_request_is_answered(sources in vec(any_source(), 0..3), requested in ".{0,12}") {
        let resolver = Resolver::derive(&sources, false);
        if let Err(error) = resolver.resolve(&requested) {
            prop_assert!(error.nearest.len() <= 3);
        }
    }
}

#[test]
fn unknown_names_leave_no_trace() {
    let sources = [source(&["m", "fast=n"])];
    let resolver = Resolver::derive(&sources, false);
    for number in 0..10_000 {
        let name = format!("m-{number}(high)");
        assert!(resolver.resolve(&name).is_err(), "{name}");
    }
    assert_eq!(resolver, Resolver::derive(&sources, false));
}
