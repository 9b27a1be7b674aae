//! A connection that can misbehave below HTTP: reset itself, or say exactly what it is told to.

use crate::{Derailment, delivery::Answering};
use bytes::{Buf as _, Bytes};
use parking_lot::Mutex;
use std::{
    future::Future as _,
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Sleep, sleep},
};

/// Orders from the request's side to the connection's side.
#[derive(Debug, Default)]
pub(crate) struct Orders {
    reset: AtomicBool,
    derailed: AtomicBool,
    route: Mutex<Option<Route>>,
}

/// Where the bytes of a response go that is to leave the rails.
#[derive(Debug)]
struct Route {
    /// Bytes that are still sent as HTTP wants them.
    left: usize,
    then: Derailment,
    /// What is being written in place of the rest.
    raw: Bytes,
    /// Before what is written next.
    pause: Option<Pin<Box<Sleep>>>,
    /// Held until the connection ends, where only the peer can end it.
    answering: Option<Answering>,
}

impl Orders {
    /// The connection ends with a TCP RST when it is dropped.
    pub(crate) fn reset(&self) {
        self.reset.store(true, Ordering::Relaxed);
    }

    /// Whatever HTTP has to say from now on is dropped; these bytes are written instead, and the
    /// connection closes.
    pub(crate) fn say(&self, bytes: Bytes) {
        self.derail(0, Derailment::Say(bytes));
    }

    /// From now on so many bytes are written as HTTP wants them.
    pub(crate) fn derail(&self, after: usize, then: Derailment) {
        let raw = match &then {
            Derailment::Say(bytes)
            | Derailment::SayAndStall(bytes)
            | Derailment::Repeat { first: bytes, .. } => bytes.clone(),
            Derailment::Close | Derailment::Drip(_) | Derailment::Reset | Derailment::Stall => {
                Bytes::new()
            }
        };
        *self.route.lock() = Some(Route {
            left: after,
            then,
            raw,
            pause: None,
            answering: None,
        });
        self.derailed.store(true, Ordering::Release);
    }

    /// HTTP has nothing more to say for this request. Given back unless it goes on without HTTP.
    pub(crate) fn finished(&self, answering: Answering) -> Option<Answering> {
        let mut route = self.route.lock();
        let Some(route) = route.as_mut().filter(|route| route.then.lasts()) else {
            return Some(answering);
        };
        route.answering = Some(answering);
        None
    }

    /// The next response is written as HTTP wants it.
    pub(crate) fn clear(&self) {
        if self.derailed.swap(false, Ordering::AcqRel) {
            *self.route.lock() = None;
        }
    }
}

/// The server's side of a connection.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    orders: Arc<Orders>,
}

/// What HTTP may write now.
enum Turn {
    All,
    AtMost(usize),
}

impl Wire {
    pub(crate) const fn new(stream: TcpStream, orders: Arc<Orders>) -> Self {
        Self { stream, orders }
    }

    /// Does what was ordered, up to where it is HTTP's turn again. An error ends the connection.
    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Turn>> {
        if !self.orders.derailed.load(Ordering::Acquire) {
            return Poll::Ready(Ok(Turn::All));
        }
        let mut route = self.orders.route.lock();
        let Some(route) = route.as_mut() else {
            return Poll::Ready(Ok(Turn::All));
        };
        if route.left > 0 {
            return Poll::Ready(Ok(Turn::AtMost(route.left)));
        }
        loop {
            while route.raw.has_remaining() {
                let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &route.raw))?;
                route.raw.advance(written);
            }
            match &route.then {
                Derailment::Close | Derailment::Say(_) => return Poll::Ready(Err(over())),
                Derailment::Reset => {
                    self.orders.reset();
                    return Poll::Ready(Err(over()));
                }
                Derailment::Repeat { again, pause, .. } => {
                    let pause = *pause;
                    let again = again.clone();
                    let timer = route.pause.get_or_insert_with(|| Box::pin(sleep(pause)));
                    ready!(timer.as_mut().poll(cx));
                    route.pause = None;
                    route.raw = again;
                }
                Derailment::SayAndStall(_) | Derailment::Stall => {
                    // Nothing is expected from the peer but that it leaves.
                    let mut byte = [0];
                    let mut seen = ReadBuf::new(&mut byte);
                    ready!(self.stream.poll_peek(cx, &mut seen))?;
                    return Poll::Ready(Err(over()));
                }
                Derailment::Drip(interval) => {
                    let interval = *interval;
                    let timer = route.pause.get_or_insert_with(|| Box::pin(sleep(interval)));
                    ready!(timer.as_mut().poll(cx));
                    return Poll::Ready(Ok(Turn::AtMost(1)));
                }
            }
        }
    }

    /// Counts what HTTP has written.
    fn wrote(&self, count: usize) {
        if !self.orders.derailed.load(Ordering::Acquire) {
            return;
        }
        if let Some(route) = self.orders.route.lock().as_mut() {
            route.left = route.left.saturating_sub(count);
            route.pause = None;
        }
    }

    /// Whether a flush has to do what was ordered, because HTTP may have nothing more to write.
    fn is_derailed(&self) -> bool {
        self.orders.derailed.load(Ordering::Acquire)
            && self
                .orders
                .route
                .lock()
                .as_ref()
                .is_some_and(|route| route.left == 0 && !matches!(route.then, Derailment::Drip(_)))
    }
}

fn over() -> io::Error {
    io::Error::new(
        io::ErrorKind::BrokenPipe,
        "the script ends the connection here",
    )
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let buf = match ready!(self.poll_turn(cx))? {
            Turn::All => buf,
            Turn::AtMost(count) => buf.get(..count).unwrap_or(buf),
        };
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, buf))?;
        self.wrote(written);
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.orders.derailed.load(Ordering::Acquire) {
            let first = bufs.iter().find(|buf| !buf.is_empty());
            return self.poll_write(cx, first.map_or(&[], |buf| buf));
        }
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_derailed() {
            ready!(self.poll_turn(cx))?;
        }
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.orders.reset.load(Ordering::Relaxed) {
            // An orderly end now would make the reset invisible.
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.orders.reset.load(Ordering::Relaxed) {
            // With a linger time of zero, closing discards what is unsent and resets.
            let _ = self.stream.set_zero_linger();
        }
    }
}
