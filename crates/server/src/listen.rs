//! The listener: accepts connections, bounds them, and lets them drain.

use crate::service::Server;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long to wait before accepting again when the process is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// The most header lines of a request.
const MAX_HEADERS: usize = 128;

/// The limits of connections.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ListenerParams {
    /// Connections at a time.
    pub max_connections: usize,
    /// The largest request head, in bytes.
    pub max_header_bytes: usize,
    /// How long a connection may be idle, or take to send a head.
    pub idle: Duration,
}

impl ListenerParams {
    /// Limits.
    #[must_use]
    pub const fn new(max_connections: usize, max_header_bytes: usize, idle: Duration) -> Self {
        Self {
            max_connections,
            max_header_bytes,
            idle,
        }
    }
}

/// An address that cannot be had.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}")]
#[non_exhaustive]
pub struct BindError {
    /// The address.
    pub address: String,
    /// Why.
    pub source: io::Error,
}

/// Bound sockets, ready to be served.
#[derive(Debug)]
pub struct Listener {
    sockets: Vec<TcpListener>,
    params: ListenerParams,
}

impl Listener {
    /// Binds the loopback addresses: 127.0.0.1, and ::1 where there is one.
    ///
    /// # Errors
    ///
    /// If 127.0.0.1 cannot be had.
    pub async fn loopback(port: u16, params: ListenerParams) -> Result<Self, BindError> {
        let first = bind(&format!("127.0.0.1:{port}")).await?;
        let mut sockets = vec![first];
        // Port 0 was chosen by the first socket; both families answer on the same one.
        if let Ok(address) = sockets[0].local_addr()
            && let Ok(second) = bind(&format!("[::1]:{}", address.port())).await
        {
            sockets.push(second);
        }
        Ok(Self { sockets, params })
    }

    /// Binds every interface, IPv6 and IPv4.
    ///
    /// # Errors
    ///
    /// If neither family can be had.
    pub async fn everywhere(port: u16, params: ListenerParams) -> Result<Self, BindError> {
        // One dual-stack socket on most systems; a machine without IPv6 has the other.
        let socket = match bind(&format!("[::]:{port}")).await {
            Ok(socket) => socket,
            Err(_) => bind(&format!("0.0.0.0:{port}")).await?,
        };
        Ok(Self {
            sockets: vec![socket],
            params,
        })
    }

    /// Binds one address or host name.
    ///
    /// # Errors
    ///
    /// If it cannot be had.
    pub async fn address(host: &str, port: u16, params: ListenerParams) -> Result<Self, BindError> {
        let bare = host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .unwrap_or(host);
        let address = if bare.contains(':') {
            format!("[{bare}]:{port}")
        } else {
            format!("{bare}:{port}")
        };
        Ok(Self {
            sockets: vec![bind(&address).await?],
            params,
        })
    }

    /// The first address it is bound to.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.sockets.first()?.local_addr().ok()
    }

    /// Serves until `stop` is cancelled, then drains: no new connection is accepted, a running
    /// request goes on to its end, an idle connection closes. What still runs after `grace` is
    /// ended, and this returns when every task is over.
    ///
    /// Each connection lives on the one of `workers` that has the fewest; without any, on the
    /// runtime that this runs on.
    ///
    /// Returns whether everything ended by itself.
    pub async fn serve(
        self,
        server: Arc<Server>,
        workers: Vec<Handle>,
        stop: CancellationToken,
        grace: Duration,
    ) -> bool {
        let permits = Arc::new(Semaphore::new(self.params.max_connections));
        let (abort, tasks) = (CancellationToken::new(), TaskTracker::new());
        let workers: Arc<[Worker]> = workers.into_iter().map(Worker::new).collect();
        for socket in self.sockets {
            let connections = Connections {
                server: Arc::clone(&server),
                params: self.params,
                permits: Arc::clone(&permits),
                workers: Arc::clone(&workers),
                tasks: tasks.clone(),
                stop: stop.clone(),
                abort: abort.clone(),
            };
            tasks.spawn(connections.accept(socket));
        }
        stop.cancelled().await;
        server.drain();
        tasks.close();
        if tokio::time::timeout(grace, tasks.wait()).await.is_ok() {
            return true;
        }
        abort.cancel();
        tasks.wait().await;
        false
    }
}

async fn bind(address: &str) -> Result<TcpListener, BindError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| BindError {
            address: address.to_owned(),
            source,
        })
}

/// What every connection of a socket shares.
struct Connections {
    server: Arc<Server>,
    params: ListenerParams,
    permits: Arc<Semaphore>,
    workers: Arc<[Worker]>,
    tasks: TaskTracker,
    stop: CancellationToken,
    abort: CancellationToken,
}

/// A runtime that connections live on.
struct Worker {
    handle: Handle,
    connections: Arc<AtomicUsize>,
}

impl Worker {
    fn new(handle: Handle) -> Self {
        Self {
            handle,
            connections: Arc::default(),
        }
    }
}

/// Counts a connection for as long as it lives.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(connections: &Arc<AtomicUsize>) -> Self {
        connections.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(connections))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Connections {
    async fn accept(self, socket: TcpListener) {
        loop {
            // A connection beyond the limit waits in the system's queue.
            let permit = tokio::select! {
                () = self.stop.cancelled() => return,
                permit = Arc::clone(&self.permits).acquire_owned() => permit,
            };
            let Ok(permit) = permit else { return };
            let accepted = tokio::select! {
                () = self.stop.cancelled() => return,
                accepted = socket.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => self.spawn(stream, permit),
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn spawn(&self, stream: TcpStream, permit: OwnedSemaphorePermit) {
        // Nagle's algorithm would hold a streamed event back for the peer's delayed ACK.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps Nagle's algorithm");
        }
        let connection = Connection {
            server: Arc::clone(&self.server),
            params: self.params,
            stop: self.stop.clone(),
            abort: self.abort.clone(),
            _permit: permit,
        };
        let least = self
            .workers
            .iter()
            .min_by_key(|worker| worker.connections.load(Ordering::Relaxed));
        let Some(worker) = least else {
            self.tasks.spawn(connection.serve(stream));
            return;
        };
        // A socket belongs to the runtime whose poller it is registered with.
        let Ok(stream) = stream.into_std() else {
            return;
        };
        let counted = Counted::new(&worker.connections);
        let serve = async move {
            let _counted = counted;
            if let Ok(stream) = TcpStream::from_std(stream) {
                connection.serve(stream).await;
            }
        };
        self.tasks.spawn_on(serve, &worker.handle);
    }
}

/// One client connection.
struct Connection {
    server: Arc<Server>,
    params: ListenerParams,
    stop: CancellationToken,
    abort: CancellationToken,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    async fn serve(self, stream: TcpStream) {
        let server = self.server;
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(self.params.idle)
            .max_headers(MAX_HEADERS)
            .max_header_size(self.params.max_header_bytes);
        let connection = builder.serve_connection(
            TokioIo::new(stream),
            service_fn(move |request: http::Request<Incoming>| {
                let server = Arc::clone(&server);
                // hyper keeps room for this future as long as the connection lives. Boxed, a held
                // stream costs a pointer instead of several kilobytes.
                Box::pin(async move { Ok::<_, Infallible>(server.answer(request).await) })
            }),
        );
        let mut connection = pin!(connection);
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
}
