//! What is told on one thread, and awaited on another.

use parking_lot::Mutex;
use std::time::Instant;
use tokio::{
    sync::Notify,
    time::{self, sleep_until},
};

/// Collects what happens until it is time to look.
pub trait Collect {
    /// What to look at.
    type Look;

    /// When to look, if nothing more happens.
    fn due(&self) -> Option<Instant>;

    /// What to look at, once it is time.
    fn take(&mut self, now: Instant) -> Option<Self::Look>;
}

/// What the watcher's thread has told.
#[derive(Debug, Default)]
pub struct Inbox<C> {
    collected: Mutex<C>,
    woken: Notify,
}

impl<C: Collect> Inbox<C> {
    /// Adds something that has happened now.
    pub fn note(&self, add: impl FnOnce(&mut C, Instant)) {
        let mut collected = self.collected.lock();
        add(&mut collected, now());
        if collected.due().is_some() {
            self.woken.notify_one();
        }
    }

    /// Resolves when it is time to look. May be dropped and called again without missing anything.
    pub async fn rest(&self) -> C::Look {
        loop {
            let woken = self.woken.notified();
            let due = self.collected.lock().due();
            match due {
                None => woken.await,
                Some(due) => sleep_until(due.into()).await,
            }
            let look = self.collected.lock().take(now());
            if let Some(look) = look {
                return look;
            }
        }
    }
}

/// By the clock that is slept by.
fn now() -> Instant {
    time::Instant::now().into_std()
}
