//! Following the directory: what has changed is put to work, off the threads that serve.

use super::{Credentials, spec::Specs, twins};
use crate::{
    derive::clients_of_accounts,
    gateway::{Gateway, Source},
};
use cliproxy_auth_store::{Changes, Disk, FileStore, LiveCredentials};
use cliproxy_config::Config;
use cliproxy_core::{CredentialId, ErrorKind, ModelId};
use cliproxy_executors::WallClock;
use std::{
    future::pending,
    path::{Path, PathBuf},
    sync::{Arc, Weak},
    time::{Duration, Instant},
};
use tokio::{
    runtime::Handle,
    sync::{Notify, watch},
    task::spawn_blocking,
};
use tokio_util::sync::CancellationToken;

impl Gateway {
    /// Reads the credential files of `auth-dir`, puts them to work, and follows them from now on. Their
    /// tokens are refreshed on the runtime that this is called on. A second call does nothing.
    pub async fn open_credentials(self: &Arc<Self>) {
        let config = self.config();
        self.disposal.open(&Handle::current());
        let made = Credentials::new(Arc::downgrade(self), &config, self.clock(), self.tasks());
        let (stop, directory) = (made.stop.clone(), made.directory.subscribe());
        let refreshes_otherwise = Arc::clone(&made.refreshes_otherwise);
        if self.credentials.set(made).is_err() {
            return;
        }
        let mut follower = Follower {
            gateway: Arc::downgrade(self),
            live: None,
            directory,
            refreshes_otherwise,
            disk: Arc::clone(self.disk()),
            poll: config.poll_interval,
            clock: self.clock(),
            stop,
        };
        follower.moves().await;
        if let Some(credentials) = self.credentials.get() {
            credentials.engine.start();
        }
        let runtime = Handle::current();
        self.tasks().spawn_on(follower.follow(), &runtime);
    }

    /// The credential files whose tokens are in use and could not be written: a crash would lose them.
    #[must_use]
    pub fn at_risk(&self) -> Vec<CredentialId> {
        let credentials = self.credentials.get();
        credentials.map_or_else(Vec::new, |credentials| credentials.engine.at_risk())
    }

    /// Follows and refreshes nothing any more, waits for refreshes that are under way, and writes what
    /// is not on disk, for up to 5 s. Returns the credentials whose tokens then still are not.
    pub async fn close_credentials(&self) -> Vec<CredentialId> {
        let Some(credentials) = self.credentials.get() else {
            return Vec::new();
        };
        credentials.stop.cancel();
        let lost = credentials.engine.close().await;
        for id in &lost {
            let file = id.as_str();
            tracing::error!(
                file,
                "stopped before its new tokens could be written: sign in again"
            );
        }
        lost
    }

    /// Takes changes of credential files over. Blocks.
    pub(super) fn take_over(&self, changes: Changes, store: Option<&FileStore>) {
        for problem in &changes.problems {
            tracing::warn!("{problem}");
        }
        let Some(credentials) = self.credentials.get() else {
            return;
        };
        let mut source = self.source().lock();
        if let Some(store) = store {
            source.store = Some(store.clone());
        }
        let Source {
            config,
            store,
            holdings,
            ..
        } = &mut *source;
        let then = holdings.apply(changes.credentials);
        twins::warn(holdings, &then.kept, &credentials.told);
        credentials.engine.remove(&then.forgotten);
        credentials.doors.remove(&then.forgotten);
        if let Some(store) = store {
            let specs = credentials.specs(config, store, self.clock());
            let batch: Vec<_> = then
                .kept
                .values()
                .filter_map(|record| specs.of(record))
                .collect();
            specs.warn();
            let ids: Vec<_> = batch.iter().map(|(id, _)| id.clone()).collect();
            let live = credentials.engine.upsert(batch);
            for (id, live) in ids.into_iter().zip(live) {
                holdings.goes_live(id, live);
            }
        }
        if then.derives {
            self.rederive(&source);
            credentials
                .clients
                .retain(&clients_of_accounts(&source.config, &source.holdings));
            if then.adds {
                self.memory().added.send_replace(self.snapshot().epoch);
            }
        }
        for owner in &then.renewed {
            self.has_new_tokens(owner);
        }
    }

    /// Tells the engine of all accounts anew: another configuration refreshes them in another way. Blocks.
    fn respecify(&self) {
        if let Some(credentials) = self.credentials.get() {
            credentials.respecify(&mut self.source().lock(), self.clock());
        }
    }

    /// Whoever was refused for the sake of a token that is gone, or had none, may be asked again.
    pub(super) fn has_new_tokens(&self, owner: &CredentialId) {
        let (snapshot, now) = (self.snapshot(), Instant::now());
        let refused = |id: &CredentialId| {
            // Of no model: what concerns the account as a whole.
            let block = snapshot.roster.block_of(id, &ModelId::from(""), now);
            let of_token = [ErrorKind::Auth, ErrorKind::Transport];
            block.is_some_and(|block| of_token.contains(&block.reason))
        };
        let reset = |id: &CredentialId| {
            if refused(id) {
                snapshot.roster.reset(id, None, now);
                self.memory().health_changed.notify_one();
            }
        };
        if snapshot.members.contains_key(owner) {
            return reset(owner);
        }
        for member in snapshot.members.values() {
            let sign_in = member.sign_in.as_ref();
            if sign_in.is_some_and(|sign_in| sign_in.is_of(owner)) {
                reset(&member.credential.id);
            }
        }
    }
}

impl Credentials {
    fn specs<'a>(
        &'a self,
        config: &'a Config,
        store: &'a FileStore,
        clock: WallClock,
    ) -> Specs<'a> {
        Specs::new(config, store, &self.clients, &self.doors, clock)
    }

    fn respecify(&self, source: &mut Source, clock: WallClock) {
        let Source {
            config,
            store: Some(store),
            holdings,
            ..
        } = source
        else {
            return;
        };
        let specs = self.specs(config, store, clock);
        let records = holdings.iter().map(|held| &held.record);
        let owners = records.filter(|record| record.parent.is_none());
        let batch: Vec<_> = owners.filter_map(|record| specs.of(record)).collect();
        specs.warn();
        let ids: Vec<_> = batch.iter().map(|(id, _)| id.clone()).collect();
        for (id, live) in ids.into_iter().zip(self.engine.upsert(batch)) {
            holdings.goes_live(id, live);
        }
        self.clients.retain(&clients_of_accounts(config, holdings));
    }
}

/// Looks when something has happened.
struct Follower {
    gateway: Weak<Gateway>,
    live: Option<LiveCredentials>,
    directory: watch::Receiver<Option<PathBuf>>,
    refreshes_otherwise: Arc<Notify>,
    disk: Arc<dyn Disk>,
    poll: Option<Duration>,
    clock: WallClock,
    stop: CancellationToken,
}

enum Happened {
    Changed(Changes),
    Moved,
    RefreshesOtherwise,
    Stopped,
}

impl Follower {
    async fn follow(mut self) {
        loop {
            match self.next().await {
                Happened::Stopped => return,
                Happened::Moved => self.moves().await,
                Happened::RefreshesOtherwise => self.respecify().await,
                Happened::Changed(changes) => self.hand_over(changes, None).await,
            }
        }
    }

    async fn next(&mut self) -> Happened {
        let (live, clock) = (&mut self.live, self.clock);
        let changes = async {
            match live {
                Some(live) => live.changes(clock).await,
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Happened::Stopped,
            moved = self.directory.changed() => match moved {
                Ok(()) => Happened::Moved,
                Err(_) => Happened::Stopped,
            },
            () = self.refreshes_otherwise.notified() => Happened::RefreshesOtherwise,
            changes = changes => Happened::Changed(changes),
        }
    }

    /// Goes where the configuration says: what is there now is in service, and nothing else.
    async fn moves(&mut self) {
        let directory = self.directory.borrow_and_update().clone();
        let now = (self.clock)();
        let place = directory.as_deref().unwrap_or_else(|| Path::new(""));
        let store = FileStore::on(place, Arc::clone(&self.disk));
        let changes = match (&mut self.live, &directory) {
            (Some(live), _) => live.move_to(store.clone(), now).await,
            (None, None) => return,
            (live @ None, Some(_)) => {
                let live = live.insert(LiveCredentials::new(store.clone(), self.poll));
                live.look(now).await
            }
        };
        if directory.is_none() {
            self.live = None;
        }
        let count = changes.credentials.len();
        self.hand_over(changes, Some(store)).await;
        if let Some(directory) = directory {
            let directory = directory.display();
            tracing::info!(%directory, changes = count, "credential files are followed");
        }
        if let Some(gateway) = self.gateway.upgrade() {
            gateway.warn_of_unserved();
        }
    }

    async fn hand_over(&self, changes: Changes, store: Option<FileStore>) {
        let Some(gateway) = self.gateway.upgrade() else {
            return;
        };
        let work = move || gateway.take_over(changes, store.as_ref());
        // Only a program that is stopping does not do it.
        drop(spawn_blocking(work).await);
    }

    async fn respecify(&self) {
        if let Some(gateway) = self.gateway.upgrade() {
            drop(spawn_blocking(move || gateway.respecify()).await);
        }
    }
}
