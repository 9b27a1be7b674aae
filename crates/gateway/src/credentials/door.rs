//! Where the tokens of one credential file are kept: the file, its lock and its journal.

pub(super) mod vault;

use self::vault::FileVault;
use cliproxy_auth_store::{
    Access, FileName, FileStore, Journal, JournalEntry, JournalState, LockCredentials as _, Reach,
    ReadCredentials as _, StoreError, TokenMark, Tokens,
};
use cliproxy_core::{CredentialId, Secret};
use cliproxy_executors::WallClock;
use cliproxy_token_refresh::{
    Fingerprint, LoginReason, Remembered, Vault, VaultDoor, VaultError, Verdict,
};
use futures_util::future::{BoxFuture, FutureExt as _};
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::task::spawn_blocking;

/// The way to the tokens of one file.
pub(crate) struct Door {
    pub(super) store: FileStore,
    pub(super) name: FileName,
    pub(super) clock: WallClock,
    /// How long another process is waited for.
    pub(super) patience: Duration,
    /// What a service account signs with. It is used up by nothing and stands nowhere as a token.
    pub(super) key: Option<Secret>,
    /// What logs call it.
    pub(super) label: Arc<str>,
    /// Why nobody can be asked for tokens, if so.
    pub(crate) no_endpoint: Option<Box<str>>,
    /// That the lock keeps nobody else out has been said.
    pub(super) warned: AtomicBool,
}

/// Every door there is, for what is written down after a refresh.
#[derive(Default)]
pub(crate) struct Doors(Mutex<FxHashMap<CredentialId, Arc<Door>>>);

impl Doors {
    pub(crate) fn get(&self, id: &CredentialId) -> Option<Arc<Door>> {
        self.0.lock().get(id).cloned()
    }

    pub(super) fn put(&self, id: CredentialId, door: Arc<Door>) {
        self.0.lock().insert(id, door);
    }

    pub(super) fn remove(&self, ids: &[CredentialId]) {
        let mut doors = self.0.lock();
        for id in ids {
            doors.remove(id);
        }
    }
}

impl Door {
    fn journal(&self) -> Journal {
        Journal::of(&self.store)
    }

    /// What an earlier process has left about this refresh token. Blocks.
    pub(super) fn remembered(&self, refresh: Option<&Secret>) -> Remembered {
        let (Some(refresh), None) = (refresh, &self.key) else {
            return Remembered::default();
        };
        let Some(entry) = self.noted(&TokenMark::of(&self.name, refresh)) else {
            return Remembered::default();
        };
        match entry.state {
            JournalState::InFlight => Remembered {
                uncertain: true,
                verdict: None,
            },
            JournalState::Refused(text) => {
                let (reason, code) = text.split_once(' ').unwrap_or(("", &text));
                Remembered {
                    uncertain: false,
                    verdict: Some(Verdict {
                        token: Fingerprint::of(refresh),
                        reason: reason.parse().unwrap_or(LoginReason::Refused),
                        code: code.into(),
                        since: entry.since,
                    }),
                }
            }
        }
    }

    /// What is noted of this token by somebody who is not at it any more: whoever holds the lock is, and
    /// clears the note himself. If he is killed, the next attempt finds it.
    fn noted(&self, mark: &TokenMark) -> Option<JournalEntry> {
        let read = || {
            let entry = self.journal().read(&self.name);
            entry.filter(|entry| entry.mark == *mark)
        };
        match read()?.state {
            JournalState::InFlight => self.store.while_unlocked(&self.name, read)?,
            JournalState::Refused(_) => read(),
        }
    }

    /// Notes what is to be remembered of the token in the file, or that there is nothing.
    pub(super) async fn remember(self: Arc<Self>, verdict: Option<Verdict>) {
        if self.key.is_some() {
            return;
        }
        let lock = match self.store.lock(&self.name, self.patience).await {
            Ok(lock) => lock,
            Err(error) => return self.not_remembered(&error),
        };
        let kept = self.store.load(&self.name).await;
        let kept = kept.ok().and_then(|kept| Tokens::read(&kept.bytes).ok());
        let refresh = kept.and_then(|kept| kept.refresh);
        let door = Arc::clone(&self);
        let write = move || {
            // Until it is written nobody else begins.
            let _lock = lock;
            door.write_verdict(verdict, refresh)
        };
        if let Ok(Err(error)) = spawn_blocking(write).await {
            self.not_remembered(&error);
        }
    }

    fn write_verdict(
        &self,
        verdict: Option<Verdict>,
        refresh: Option<Secret>,
    ) -> Result<(), StoreError> {
        let journal = self.journal();
        let Some(verdict) = verdict else {
            let entry = journal.read(&self.name);
            if entry.is_some_and(|entry| matches!(entry.state, JournalState::Refused(_))) {
                journal.clear(&self.name);
            }
            return Ok(());
        };
        let meant = |refresh: &Secret| Fingerprint::of(refresh) == verdict.token;
        let Some(refresh) = refresh.filter(meant) else {
            return Ok(());
        };
        let text = format!("{} {}", verdict.reason.as_str(), verdict.code);
        let state = JournalState::Refused(text.into());
        journal.write(&self.name, &refresh, &state, verdict.since)
    }

    fn not_remembered(&self, error: &StoreError) {
        let credential = &*self.label;
        tracing::warn!(
            credential,
            %error,
            "a refusal is not written down, so the next start asks once more"
        );
    }
}

impl VaultDoor for Door {
    fn open(&self) -> BoxFuture<'_, Result<Box<dyn Vault>, VaultError>> {
        async move {
            let lock = self.store.lock(&self.name, self.patience).await;
            let lock = lock.map_err(unreadable)?;
            if lock.reach == Reach::ThisProcess && !self.warned.swap(true, Ordering::Relaxed) {
                let credential = &*self.label;
                tracing::warn!(
                    credential,
                    "no locks where the file is: let no other process refresh it"
                );
            }
            let vault = FileVault {
                store: self.store.clone(),
                name: self.name.clone(),
                journal: self.journal(),
                key: self.key.clone(),
                clock: self.clock,
                read: None,
                access: Access::Writable,
                _lock: lock,
            };
            Ok(Box::new(vault) as Box<dyn Vault>)
        }
        .boxed()
    }
}

/// Why nothing was read.
fn unreadable(error: StoreError) -> VaultError {
    match error {
        StoreError::Missing => VaultError::Gone,
        StoreError::Busy => VaultError::Busy,
        error => VaultError::Unreadable(error.to_string().into()),
    }
}

/// Why nothing was written.
fn unwritable(error: StoreError) -> VaultError {
    match error {
        StoreError::Missing => VaultError::Gone,
        StoreError::Busy => VaultError::Busy,
        error @ StoreError::Unreadable(_) => VaultError::Unreadable(error.to_string().into()),
        error => VaultError::Unwritable(error.to_string().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::Door;
    use cliproxy_auth_store::{FileName, FileStore, Journal, JournalState, LockCredentials as _};
    use cliproxy_core::Secret;
    use std::time::{Duration, SystemTime};

    #[tokio::test]
    async fn a_token_that_somebody_is_at_is_not_uncertain() {
        let home = tempfile::tempdir().unwrap();
        let name = FileName::parse("a.json").unwrap();
        let door = Door {
            store: FileStore::new(home.path()),
            name: name.clone(),
            clock: || SystemTime::UNIX_EPOCH,
            patience: Duration::ZERO,
            key: None,
            label: "a".into(),
            no_endpoint: None,
            warned: false.into(),
        };
        let token = Secret::from("canary");
        let is_uncertain = || door.remembered(Some(&token)).uncertain;
        assert!(!is_uncertain());
        // As another process does: a lock of its own, and then its note.
        let other = FileStore::new(home.path());
        let held = other.lock(&name, Duration::ZERO).await.unwrap();
        let journal = Journal::of(&other);
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_778_234_400);
        let note = |state| journal.write(&name, &token, &state, now).unwrap();
        note(JournalState::InFlight);
        assert!(!is_uncertain(), "its writer is at it");
        drop(held);
        assert!(is_uncertain(), "its writer is gone");
        let held = other.lock(&name, Duration::ZERO).await.unwrap();
        note(JournalState::Refused("refused invalid_grant".into()));
        assert!(door.remembered(Some(&token)).verdict.is_some());
        drop(held);
    }
}
