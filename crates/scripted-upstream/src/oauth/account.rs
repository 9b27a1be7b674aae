//! Somebody who can sign in.

use crate::{
    Behaviour,
    oauth::{Dialect, ServiceKey, TokenBehaviour},
};
use cliproxy_core::Secret;
use std::time::Duration;

/// An account of the authorization server, and what its tokens are good for.
#[derive(Clone, Debug)]
#[must_use]
pub struct Account {
    pub(crate) label: String,
    pub(crate) dialect: Dialect,
    pub(crate) client: Client,
    pub(crate) email: String,
    pub(crate) account_id: String,
    pub(crate) lifetime: Duration,
    pub(crate) rotates: bool,
    pub(crate) reuse: Reuse,
    pub(crate) jwts: bool,
    pub(crate) id_tokens: bool,
    pub(crate) scope: String,
    pub(crate) interval: u64,
    pub(crate) service: Option<ServiceKey>,
    pub(crate) access_token: Option<Secret>,
    pub(crate) refresh_token: Option<Secret>,
    pub(crate) behaviours: Vec<Behaviour>,
    pub(crate) token_behaviours: Vec<TokenBehaviour>,
}

/// The program that acts for an account.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) id: String,
    /// `None` for a public client, which is not asked for one.
    pub(crate) secret: Option<Secret>,
}

/// What a refresh token costs that is used a second time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reuse {
    /// Every token of the same sign-in: somebody has stolen one.
    #[default]
    RevokesFamily,
    /// Nothing: the call is refused, and what the first use has brought stays good.
    IsRefused,
}

impl Account {
    /// An account that behaves as the provider's do. `label` names it in replies, records and
    /// statistics. Its client is `scripted-client` without a secret; its access tokens live an hour.
    pub fn new(label: &str, dialect: Dialect) -> Self {
        Self {
            label: label.to_owned(),
            dialect,
            client: Client {
                id: "scripted-client".to_owned(),
                secret: None,
            },
            email: "somebody@scripted.example".to_owned(),
            account_id: format!("scripted {label}"),
            lifetime: Duration::from_hours(1),
            rotates: dialect.rotates(),
            reuse: Reuse::default(),
            jwts: dialect.has_jwts(),
            id_tokens: dialect.has_id_tokens(),
            scope: dialect.scope().to_owned(),
            interval: 5,
            service: None,
            access_token: None,
            refresh_token: None,
            behaviours: Vec::new(),
            token_behaviours: Vec::new(),
        }
    }

    /// A service account of [`Dialect::Google`]: it signs in with assertions that `key` has signed,
    /// and has no client and no refresh token.
    pub fn service(label: &str, email: &str, key: &ServiceKey) -> Self {
        Self {
            service: Some(key.clone()),
            email: email.to_owned(),
            id_tokens: false,
            scope: "https://www.googleapis.com/auth/cloud-platform".to_owned(),
            ..Self::new(label, Dialect::Google)
        }
    }

    /// The client that acts for it.
    pub fn client(mut self, id: &str) -> Self {
        self.client.id = id.to_owned();
        self
    }

    /// The secret without which the client is refused.
    pub fn client_secret(mut self, secret: &str) -> Self {
        self.client.secret = Some(Secret::from(secret));
        self
    }

    /// The address in its id tokens.
    pub fn email(mut self, email: &str) -> Self {
        self.email = email.to_owned();
        self
    }

    /// What the provider calls it: the `chatgpt_account_id` in tokens of [`Dialect::Codex`].
    pub fn account_id(mut self, id: &str) -> Self {
        self.account_id = id.to_owned();
        self
    }

    /// How long an access token is good for. What is less than a second is refused by the upstream
    /// when it is over, and `expires_in` says 0.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Whether a refresh token can be used only once. The dialect decides unless this does.
    pub fn rotates(mut self, rotates: bool) -> Self {
        self.rotates = rotates;
        self
    }

    /// What a second use costs.
    pub fn reuse(mut self, reuse: Reuse) -> Self {
        self.reuse = reuse;
        self
    }

    /// Whether access tokens are JWTs. The dialect decides unless this does.
    pub fn jwts(mut self, jwts: bool) -> Self {
        self.jwts = jwts;
        self
    }

    /// Whether an answer holds an id token. The dialect decides unless this does.
    pub fn id_tokens(mut self, id_tokens: bool) -> Self {
        self.id_tokens = id_tokens;
        self
    }

    /// What it may be asked for, separated by spaces. The dialect decides unless this does.
    pub fn scope(mut self, scope: &str) -> Self {
        self.scope = scope.to_owned();
        self
    }

    /// The seconds that a device is told to wait between two polls. They are not enforced: a poll
    /// that comes too early is answered with a scripted
    /// [`SlowDown`](crate::oauth::TokenFailure::SlowDown) or not at all.
    pub fn interval(mut self, seconds: u64) -> Self {
        self.interval = seconds;
        self
    }

    /// Has signed in before the server starts, and holds this refresh token.
    pub fn refresh_token(mut self, token: &str) -> Self {
        self.refresh_token = Some(Secret::from(token));
        self
    }

    /// Has signed in before the server starts, and holds this access token, which is good for one
    /// [lifetime](Self::lifetime) from then on.
    pub fn access_token(mut self, token: &str) -> Self {
        self.access_token = Some(Secret::from(token));
        self
    }

    /// What happens to the requests that come with one of its access tokens: one behaviour per
    /// request; the last one stays. Without any, they are answered.
    pub fn behaves(mut self, behaviours: impl IntoIterator<Item = Behaviour>) -> Self {
        self.behaviours = behaviours.into_iter().collect();
        self
    }

    /// What happens to its calls of the token endpoint: one behaviour per call; the last one stays.
    /// Without any, they are answered.
    pub fn tokens(mut self, behaviours: impl IntoIterator<Item = TokenBehaviour>) -> Self {
        self.token_behaviours = behaviours.into_iter().collect();
        self
    }
}
