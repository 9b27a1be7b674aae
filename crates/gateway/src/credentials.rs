//! The accounts of credential files, and their tokens.
//!
//! - `follow` looks at the directory, and puts to work what has changed.
//! - `held` is what is in service of it; the snapshot is derived from this and the configuration.
//! - `spec` says how the tokens of an account are refreshed; `door` leads to where they are kept.
//! - `observer` writes down what became of refreshes.
//! - `twins` finds one sign-in in several files.
//! - `sign_in` is what a request asks for a token.
//! - `check` does without traffic, for a person who asks.
//!
//! Tokens are outside the snapshot: a refresh changes no route and nobody's health. The rules are in
//! `docs/credentials.md`.

mod check;
mod door;
mod follow;
mod held;
mod observer;
mod proxy;
mod sign_in;
mod spec;
mod twins;

pub use self::check::Checked;
pub(crate) use self::{
    held::{Held, Holdings, owner},
    proxy::{account_client, account_proxy},
    sign_in::{Refused, SignIn},
    spec::lacks_secret,
    twins::{Twins, of_one_account, twins},
};

use self::{door::Doors, observer::Notes, twins::Told};
use crate::gateway::Gateway;
use cliproxy_config::Config;
use cliproxy_executors::WallClock;
use cliproxy_proxyutil::ClientPool;
use cliproxy_token_refresh::{Clock, Engine, Settings, Spawner};
use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, Weak},
    time::SystemTime,
};
use tokio::{
    runtime::Handle,
    sync::{Notify, watch},
};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

/// What keeps the accounts of credential files in service.
pub(crate) struct Credentials {
    pub(crate) engine: Arc<Engine>,
    /// Clients for token endpoints: what requests do to theirs must not keep a token from being
    /// refreshed.
    clients: ClientPool,
    pub(crate) doors: Arc<Doors>,
    told: Told,
    /// Which directory is to be followed.
    directory: watch::Sender<Option<PathBuf>>,
    /// A reload has changed how tokens are refreshed.
    pub(crate) refreshes_otherwise: Arc<Notify>,
    stop: CancellationToken,
    /// Nothing is followed for a gateway that is gone.
    _stops: DropGuard,
}

impl Credentials {
    /// Nothing is followed or refreshed yet. Refreshes run on this runtime.
    fn new(gateway: Weak<Gateway>, config: &Config, clock: WallClock, tasks: &TaskTracker) -> Self {
        let spawner = Spawner {
            tasks: tasks.clone(),
            runtime: Handle::current(),
        };
        let doors = Arc::<Doors>::default();
        let notes = Notes {
            gateway,
            doors: Arc::clone(&doors),
            spawner: spawner.clone(),
        };
        let stop = CancellationToken::new();
        Self {
            engine: Arc::new(Engine::new(
                settings(config),
                Arc::new(Wall(clock)),
                Arc::new(notes),
                spawner,
            )),
            clients: ClientPool::new(),
            doors,
            told: Told::default(),
            directory: watch::Sender::new(config.auth_dir.clone()),
            refreshes_otherwise: Arc::default(),
            stop: stop.clone(),
            _stops: stop.drop_guard(),
        }
    }

    /// Takes over what a reload has changed.
    pub(crate) fn configure(&self, config: &Config) {
        self.engine.set(settings(config));
        self.directory.send_if_modified(|directory| {
            let moves = *directory != config.auth_dir;
            directory.clone_from(&config.auth_dir);
            moves
        });
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

/// Whether another configuration refreshes tokens in another way.
pub(crate) fn refreshes_otherwise(before: &Config, after: &Config) -> bool {
    let authorities = |config: &Config| config.ca.as_ref().map(|ca| ca.pem.clone());
    before.oauth != after.oauth
        || before.auth_refresh != after.auth_refresh
        || before.proxy != after.proxy
        || before.upstream.connect != after.upstream.connect
        || authorities(before) != authorities(after)
}

fn settings(config: &Config) -> Settings {
    Settings {
        workers: config.auth_refresh.workers,
        refresh_disabled: config.auth_refresh.disabled_too,
    }
}

/// The gateway's own clock.
struct Wall(WallClock);

impl Clock for Wall {
    fn now(&self) -> SystemTime {
        (self.0)()
    }
}

#[cfg(test)]
mod tests {
    use super::refreshes_otherwise;
    use cliproxy_config::{Config, Env, Overrides, load_text};
    use std::path::Path;

    fn config(yaml: &str) -> Config {
        let loaded = load_text(yaml, Path::new("."), &Env::default(), &Overrides::default());
        loaded
            .unwrap_or_else(|problems| panic!("{yaml}: {problems}"))
            .config
    }

    /// Engine and doors hear of every setting that says how tokens are refreshed.
    #[test]
    fn what_changes_how_tokens_are_refreshed() {
        let check = |before: &str, after: &str, expected: bool| {
            let (before_config, after_config) = (config(before), config(after));
            let found = refreshes_otherwise(&before_config, &after_config);
            assert_eq!(found, expected, "{before} -> {after}");
        };
        let client = |more: &str| {
            format!("oauth: {{acme: {{client_id: a, token_url: 'https://a.example/t'{more}}}}}")
        };
        for after in [
            "auth-refresh: {leads: {codex: 1d}}",
            "auth-refresh: {leads: {vertex: 1m}}",
            "auth-refresh: {lock-timeout: 1s}",
            "auth-refresh: {disabled-too: false}",
            "auth-auto-refresh-workers: 3",
            "oauth: {kimi: {client_id: a}}",
            "oauth: {kimi: {client_secret: a}}",
            "oauth: {kimi: {token_url: 'https://a.example'}}",
            "oauth: {kimi: {scopes: [a]}}",
            "proxy-url: direct",
            "upstream: {connect-timeout: 1s}",
        ] {
            check("{}", after, true);
            check(after, "{}", true);
            check(after, after, false);
        }
        check(&client(""), &client(", scopes: [a]"), true);
        let lead = |lead| format!("{}\nauth-refresh: {{leads: {{acme: {lead}}}}}", client(""));
        check(&lead("1m"), &lead("2m"), true);
        check(
            "{}",
            "port: 9\nrequest-retry: 1\nauth-dir: /elsewhere",
            false,
        );
    }
}
