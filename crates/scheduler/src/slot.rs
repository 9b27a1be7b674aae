//! A candidate in its tier.

use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
};

use cliproxy_core::{ErrorKind, ModelId, Scope, canonical};

use crate::{
    health::{Health, Sentence},
    health_table::last_to_end,
    moment::Moment,
    seat::Seat,
};

/// One credential's part in one route.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot<'a> {
    pub(crate) seat: &'a Seat,
    pub(crate) targets: &'a [Target],
    /// How often a pool was visited: where the next visit begins.
    pub(crate) visits: Option<&'a AtomicU32>,
}

/// An upstream model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) model: ModelId,
    /// Its canonical name, under which its health is found.
    pub(crate) name: ModelId,
}

impl Target {
    pub(crate) fn new(model: ModelId) -> Self {
        let name = canonical(model.as_str());
        Self {
            name: match name == model.as_str() {
                true => model.clone(),
                false => name.into(),
            },
            model,
        }
    }
}

impl Deref for Slot<'_> {
    type Target = Seat;

    fn deref(&self) -> &Seat {
        self.seat
    }
}

impl<'a> Slot<'a> {
    /// Blocked while this lies in the future: until the credential, and the first of its targets,
    /// is free.
    pub(crate) fn until(self) -> Moment {
        let targets = self.targets.iter();
        let targets = targets.map(|target| self.vitals.until(target.name.as_str()));
        let first = targets.min().unwrap_or(Moment::NEVER);
        first.max(self.vitals.whole.until())
    }

    /// As [`until`](Self::until), and as long as its upstream is passed over.
    pub(crate) fn kept_until(self) -> Moment {
        let upstream = self.breaker.as_ref().map(|breaker| breaker.until());
        self.until().max(upstream.unwrap_or(Moment::ORIGIN))
    }

    /// Whether it may be picked. Where its upstream is passed over, a yes is the one try of this
    /// rest.
    pub(crate) fn is_ready(self, now: Moment) -> bool {
        self.until() <= now
            && self
                .breaker
                .as_ref()
                .is_none_or(|breaker| breaker.admits(now))
    }

    /// From when on it may be asked: before its end if every block in the way is over by then or may
    /// be doubted.
    pub(crate) fn due(self, now: Moment) -> Moment {
        let targets = self.targets.iter();
        let targets = targets.map(|target| self.vitals.due(target.name.as_str(), now));
        let first = targets.min().unwrap_or(Moment::NEVER);
        first.max(self.vitals.whole.due(now))
    }

    /// What keeps the slot from serving: the credential's own block, or that of the target which
    /// is free first.
    pub(crate) fn sentence(self, now: Moment) -> Option<(Scope, Sentence)> {
        let name = |target: &'a Target| target.name.as_str();
        let first = self.targets.iter().map(name);
        let first = first.min_by_key(|name| self.vitals.until(name));
        let target = first.and_then(|name| self.vitals.model(name)?.sentence(now));
        last_to_end(self.vitals.whole.sentence(now), target)
    }

    /// Whether what keeps it passes by itself: a limit, an outage. An account that was refused is
    /// not worth waiting for.
    pub(crate) fn recovers(self, now: Moment) -> bool {
        self.sentence(now).is_none_or(|(_, sentence)| {
            matches!(
                sentence.reason,
                ErrorKind::Forbidden
                    | ErrorKind::Quota
                    | ErrorKind::Transport
                    | ErrorKind::Upstream
            )
        })
    }

    /// The health of one of its targets, to be written to.
    pub(crate) fn target(self, model: &ModelId) -> Option<Arc<Health>> {
        let name = self.name_of(model)?;
        Some(self.vitals.model_or_clean(name))
    }

    /// The same, if the target has ever failed.
    pub(crate) fn failed_target(self, model: &ModelId) -> Option<Arc<Health>> {
        self.vitals.model(self.name_of(model)?)
    }

    fn name_of(self, model: &ModelId) -> Option<&'a str> {
        let name = canonical(model.as_str());
        let mut names = self.targets.iter().map(|target| target.name.as_str());
        names.find(|other| *other == name)
    }

    /// Counts a visit; only a pool has a use for the number.
    pub(crate) fn visit(self) -> u32 {
        self.visits.map_or(0, |visits| visits.fetch_add(1, Relaxed))
    }

    /// The targets that are ready at the time they are asked for, from where the visit begins. With
    /// `doubt`, those too whose long block may be doubted.
    pub(crate) fn ready_targets(
        self,
        visit: u32,
        doubt: bool,
        now: Moment,
    ) -> impl Iterator<Item = &'a ModelId> {
        let start = visit as usize % self.targets.len().max(1);
        let (tail, head) = self.targets.split_at(start);
        let whole = move || {
            let whole = &self.vitals.whole;
            whole.until() <= now || doubt && whole.due(now) <= now
        };
        let may = move |name: &str| {
            self.vitals.until(name) <= now || doubt && self.vitals.due(name, now) <= now
        };
        head.iter()
            .chain(tail)
            .filter(move |target| whole() && may(target.name.as_str()))
            .map(|target| &target.model)
    }
}
