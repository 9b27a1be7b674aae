//! A connection's bytes, with a clock on what the client owes.

use crate::activity::Activity;
use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

/// Ends a connection whose client takes too long over a request head, or takes nothing of its reply.
///
/// hyper's own timer for heads starts when the connection goes idle, so that it would have to be as
/// long as idleness is allowed. Here a head has its time from its first byte. A client that does
/// not read shows in writes that cannot be made.
///
/// A clock is started only when the bytes are not there at once: what arrives in one piece costs no
/// timer.
#[derive(Debug)]
pub(crate) struct TimedIo<I> {
    io: I,
    activity: Arc<Activity>,
    head_timeout: Duration,
    write_timeout: Duration,
    /// The head that has begun to arrive, by its number on the connection.
    head: Option<usize>,
    head_clock: Option<Pin<Box<Sleep>>>,
    write_clock: Option<Pin<Box<Sleep>>>,
}

impl<I> TimedIo<I> {
    pub(crate) const fn new(
        io: I,
        activity: Arc<Activity>,
        head_timeout: Duration,
        write_timeout: Duration,
    ) -> Self {
        Self {
            io,
            activity,
            head_timeout,
            write_timeout,
            head: None,
            head_clock: None,
            write_clock: None,
        }
    }

    /// Between two requests, after the first bytes of the next one.
    fn in_head(&self) -> bool {
        self.activity.expects_head() && self.head == Some(self.activity.begun())
    }

    fn stalled<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.write_clock = None;
            return written;
        }
        let patience = self.write_timeout;
        let clock = self
            .write_clock
            .get_or_insert_with(|| Box::pin(sleep(patience)));
        clock
            .as_mut()
            .poll(cx)
            .map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for TimedIo<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let timed = &mut *self;
        let before = buf.filled().len();
        let read = Pin::new(&mut timed.io).poll_read(cx, buf);
        if timed.activity.expects_head() && buf.filled().len() > before {
            timed.head = Some(timed.activity.begun());
        }
        if !timed.in_head() {
            timed.head_clock = None;
            return read;
        }
        // A head that drips is as late as one that stops: the clock runs on over its bytes.
        if read.is_ready() && timed.head_clock.is_none() {
            return read;
        }
        let patience = timed.head_timeout;
        let clock = timed
            .head_clock
            .get_or_insert_with(|| Box::pin(sleep(patience)));
        match clock.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => read,
        }
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for TimedIo<I> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(cx, buf);
        self.stalled(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(cx, bufs);
        self.stalled(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.io).poll_shutdown(cx);
        self.stalled(cx, shut)
    }
}

#[cfg(test)]
mod tests {
    use super::TimedIo;
    use crate::activity::Activity;
    use std::{io, sync::Arc, time::Duration};
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex},
        time::{Instant, sleep, timeout},
    };

    const HEAD: Duration = Duration::from_secs(10);
    const WRITE: Duration = Duration::from_secs(120);

    fn rig() -> (DuplexStream, TimedIo<DuplexStream>, Arc<Activity>) {
        let (client, server) = duplex(64);
        let activity = Arc::new(Activity::new());
        activity.heads_follow();
        let io = TimedIo::new(server, Arc::clone(&activity), HEAD, WRITE);
        (client, io, activity)
    }

    async fn ends_in(io: &mut TimedIo<DuplexStream>) -> Duration {
        let begun = Instant::now();
        let mut sink = [0; 16];
        let end = async {
            loop {
                match io.read(&mut sink).await {
                    Ok(0) => panic!("the client left"),
                    Ok(_) => {}
                    Err(error) => return error.kind(),
                }
            }
        };
        // A clock that does not run would be waited for without end.
        let kind = timeout(HEAD * 9, end).await.expect("an end");
        assert_eq!(kind, io::ErrorKind::TimedOut);
        begun.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_has_its_time_from_its_first_byte() {
        let (mut client, mut io, _) = rig();
        // An idle connection owes nothing.
        assert!(timeout(HEAD * 5, io.read_u8()).await.is_err());
        client.write_all(b"G").await.unwrap();
        assert_eq!(ends_in(&mut io).await, HEAD);
    }

    #[tokio::test(start_paused = true)]
    async fn a_handshake_is_no_head() {
        let (mut client, server) = duplex(64);
        let activity = Arc::new(Activity::new());
        let mut io = TimedIo::new(server, Arc::clone(&activity), HEAD, WRITE);
        client.write_all(b"hello").await.unwrap();
        io.read_exact(&mut [0; 5]).await.unwrap();
        activity.heads_follow();
        assert!(timeout(HEAD * 5, io.read_u8()).await.is_err(), "it is idle");
        client.write_all(b"G").await.unwrap();
        assert_eq!(ends_in(&mut io).await, HEAD);
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_drips_is_late_all_the_same() {
        let (mut client, mut io, _) = rig();
        let drip = async {
            loop {
                sleep(Duration::from_secs(1)).await;
                client.write_all(b"x").await.unwrap();
            }
        };
        tokio::select! {
            () = drip => {}
            took = ends_in(&mut io) => assert_eq!(took, HEAD + Duration::from_secs(1)),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_runs_owes_no_head_and_the_next_one_does() {
        let (mut client, mut io, activity) = rig();
        client.write_all(b"head").await.unwrap();
        io.read_exact(&mut [0; 4]).await.unwrap();
        let busy = activity.begin();
        assert!(timeout(HEAD * 5, io.read_u8()).await.is_err());
        drop(busy);
        assert!(timeout(HEAD * 5, io.read_u8()).await.is_err(), "idle again");
        client.write_all(b"n").await.unwrap();
        assert_eq!(ends_in(&mut io).await, HEAD);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_read_is_left() {
        let (mut client, mut io, activity) = rig();
        let _busy = activity.begin();
        let reads = async {
            // It reads now and then, and then no more.
            for _ in 0..3 {
                sleep(WRITE - Duration::from_secs(1)).await;
                client.read_exact(&mut [0; 8]).await.unwrap();
            }
            sleep(WRITE * 2).await;
        };
        let begun = Instant::now();
        tokio::select! {
            () = reads => panic!("it is still written to"),
            written = io.write_all(&[0; 1024]) => {
                assert_eq!(written.unwrap_err().kind(), io::ErrorKind::TimedOut);
            }
        }
        assert_eq!(
            begun.elapsed(),
            (WRITE - Duration::from_secs(1)) * 3 + WRITE
        );
    }
}
