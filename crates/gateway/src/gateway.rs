//! The gateway: the live snapshot, and what outlives every snapshot.

use crate::{
    counters::Counters,
    credentials::{Credentials, Holdings, refreshes_otherwise},
    curfew::{Curfew, Ear},
    derive::{DeriveError, Inputs, unserved, used_clients},
    desk::Desk,
    discover,
    disposal::Disposal,
    journal::Journal,
    memory::Memory,
    recent::Recent,
    snapshot::Snapshot,
};
use arc_swap::ArcSwap;
use cliproxy_auth_store::{Disk, FileStore, LocalDisk};
use cliproxy_config::Config;
use cliproxy_core::{CredentialId, Protocol};
use cliproxy_executors::WallClock;
use cliproxy_proxyutil::ClientPool;
use cliproxy_scheduler::Custom;
use cliproxy_usage::Sink;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::{
    future::poll_fn,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    task::Poll,
    thread::ThreadId,
    time::Instant,
};
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

/// What a gateway is given besides its configuration.
#[non_exhaustive]
pub struct Environment {
    /// Reads the wall clock.
    pub clock: WallClock,
    /// A random number in `[0, 1)`: spreads those who would come back at the same moment.
    pub random: fn() -> f64,
    /// Random, new in every process: salts what is derived from conversations.
    pub salt: [u8; 32],
    /// Where request records go.
    pub sinks: Vec<Arc<dyn Sink>>,
    /// Chooses among the credentials that are ready, in place of the configured strategy.
    pub selector: Option<Custom>,
    /// What credential files are written to; the machine's own disk if there is none.
    pub disk: Option<Arc<dyn Disk>>,
    /// The threads that serve, where each has a runtime of its own; none where they share one.
    pub threads: Vec<ThreadId>,
}

impl Environment {
    /// Without sinks, with the configured strategy, and with upstream connections that all threads
    /// share.
    #[must_use]
    pub const fn new(clock: WallClock, salt: [u8; 32]) -> Self {
        Self {
            clock,
            random: fastrand::f64,
            salt,
            sinks: Vec::new(),
            selector: None,
            disk: None,
            threads: Vec::new(),
        }
    }
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment")
            .field("sinks", &self.sinks.len())
            .finish_non_exhaustive()
    }
}

/// A running gateway. Shared by every connection.
pub struct Gateway {
    live: ArcSwap<Snapshot>,
    /// The epoch of the live snapshot, for whoever waits for another.
    published: watch::Sender<u64>,
    memory: Arc<Memory>,
    clients: ClientPool,
    seed: u64,
    pub(crate) disposal: Disposal,
    selector: Option<Custom>,
    disk: Arc<dyn Disk>,
    clock: WallClock,
    random: fn() -> f64,
    desk: Arc<Desk>,
    /// The pumps of running streams.
    tasks: TaskTracker,
    curfew: Arc<Curfew>,
    /// Begins every request id, so that two processes do not make the same one.
    tag: Box<str>,
    requests: AtomicU64,
    /// What keeps credential files in service, once they are followed.
    pub(crate) credentials: OnceLock<Credentials>,
    /// What the live snapshot was derived from. The lock makes derivations follow one another.
    source: Mutex<Source>,
}

/// The inputs of a derivation.
pub(crate) struct Source {
    pub(crate) config: Arc<Config>,
    /// What entries with `discover-models` were found to serve, by first credential.
    discovered: FxHashMap<String, Vec<String>>,
    /// Where the credential files are, and who is in service of them.
    pub(crate) store: Option<FileStore>,
    pub(crate) holdings: Holdings,
}

impl Source {
    /// Whether an upstream that was asked with this credential has said which models it has.
    pub(crate) fn has_told(&self, first: &CredentialId) -> bool {
        self.discovered.contains_key(first.as_str())
    }
}

/// Eight bytes of the salt that nothing else shows.
fn seed(salt: &[u8; 32]) -> u64 {
    let [.., a, b, c, d, e, f, g, h] = *salt;
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

impl Gateway {
    /// Puts a configuration to work.
    ///
    /// # Errors
    ///
    /// If a client for one of its proxies cannot be built.
    pub fn new(config: &Config, environment: Environment) -> Result<Self, DeriveError> {
        let now = Instant::now();
        let clients = ClientPool::for_threads(environment.threads);
        let (discovered, holdings) = (FxHashMap::default(), Holdings::default());
        let disposal = Disposal::default();
        let inputs = Inputs {
            clients: &clients,
            discovered: &discovered,
            holdings: &holdings,
            engine: None,
            previous: None,
            seed: seed(&environment.salt),
            disposal: &disposal,
            selector: environment.selector.as_ref(),
        };
        let config = Arc::new(config.clone());
        let snapshot = Snapshot::derive(&config, inputs, now)?;
        let ttl = snapshot.params.session_affinity_ttl;
        let [a, b, c, d, ..] = environment.salt;
        let curfew = Arc::<Curfew>::default();
        Ok(Self {
            published: watch::Sender::new(snapshot.epoch),
            live: ArcSwap::from_pointee(snapshot),
            memory: Arc::new(Memory::new(environment.salt, ttl, now)),
            clients,
            seed: seed(&environment.salt),
            disposal,
            selector: environment.selector,
            disk: environment.disk.unwrap_or_else(|| Arc::new(LocalDisk)),
            clock: environment.clock,
            random: environment.random,
            desk: Arc::new(Desk {
                sinks: environment.sinks,
                recent: Recent::default(),
                counters: Counters::default(),
                curfew: Arc::clone(&curfew),
                nobody: "-".into(),
            }),
            tasks: TaskTracker::new(),
            curfew,
            tag: format!("{a:02x}{b:02x}{c:02x}{d:02x}").into(),
            requests: AtomicU64::new(0),
            credentials: OnceLock::new(),
            source: Mutex::new(Source {
                config,
                discovered,
                store: None,
                holdings,
            }),
        })
    }

    /// The view that a request which begins now runs under, to its end.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.live.load_full()
    }

    /// Resolves when the live snapshot is a later one than `epoch`.
    pub async fn later_than(&self, epoch: u64) {
        let mut published = self.published.subscribe();
        // The sender lives as long as the gateway does.
        drop(published.wait_for(|published| *published > epoch).await);
    }

    /// Replaces the live snapshot by one of this configuration. Health, rotation, bindings and open
    /// connections stay; requests that run finish under the snapshot they began with.
    ///
    /// # Errors
    ///
    /// As [`Gateway::new`]; the live snapshot then stays in place.
    pub fn reload(&self, config: Config) -> Result<(), DeriveError> {
        let config = Arc::new(config);
        let mut source = self.source.lock();
        let next = self.derive(&config, &source)?;
        self.clients
            .retain(&used_clients(&config, &source.holdings));
        let before = std::mem::replace(&mut source.config, config);
        self.swap(next);
        if let Some(credentials) = self.credentials.get() {
            credentials.configure(&source.config);
            if refreshes_otherwise(&before, &source.config) {
                credentials.refreshes_otherwise.notify_one();
            }
        }
        Ok(())
    }

    /// Asks the upstreams of `discover-models` entries for their models, and takes what they
    /// answer into use, under whatever configuration is live by then. An upstream that does not
    /// answer keeps what it had.
    pub async fn discover(&self) {
        let config = Arc::clone(&self.source.lock().config);
        let found = discover::models(&config, &self.clients).await;
        if found.is_empty() {
            return;
        }
        let mut source = self.source.lock();
        source.discovered.extend(found);
        match self.derive(&source.config, &source) {
            Ok(next) => {
                self.swap(next);
                drop(source);
                self.warn_of_unserved();
            }
            Err(error) => tracing::warn!(%error, "discovered models cannot be used"),
        }
    }

    /// Names fallbacks that nobody serves, once it is known what accounts and discovered upstreams
    /// serve.
    pub(crate) fn warn_of_unserved(&self) {
        let source = self.source.lock();
        let found = unserved(&source.config, &source.discovered, &self.snapshot());
        for problem in &found {
            tracing::warn!("{}", problem.without_severity());
        }
    }

    /// Puts to work what has become of the sources.
    pub(crate) fn rederive(&self, source: &Source) {
        match self.derive(&source.config, source) {
            Ok(next) => {
                self.clients
                    .retain(&used_clients(&source.config, &source.holdings));
                self.swap(next);
            }
            Err(error) => tracing::error!(%error, "credential files cannot be put to work"),
        }
    }

    fn derive(&self, config: &Arc<Config>, source: &Source) -> Result<Snapshot, DeriveError> {
        let previous = self.live.load_full();
        let inputs = Inputs {
            clients: &self.clients,
            discovered: &source.discovered,
            holdings: &source.holdings,
            engine: self
                .credentials
                .get()
                .map(|credentials| &credentials.engine),
            previous: Some(&previous),
            seed: self.seed,
            disposal: &self.disposal,
            selector: self.selector.as_ref(),
        };
        Snapshot::derive(config, inputs, Instant::now())
    }

    fn swap(&self, next: Snapshot) {
        self.memory.set_ttl(next.params.session_affinity_ttl);
        if !next.params.replay {
            self.memory.replay.clear();
        }
        let epoch = next.epoch;
        self.live.store(Arc::new(next));
        self.published.send_replace(epoch);
    }

    /// The id of a new request. `proposed` is one that the client chose; it is taken if it is
    /// harmless: 1 to 64 letters, digits, dots, dashes and underscores.
    #[must_use]
    pub fn request_id(&self, proposed: Option<&str>) -> Arc<str> {
        match proposed.filter(|id| is_harmless(id)) {
            Some(id) => id.into(),
            None => {
                let number = self.requests.fetch_add(1, Ordering::Relaxed);
                format!("req_{}{number:08x}", self.tag).into()
            }
        }
    }

    /// Begins the record of a request.
    #[must_use]
    pub fn begin(&self, protocol: Protocol, id: Arc<str>) -> Journal {
        Journal::begin(id, protocol, Instant::now(), Arc::clone(&self.desk))
    }

    pub(crate) fn decided(&self) -> &Recent {
        &self.desk.recent
    }

    pub(crate) fn desk(&self) -> &Desk {
        &self.desk
    }

    pub(crate) const fn source(&self) -> &Mutex<Source> {
        &self.source
    }

    pub(crate) fn config(&self) -> Arc<Config> {
        Arc::clone(&self.source.lock().config)
    }

    pub(crate) const fn disk(&self) -> &Arc<dyn Disk> {
        &self.disk
    }

    pub(crate) const fn memory(&self) -> &Arc<Memory> {
        &self.memory
    }

    /// The tasks behind running streams; each ends with its reply's body.
    #[must_use]
    pub const fn tasks(&self) -> &TaskTracker {
        &self.tasks
    }

    /// Ends every stream that still runs, with its protocol's own error event. For a shutdown that
    /// has waited long enough; there is no way back.
    pub fn cut_short(&self) {
        self.curfew.ring();
    }

    /// Resolves when [`Gateway::cut_short`] is called, at once if it was: for requests whose reply has
    /// not begun, which the caller refuses. Must stay with the task that polls it first.
    pub async fn is_cut_short(&self) {
        let mut ear = self.ear();
        poll_fn(|cx| {
            if ear.hears(cx) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }

    pub(crate) fn ear(&self) -> Ear {
        Ear::new(Arc::clone(&self.curfew))
    }

    pub(crate) const fn clock(&self) -> WallClock {
        self.clock
    }

    pub(crate) const fn random(&self) -> fn() -> f64 {
        self.random
    }
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway")
            .field("epoch", &self.live.load().epoch)
            .finish_non_exhaustive()
    }
}

/// Fit for a header and a log line.
fn is_harmless(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}
