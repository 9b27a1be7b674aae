//! Where a stream's pump leaves what the client's connection writes next.

use bytes::Bytes;
use parking_lot::Mutex;
use std::{
    sync::Arc,
    task::{Context, Poll, Waker},
};

/// Two ends of one slot, which holds what is written next.
pub(crate) fn handover() -> (Giver, Taker) {
    let slot = Arc::new(Mutex::new(Slot {
        ready: None,
        end: None,
        gone: false,
        taker: None,
        giver: None,
    }));
    (Giver(Arc::clone(&slot)), Taker(slot))
}

#[derive(Debug)]
struct Slot {
    ready: Option<Bytes>,
    /// The giver is gone, and whether it was finished.
    end: Option<Result<(), Broken>>,
    /// The taker is gone.
    gone: bool,
    taker: Option<Waker>,
    giver: Option<Waker>,
}

/// The stream ended before its protocol said so, and the client cannot be told in its words: the
/// connection has to break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the reply broke off")]
#[non_exhaustive]
pub struct Broken;

/// The pump's end. Dropping it without [`Giver::finish`] breaks the stream.
#[derive(Debug)]
pub(crate) struct Giver(Arc<Mutex<Slot>>);

/// The connection's end. Dropping it tells the pump to stop.
#[derive(Debug)]
pub(crate) struct Taker(Arc<Mutex<Slot>>);

/// What the giver finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// What was given last was taken.
    Empty,
    /// It was not.
    Full,
    /// Nobody will take anything any more.
    Gone,
}

impl Giver {
    /// How the slot is; the task of `cx` is woken when that changes.
    pub(crate) fn poll_state(&self, cx: &Context<'_>) -> State {
        let mut slot = self.0.lock();
        if slot.gone {
            return State::Gone;
        }
        keep(&mut slot.giver, cx);
        if slot.ready.is_some() {
            State::Full
        } else {
            State::Empty
        }
    }

    /// Gives `bytes` to be written. Only into an empty slot.
    pub(crate) fn give(&self, bytes: Bytes) {
        let mut slot = self.0.lock();
        slot.ready = Some(bytes);
        wake(slot.taker.take());
    }
}

impl Giver {
    /// Everything was given. What is in the slot can still be taken.
    pub(crate) fn finish(&self) {
        self.0.lock().end = Some(Ok(()));
    }
}

impl Drop for Giver {
    fn drop(&mut self) {
        let mut slot = self.0.lock();
        slot.end.get_or_insert(Err(Broken));
        wake(slot.taker.take());
    }
}

impl Taker {
    /// The next bytes to write; `None` when the stream has ended.
    pub(crate) fn poll_take(&self, cx: &Context<'_>) -> Poll<Option<Result<Bytes, Broken>>> {
        let mut slot = self.0.lock();
        if let Some(bytes) = slot.ready.take() {
            wake(slot.giver.take());
            return Poll::Ready(Some(Ok(bytes)));
        }
        match slot.end {
            Some(Ok(())) => return Poll::Ready(None),
            Some(Err(broken)) => {
                slot.end = Some(Ok(()));
                return Poll::Ready(Some(Err(broken)));
            }
            None => {}
        }
        keep(&mut slot.taker, cx);
        Poll::Pending
    }
}

impl Drop for Taker {
    fn drop(&mut self) {
        let mut slot = self.0.lock();
        slot.gone = true;
        wake(slot.giver.take());
    }
}

fn keep(place: &mut Option<Waker>, cx: &Context<'_>) {
    match place {
        Some(waker) => waker.clone_from(cx.waker()),
        None => *place = Some(cx.waker().clone()),
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::{Broken, State, handover};
    use std::{
        sync::{
            Arc,
            atomic::{AtomicU32, Ordering},
        },
        task::{Context, Poll, Wake, Waker},
    };

    #[derive(Default)]
    struct Count(AtomicU32);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn each_side_is_woken_by_the_other() {
        let (gives, takes) = (Arc::new(Count::default()), Arc::new(Count::default()));
        let (give_waker, take_waker) = (
            Waker::from(Arc::clone(&gives)),
            Waker::from(Arc::clone(&takes)),
        );
        let (give_cx, take_cx) = (
            Context::from_waker(&give_waker),
            Context::from_waker(&take_waker),
        );
        let counts = || {
            (
                gives.0.load(Ordering::Relaxed),
                takes.0.load(Ordering::Relaxed),
            )
        };
        let (giver, taker) = handover();
        giver.give("first".into());

        assert_eq!(giver.poll_state(&give_cx), State::Full);
        assert_eq!(
            taker.poll_take(&take_cx),
            Poll::Ready(Some(Ok("first".into())))
        );
        assert_eq!(counts(), (1, 0));
        assert_eq!(taker.poll_take(&take_cx), Poll::Pending);
        assert_eq!(giver.poll_state(&give_cx), State::Empty);
        giver.give("second".into());
        assert_eq!(counts(), (1, 1));
        giver.finish();
        drop(giver);
        assert_eq!(
            taker.poll_take(&take_cx),
            Poll::Ready(Some(Ok("second".into())))
        );
        assert_eq!(taker.poll_take(&take_cx), Poll::Ready(None));
    }

    #[test]
    fn a_giver_that_dies_breaks_the_stream() {
        let cx = Context::from_waker(Waker::noop());
        let (giver, taker) = handover();
        drop(giver);
        assert_eq!(taker.poll_take(&cx), Poll::Ready(Some(Err(Broken))));
        assert_eq!(taker.poll_take(&cx), Poll::Ready(None));
    }

    #[test]
    fn a_taker_that_leaves_is_noticed() {
        let count = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&count));
        let cx = Context::from_waker(&waker);
        let (giver, taker) = handover();
        assert_eq!(giver.poll_state(&cx), State::Empty);
        drop(taker);
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
        assert_eq!(giver.poll_state(&cx), State::Gone);
    }
}
