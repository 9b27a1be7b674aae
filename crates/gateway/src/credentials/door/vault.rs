//! The tokens of one file, held for one refresh.

use super::{unreadable, unwritable};
use cliproxy_auth_store::{
    Access, FileName, FileStore, Journal, JournalState, NewTokens, ReadCredentials as _,
    RefreshLock, StoreError, TokenMark, Tokens as Kept, Trouble, rewrite,
};
use cliproxy_core::Secret;
use cliproxy_executors::WallClock;
use cliproxy_token_refresh::{Committed, Fingerprint, Grant, Tokens, Vault, VaultError};
use futures_util::future::{BoxFuture, FutureExt as _};
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::task::spawn_blocking;

pub(super) struct FileVault {
    pub(super) store: FileStore,
    pub(super) name: FileName,
    pub(super) journal: Journal,
    pub(super) key: Option<Secret>,
    pub(super) clock: WallClock,
    /// The refresh token that the file had when it was read.
    pub(super) read: Option<Secret>,
    /// Whether what was read may be written.
    pub(super) access: Access,
    /// Nobody else refreshes it meanwhile.
    pub(super) _lock: RefreshLock,
}

/// What a file says, as the engine has it. A service account's key stands for the refresh token that
/// it does not need.
pub(in crate::credentials) fn tokens(kept: Kept, key: Option<&Secret>) -> Tokens {
    Tokens {
        access: kept.access.unwrap_or_else(|| Secret::from("")),
        refresh: key.cloned().or(kept.refresh),
        id: kept.id,
        expires_at: kept.expires_at,
        refreshed_at: kept.granted_at,
    }
}

impl FileVault {
    /// Does what blocks on a thread that may, with the journal.
    async fn with_journal<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Journal, &FileName) -> T + Send + 'static,
    ) -> Option<T> {
        let (journal, name) = (self.journal.clone(), self.name.clone());
        spawn_blocking(move || work(&journal, &name)).await.ok()
    }
}

impl Vault for FileVault {
    fn tokens(&mut self) -> BoxFuture<'_, Result<Tokens, VaultError>> {
        async move {
            let stored = self.store.load(&self.name).await.map_err(unreadable)?;
            let kept = Kept::read(&stored.bytes)
                .map_err(|invalid| VaultError::Unreadable(format!("not JSON: {invalid}").into()))?;
            self.read.clone_from(&kept.refresh);
            self.access = stored.access;
            Ok(tokens(kept, self.key.as_ref()))
        }
        .boxed()
    }

    fn begin(&mut self, token: Fingerprint) -> BoxFuture<'_, Result<bool, VaultError>> {
        async move {
            // A key is not used up, and a token that is not in the file says nothing to who reads it.
            let meant = |read: &Secret| Fingerprint::of(read) == token;
            let read = self.read.clone().filter(meant);
            let (Some(read), None) = (read, &self.key) else {
                return Ok(false);
            };
            let now = (self.clock)();
            let write = move |journal: &Journal, name: &FileName| {
                // Who has written it does not hold the lock any more.
                let is_left_over = journal.read(name).is_some_and(|entry| {
                    entry.state == JournalState::InFlight
                        && entry.mark == TokenMark::of(name, &read)
                });
                let written = journal.write(name, &read, &JournalState::InFlight, now);
                written.map(|()| is_left_over)
            };
            match self.with_journal(write).await {
                Some(written) => written.map_err(unwritable),
                None => Err(VaultError::Unwritable("the program is stopping".into())),
            }
        }
        .boxed()
    }

    fn may_commit(&self) -> Result<(), VaultError> {
        match (self.access, &self.key) {
            (Access::ReadOnly, None) => Err(unwritable(StoreError::Unwritable(Trouble::ReadOnly))),
            _ => Ok(()),
        }
    }

    fn commit<'a>(&'a mut self, grant: &'a Grant) -> BoxFuture<'a, Result<Committed, VaultError>> {
        async move {
            let is_key = self.key.is_some();
            let new = NewTokens {
                access: &grant.access,
                refresh: grant.refresh.as_ref().filter(|_| !is_key),
                id: grant.id.as_ref(),
                expires_at: grant.expires_at,
                granted_at: grant.received_at,
            };
            let superseded = AtomicBool::new(false);
            let patch = |file: &[u8]| {
                let there = Kept::read(file)?.refresh;
                let is_ours = there == self.read || there.as_ref() == new.refresh;
                superseded.store(!is_ours, Ordering::Relaxed);
                if is_ours {
                    new.write_into(file)
                } else {
                    // What says the same is not written.
                    Ok(file.to_vec())
                }
            };
            rewrite(&self.store, &self.name, patch)
                .await
                .map_err(unwritable)?;
            Ok(match superseded.into_inner() {
                true => Committed::Superseded,
                false => Committed::Written,
            })
        }
        .boxed()
    }

    fn settle(&mut self, _token: Fingerprint) -> BoxFuture<'_, ()> {
        async move {
            let read = self.read.clone();
            let settle = move |journal: &Journal, name: &FileName| {
                let Some(entry) = journal.read(name) else {
                    return;
                };
                // Whatever this process has begun is known to have ended, and so is what it read.
                let is_ours = entry.process == std::process::id()
                    || read.is_some_and(|read| TokenMark::of(name, &read) == entry.mark);
                if is_ours && entry.state == JournalState::InFlight {
                    journal.clear(name);
                }
            };
            self.with_journal(settle).await;
        }
        .boxed()
    }
}
