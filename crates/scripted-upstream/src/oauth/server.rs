//! The state of a running authorization server, and what tests do with it.

use crate::{
    clock::Moment,
    keyring::Key,
    oauth::{
        Account, Call, TokenBehaviour,
        books::{Books, Family},
        call::CallLog,
        code::Codes,
        conduct::Conduct,
        device::{Consent, Devices},
        jwt,
        mint::{Coin, Mint},
    },
};
use cliproxy_core::Secret;
use parking_lot::Mutex;
use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

/// The authorization server of a running [`Upstream`](crate::Upstream).
#[derive(Debug)]
pub struct AuthorizationServer {
    pub(crate) holders: Vec<Holder>,
    pub(crate) state: Mutex<State>,
    pub(crate) log: CallLog,
}

/// An account, and what it has been through.
#[derive(Debug)]
pub(crate) struct Holder {
    pub(crate) account: Account,
    /// What its access tokens are as keys.
    pub(crate) key: Arc<Key>,
    pub(crate) conduct: Mutex<Conduct>,
}

/// Everything that was handed out.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) books: Books,
    pub(crate) codes: Codes,
    pub(crate) devices: Devices,
    pub(crate) mint: Mint,
}

/// Tokens that were made.
pub(crate) struct Granted {
    pub(crate) access: String,
    pub(crate) refresh: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) life: Duration,
    /// By the clock of the server.
    pub(crate) expires_at: SystemTime,
}

/// What somebody holds who has just signed in: the content of a credential file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignedIn {
    /// Good for one lifetime of its account.
    pub access_token: Secret,
    /// `None` for a service account.
    pub refresh_token: Option<Secret>,
    /// `None` if the account has none.
    pub id_token: Option<Secret>,
    /// When the access token expires.
    pub expires_at: SystemTime,
}

/// What a bearer token is to the upstream.
#[derive(Debug)]
pub(crate) struct Presented {
    pub(crate) key: Arc<Key>,
    /// Neither expired nor revoked.
    pub(crate) is_good: bool,
    /// What the provider calls the account.
    pub(crate) account_id: Option<String>,
}

impl AuthorizationServer {
    pub(crate) fn new(accounts: Vec<Account>, now: Moment) -> Self {
        let mut state = State::default();
        let seeded = accounts.iter().enumerate();
        for (index, account) in seeded {
            let family = state.books.open_family();
            if let Some(token) = &account.refresh_token {
                let token = token.expose().to_owned();
                state.books.add_refresh(token, index, family);
            }
            if let Some(token) = &account.access_token {
                let (token, expires) = (token.expose().to_owned(), now.at + account.lifetime);
                state.books.add_access(token, index, family, expires);
            }
        }
        let holders = accounts.into_iter().map(Holder::new).collect();
        Self {
            holders,
            state: Mutex::new(state),
            log: CallLog::default(),
        }
    }

    /// The last 4096 calls, in the order in which they were decided. A call is there as soon as
    /// [`Stats::calls`](crate::Stats::calls) counts it.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.log.calls()
    }

    /// Signs in as this account, as though somebody had gone through a flow. `None` if the script
    /// has no such account.
    #[must_use]
    pub fn sign_in(&self, label: &str) -> Option<SignedIn> {
        let index = self.index(label)?;
        let mut state = self.state.lock();
        let family = state.books.open_family();
        let refresh = self.holders.get(index)?.account.service.is_none();
        let granted = self.issue(&mut state, index, family, refresh, Moment::now())?;
        Some(SignedIn {
            access_token: Secret::from(granted.access),
            refresh_token: granted.refresh.map(Secret::from),
            id_token: granted.id.map(Secret::from),
            expires_at: granted.expires_at,
        })
    }

    /// Ends the life of this account's access tokens now. Returns whether the script has it.
    pub fn expire(&self, label: &str) -> bool {
        let index = self.index(label);
        if let Some(index) = index {
            self.state.lock().books.expire(index, Moment::now().at);
        }
        index.is_some()
    }

    /// Revokes every token of this account, as when somebody signs out everywhere. Returns whether
    /// the script has it.
    pub fn revoke(&self, label: &str) -> bool {
        let index = self.index(label);
        if let Some(index) = index {
            self.state
                .lock()
                .books
                .revoke(|account, _| account == index);
        }
        index.is_some()
    }

    /// Approves a device code by what its owner would type in. Returns whether it was waited for.
    pub fn approve(&self, user_code: &str) -> bool {
        let devices = &mut self.state.lock().devices;
        devices.answer(user_code, Consent::Given, None)
    }

    /// Gives this account new behaviours at the token endpoint, one per call; the last one stays.
    /// Returns whether the script has it.
    pub fn rewrite(
        &self,
        label: &str,
        behaviours: impl IntoIterator<Item = TokenBehaviour>,
    ) -> bool {
        let holder = self.index(label).and_then(|index| self.holders.get(index));
        if let Some(holder) = holder {
            *holder.conduct.lock() = Conduct::new(behaviours.into_iter().collect());
        }
        holder.is_some()
    }

    /// What a bearer token is, if it was made here.
    pub(crate) fn presented(&self, token: &str, now: Instant) -> Option<Presented> {
        let (index, is_good) = self.state.lock().books.access(token, now)?;
        let Holder { account, key, .. } = self.holders.get(index)?;
        Some(Presented {
            key: Arc::clone(key),
            is_good,
            account_id: Some(account.account_id.clone()),
        })
    }

    /// What the access tokens of an account are as keys.
    pub(crate) fn key(&self, label: &str) -> Option<&Arc<Key>> {
        let holder = self.holders.get(self.index(label)?)?;
        Some(&holder.key)
    }

    pub(crate) fn index(&self, label: &str) -> Option<usize> {
        let mut labels = self.holders.iter().map(|holder| &holder.account.label);
        labels.position(|known| known == label)
    }

    /// Makes tokens. `None` if there is no such account.
    pub(crate) fn issue(
        &self,
        state: &mut State,
        index: usize,
        family: Family,
        refresh: bool,
        now: Moment,
    ) -> Option<Granted> {
        let Holder { account, key, .. } = self.holders.get(index)?;
        let claims = jwt::claims(account, now.wall);
        let mut access = state.mint.make(Coin::Access, key);
        if account.jwts {
            access = jwt::encode(&claims, &access);
        }
        let id = account
            .id_tokens
            .then(|| jwt::encode(&claims, &state.mint.make(Coin::Id, key)));
        let refresh = refresh.then(|| state.mint.make(Coin::Refresh, key));
        if let Some(token) = &refresh {
            state.books.add_refresh(token.clone(), index, family);
        }
        let expires = now.at + account.lifetime;
        state
            .books
            .add_access(access.clone(), index, family, expires);
        Some(Granted {
            access,
            refresh,
            id,
            life: account.lifetime,
            expires_at: now.wall + account.lifetime,
        })
    }
}

impl Holder {
    fn new(account: Account) -> Self {
        Self {
            key: Key::new(&account.label, account.behaviours.clone()),
            conduct: Mutex::new(Conduct::new(account.token_behaviours.clone().into())),
            account,
        }
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}
