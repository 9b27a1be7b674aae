//! A clock that a test puts forward, and an observer that keeps what it is told.

use crate::{Clock, Event, Observer};
use cliproxy_core::CredentialId;
use parking_lot::Mutex;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// Follows the runtime's paused clock; a test may put it forward or back beside that.
pub(super) struct Wall {
    began: Instant,
    date: SystemTime,
    slept: Mutex<Duration>,
    put_back: Mutex<Duration>,
}

impl Wall {
    /// Begins at that date.
    pub(super) fn at(date: SystemTime) -> Self {
        Self {
            began: Instant::now(),
            date,
            slept: Mutex::default(),
            put_back: Mutex::default(),
        }
    }

    /// The machine sleeps: the date moves on and timers do not.
    pub(super) fn sleeps(&self, duration: Duration) {
        *self.slept.lock() += duration;
    }

    /// Somebody corrects the clock.
    pub(super) fn puts_back(&self, duration: Duration) {
        *self.put_back.lock() += duration;
    }
}

impl Clock for Wall {
    fn now(&self) -> SystemTime {
        self.date + self.began.elapsed() + *self.slept.lock() - *self.put_back.lock()
    }
}

/// Keeps what it is told.
#[derive(Default)]
pub(super) struct Notes(pub(super) Mutex<Vec<(CredentialId, Event)>>);

impl Observer for Notes {
    fn note(&self, credential: &CredentialId, event: &Event) {
        self.0.lock().push((credential.clone(), event.clone()));
    }
}
