//! The listener and its connections.

use crate::{
    Behaviour, Recorded, Script, Stats, Violation,
    exchange::exchange,
    oauth::{AuthorizationServer, Dialect},
    shared::Shared,
    wire::{Orders, Wire},
};
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Handle,
    time::sleep,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The pause after a connection that could not be accepted.
const RETRY: Duration = Duration::from_millis(10);

/// A running upstream. It stops when it is dropped.
#[derive(Debug)]
pub struct Upstream {
    addr: SocketAddr,
    shared: Arc<Shared>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Upstream {
    /// Starts an upstream on 127.0.0.1. It can be reached as soon as this returns.
    ///
    /// # Errors
    ///
    /// If the port is taken, or if there is no tokio runtime to run on.
    pub fn start(script: Script) -> io::Result<Self> {
        Handle::try_current().map_err(io::Error::other)?;
        let socket = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, script.port))?;
        socket.set_nonblocking(true)?;
        let listener = TcpListener::from_std(socket)?;
        let upstream = Self {
            addr: listener.local_addr()?,
            shared: Arc::new(Shared::new(script)),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        };
        upstream.tasks.spawn(accept(
            listener,
            Arc::clone(&upstream.shared),
            upstream.tasks.clone(),
            upstream.stop.clone(),
        ));
        Ok(upstream)
    }

    /// The address.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `http://127.0.0.1:PORT`, without a path.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Where tokens come from.
    #[must_use]
    pub fn oauth(&self) -> &AuthorizationServer {
        &self.shared.oauth
    }

    /// The URL of this dialect's token endpoint.
    #[must_use]
    pub fn token_url(&self, dialect: Dialect) -> String {
        format!("{}{}", self.base_url(), dialect.token_path())
    }

    /// The last requests, oldest first: at most 4096 of them, with at most 256 MiB of bodies. A
    /// request is there as soon as [`Stats::received`] counts it. A lenient upstream, and one whose
    /// script says so, records nothing.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        self.shared.record.requests()
    }

    /// As [`Upstream::requests`], and forgets them.
    #[must_use]
    pub fn take_requests(&self) -> Vec<Recorded> {
        self.shared.record.take_requests()
    }

    /// What was received that no upstream should see.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        self.shared.record.violations()
    }

    /// The counts of this moment.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.counters.snapshot()
    }

    /// Waits until the counts satisfy `wanted`, however long that takes: put a time limit around
    /// it.
    pub async fn wait_for(&self, mut wanted: impl FnMut(&Stats) -> bool) -> Stats {
        let mut changes = self.shared.counters.subscribe();
        match changes.wait_for(|stats| wanted(stats)).await {
            Ok(stats) => stats.clone(),
            // The counts live as long as `self` does.
            Err(_closed) => self.stats(),
        }
    }

    /// Gives the key or account of this label new behaviours, one per request; the last one stays. Returns
    /// whether the script has that label.
    pub fn rewrite(&self, label: &str, behaviours: impl IntoIterator<Item = Behaviour>) -> bool {
        let key = self.shared.keys.labelled(label);
        let key = key.or_else(|| self.shared.oauth.key(label));
        key.map(|key| key.rewrite(behaviours.into_iter().collect()))
            .is_some()
    }

    /// Stops and waits until every connection is closed. Replies on their way are cut.
    pub async fn shutdown(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.stop.cancel();
        self.tasks.close();
    }
}

async fn accept(
    listener: TcpListener,
    shared: Arc<Shared>,
    tasks: TaskTracker,
    stop: CancellationToken,
) {
    let mut number = 0;
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _peer)) = accepted else {
            // Out of file descriptors, most likely: without a pause this would spin.
            sleep(RETRY).await;
            continue;
        };
        number += 1;
        tasks.spawn(serve(stream, number, Arc::clone(&shared), stop.clone()));
    }
}

async fn serve(stream: TcpStream, number: u64, shared: Arc<Shared>, stop: CancellationToken) {
    // Without this, events of a paced stream wait for each other's acknowledgement.
    let _ = stream.set_nodelay(true);
    let _open = OpenConnection::new(&shared);
    let orders = Arc::new(Orders::default());
    let wire = TokioIo::new(Wire::new(stream, Arc::clone(&orders)));
    let service =
        service_fn(|request| exchange(Arc::clone(&shared), Arc::clone(&orders), number, request));
    let connection = http1::Builder::new().serve_connection(wire, service);
    tokio::select! {
        () = stop.cancelled() => {}
        // How a connection ends is what the script and the peer make of it.
        _ended = connection => {}
    }
}

/// Counts a connection for as long as it is open.
struct OpenConnection(Arc<Shared>);

impl OpenConnection {
    fn new(shared: &Arc<Shared>) -> Self {
        shared.counters.update(|stats| {
            stats.connections += 1;
            stats.accepted += 1;
        });
        Self(Arc::clone(shared))
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.counters.update(|stats| stats.connections -= 1);
    }
}
