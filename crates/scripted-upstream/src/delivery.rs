//! A reply body on its way: how much of it is sent, how fast, and how it ends.

use crate::{shared::Shared, wire::Orders};
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::{
    future::Future as _,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::{Sleep, sleep};

/// The connection was ended on purpose.
#[derive(Debug, thiserror::Error)]
#[error("the script ends the connection here")]
pub(crate) struct Ended;

/// How a body ends after its last chunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Ending {
    #[default]
    Clean,
    /// A TCP reset.
    Reset,
    /// Before the announced length is reached.
    Short,
    /// Nothing more, until the peer leaves.
    Stall,
}

/// Counts a request, or a call of the authorization server, as being answered for as long as it
/// lives.
#[derive(Debug)]
pub(crate) struct Answering {
    shared: Arc<Shared>,
    is_call: bool,
    streaming: bool,
    completed: bool,
}

impl Answering {
    pub(crate) fn begin(shared: &Arc<Shared>) -> Self {
        shared.counters.update(|stats| {
            stats.requests += 1;
            stats.active += 1;
        });
        Self::new(shared, false)
    }

    /// Begins a call of the authorization server.
    pub(crate) fn begin_call(shared: &Arc<Shared>) -> Self {
        shared.counters.update(|stats| stats.calls_active += 1);
        Self::new(shared, true)
    }

    fn new(shared: &Arc<Shared>, is_call: bool) -> Self {
        Self {
            shared: Arc::clone(shared),
            is_call,
            streaming: false,
            completed: false,
        }
    }

    pub(crate) fn stream(&mut self) {
        self.streaming = true;
        self.shared.counters.update(|stats| stats.streams += 1);
    }

    /// What was scripted has happened, whatever becomes of the connection now.
    pub(crate) const fn complete(&mut self) {
        self.completed = true;
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.shared.counters.update(|stats| {
            if self.is_call {
                stats.calls_active -= 1;
                stats.calls_completed += u64::from(self.completed);
                stats.calls_cancelled += u64::from(!self.completed);
                return;
            }
            stats.active -= 1;
            stats.streams -= u64::from(self.streaming);
            stats.completed += u64::from(self.completed);
            stats.cancelled += u64::from(!self.completed);
        });
    }
}

/// What a body will be.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) chunks: Arc<[Bytes]>,
    pub(crate) ending: Ending,
    /// The time between two chunks.
    pub(crate) interval: Option<Duration>,
    /// Sent chunk by chunk; otherwise the only chunk has an announced length.
    pub(crate) streaming: bool,
}

impl Plan {
    /// A unary reply.
    pub(crate) fn unary(body: Bytes) -> Self {
        Self {
            chunks: if body.is_empty() {
                Arc::new([])
            } else {
                Arc::new([body])
            },
            ending: Ending::Clean,
            interval: None,
            streaming: false,
        }
    }

    pub(crate) const fn streaming(chunks: Arc<[Bytes]>, interval: Option<Duration>) -> Self {
        Self {
            chunks,
            ending: Ending::Clean,
            interval,
            streaming: true,
        }
    }
}

/// A body on its way.
#[derive(Debug)]
pub(crate) struct Delivery {
    plan: Plan,
    next: usize,
    pause: Option<Pin<Box<Sleep>>>,
    flushed: bool,
    orders: Arc<Orders>,
    /// Given back as soon as the body is complete: the connection may keep the body for longer.
    answering: Option<Answering>,
}

impl Delivery {
    pub(crate) fn new(plan: Plan, orders: Arc<Orders>, mut answering: Answering) -> Self {
        if plan.streaming {
            answering.stream();
        }
        let mut delivery = Self {
            plan,
            next: 0,
            pause: None,
            flushed: false,
            orders,
            answering: Some(answering),
        };
        delivery.settle();
        delivery
    }

    fn settle(&mut self) {
        if self.is_end_stream() {
            self.finish();
        }
    }

    fn finish(&mut self) {
        let answering = self.answering.take();
        if let Some(mut answering) = answering.and_then(|own| self.orders.finished(own)) {
            answering.complete();
        }
    }

    fn poll_end(&mut self, cx: &Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Ended>>> {
        match self.plan.ending {
            Ending::Clean => Poll::Ready(None),
            Ending::Stall => Poll::Pending,
            Ending::Reset | Ending::Short if !self.flushed => {
                // hyper writes what it holds whenever a body is not ready; without this turn the
                // last chunks would never leave.
                self.flushed = true;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Ending::Short => {
                self.finish();
                Poll::Ready(None)
            }
            Ending::Reset => {
                self.orders.reset();
                self.finish();
                Poll::Ready(Some(Err(Ended)))
            }
        }
    }
}

impl Body for Delivery {
    type Data = Bytes;
    type Error = Ended;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Ended>>> {
        let Some(chunk) = self.plan.chunks.get(self.next).cloned() else {
            return self.poll_end(cx);
        };
        if let Some(interval) = self.plan.interval.filter(|_| self.next > 0) {
            let pause = self.pause.get_or_insert_with(|| Box::pin(sleep(interval)));
            ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        self.next += 1;
        self.settle();
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.next >= self.plan.chunks.len() && self.plan.ending == Ending::Clean
    }

    fn size_hint(&self) -> SizeHint {
        if self.plan.streaming || self.plan.ending != Ending::Clean {
            return SizeHint::default();
        }
        let rest = self.plan.chunks.get(self.next..).unwrap_or_default();
        SizeHint::with_exact(rest.iter().map(|chunk| chunk.len() as u64).sum())
    }
}
