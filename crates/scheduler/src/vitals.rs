//! The health of one credential: as a whole, and of each upstream model.

use std::sync::{
    Arc,
    atomic::{
        AtomicBool,
        Ordering::{Acquire, Release},
    },
};

use cliproxy_core::{Generation, ModelId};
use parking_lot::RwLock;
use rustc_hash::FxHashMap;

use crate::{health::Health, moment::Moment};

/// Shared by every route, and by every successive roster, in which the credential has the same
/// identity.
///
/// A model that has never failed has no health of its own, which is the state of nearly all of them:
/// ten thousand credentials with ten models each would have a hundred thousand.
#[derive(Debug)]
pub(crate) struct Vitals {
    pub(crate) generation: Generation,
    pub(crate) whole: Health,
    /// Whether there is anything in `models`: what a pick reads before it takes the lock.
    failed: AtomicBool,
    /// By canonical name: a thinking suffix does not make another quota. Only what a route asks for
    /// comes in, so clients cannot grow it.
    models: RwLock<FxHashMap<ModelId, Arc<Health>>>,
}

impl Vitals {
    pub(crate) fn clean(generation: Generation) -> Self {
        Self {
            generation,
            whole: Health::clean(),
            failed: AtomicBool::new(false),
            models: RwLock::default(),
        }
    }

    /// A copy with only what blocks even where cooling is off.
    ///
    /// A copy, so that requests which still run under the old rules cannot reach it.
    pub(crate) fn without_cooling(&self) -> Self {
        let models = self.models.read();
        let copy = |(name, health): (&ModelId, &Arc<Health>)| {
            (name.clone(), Arc::new(health.without_cooling()))
        };
        Self {
            generation: self.generation,
            whole: self.whole.without_cooling(),
            failed: AtomicBool::new(!models.is_empty()),
            models: RwLock::new(models.iter().map(copy).collect()),
        }
    }

    /// What is known of a model, by canonical name; `None` if it has never failed.
    pub(crate) fn model(&self, name: &str) -> Option<Arc<Health>> {
        self.of_model(name, Arc::clone)
    }

    /// The same, to be written to.
    pub(crate) fn model_or_clean(&self, name: &str) -> Arc<Health> {
        if let Some(known) = self.model(name) {
            return known;
        }
        let mut models = self.models.write();
        let health = models
            .entry(name.into())
            .or_insert_with(|| Arc::new(Health::clean()));
        self.failed.store(true, Release);
        Arc::clone(health)
    }

    /// The model is blocked while this lies in the future.
    pub(crate) fn until(&self, name: &str) -> Moment {
        self.of_model(name, |health| health.until())
            .unwrap_or(Moment::ORIGIN)
    }

    /// From when on the model may be asked, as [`Health::due`] has it.
    pub(crate) fn due(&self, name: &str, now: Moment) -> Moment {
        self.of_model(name, |health| health.due(now))
            .unwrap_or(Moment::ORIGIN)
    }

    /// The models that have failed, by name, in no order.
    pub(crate) fn failed(&self) -> Vec<(ModelId, Arc<Health>)> {
        if !self.failed.load(Acquire) {
            return Vec::new();
        }
        let models = self.models.read();
        let models = models.iter();
        models
            .map(|(name, health)| (name.clone(), Arc::clone(health)))
            .collect()
    }

    /// Forgets models that no route asks for any more.
    pub(crate) fn keep(&self, asked: impl Fn(&ModelId) -> bool) {
        if self.failed.load(Acquire) {
            self.models.write().retain(|name, _| asked(name));
        }
    }

    fn of_model<T>(&self, name: &str, read: impl FnOnce(&Arc<Health>) -> T) -> Option<T> {
        if !self.failed.load(Acquire) {
            return None;
        }
        self.models.read().get(name).map(read)
    }
}
