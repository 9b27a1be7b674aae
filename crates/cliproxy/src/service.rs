//! A running gateway.

use crate::{
    ControlParams, Workers,
    control::OpenControl,
    cooldowns::{CooldownFiles, keep_saved},
    settings,
};
use cliproxy_config::{Config, Listen, Place, Problems, start_check};
use cliproxy_gateway::{Custom, DeriveError, Environment, Gateway, LogSink};
use cliproxy_server::{BindError, Server, Tls, TlsError};
use std::{net::SocketAddr, sync::Arc, time::SystemTime};
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
    /// Chooses among the credentials that are ready, in place of the configured strategy.
    pub selector: Option<Custom>,
    /// How it is found and asked while it runs; without this it is not.
    pub control: Option<ControlParams>,
}

impl ServiceParams {
    /// With a strategy of the embedding program's own.
    #[must_use]
    pub fn selector(self, selector: Custom) -> Self {
        Self {
            selector: Some(selector),
            ..self
        }
    }

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

    /// With a control socket.
    #[must_use]
    pub fn control(self, control: ControlParams) -> Self {
        Self {
            control: Some(control),
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
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
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
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// It is not safe for the address that is listened on.
    #[error("not safe for the address it listens on: {0}")]
    Unsafe(Problems),
}

/// What a reload has to say.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Reloaded {
    /// What a start would warn of.
    pub warnings: Problems,
    /// The keys whose new values wait for a restart.
    pub needs_restart: Vec<&'static str>,
}

/// A gateway that listens.
#[derive(Debug)]
pub struct Service {
    addresses: Vec<String>,
    address: Option<SocketAddr>,
    /// What it was started with, without its entries: what only a restart changes is still as it is
    /// there.
    started: Config,
    tls: Option<Tls>,
    gateway: Arc<Gateway>,
    server: Arc<Server>,
    stop: CancellationToken,
    tasks: TaskTracker,
    served: JoinHandle<bool>,
    control: Option<OpenControl>,
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
        let mut environment = Environment::new(wall_clock, salt);
        environment.selector = params.selector;
        if let Some(workers) = &params.workers {
            environment.threads = workers.threads();
        }
        if !params.quiet {
            environment.sinks.push(Arc::new(LogSink));
        }
        let gateway = Arc::new(Gateway::new(&config, environment)?);
        gateway.open_credentials().await;
        let cooldowns = config
            .retry
            .save_cooldowns
            .then_some(config.state_dir.as_ref())
            .flatten()
            .map(|directory| {
                let mut files = CooldownFiles::new(directory);
                files.restore(&gateway, wall_clock());
                files
            });
        let tls = settings::tls(&config)?;
        let mut listener = settings::listen(&config).await?;
        let (address, addresses) = (listener.local_addr(), listener.names());
        if let Some(tls) = &tls {
            listener = listener.tls(tls.clone());
        }
        let server = Arc::new(Server::new(
            Arc::clone(&gateway),
            settings::server_params(&config, address),
        ));
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let handles = params
            .workers
            .as_ref()
            .map(Workers::handles)
            .unwrap_or_default();
        let serving = listener.serve(Arc::clone(&server), handles, stop.clone());
        let served = tasks.spawn(serving);
        if let Some(files) = cooldowns {
            let (gateway, stop) = (Arc::clone(&gateway), stop.clone());
            tasks.spawn(keep_saved(files, gateway, wall_clock, stop));
        }
        let control = match params.control {
            None => None,
            Some(control) => {
                let address = addresses.first().map_or("", String::as_str);
                OpenControl::open(control, &gateway, address, wall_clock(), &tasks).await
            }
        };
        let discovers = discovers(&config);
        let service = Self {
            addresses,
            address,
            started: Config {
                entries: Vec::new(),
                ..config
            },
            tls,
            gateway,
            server,
            stop,
            tasks,
            served,
            control,
            workers: params.workers,
        };
        if discovers {
            service.discover();
        }
        Ok(service)
    }

    /// The first TCP address it listens on; `None` if there are only unix sockets.
    #[must_use]
    pub const fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// Every address and socket it listens on, for people.
    #[must_use]
    pub fn addresses(&self) -> &[String] {
        &self.addresses
    }

    /// Whether it speaks TLS on its TCP addresses.
    #[must_use]
    pub const fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// The gateway behind the listener.
    #[must_use]
    pub const fn gateway(&self) -> &Arc<Gateway> {
        &self.gateway
    }

    /// Puts another configuration to work as a whole, except for the keys that come back as
    /// [`Reloaded::needs_restart`]. Requests and connections that run go on under what they began
    /// with; health, rotation, bindings, and upstream connections whose settings stay are kept.
    ///
    /// # Errors
    ///
    /// If it cannot be put to work, or would open the address that is listened on to strangers. The
    /// configuration that runs then stays.
    pub fn reload(&self, config: Config) -> Result<Reloaded, ReloadError> {
        let mut judged = config.clone();
        judged.listen = Listen {
            // The new file's lines say nothing about the address that is listened on.
            place: Place::Default,
            ..self.started.listen.clone()
        };
        judged.tls.clone_from(&self.started.tls);
        let warnings = start_check(&judged, settings::has_accounts(&config));
        if warnings.has_errors() {
            return Err(ReloadError::Unsafe(warnings));
        }
        // Whatever can fail comes before whatever takes effect.
        let renewal = match (&self.tls, &config.tls) {
            (Some(tls), Some(files)) => Some((tls, tls.prepare(&files.cert, &files.key)?)),
            _ => None,
        };
        let needs_restart = config.needs_restart(&self.started);
        let params = settings::server_params(&config, self.address);
        let discovers = discovers(&config);
        self.gateway.reload(config)?;
        self.server.set_params(params);
        if let Some((tls, renewal)) = renewal {
            tls.renew(renewal);
        }
        if discovers {
            self.discover();
        }
        Ok(Reloaded {
            warnings,
            needs_restart,
        })
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
        // Before anything is waited for that may refresh tokens.
        self.gateway.close_credentials().await;
        // The pumps of streams end with their connections.
        let pumps = self.gateway.tasks();
        pumps.close();
        pumps.wait().await;
        // Until here it can be asked what it waits for.
        drop(self.control);
        self.tasks.wait().await;
        drop(self.workers);
        clean
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one clock of the process, handed to everything below"
)]
pub(crate) fn wall_clock() -> SystemTime {
    SystemTime::now()
}

fn discovers(config: &Config) -> bool {
    config.entries.iter().any(|entry| entry.discover_models)
}
