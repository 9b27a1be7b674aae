//! One client connection.

use crate::{
    activity::Activity,
    admission::{Full, Seat},
    control_frames::ControlFrames,
    peer::Peer,
    served::ServedBody,
    service::Server,
    socket::Stream,
    timed_io::TimedIo,
    tls::Tls,
};
use futures_util::future::{self, Either};
use http::{Request, Response};
use hyper::{
    body::Incoming,
    rt::Executor,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{convert::Infallible, pin::Pin, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{Instant, sleep_until, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The most header lines of a request.
const MAX_HEADERS: usize = 128;
/// The most requests at a time on one HTTP/2 connection.
const MAX_STREAMS: u32 = 256;
/// Requests that a client cancelled before they were begun, on one HTTP/2 connection, at a time
/// ("rapid reset", CVE-2023-44487).
const MAX_RESETS: usize = 20;
/// Streams that were ended for their client's mistakes and are still remembered.
const MAX_MISTAKES: usize = 64;
/// What may be in flight of one request body, and of all of a connection, over HTTP/2, in bytes.
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 2 << 20;
/// What is kept of one reply until an HTTP/2 client takes it, in bytes.
const SEND_BUFFER: usize = 256 << 10;
/// What an HTTP/2 connection gets to close in good order once it was idle for too long.
const CLOSING: Duration = Duration::from_secs(5);

/// One client connection, about to be served.
pub(crate) struct Connection {
    pub(crate) server: Arc<Server>,
    pub(crate) tls: Option<Tls>,
    pub(crate) peer: Peer,
    /// The limit that is why every request on it is refused.
    pub(crate) full: Option<Full>,
    /// Where the requests of an HTTP/2 connection run.
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
    pub(crate) abort: CancellationToken,
    pub(crate) _seat: Seat,
}

impl Connection {
    pub(crate) async fn serve(self, stream: Stream) {
        match stream {
            Stream::Tcp(stream) => match self.tls.clone() {
                None => self.plain(stream).await,
                // Boxed, like what follows the handshake: a connection without TLS would have room
                // for all of it otherwise.
                Some(tls) => Box::pin(self.secured(stream, &tls)).await,
            },
            Stream::Unix(stream) => self.plain(stream).await,
        }
    }

    async fn plain<I>(self, io: I)
    where
        I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let activity = Arc::new(Activity::new());
        let io = self.timed(io, &activity);
        Box::pin(self.http1(io, activity)).await;
    }

    async fn secured<I>(self, io: I, tls: &Tls)
    where
        I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let activity = Arc::new(Activity::new());
        let io = self.timed(io, &activity);
        let patience = self.server.params().limits.header_timeout;
        let handshake = timeout(patience, tls.acceptor().accept(io));
        let io = tokio::select! {
            io = handshake => io,
            () = self.stop.cancelled() => return,
        };
        // Whoever does not finish a handshake is no event for the log: ports are scanned all day.
        let Ok(Ok(io)) = io else { return };
        if io.get_ref().1.alpn_protocol() == Some(b"h2") {
            Box::pin(self.http2(ControlFrames::new(io), activity)).await;
        } else {
            Box::pin(self.http1(io, activity)).await;
        }
    }

    fn timed<I>(&self, io: I, activity: &Arc<Activity>) -> TimedIo<I> {
        let limits = self.server.params().limits;
        TimedIo::new(
            io,
            Arc::clone(activity),
            limits.header_timeout,
            limits.write_timeout,
        )
    }

    async fn http1<I>(self, io: I, activity: Arc<Activity>)
    where
        I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        activity.heads_follow();
        let limits = self.server.params().limits;
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(limits.idle_timeout)
            .max_headers(MAX_HEADERS)
            .max_header_size(limits.max_header_bytes);
        let service = service(&self, &activity, Replies::InTurn);
        let connection = builder.serve_connection(TokioIo::new(io), service_fn(service));
        let mut connection = std::pin::pin!(connection);
        let mut draining = false;
        loop {
            tokio::select! {
                // A peer that breaks the connection is no event for the log.
                _ = connection.as_mut() => break,
                () = self.stop.cancelled(), if !draining => {
                    draining = true;
                    connection.as_mut().graceful_shutdown();
                }
                () = self.abort.cancelled() => break,
            }
        }
    }

    async fn http2<I>(self, io: I, activity: Arc<Activity>)
    where
        I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let limits = self.server.params().limits;
        let header_bytes = u32::try_from(limits.max_header_bytes).unwrap_or(u32::MAX);
        let mut builder = http2::Builder::new(Tracked(self.tasks.clone()));
        builder
            .timer(TokioTimer::new())
            .max_concurrent_streams(MAX_STREAMS)
            .max_pending_accept_reset_streams(MAX_RESETS)
            .max_local_error_reset_streams(MAX_MISTAKES)
            .max_header_list_size(header_bytes)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_send_buf_size(SEND_BUFFER);
        let service = service(&self, &activity, Replies::AtOnce);
        let connection = builder.serve_connection(TokioIo::new(io), service_fn(service));
        let mut connection = std::pin::pin!(connection);
        let mut watch = Watch::new(limits.idle_timeout, limits.write_timeout, &activity);
        let mut closing = false;
        loop {
            tokio::select! {
                _ = connection.as_mut() => break,
                () = self.stop.cancelled(), if !closing => {
                    closing = true;
                    connection.as_mut().graceful_shutdown();
                }
                over = watch.over(&activity) => {
                    if over == Over::Idle {
                        connection.as_mut().graceful_shutdown();
                        // The client has nothing running that could be lost.
                        drop(timeout(CLOSING, connection.as_mut()).await);
                    }
                    break;
                }
                () = self.abort.cancelled() => break,
            }
        }
    }
}

/// Why an HTTP/2 connection has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    /// It has had no request for a while.
    Idle,
    /// Its client asks for replies and opens no window for them.
    Stuck,
}

/// Notices what the HTTP/2 library does not. It looks once in the time that a connection may be
/// idle.
struct Watch {
    idle: Duration,
    stuck: Duration,
    seen: usize,
    due: Instant,
}

impl Watch {
    fn new(idle: Duration, stuck: Duration, activity: &Activity) -> Self {
        Self {
            idle,
            stuck,
            seen: activity.begun(),
            due: Instant::now() + idle,
        }
    }

    /// Resolves when no request has run for at least the time of `idle`, and at most twice as long,
    /// or a reply is stuck. Can be dropped and called again.
    async fn over(&mut self, activity: &Activity) -> Over {
        loop {
            sleep_until(self.due).await;
            let seen = activity.begun();
            match activity.is_idle() {
                true if seen == self.seen => return Over::Idle,
                // What runs now may end right after: its time starts at the next look.
                true => self.seen = seen,
                false if activity.is_stuck(self.stuck) => return Over::Stuck,
                false => self.seen = usize::MAX,
            }
            self.due = Instant::now() + self.idle;
        }
    }
}

/// How the replies of a connection are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Replies {
    /// One after the other: the bytes of the connection show whether they are taken.
    InTurn,
    /// Side by side, each in a window of its own.
    AtOnce,
}

/// Answers the requests of one connection.
fn service(
    connection: &Connection,
    activity: &Arc<Activity>,
    replies: Replies,
) -> impl Fn(Request<Incoming>) -> Answering + use<> {
    let server = Arc::clone(&connection.server);
    let (peer, full) = (connection.peer, connection.full);
    let activity = Arc::clone(activity);
    move |request| {
        let server = Arc::clone(&server);
        let busy = activity.begin();
        let activity = (replies == Replies::AtOnce).then(|| Arc::clone(&activity));
        // hyper keeps room for this future as long as the connection lives. Boxed, a held stream
        // costs a pointer instead of several kilobytes.
        Box::pin(async move {
            let answer = match full {
                None => Either::Left(server.answer(request, peer)),
                Some(full) => Either::Right(future::ready(server.overloaded(&request, full))),
            };
            let answer = answer.await.map(|body| body.keeping(busy));
            Ok(match activity {
                None => answer,
                Some(activity) => answer.map(|body| body.watched(activity.reply())),
            })
        })
    }
}

type Answering = Pin<Box<dyn Future<Output = Result<Response<ServedBody>, Infallible>> + Send>>;

/// Runs the requests of an HTTP/2 connection where a shutdown waits for them.
#[derive(Clone)]
struct Tracked(TaskTracker);

impl<F> Executor<F> for Tracked
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, future: F) {
        self.0.spawn(future);
    }
}
