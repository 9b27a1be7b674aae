//! Resolves a requested model to a route: prefix, alias, pool, exclusion, catalogue.
//!
//! A [`Source`] says what one credential offers; [`Resolver::derive`] turns all of them into
//! [`Route`]s. The result is immutable: resolving a name, known or not, changes nothing. Nothing
//! here knows whether a credential works right now, speaks HTTP or reads the configuration.
//!
//! ```
//! use cliproxy_core::Protocol;
//! use cliproxy_models::{Aliases, Offer, Resolver, Source};
//!
//! let source = Source {
//!     protocols: vec![Protocol::Claude],
//!     catalogue: None,
//!     models: Some(vec![Offer {
//!         name: "claude-opus-4-8".to_owned(),
//!         alias: Some("opus".to_owned()),
//!         ..Offer::default()
//!     }]),
//!     prefix: Some("team".to_owned()),
//!     excluded: vec![],
//!     aliases: Aliases::default(),
//!     owned_by: "anthropic".into(),
//! };
//! let resolver = Resolver::derive(&[source], false);
//!
//! let resolved = resolver.resolve("team/opus(high)")?;
//! assert_eq!(resolved.route.id.as_str(), "team/opus");
//! assert_eq!(resolved.suffix, Some("high"));
//! assert_eq!(resolved.route.serving[0].targets[0].as_str(), "claude-opus-4-8");
//!
//! let listed: Vec<_> = resolver.list().map(|route| route.id.as_str()).collect();
//! assert_eq!(listed, ["opus", "team/opus"]);
//! # Ok::<(), cliproxy_models::UnknownModel>(())
//! ```

// What goes in.
mod aliases;
mod group;
mod info;
mod source;

// What is known about it.
mod catalogue;
mod glob;
mod names;
mod record;

// What comes out.
mod derive;
mod resolver;
mod route;
mod unknown;

#[cfg(test)]
mod tests;

pub use self::{
    aliases::{Alias, Aliases},
    catalogue::Catalogue,
    glob::Glob,
    group::Group,
    info::ModelInfo,
    resolver::{Resolved, Resolver},
    route::{Route, Serving},
    source::{Offer, Source},
    unknown::UnknownModel,
};

/// Compiles the README's example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
