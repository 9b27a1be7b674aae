//! The health of one thing that can fail: a credential, or one model of it.

use std::{
    sync::atomic::{
        AtomicBool,
        Ordering::{AcqRel, Release},
    },
    time::Duration,
};

use cliproxy_core::ErrorKind;
use parking_lot::Mutex;

use crate::{
    backoff::Backoff,
    moment::{AtomicMoment, Moment},
    penalty::Term,
};

/// A block that lasts longer is doubted: quotas have come back days before their date.
const LONG: Duration = Duration::from_secs(60 * 60);

/// Shared by every route, and every successive roster, that uses the same thing.
///
/// Picks read `until` and, when nobody is ready, `probe`; only outcomes take the lock.
#[derive(Debug)]
pub(crate) struct Health {
    /// [`Moment::ORIGIN`] exactly while there are no failures to remember.
    until: AtomicMoment,
    /// While a long block is on, from when somebody may ask all the same; else [`Moment::NEVER`].
    probe: AtomicMoment,
    probing: AtomicBool,
    failures: Mutex<Option<Failures>>,
}

/// A block that is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sentence {
    pub(crate) reason: ErrorKind,
    pub(crate) until: Moment,
    /// [`Moment::NEVER`] if it is not doubted.
    pub(crate) probe: Moment,
}

/// What a success found to forget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Relief {
    /// Nothing.
    None,
    /// Failures whose block was over.
    Forgotten,
    /// Failures whose block was still on: those who wait for its end must hear of this.
    EndedEarly,
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    reason: ErrorKind,
    backoff: Backoff,
}

impl Health {
    pub(crate) const fn clean() -> Self {
        Self {
            until: AtomicMoment::new(Moment::ORIGIN),
            probe: AtomicMoment::new(Moment::NEVER),
            probing: AtomicBool::new(false),
            failures: Mutex::new(None),
        }
    }

    /// A copy with only what blocks even where cooling is off.
    ///
    /// A copy, so that requests which still run under the old rules cannot reach it.
    pub(crate) fn without_cooling(&self) -> Self {
        let failures = self.failures.lock();
        match *failures {
            Some(kept) if kept.reason == ErrorKind::ModelUnavailable => Self {
                until: AtomicMoment::new(self.until.load()),
                probe: AtomicMoment::new(self.probe.load()),
                failures: Mutex::new(Some(kept)),
                ..Self::clean()
            },
            _ => Self::clean(),
        }
    }

    /// Blocked while this lies in the future.
    pub(crate) fn until(&self) -> Moment {
        self.until.load()
    }

    /// From when on it may be asked: now if nothing blocks it, else when its block ends or may be
    /// doubted.
    pub(crate) fn due(&self, now: Moment) -> Moment {
        let until = self.until();
        if until <= now {
            Moment::ORIGIN
        } else {
            self.probe.load().min(until)
        }
    }

    /// Takes the right to ask before a block has ended: one request at a time has it.
    pub(crate) fn probe(&self) -> bool {
        !self.probing.swap(true, AcqRel)
    }

    /// Gives it back.
    pub(crate) fn probed(&self) {
        self.probing.store(false, Release);
    }

    pub(crate) fn sentence(&self, now: Moment) -> Option<Sentence> {
        if self.until() <= now {
            return None;
        }
        let failures = self.failures.lock();
        let until = self.until();
        failures
            .filter(|_| until > now)
            .map(|Failures { reason, .. }| Sentence {
                reason,
                until,
                probe: self.probe.load(),
            })
    }

    /// Blocks, and returns what now stands: a block never ends earlier because of a further failure.
    pub(crate) fn block(&self, reason: ErrorKind, term: Term, now: Moment) -> Sentence {
        let mut slot = self.failures.lock();
        let failures = slot.get_or_insert(Failures {
            reason,
            backoff: Backoff::NONE,
        });
        let until = match term {
            Term::Fixed(length) => now.after(length),
            Term::Quota { hint } => failures.backoff.hit(hint, now),
        };
        let standing = self.until.load();
        if until > standing || (until == standing && reason == ErrorKind::Quota) {
            failures.reason = reason;
            self.until.store(until);
        }
        let until = self.until.load();
        let probe = doubt(until, now);
        self.probe.store(probe);
        Sentence {
            reason: failures.reason,
            until,
            probe,
        }
    }

    pub(crate) fn level(&self) -> u32 {
        let failures = self.failures.lock();
        failures.map_or(0, |failures| failures.backoff.level())
    }

    /// Blocks as an earlier process did, unless a block that is on lasts longer.
    pub(crate) fn restore(&self, reason: ErrorKind, remaining: Duration, level: u32, now: Moment) {
        let until = now.after(remaining);
        let mut failures = self.failures.lock();
        if until <= self.until() {
            return;
        }
        *failures = Some(Failures {
            reason,
            backoff: Backoff::restored(level, remaining, until),
        });
        self.until.store(until);
        self.probe.store(doubt(until, now));
    }

    /// Forgets all failures.
    pub(crate) fn forgive(&self, now: Moment) -> Relief {
        self.forgive_if(|_| true, now)
    }

    /// Forgets failures whose block is over; one that is on stays.
    pub(crate) fn forgive_past(&self, now: Moment) -> Relief {
        self.forgive_if(|until| until <= now, now)
    }

    /// Nearly every success finds nothing to forget, and is spared the lock.
    fn forgive_if(&self, may: impl Fn(Moment) -> bool, now: Moment) -> Relief {
        let worth_it = |until| until != Moment::ORIGIN && may(until);
        if !worth_it(self.until()) {
            return Relief::None;
        }
        let mut failures = self.failures.lock();
        let until = self.until();
        if !worth_it(until) {
            return Relief::None;
        }
        *failures = None;
        self.until.store(Moment::ORIGIN);
        self.probe.store(Moment::NEVER);
        if until > now {
            Relief::EndedEarly
        } else {
            Relief::Forgotten
        }
    }
}

/// When a block that stands now may be doubted: after a quarter of what is left, an hour at most.
fn doubt(until: Moment, now: Moment) -> Moment {
    let left = until.since(now);
    if left > LONG {
        now.after((left / 4).min(LONG))
    } else {
        Moment::NEVER
    }
}
