//! Instants as one integer, so that the end of a block fits an atomic.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::{Duration, Instant},
};

/// Where a roster and its successors count from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeline {
    origin: Instant,
}

/// Nanoseconds since the timeline's origin: exact, and enough for five centuries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

/// A moment that is read without a lock.
#[derive(Debug)]
pub(crate) struct AtomicMoment(AtomicU64);

impl Timeline {
    pub(crate) const fn starting(origin: Instant) -> Self {
        Self { origin }
    }

    /// An instant before the origin (a request that read its clock just before the first build)
    /// counts as the origin.
    pub(crate) fn moment(self, now: Instant) -> Moment {
        Moment::ORIGIN.after(now.saturating_duration_since(self.origin))
    }
}

impl Moment {
    pub(crate) const ORIGIN: Self = Self(0);
    /// After every other moment: the end of what has no known end.
    pub(crate) const NEVER: Self = Self(u64::MAX);

    pub(crate) fn after(self, duration: Duration) -> Self {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(nanos).min(Self::NEVER.0 - 1))
    }

    /// Zero if `earlier` is not earlier.
    pub(crate) const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl AtomicMoment {
    pub(crate) const fn new(moment: Moment) -> Self {
        Self(AtomicU64::new(moment.0))
    }

    // Relaxed: the value stands for itself. Where a later read must see an earlier store (a block
    // that ended early), the wake log's counter orders the two.
    pub(crate) fn load(&self) -> Moment {
        Moment(self.0.load(Relaxed))
    }

    pub(crate) fn store(&self, moment: Moment) {
        self.0.store(moment.0, Relaxed);
    }

    /// Whether this call was the one that replaced `old`.
    pub(crate) fn replace(&self, old: Moment, new: Moment) -> bool {
        self.0
            .compare_exchange(old.0, new.0, Relaxed, Relaxed)
            .is_ok()
    }
}

/// The earlier of two moments that may not come.
pub(crate) fn first(a: Option<Moment>, b: Option<Moment>) -> Option<Moment> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}
