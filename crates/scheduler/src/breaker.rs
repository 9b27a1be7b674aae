//! What is known about one base URL: whether credentials behind it are worth a try.

use std::{
    sync::{
        Arc,
        atomic::{
            AtomicBool,
            Ordering::{AcqRel, Release},
        },
    },
    time::Duration,
};

use cliproxy_core::CredentialId;
use parking_lot::Mutex;

use crate::{
    moment::{AtomicMoment, Moment},
    vitals::Vitals,
};

/// So many failures open it, of at least two credentials: those of a single one may be its own.
const FAILURES: usize = 3;

/// So close together.
const WINDOW: Duration = Duration::from_secs(10);

/// How long nobody goes there while others are ready. After it one request tries, so that an
/// upstream which has recovered is found although nobody needs it.
const REST: Duration = Duration::from_secs(30);

/// Failures to reach one upstream, counted over all credentials behind it.
///
/// Shared by all routes and successive rosters. Closed it costs a pick one load.
#[derive(Debug)]
pub(crate) struct Breaker {
    pub(crate) upstream: Arc<str>,
    /// [`Moment::ORIGIN`] exactly while it is closed; else when the next request may try although
    /// others are ready.
    trial: AtomicMoment,
    /// Somebody tries because nobody else is left.
    trying: AtomicBool,
    failures: Mutex<Vec<(Moment, CredentialId)>>,
}

impl Breaker {
    pub(crate) const fn closed(upstream: Arc<str>) -> Self {
        Self {
            upstream,
            trial: AtomicMoment::new(Moment::ORIGIN),
            trying: AtomicBool::new(false),
            failures: Mutex::new(Vec::new()),
        }
    }

    /// Who is behind it is passed over while this lies in the future.
    pub(crate) fn until(&self) -> Moment {
        self.trial.load()
    }

    pub(crate) fn is_open(&self) -> bool {
        self.until() != Moment::ORIGIN
    }

    /// Whether a request may go there although others are ready. Once per rest one may, to see; the
    /// next rest begins with it.
    pub(crate) fn admits(&self, now: Moment) -> bool {
        let trial = self.until();
        trial == Moment::ORIGIN || trial <= now && self.trial.replace(trial, now.after(REST))
    }

    /// Whether a request may go there because nobody else is left: one at a time.
    pub(crate) fn try_alone(&self) -> bool {
        !self.trying.swap(true, AcqRel)
    }

    pub(crate) fn tried_alone(&self) {
        self.trying.store(false, Release);
    }

    /// Takes note of a failure to reach the upstream.
    pub(crate) fn fail(&self, credential: &CredentialId, now: Moment) {
        let mut failures = self.failures.lock();
        failures.retain(|(at, _)| now.since(*at) <= WINDOW);
        // Of older ones than the last three none can make a difference.
        if failures.len() == FAILURES {
            failures.remove(0);
        }
        failures.push((now, credential.clone()));
        let several = failures.iter().any(|(_, other)| other != credential);
        if self.is_open() || failures.len() == FAILURES && several {
            self.trial.store(now.after(REST));
        }
    }

    /// The upstream has answered. Says whether that closed it.
    pub(crate) fn succeed(&self) -> bool {
        if !self.is_open() {
            return false;
        }
        let mut failures = self.failures.lock();
        failures.clear();
        let was_open = self.is_open();
        self.trial.store(Moment::ORIGIN);
        was_open
    }
}

/// The right to be the one that tries; given back when it is dropped.
#[derive(Debug)]
pub(crate) enum Lease {
    /// To reach an upstream that nobody reaches.
    Upstream(Arc<Breaker>),
    /// To ask before a long block has ended.
    Probe(Arc<Vitals>),
}

impl Drop for Lease {
    fn drop(&mut self) {
        match self {
            Self::Upstream(breaker) => breaker.tried_alone(),
            Self::Probe(vitals) => vitals.whole.probed(),
        }
    }
}
