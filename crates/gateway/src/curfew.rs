//! The end of a shutdown's patience: what still streams then is told so.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};
use tokio::sync::{Notify, futures::OwnedNotified};

/// What a client is told whose request a shutdown ends.
pub const SHUTTING_DOWN: &str = "the gateway is shutting down; send the request again";

/// Rings once, for everybody who waits.
#[derive(Debug, Default)]
pub(crate) struct Curfew {
    rung: AtomicBool,
    bell: Arc<Notify>,
}

impl Curfew {
    pub(crate) fn ring(&self) {
        self.rung.store(true, Ordering::SeqCst);
        self.bell.notify_waiters();
    }

    pub(crate) fn has_rung(&self) -> bool {
        self.rung.load(Ordering::SeqCst)
    }
}

/// One task's ear for it.
///
/// The bell is asked once. A task's waker stays good for as long as the task lives, so that every
/// later poll costs a look at a flag, and not a lock that all requests share.
#[derive(Debug)]
pub(crate) struct Ear {
    curfew: Arc<Curfew>,
    bell: Option<Pin<Box<OwnedNotified>>>,
}

impl Ear {
    pub(crate) const fn new(curfew: Arc<Curfew>) -> Self {
        Self { curfew, bell: None }
    }

    /// Whether it has rung; the task of `cx`, always the same one, is woken when it does.
    pub(crate) fn hears(&mut self, cx: &mut Context<'_>) -> bool {
        if self.bell.is_none() {
            // Made before the flag is read: what rings in between wakes it.
            let bell = Arc::clone(&self.curfew.bell).notified_owned();
            let bell = self.bell.insert(Box::pin(bell));
            if let Poll::Ready(()) = bell.as_mut().poll(cx) {
                return true;
            }
        }
        self.curfew.has_rung()
    }
}

#[cfg(test)]
mod tests {
    use super::{Curfew, Ear};
    use std::{
        sync::{
            Arc,
            atomic::{AtomicU32, Ordering},
        },
        task::{Context, Wake, Waker},
    };

    #[derive(Default)]
    struct Count(AtomicU32);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn wakes_who_listens_and_is_heard_by_who_comes_late() {
        let curfew = Arc::new(Curfew::default());
        let count = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&count));
        let mut cx = Context::from_waker(&waker);
        let mut early = Ear::new(Arc::clone(&curfew));
        assert!(!early.hears(&mut cx));
        assert!(!early.hears(&mut cx));
        curfew.ring();
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
        assert!(early.hears(&mut cx));
        let mut late = Ear::new(Arc::clone(&curfew));
        assert!(late.hears(&mut cx));
    }
}
