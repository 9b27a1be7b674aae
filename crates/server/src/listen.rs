//! The listener: which sockets there are, who serves their connections, and how it all ends.

use crate::{
    accept::Acceptor, admission::Admission, service::Server, socket::Socket, tls::Tls,
    worker::Worker,
};
use std::{io, net::SocketAddr, path::Path, sync::Arc, time::Duration};
use tokio::runtime::Handle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// What clients that were told of the end get to read it, before their connections are closed.
const FAREWELL: Duration = Duration::from_secs(2);

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
#[derive(Debug, Default)]
pub struct Listener {
    sockets: Vec<Socket>,
    tls: Option<Tls>,
}

impl Listener {
    /// A listener without a socket.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Binds the loopback addresses: 127.0.0.1, and ::1 where there is one.
    ///
    /// # Errors
    ///
    /// If 127.0.0.1 cannot be had.
    pub async fn loopback(mut self, port: u16) -> Result<Self, BindError> {
        self.sockets.push(bind(&format!("127.0.0.1:{port}")).await?);
        // Port 0 was chosen by the first socket; both families answer on the same one.
        if let Some(address) = self.local_addr()
            && let Ok(second) = bind(&format!("[::1]:{}", address.port())).await
        {
            self.sockets.push(second);
        }
        Ok(self)
    }

    /// Binds every interface, IPv6 and IPv4.
    ///
    /// # Errors
    ///
    /// If neither family can be had.
    pub async fn everywhere(mut self, port: u16) -> Result<Self, BindError> {
        // One dual-stack socket on most systems; a machine without IPv6 has the other.
        let socket = match bind(&format!("[::]:{port}")).await {
            Ok(socket) => socket,
            Err(_) => bind(&format!("0.0.0.0:{port}")).await?,
        };
        self.sockets.push(socket);
        Ok(self)
    }

    /// Binds one address or host name.
    ///
    /// # Errors
    ///
    /// If it cannot be had.
    pub async fn address(mut self, host: &str, port: u16) -> Result<Self, BindError> {
        let bare = host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .unwrap_or(host);
        let address = if bare.contains(':') {
            format!("[{bare}]:{port}")
        } else {
            format!("{bare}:{port}")
        };
        self.sockets.push(bind(&address).await?);
        Ok(self)
    }

    /// Binds a unix socket, whose file gets these permissions. What it replaces may only be a socket
    /// that nobody listens on; the file goes when the listener does.
    ///
    /// # Errors
    ///
    /// If it cannot be had.
    pub async fn unix(mut self, path: &Path, mode: u32) -> Result<Self, BindError> {
        let socket = Socket::unix(path, mode).await.map_err(|source| BindError {
            address: path.display().to_string(),
            source,
        })?;
        self.sockets.push(socket);
        Ok(self)
    }

    /// Speaks TLS on its TCP sockets; unix sockets go without.
    #[must_use]
    pub fn tls(self, tls: Tls) -> Self {
        Self {
            tls: Some(tls),
            ..self
        }
    }

    /// The first TCP address it is bound to.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.sockets.iter().find_map(|socket| match socket {
            Socket::Tcp(listener) => listener.local_addr().ok(),
            Socket::Unix(_) => None,
        })
    }

    /// Everything it listens on, for people.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.sockets.iter().map(Socket::name).collect()
    }

    /// Serves until `stop` is cancelled, then drains: no new connection is accepted, a running
    /// request goes on to its end, an idle connection closes. What still runs after
    /// [`Limits::drain_timeout`](crate::Limits::drain_timeout) is told so in its protocol's words and ended, and this returns when every task is over.
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
    ) -> bool {
        let (abort, tasks) = (CancellationToken::new(), TaskTracker::new());
        let workers: Arc<[Worker]> = workers.into_iter().map(Worker::new).collect();
        let admission = Arc::new(Admission::default());
        for socket in self.sockets {
            let tls = match socket {
                Socket::Tcp(_) => self.tls.clone(),
                Socket::Unix(_) => None,
            };
            let acceptor = Acceptor {
                server: Arc::clone(&server),
                admission: Arc::clone(&admission),
                tls,
                workers: Arc::clone(&workers),
                tasks: tasks.clone(),
                stop: stop.clone(),
                abort: abort.clone(),
            };
            tasks.spawn(acceptor.run(socket));
        }
        stop.cancelled().await;
        server.drain();
        tasks.close();
        let grace = server.params().limits.drain_timeout;
        if tokio::time::timeout(grace, tasks.wait()).await.is_ok() {
            return true;
        }
        server.cut_short();
        // How many of them read it changes nothing.
        let _read = tokio::time::timeout(FAREWELL, tasks.wait()).await;
        abort.cancel();
        tasks.wait().await;
        false
    }
}

async fn bind(address: &str) -> Result<Socket, BindError> {
    Socket::tcp(address).await.map_err(|source| BindError {
        address: address.to_owned(),
        source,
    })
}
