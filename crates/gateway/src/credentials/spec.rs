//! How the tokens of an account are refreshed: when, by whom, with which client.

use super::{
    door::{Door, Doors, vault::tokens},
    proxy::{account_client, account_proxy},
};
use cliproxy_auth_store::{CredentialRecord, FileName, FileStore, Standing};
use cliproxy_config::{Config, OauthSettings};
use cliproxy_core::{CredentialId, ProviderId};
use cliproxy_executors::{OauthClient, ServiceKey, TokenSetup, TokenSource, WallClock, providers};
use cliproxy_proxyutil::{ClientPool, HttpClient, ProxySetting};
use cliproxy_token_refresh::{Grant, Policy, RefreshError, Spec, TokenEndpoint, Tokens};
use futures_util::future::{BoxFuture, FutureExt as _};
use rustc_hash::{FxHashMap, FxHasher};
use std::{
    cell::RefCell,
    collections::BTreeMap,
    hash::{Hash as _, Hasher as _},
    sync::Arc,
    time::Duration,
};

/// The lead of a provider that the configuration says nothing about.
const LEAD: Duration = Duration::from_secs(5 * 60);

/// A client, and what tells it from others; or why there is none.
type Reached = Result<(HttpClient, u64), String>;

/// Who hands out new tokens, or what is missing for that.
type Made = Result<Arc<dyn TokenEndpoint>, Box<str>>;

/// Whose tokens cannot be refreshed, by type and reason: the first, and how many others.
type Stuck = BTreeMap<(ProviderId, Box<str>), (FileName, usize)>;

/// What specs are made with.
pub(super) struct Specs<'a> {
    config: &'a Config,
    store: &'a FileStore,
    clients: &'a ClientPool,
    doors: &'a Doors,
    clock: WallClock,
    /// Clients by proxy, each with what tells it from others: all else is the configuration's.
    reached: RefCell<FxHashMap<ProxySetting, Reached>>,
    stuck: RefCell<Stuck>,
}

impl<'a> Specs<'a> {
    pub(super) fn new(
        config: &'a Config,
        store: &'a FileStore,
        clients: &'a ClientPool,
        doors: &'a Doors,
        clock: WallClock,
    ) -> Self {
        Self {
            config,
            store,
            clients,
            doors,
            clock,
            reached: RefCell::default(),
            stuck: RefCell::default(),
        }
    }

    /// Says whose tokens cannot be refreshed: once for each reason, since one missing setting may be that
    /// of ten thousand files.
    pub(super) fn warn(self) {
        for ((provider, why), (file, others)) in self.stuck.into_inner() {
            let (provider, file) = (provider.as_str(), file.as_str());
            match others {
                0 => tracing::warn!(file, %why, "its tokens cannot be refreshed"),
                _ => {
                    tracing::warn!(provider, file, others, %why, "their tokens cannot be refreshed")
                }
            }
        }
    }

    /// The client for the account's proxy, and what tells it from others.
    fn client(&self, record: &CredentialRecord) -> Reached {
        let proxy = account_proxy(self.config, record).map_err(|error| error.to_string())?;
        let mut reached = self.reached.borrow_mut();
        let made = reached.entry(proxy).or_insert_with(|| {
            let made = account_client(self.config, record).and_then(|spec| {
                let mut setup = FxHasher::default();
                spec.hash(&mut setup);
                Ok((self.clients.client(&spec)?, setup.finish()))
            });
            made.map_err(|error| error.to_string())
        });
        made.clone()
    }

    /// What the engine is told of this account; `None` if it has no tokens. Blocks, for what an earlier
    /// process has noted.
    pub(super) fn of(&self, record: &CredentialRecord) -> Option<(CredentialId, Spec)> {
        let key = record.service_account.as_deref();
        if matches!(record.standing, Standing::Inert(_)) || !record.signs_in() {
            return None;
        }
        let key = key.map(|key| key.private_key.clone());
        let tokens = tokens((*record.tokens).clone(), key.as_ref());
        let (store, name) = match &record.link {
            None => (self.store.clone(), record.file.clone()),
            Some(link) => self.store.of_link(link)?,
        };
        let is_refreshed = tokens.refresh.is_some();
        let (endpoint, setup) = self.endpoint(record);
        let no_endpoint = endpoint.as_ref().err().filter(|_| is_refreshed);
        if let Some(why) = no_endpoint {
            let reason = (record.provider.clone(), why.clone());
            let mut stuck = self.stuck.borrow_mut();
            let known = stuck.entry(reason);
            known
                .and_modify(|(_, others)| *others += 1)
                .or_insert_with(|| (record.file.clone(), 0));
        }
        let door = Arc::new(Door {
            store,
            name,
            clock: self.clock,
            patience: self.config.auth_refresh.lock_timeout,
            key,
            label: (*record.label).into(),
            no_endpoint: no_endpoint.cloned(),
            warned: false.into(),
        });
        let remembered = door.remembered(tokens.refresh.as_ref());
        self.doors.put(record.id.clone(), Arc::clone(&door));
        let leads = &self.config.auth_refresh.leads;
        let policy = Policy {
            refreshed: is_refreshed,
            disabled: record.standing == Standing::Disabled,
            lead: Some(leads.get(record.provider.as_str()).copied().unwrap_or(LEAD)),
            interval: record.settings.refresh_interval,
        };
        let endpoint = endpoint.unwrap_or_else(|why| Arc::new(Nobody(why)));
        let spec = Spec {
            policy,
            tokens,
            vault: door,
            endpoint,
            setup,
            remembered,
        };
        Some((record.id.clone(), spec))
    }

    /// Who hands out new ones or why nobody does, and what names all that it is made of.
    fn endpoint(&self, record: &CredentialRecord) -> (Made, u64) {
        let client = client(self.config.oauth.get(record.provider.as_str()));
        let source = source(record);
        let mut setup = FxHasher::default();
        record.provider.as_str().hash(&mut setup);
        hash_client(&client, &mut setup);
        hash_source(&source, &mut setup);
        let made = self.client(record).and_then(|(http, which)| {
            which.hash(&mut setup);
            let setup = TokenSetup {
                client: &client,
                source,
                http,
                clock: self.clock,
            };
            providers::token_endpoint(record.provider.as_str(), &setup)
                .map_err(|error| error.to_string())
        });
        let made = made.map_err(String::into_boxed_str);
        if let Err(why) = &made {
            why.hash(&mut setup);
        }
        (made, setup.finish())
    }
}

/// Whether its tokens would be asked for without a secret that the provider wants.
pub(crate) fn lacks_secret(config: &Config, record: &CredentialRecord) -> bool {
    let provider = record.provider.as_str();
    let client = client(config.oauth.get(provider));
    record.tokens.refresh.is_some() && providers::lacks_secret(provider, &client, &source(record))
}

/// What the file says of how its tokens are refreshed.
fn source(record: &CredentialRecord) -> TokenSource<'_> {
    let account = &record.account;
    let client = account.client.as_ref();
    TokenSource {
        client_id: client.map(|client| &*client.id),
        client_secret: client.and_then(|client| client.secret.as_ref()),
        token_uri: client.and_then(|client| client.token_uri.as_deref()),
        device_id: account.device_id.as_deref(),
        service_key: record.service_account.as_deref().map(|key| ServiceKey {
            client_email: &key.client_email,
            private_key: &key.private_key,
            private_key_id: key.private_key_id.as_deref(),
            token_uri: key.token_uri.as_deref(),
        }),
        label: Some(&record.label),
    }
}

fn client(settings: Option<&OauthSettings>) -> OauthClient {
    let Some(client) = settings.map(|settings| &settings.client) else {
        return OauthClient::default();
    };
    OauthClient {
        client_id: client.client_id.as_deref().map(Into::into),
        client_secret: client.client_secret.clone(),
        token_url: client.token_url.clone(),
        scopes: client.scopes.iter().map(|scope| (**scope).into()).collect(),
        json: false,
    }
}

fn hash_client(client: &OauthClient, setup: &mut FxHasher) {
    let secret = client.client_secret.as_ref().map(|secret| secret.expose());
    (&client.client_id, secret, &client.token_url, &client.scopes).hash(setup);
}

fn hash_source(source: &TokenSource<'_>, setup: &mut FxHasher) {
    let secret = source.client_secret.map(|secret| secret.expose());
    (source.client_id, secret, source.token_uri).hash(setup);
    source.device_id.hash(setup);
    if let Some(key) = &source.service_key {
        (key.client_email, key.private_key.expose()).hash(setup);
        (key.private_key_id, key.token_uri).hash(setup);
    }
}

/// Stands where nobody can be asked: what is missing must be configured.
struct Nobody(Box<str>);

impl TokenEndpoint for Nobody {
    fn refresh<'a>(&'a self, _tokens: &'a Tokens) -> BoxFuture<'a, Result<Grant, RefreshError>> {
        let code = self.0.clone();
        async move { Err(RefreshError::Misconfigured { code }) }.boxed()
    }
}
