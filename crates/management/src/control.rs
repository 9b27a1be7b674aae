//! The socket: who is let in, how many at a time, and for how long.

use crate::desk::Desk;
use cliproxy_core::Secret;
use cliproxy_gateway::Gateway;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    convert::Infallible,
    fmt::Write as _,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Connections at a time; more wait until they are accepted.
const MAX_CONNECTIONS: usize = 16;
/// How long a connection may last. Each serves one request, so that this bounds its head, its body
/// and the time a client takes for the answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The largest head, in bytes.
const MAX_HEAD: usize = 64 << 10;
/// How long to wait before accepting again when the process is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Why there is no control socket.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// No port can be had on 127.0.0.1.
    #[error("cannot listen on 127.0.0.1: {0}")]
    Bind(#[from] io::Error),
    /// The system has no randomness.
    #[error("the system gives no random bytes")]
    Random(#[from] getrandom::Error),
}

/// A control socket that is bound and not served yet.
#[derive(Debug)]
pub struct Control {
    listener: TcpListener,
    address: SocketAddr,
    token: Secret,
    connections: usize,
    patience: Duration,
}

impl Control {
    /// Binds a free port of 127.0.0.1, and makes a token.
    ///
    /// # Errors
    ///
    /// If there is no port or no randomness to be had.
    pub async fn bind() -> Result<Self, ControlError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        Ok(Self {
            address: listener.local_addr()?,
            listener,
            token: token()?,
            connections: MAX_CONNECTIONS,
            patience: PATIENCE,
        })
    }

    /// Serves fewer connections at a time, or for a shorter time.
    #[must_use]
    pub fn bounds(self, connections: usize, patience: Duration) -> Self {
        Self {
            connections,
            patience,
            ..self
        }
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What a request must carry.
    #[must_use]
    pub const fn token(&self) -> &Secret {
        &self.token
    }

    /// Answers for this gateway until `stop` is cancelled, and returns when every connection is
    /// closed.
    pub async fn serve(self, gateway: Arc<Gateway>, stop: CancellationToken) {
        let Self {
            listener,
            token,
            patience,
            ..
        } = self;
        let tasks = TaskTracker::new();
        let room = Arc::new(Semaphore::new(self.connections));
        let desk = Arc::new(Desk { gateway, token });
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = accept(&listener, &room) => accepted,
            };
            match accepted {
                Ok((stream, seat)) => {
                    let connection = connection(Arc::clone(&desk), stream);
                    let stop = stop.clone();
                    tasks.spawn(async move {
                        tokio::select! {
                            () = stop.cancelled() => {}
                            // A client that goes or takes too long is no event for the log.
                            _ = timeout(patience, connection) => {}
                        }
                        drop(seat);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "the control socket cannot accept a connection");
                    tokio::select! {
                        () = stop.cancelled() => break,
                        () = sleep(ACCEPT_PAUSE) => {}
                    }
                }
            }
        }
        tasks.close();
        tasks.wait().await;
    }
}

/// The next connection that there is room for.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let seat = Arc::clone(room).acquire_owned().await;
    let seat = seat.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, seat))
}

/// One request, then the connection closes.
async fn connection(desk: Arc<Desk>, stream: TcpStream) -> hyper::Result<()> {
    let service = service_fn(move |request| {
        let desk = Arc::clone(&desk);
        async move { Ok::<_, Infallible>(desk.answer(request).await) }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .keep_alive(false)
        .max_header_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service)
        .await
}

/// 32 random bytes, in hex.
fn token() -> Result<Secret, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    let mut hex = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a `String` cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    Ok(Secret::from(hex))
}
