//! Credentials without traffic: read once, and refreshed only if somebody asks.

use super::Credentials;
use crate::gateway::Gateway;
use cliproxy_auth_store::{Change, Changes, CredentialFile, FileStore, Look, Scanner};
use cliproxy_core::CredentialId;
use cliproxy_token_refresh::{Outcome, Reason};
use futures_util::future::join_all;
use std::{sync::Arc, time::Duration};
use tokio::task::spawn_blocking;

/// How long one check may take: the turn of another process, and then the questions of an attempt.
const PATIENCE: Duration = Duration::from_secs(90);

/// What a check has done to the tokens of one credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Checked {
    /// They are other ones now.
    Renewed,
    /// They are those that were there: not due, or not to be had.
    Kept,
    /// Nobody knows yet: the attempt still runs.
    Unfinished,
    /// There are none to look after.
    NoTokens,
}

impl Gateway {
    /// Reads the credential files of `auth-dir` once. Nothing is followed afterwards, and no token is
    /// refreshed unless [`check`](Self::check) asks for it. Once for a gateway, which cannot
    /// [`open_credentials`](Self::open_credentials) then.
    pub async fn read_credentials(self: &Arc<Self>) {
        let config = self.config();
        let made = Credentials::new(Arc::downgrade(self), &config, self.clock(), self.tasks());
        let Some(directory) = config.auth_dir.clone() else {
            return;
        };
        if self.credentials.set(made).is_err() {
            return;
        }
        let gateway = Arc::clone(self);
        let read = move || {
            let store = FileStore::new(directory);
            let now = (gateway.clock())();
            let changes = Scanner::new(store.clone()).look(&Look::All, now);
            gateway.take_over(changes, Some(&store));
        };
        // Only a program that is stopping does not do it.
        drop(spawn_blocking(read).await);
    }

    /// Takes a file into service that is not written yet, after
    /// [`read_credentials`](Self::read_credentials): the [`inventory`](Self::inventory) then says what would
    /// become of it. Nothing is asked of anybody. Blocks.
    pub fn suppose(&self, file: CredentialFile) {
        let added = file.records.into_iter().map(Change::Added);
        let changes = Changes {
            credentials: added.collect(),
            problems: Vec::new(),
        };
        self.take_over(changes, None);
    }

    /// Refreshes the tokens of these credentials, as far as they are due. Nothing else is asked of
    /// anybody. What each is like afterwards is in [`inventory`](Self::inventory).
    pub async fn check(&self, ids: &[CredentialId]) -> Vec<Checked> {
        join_all(ids.iter().map(|id| self.check_one(id))).await
    }

    async fn check_one(&self, id: &CredentialId) -> Checked {
        let Some(credentials) = self.credentials.get() else {
            return Checked::NoTokens;
        };
        let Some(live) = credentials.engine.live(id) else {
            return Checked::NoTokens;
        };
        let before = live.load().revision;
        let asked = credentials
            .engine
            .ensure_fresh(id, before, Reason::Checked, PATIENCE);
        match asked.await {
            Outcome::TimedOut | Outcome::Stopped => Checked::Unfinished,
            _ if live.load().revision != before => Checked::Renewed,
            _ => Checked::Kept,
        }
    }
}
