//! A connection that can misbehave below HTTP: reset itself, or say exactly what it is told to.

use bytes::{Buf as _, Bytes};
use parking_lot::Mutex;
use std::{
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
};

/// Orders from the request's side to the connection's side.
#[derive(Debug, Default)]
pub(crate) struct Orders {
    reset: AtomicBool,
    replaced: AtomicBool,
    raw: Mutex<Bytes>,
}

impl Orders {
    /// The connection ends with a TCP RST when it is dropped.
    pub(crate) fn reset(&self) {
        self.reset.store(true, Ordering::Relaxed);
    }

    /// Whatever HTTP has to say from now on is dropped; these bytes are written instead.
    pub(crate) fn say(&self, bytes: Bytes) {
        *self.raw.lock() = bytes;
        self.replaced.store(true, Ordering::Release);
    }
}

/// The server's side of a connection.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    orders: Arc<Orders>,
}

impl Wire {
    pub(crate) const fn new(stream: TcpStream, orders: Arc<Orders>) -> Self {
        Self { stream, orders }
    }

    /// Writes what was ordered; `Ok(true)` if it took the place of what HTTP wanted to write.
    fn poll_orders(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        if !self.orders.replaced.load(Ordering::Acquire) {
            return Poll::Ready(Ok(false));
        }
        let mut raw = self.orders.raw.lock();
        while raw.has_remaining() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &raw))?;
            raw.advance(written);
        }
        Poll::Ready(Ok(true))
    }
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
        if ready!(self.poll_orders(cx))? {
            return Poll::Ready(Ok(buf.len()));
        }
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if ready!(self.poll_orders(cx))? {
            return Poll::Ready(Ok(bufs.iter().map(|buf| buf.len()).sum()));
        }
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_orders(cx))?;
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
