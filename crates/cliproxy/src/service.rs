//! A running gateway.

use crate::Workers;
use cliproxy_config::{Config, Host, Listen, Place, Problems, start_check};
use cliproxy_gateway::{DeriveError, Environment, Gateway, LogSink};
use cliproxy_server::{BindError, DoorParams, Listener, ListenerParams, Server, ServerParams};
use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::SystemTime,
};
use tokio::task::JoinHandle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// What a service is given besides its configuration.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct ServiceParams {
    /// Leave out the log line per request.
    pub quiet: bool,
    /// The threads that serve connections; without them the runtime that [`Service::start`] is
    /// called on does.
    pub workers: Option<Workers>,
}

impl ServiceParams {
    /// Without a log line per request.
    #[must_use]
    pub fn quiet(self) -> Self {
        Self {
            quiet: true,
            ..self
        }
    }

    /// With connections on threads of their own.
    #[must_use]
    pub fn workers(self, workers: Workers) -> Self {
        Self {
            workers: Some(workers),
            ..self
        }
    }
}

/// Why a service did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address cannot be had.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The configuration cannot be put to work.
    #[error(transparent)]
    Derive(#[from] DeriveError),
    /// The system gives no threads.
    #[error("cannot start the threads that serve")]
    Threads(#[from] std::io::Error),
    /// It is configured, and not served by this version. Serving something else in its place could
    /// show keys and prompts to strangers.
    #[error("`{0}` is not served by this version")]
    NotServed(&'static str),
    /// The system has no randomness.
    #[error("the system gives no random bytes")]
    Random(#[from] getrandom::Error),
}

/// Why a configuration was not taken into use.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReloadError {
    /// It cannot be put to work.
    #[error(transparent)]
    Derive(#[from] DeriveError),
    /// It is not safe for the address that is listened on.
    #[error("not safe for the address it listens on: {0}")]
    Unsafe(Problems),
}

/// A gateway that listens.
#[derive(Debug)]
pub struct Service {
    address: SocketAddr,
    listen: Listen,
    gateway: Arc<Gateway>,
    stop: CancellationToken,
    tasks: TaskTracker,
    served: JoinHandle<bool>,
    /// Kept until everything has ended.
    workers: Option<Workers>,
}

impl Service {
    /// Binds, and serves from now on.
    ///
    /// Models of `discover-models` entries are asked for in the background: a slow upstream does
    /// not delay the start.
    ///
    /// # Errors
    ///
    /// [`StartError`]; nothing is left running then.
    pub async fn start(config: Config, params: ServiceParams) -> Result<Self, StartError> {
        let mut salt = [0; 32];
        getrandom::fill(&mut salt)?;
        let mut environment = Environment {
            clock: wall_clock,
            salt,
            sinks: Vec::new(),
            threads: params
                .workers
                .as_ref()
                .map(Workers::threads)
                .unwrap_or_default(),
        };
        if !params.quiet {
            environment.sinks.push(Arc::new(LogSink));
        }
        let gateway = Arc::new(Gateway::new(&config, environment)?);
        if config.tls.is_some() {
            return Err(StartError::NotServed("tls"));
        }
        if config.listen.unix_socket.is_some() {
            return Err(StartError::NotServed("unix-socket"));
        }
        let listener = listen(&config).await?;
        let unknown = SocketAddr::from((Ipv4Addr::LOCALHOST, config.listen.port));
        let address = listener.local_addr().unwrap_or(unknown);
        let server = Arc::new(Server::new(
            Arc::clone(&gateway),
            server_params(&config, address),
        ));
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let handles = params
            .workers
            .as_ref()
            .map(Workers::handles)
            .unwrap_or_default();
        let grace = config.shutdown_timeout;
        let serving = listener.serve(server, handles, stop.clone(), grace);
        let served = tasks.spawn(serving);
        let service = Self {
            address,
            listen: config.listen.clone(),
            gateway,
            stop,
            tasks,
            served,
            workers: params.workers,
        };
        if discovers(&config) {
            service.discover();
        }
        Ok(service)
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The gateway behind the listener.
    #[must_use]
    pub const fn gateway(&self) -> &Arc<Gateway> {
        &self.gateway
    }

    /// Puts another configuration to work, except what belongs to the listener: address, limits,
    /// `allowed-hosts`, `cors` and the log stay until a restart. Requests that run go on.
    ///
    /// # Errors
    ///
    /// If it cannot be put to work, or would open the address that is listened on to strangers. The
    /// configuration that runs then stays. What a start would only warn of comes back.
    pub fn reload(&self, config: Config) -> Result<Problems, ReloadError> {
        let mut judged = config.clone();
        judged.listen = Listen {
            // The new file's lines say nothing about the address that is listened on.
            place: Place::Default,
            ..self.listen.clone()
        };
        let refusals = start_check(&judged);
        if refusals.has_errors() {
            return Err(ReloadError::Unsafe(refusals));
        }
        let discovers = discovers(&config);
        self.gateway.reload(config)?;
        if discovers {
            self.discover();
        }
        Ok(refusals)
    }

    /// In the background: a slow upstream delays neither a start nor a reload.
    fn discover(&self) {
        let (gateway, stop) = (Arc::clone(&self.gateway), self.stop.clone());
        self.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = gateway.discover() => {}
            }
        });
    }

    /// Stops accepting and waits until what runs has ended, at most the configured
    /// `shutdown-timeout`. Returns whether everything ended by itself.
    pub async fn stop(self) -> bool {
        self.stop.cancel();
        self.tasks.close();
        let clean = self.served.await.unwrap_or(false);
        self.tasks.wait().await;
        // The pumps of streams end with their connections.
        let pumps = self.gateway.tasks();
        pumps.close();
        pumps.wait().await;
        drop(self.workers);
        clean
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one clock of the process, handed to everything below"
)]
fn wall_clock() -> SystemTime {
    SystemTime::now()
}

fn discovers(config: &Config) -> bool {
    config.entries.iter().any(|entry| entry.discover_models)
}

async fn listen(config: &Config) -> Result<Listener, BindError> {
    let limits = &config.limits;
    let params = ListenerParams::new(
        limits.max_connections,
        limits.max_header_bytes,
        limits.idle_timeout,
    );
    let port = config.listen.port;
    match &config.listen.host {
        Host::Loopback | Host::None => Listener::loopback(port, params).await,
        Host::All => Listener::everywhere(port, params).await,
        Host::Addr(host) => Listener::address(host, port, params).await,
    }
}

fn server_params(config: &Config, address: SocketAddr) -> ServerParams {
    let bound = match address {
        SocketAddr::V4(address) => address.ip().to_string(),
        SocketAddr::V6(address) => format!("[{}]", address.ip()),
    };
    let door = DoorParams::new(
        config.allowed_hosts.clone(),
        config.allowed_origins.clone(),
        config.listen.host.is_loopback(),
        &bound,
    );
    ServerParams::new(door, config.limits.max_body, config.limits.body_timeout)
}
