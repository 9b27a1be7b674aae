//! What is said about credentials that come from logins.

use crate::ErrorRule;
use cliproxy_core::Secret;
use std::{collections::BTreeMap, fmt, time::Duration};
use url::Url;

/// What the file says about the OAuth credentials of one provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OauthSettings {
    /// The operator's own OAuth client.
    pub client: OauthClient,
    /// Other names for its models; no two have the same alias, without regard to ASCII case.
    pub model_aliases: Vec<ModelAlias>,
    /// Lowercase globs of models that are not served.
    pub excluded_models: Vec<String>,
    /// What becomes of certain errors; the first rule that fits decides.
    pub error_rules: Vec<ErrorRule>,
}

/// Another name for a model of a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelAlias {
    /// The provider's name; may have a thinking suffix.
    pub name: String,
    /// The clients' name, which differs in more than ASCII case.
    pub alias: String,
    /// Whether the provider's name is shown as well.
    pub fork: bool,
    /// Shown in listings.
    pub display_name: Option<String>,
}

/// An OAuth client that the operator has registered with a provider. There are no defaults: the
/// gateway has no client of its own.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct OauthClient {
    /// Its public name.
    pub client_id: Option<String>,
    /// Its password, if it has one.
    pub client_secret: Option<Secret>,
    /// Where users sign in; `https`, or `http` in private networks, like the next two.
    pub authorize_url: Option<Url>,
    /// Where tokens are asked for; `None` means the provider's own address.
    pub token_url: Option<Url>,
    /// Where a device asks for a code that its user types elsewhere.
    pub device_url: Option<Url>,
    /// Port of this machine that the browser comes back to.
    pub redirect_port: Option<u16>,
    /// What is asked for; no white space in them.
    pub scopes: Vec<String>,
}

impl fmt::Debug for OauthClient {
    /// Of addresses only the host: the rest may hold a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Every field is named, so that a new one cannot be forgotten here.
        let Self {
            client_id,
            client_secret,
            authorize_url,
            token_url,
            device_url,
            redirect_port,
            scopes,
        } = self;
        let host = |url: &Option<Url>| url.as_ref()?.host_str().map(str::to_owned);
        f.debug_struct("OauthClient")
            .field("client_id", &client_id.as_ref().map(|_| "***"))
            .field("client_secret", client_secret)
            .field("authorize_url", &host(authorize_url))
            .field("token_url", &host(token_url))
            .field("device_url", &host(device_url))
            .field("redirect_port", redirect_port)
            .field("scopes", scopes)
            .finish()
    }
}

/// When tokens are refreshed, and how many at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthRefresh {
    /// By the id of a provider: how long before its end a token is refreshed.
    pub leads: BTreeMap<String, Duration>,
    /// How long to wait while another process refreshes the same credential; 35 s at most.
    pub lock_timeout: Duration,
    /// Whether credentials that are switched off are refreshed as well.
    pub disabled_too: bool,
    /// Most refreshes at a time, from 1 to 256.
    pub workers: usize,
}

impl Default for AuthRefresh {
    fn default() -> Self {
        const MINUTE: Duration = Duration::from_secs(60);
        let leads = [
            // Its tokens live for days.
            ("codex", MINUTE * 5 * 24 * 60),
            ("gemini-cli", MINUTE * 5),
            ("kimi", MINUTE * 5),
            // A fifth of the hour that Google gives.
            ("vertex", MINUTE * 12),
            ("xai", MINUTE * 5),
        ];
        Self {
            leads: leads
                .map(|(provider, lead)| (provider.to_owned(), lead))
                .into(),
            lock_timeout: Duration::from_secs(35),
            disabled_too: true,
            workers: 16,
        }
    }
}
