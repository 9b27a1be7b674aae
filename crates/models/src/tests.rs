//! Sources in, names looked up, servings and lists out.

mod aliases;
mod auto;
mod facts;
mod listing;
mod lookup;
mod prefix;
mod properties;

use crate::{Alias, Aliases, Group, Offer, Resolver, Source};
use cliproxy_core::Protocol;

/// A source of configured models, each written as `name` or `alias=name`.
fn source(models: &[&str]) -> Source {
    let offer = |text: &&str| match text.split_once('=') {
        Some((alias, name)) => Offer {
            name: name.to_owned(),
            alias: Some(alias.to_owned()),
            ..Offer::default()
        },
        None => Offer {
            name: (*text).to_owned(),
            ..Offer::default()
        },
    };
    Source {
        protocols: vec![Protocol::Chat],
        catalogue: None,
        models: Some(models.iter().map(offer).collect()),
        prefix: None,
        excluded: vec![],
        aliases: Aliases::default(),
        owned_by: "local".into(),
    }
}

/// A source that offers a vendor's catalogue.
fn vendor(group: Group, protocol: Protocol) -> Source {
    Source {
        protocols: vec![protocol],
        catalogue: Some(group),
        models: None,
        owned_by: "".into(),
        ..source(&[])
    }
}

fn behind(prefix: &str, source: Source) -> Source {
    Source {
        prefix: Some(prefix.to_owned()),
        ..source
    }
}

fn without(patterns: &[&str], source: Source) -> Source {
    Source {
        excluded: patterns.iter().map(|&text| text.to_owned()).collect(),
        ..source
    }
}

/// A source with aliases, each written as `alias=name`, or `alias+name` if the name stays.
fn named(aliases: &[&str], source: Source) -> Source {
    Source {
        aliases: Aliases::new(aliases.iter().map(|&text| alias(text))),
        ..source
    }
}

fn alias(text: &str) -> Alias {
    let fork = text.contains('+');
    let (alias, name) = text.split_once(['=', '+']).expect("two names");
    Alias {
        name: name.to_owned(),
        alias: alias.to_owned(),
        fork,
        display_name: None,
    }
}

/// The servings of a requested name as text: `source:target(suffix)`, pools joined by `|`.
fn resolve(resolver: &Resolver, requested: &str) -> String {
    let Ok(resolved) = resolver.resolve(requested) else {
        return "unknown".to_owned();
    };
    let servings = resolved.route.serving.iter().map(|serving| {
        let targets = serving.targets.iter().enumerate().map(|(at, target)| {
            match resolved.suffix_for(serving, at) {
                Some(suffix) => format!("{target}({suffix})"),
                None => target.to_string(),
            }
        });
        let targets: Vec<_> = targets.collect();
        format!("{}:{}", serving.source, targets.join("|"))
    });
    servings.collect::<Vec<_>>().join(" ")
}

fn check(sources: &[Source], forced: bool, cases: &[(&str, &str)]) {
    let resolver = Resolver::derive(sources, forced);
    for (requested, expected) in cases {
        let found = resolve(&resolver, requested);
        assert_eq!(found, *expected, "{requested:?} of {sources:?}");
    }
}
