//! What a connection is doing, for those who watch over it.

use parking_lot::Mutex;
use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// The requests of one connection.
#[derive(Debug)]
pub(crate) struct Activity {
    since: Instant,
    /// Requests arrive one after the other, in heads that have their time.
    in_turn: AtomicBool,
    begun: AtomicUsize,
    running: AtomicUsize,
    /// Replies that are being written, of a connection that writes several at a time.
    replies: Mutex<Vec<Weak<Untaken>>>,
}

/// A request that runs, until its reply is written or given up.
#[derive(Debug)]
pub(crate) struct Busy(Arc<Activity>);

/// Since when a reply has had something that its client does not take.
#[derive(Debug)]
pub(crate) struct Untaken {
    /// Where the connection's time began.
    since: Instant,
    /// Milliseconds from there; [`TAKEN`] while there is nothing to take.
    at: AtomicU64,
}

const TAKEN: u64 = u64::MAX;

impl Activity {
    pub(crate) fn new() -> Self {
        Self {
            since: Instant::now(),
            in_turn: AtomicBool::new(false),
            begun: AtomicUsize::new(0),
            running: AtomicUsize::new(0),
            replies: Mutex::default(),
        }
    }

    /// From now on, what arrives while no request runs is the head of one. Before that it is the
    /// handshake of TLS, and over HTTP/2 it may be anything.
    pub(crate) fn heads_follow(&self) {
        self.in_turn.store(true, Ordering::Relaxed);
    }

    /// Whether the next bytes belong to a head.
    pub(crate) fn expects_head(&self) -> bool {
        self.in_turn.load(Ordering::Relaxed) && self.is_idle()
    }

    /// A request's head has arrived.
    pub(crate) fn begin(self: &Arc<Self>) -> Busy {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.running.fetch_add(1, Ordering::Relaxed);
        Busy(Arc::clone(self))
    }

    /// How many there were.
    pub(crate) fn begun(&self) -> usize {
        self.begun.load(Ordering::Relaxed)
    }

    /// Whether none runs.
    pub(crate) fn is_idle(&self) -> bool {
        self.running.load(Ordering::Relaxed) == 0
    }

    /// A reply is about to be written.
    pub(crate) fn reply(&self) -> Arc<Untaken> {
        let untaken = Arc::new(Untaken {
            since: self.since,
            at: AtomicU64::new(TAKEN),
        });
        untaken.ready();
        let mut replies = self.replies.lock();
        replies.retain(|reply| reply.strong_count() > 0);
        replies.push(Arc::downgrade(&untaken));
        untaken
    }

    /// Whether there is a reply of which nothing was taken for so long.
    pub(crate) fn is_stuck(&self, patience: Duration) -> bool {
        let replies = self.replies.lock();
        let mut running = replies.iter().filter_map(Weak::upgrade);
        running.any(|reply| reply.age().is_some_and(|age| age >= patience))
    }
}

impl Untaken {
    /// There is something to take from now on.
    pub(crate) fn ready(&self) {
        let now = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(TAKEN);
        self.at.store(now, Ordering::Relaxed);
    }

    /// It was asked for more than there is: the client takes what it is given.
    pub(crate) fn waits(&self) {
        self.at.store(TAKEN, Ordering::Relaxed);
    }

    fn age(&self) -> Option<Duration> {
        match self.at.load(Ordering::Relaxed) {
            TAKEN => None,
            at => Some(
                self.since
                    .elapsed()
                    .saturating_sub(Duration::from_millis(at)),
            ),
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::Activity;
    use std::{sync::Arc, time::Duration};

    #[test]
    fn a_reply_is_stuck_only_while_it_has_something_to_take() {
        let activity = Arc::new(Activity::new());
        let stuck = || activity.is_stuck(Duration::ZERO);
        assert!(!stuck());
        let reply = activity.reply();
        let other = activity.reply();
        assert!(stuck());
        reply.waits();
        assert!(stuck(), "the other one is");
        other.waits();
        assert!(!stuck());
        other.ready();
        assert!(stuck());
        assert!(!activity.is_stuck(Duration::from_secs(60)));
        drop(other);
        assert!(!stuck());
        let busy = activity.begin();
        assert_eq!((activity.begun(), activity.is_idle()), (1, false));
        drop(busy);
        assert!(activity.is_idle());
    }
}
