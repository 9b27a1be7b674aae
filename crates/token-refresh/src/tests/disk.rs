//! A disk that does what a test says.

use crate::{Committed, Fingerprint, Grant, Tokens, Vault, VaultDoor, VaultError};
use cliproxy_core::{CredentialId, Secret};
use futures_util::future::{BoxFuture, FutureExt as _};
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tokio::sync::OwnedMutexGuard;

/// What goes wrong on a disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Fault {
    #[default]
    None,
    /// Tokens cannot be written, the journal can.
    Full,
    /// Nothing can be written.
    ReadOnly,
    /// Nothing can be read.
    Garbled,
}

/// Files with tokens, the journal beside them, and their locks.
#[derive(Default)]
pub(super) struct Disk {
    pub(super) files: Mutex<BTreeMap<CredentialId, Tokens>>,
    pub(super) journal: Mutex<BTreeMap<CredentialId, BTreeSet<Fingerprint>>>,
    pub(super) fault: Mutex<Fault>,
    /// What was done, in order.
    pub(super) log: Mutex<Vec<String>>,
    /// What requests would be made with; looked at when something is done.
    pub(super) probe: Mutex<Option<Box<dyn Fn() -> String + Send>>>,
    pub(super) latency: Mutex<Duration>,
    /// Access tokens that have been on it.
    pub(super) ever: Mutex<BTreeSet<String>>,
    locks: Mutex<BTreeMap<CredentialId, Arc<tokio::sync::Mutex<()>>>>,
}

impl Disk {
    pub(super) fn lock(&self, id: &CredentialId) -> Arc<tokio::sync::Mutex<()>> {
        Arc::clone(self.locks.lock().entry(id.clone()).or_default())
    }

    fn note(&self, what: &str) {
        let used = self.probe.lock().as_ref().map(|probe| probe());
        let used = used.map(|used| format!(" using {used}"));
        let line = format!("{what}{}", used.unwrap_or_default());
        self.log.lock().push(line);
    }

    pub(super) fn put(&self, id: &CredentialId, tokens: Tokens) {
        let access = tokens.access.expose().to_owned();
        self.ever.lock().insert(access);
        self.files.lock().insert(id.clone(), tokens);
    }

    pub(super) fn access(&self, id: &str) -> String {
        let files = self.files.lock();
        files[&CredentialId::from(id)].access.expose().to_owned()
    }

    pub(super) fn refresh(&self, id: &CredentialId) -> Option<String> {
        let files = self.files.lock();
        let refresh = files.get(id)?.refresh.as_ref()?;
        Some(refresh.expose().to_owned())
    }

    async fn takes_time(&self) {
        let latency = *self.latency.lock();
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
    }
}

pub(super) struct Drawer {
    pub(super) disk: Arc<Disk>,
    pub(super) id: CredentialId,
}

struct Opened {
    disk: Arc<Disk>,
    id: CredentialId,
    read: Option<Secret>,
    _lock: OwnedMutexGuard<()>,
}

impl VaultDoor for Drawer {
    fn open(&self) -> BoxFuture<'_, Result<Box<dyn Vault>, VaultError>> {
        async {
            let lock = self.disk.lock(&self.id).lock_owned().await;
            Ok(Box::new(Opened {
                disk: Arc::clone(&self.disk),
                id: self.id.clone(),
                read: None,
                _lock: lock,
            }) as Box<dyn Vault>)
        }
        .boxed()
    }
}

impl Vault for Opened {
    fn tokens(&mut self) -> BoxFuture<'_, Result<Tokens, VaultError>> {
        async {
            self.disk.takes_time().await;
            if *self.disk.fault.lock() == Fault::Garbled {
                return Err(VaultError::Unreadable("half a file".into()));
            }
            let tokens = self.disk.files.lock().get(&self.id).cloned();
            self.read = tokens.as_ref().and_then(|tokens| tokens.refresh.clone());
            tokens.ok_or(VaultError::Gone)
        }
        .boxed()
    }

    fn begin(&mut self, token: Fingerprint) -> BoxFuture<'_, Result<bool, VaultError>> {
        async move {
            self.disk.takes_time().await;
            if *self.disk.fault.lock() == Fault::ReadOnly {
                return Err(VaultError::Unwritable("read-only".into()));
            }
            let mut journal = self.disk.journal.lock();
            let is_new = journal.entry(self.id.clone()).or_default().insert(token);
            drop(journal);
            self.disk.note("begin");
            Ok(!is_new)
        }
        .boxed()
    }

    fn commit<'a>(&'a mut self, grant: &'a Grant) -> BoxFuture<'a, Result<Committed, VaultError>> {
        async {
            self.disk.takes_time().await;
            if *self.disk.fault.lock() != Fault::None {
                return Err(VaultError::Unwritable("disk full".into()));
            }
            {
                let mut files = self.disk.files.lock();
                let tokens = files.get_mut(&self.id).ok_or(VaultError::Gone)?;
                if tokens.refresh != self.read {
                    return Ok(Committed::Superseded);
                }
                *tokens = grant.over(tokens);
                let access = tokens.access.expose().to_owned();
                self.disk.ever.lock().insert(access);
                self.read = tokens.refresh.clone();
            }
            self.disk.note("commit");
            self.disk.takes_time().await;
            Ok(Committed::Written)
        }
        .boxed()
    }

    fn settle(&mut self, token: Fingerprint) -> BoxFuture<'_, ()> {
        async move {
            self.disk.takes_time().await;
            if let Some(tokens) = self.disk.journal.lock().get_mut(&self.id) {
                tokens.remove(&token);
            }
            self.disk.note("settle");
        }
        .boxed()
    }
}
