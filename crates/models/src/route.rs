//! A model that clients can ask for, and who serves it.

use crate::{ModelInfo, record::Record};
use cliproxy_core::{ModelId, Protocol};
use std::sync::Arc;

/// A model that clients can ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The name clients use, prefix included, spelled as the first source spells it.
    pub id: ModelId,
    /// The position among [`Resolver::routes`](crate::Resolver::routes): below their number, and
    /// good for this resolver only.
    pub index: usize,
    /// Whether listings show it. The upstream name behind an alias is routable without being
    /// listed.
    pub listed: bool,
    /// The facts of the first source whose model is known, else of the first source.
    pub info: ModelInfo,
    /// Who serves it, in the order of the sources. Never empty.
    pub serving: Vec<Serving>,
}

/// One source's way of serving a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serving {
    /// The position of the source among those the resolver was derived from.
    pub source: usize,
    /// What the source's upstream speaks.
    pub protocols: Arc<[Protocol]>,
    /// What the upstream calls the model, without thinking suffix. Two or more are a pool, in
    /// config order, each once.
    pub targets: Vec<ModelId>,
    /// The configured thinking suffix of each target.
    suffixes: Vec<Option<Box<str>>>,
    /// What is known of each target.
    records: Vec<Option<Record>>,
}

impl Route {
    /// Who can serve it to a client that speaks `protocol` without translation.
    pub fn serving_in(&self, protocol: Protocol) -> impl Iterator<Item = &Serving> {
        self.serving
            .iter()
            .filter(move |serving| serving.protocols.contains(&protocol))
    }

    /// Every protocol that at least one source serves it in, each once.
    pub fn protocols(&self) -> impl Iterator<Item = Protocol> + '_ {
        Protocol::ALL
            .into_iter()
            .filter(|&protocol| self.serving_in(protocol).next().is_some())
    }
}

impl Serving {
    /// The thinking suffix the configuration gives to a target, by its position.
    #[must_use]
    pub fn suffix(&self, target: usize) -> Option<&str> {
        self.suffixes.get(target)?.as_deref()
    }

    /// What is known of a target, by its position: of several vendors behind one name each has limits of
    /// its own.
    #[must_use]
    pub fn record(&self, target: usize) -> Option<&ModelInfo> {
        self.records.get(target)?.as_deref()
    }

    pub(crate) const fn new(source: usize, protocols: Arc<[Protocol]>) -> Self {
        Self {
            source,
            protocols,
            targets: Vec::new(),
            suffixes: Vec::new(),
            records: Vec::new(),
        }
    }

    /// Adds a target to the end of the pool, once: the same model at another effort is no place
    /// to fail over to, its health is the same.
    pub(crate) fn join(&mut self, target: &ModelId, suffix: Option<&str>, record: Option<&Record>) {
        if !self.targets.contains(target) {
            self.targets.push(target.clone());
            self.suffixes.push(suffix.map(Box::from));
            self.records.push(record.cloned());
        }
    }
}
