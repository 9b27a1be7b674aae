//! The resolved configuration.

use crate::{
    AuthRefresh, CaBundle, Compat, Entry, Fallback, Limits, Listen, Log, OauthSettings, Retry,
    Routing, Streaming, Tls, Translation,
};
use cliproxy_core::{Deadlines, Secret};
use cliproxy_proxyutil::ProxySetting;
use ipnet::IpNet;
use std::{collections::BTreeMap, fmt, path::PathBuf, time::Duration};

/// Everything the gateway was told, checked and typed.
///
/// [`Config::default`] is what an empty file means. Printing it shows no secret.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen.
    pub listen: Listen,
    /// The certificate that TCP connections are served with; `None` means plain HTTP.
    pub tls: Option<Tls>,
    /// The proxies whose word on a client's address counts. No host bits are set in them, and IPv4
    /// is not written as IPv6.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether [`crate::start_check`] may only warn.
    pub allow_insecure: bool,
    /// Whether everybody is served: the file configures no client key at all. A file whose keys
    /// are all disabled or empty lets nobody in.
    pub open: bool,
    /// The keys that let clients in, in the order of the file.
    pub client_keys: Vec<ClientKey>,
    /// Whether a client key may travel in the query.
    pub accept_query_keys: bool,
    /// The names a request may be addressed to; `None` means those of this machine.
    pub allowed_hosts: Option<Vec<String>>,
    /// The `Origin`s of web pages that may send requests; lowercase, no trailing slash.
    pub allowed_origins: Vec<String>,
    /// Whether a client's own Claude bearer goes through.
    pub claude_passthrough: bool,
    /// Whether all response headers of upstreams reach clients.
    pub passthrough_headers: bool,
    /// Whether responses carry `x-cliproxy-*` headers.
    pub response_headers: bool,
    /// Whether the rate-limit headers of the serving account reach clients.
    pub expose_account_limits: bool,
    /// The proxy of everything that does not name its own.
    pub proxy: ProxySetting,
    /// Whether unprefixed model names are served by entries without a prefix only.
    pub force_model_prefix: bool,
    /// When to try again, and when to let a credential rest.
    pub retry: Retry,
    /// Which credential serves.
    pub routing: Routing,
    /// What stands in for a model that cannot be had, by alias. A fallback of a fallback is never
    /// looked for, so they may lead to each other.
    pub fallbacks: Vec<Fallback>,
    /// Where the credential files are; may not exist yet. `None` if none is configured and the
    /// environment names no home.
    pub auth_dir: Option<PathBuf>,
    /// When the tokens of credential files are refreshed.
    pub auth_refresh: AuthRefresh,
    /// What is said about the OAuth credentials of a provider, by its id.
    pub oauth: BTreeMap<String, OauthSettings>,
    /// How requests are translated.
    pub translation: Translation,
    /// Habits of other gateways.
    pub compat: Compat,
    /// How streams are kept alive and restarted.
    pub streaming: Streaming,
    /// What one client may cost.
    pub limits: Limits,
    /// Certificates that upstreams may have beside those the system trusts; each entry has its own
    /// copy.
    pub ca: Option<CaBundle>,
    /// How long upstreams may take; each entry has its own copy.
    pub upstream: Deadlines,
    /// What the log looks like.
    pub log: Log,
    /// Where to keep what outlives the process; may not exist yet. `None` if none is configured and
    /// the environment names no home.
    pub state_dir: Option<PathBuf>,
    /// How often to look whether the file has changed; `None` means to wait for file events.
    pub poll_interval: Option<Duration>,
    /// How long running requests may take to end after a stop signal.
    pub shutdown_timeout: Duration,
    /// The configured credentials: the sections in the order of [`crate::Section::ALL`], entries
    /// in that of the file. Disabled ones are among them.
    pub entries: Vec<Entry>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: Listen::default(),
            tls: None,
            trusted_proxies: Vec::new(),
            allow_insecure: false,
            open: true,
            client_keys: Vec::new(),
            accept_query_keys: true,
            allowed_hosts: None,
            allowed_origins: Vec::new(),
            claude_passthrough: false,
            passthrough_headers: false,
            response_headers: true,
            expose_account_limits: true,
            proxy: ProxySetting::Inherit,
            force_model_prefix: false,
            retry: Retry::default(),
            routing: Routing::default(),
            fallbacks: Vec::new(),
            auth_dir: None,
            auth_refresh: AuthRefresh::default(),
            oauth: BTreeMap::new(),
            translation: Translation::default(),
            compat: Compat::default(),
            streaming: Streaming::default(),
            limits: Limits::default(),
            ca: None,
            upstream: Deadlines::default(),
            log: Log::default(),
            state_dir: None,
            poll_interval: None,
            shutdown_timeout: Duration::from_secs(30),
            entries: Vec::new(),
        }
    }
}

/// A key that clients present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientKey {
    /// What logs call this client.
    pub name: Option<String>,
    /// The key.
    pub key: ClientKeyText,
    /// Most requests of it at a time, at least 1; `None` means
    /// [`crate::Limits::max_concurrency_per_key`].
    pub max_concurrency: Option<u32>,
    /// The line of the file it is on.
    pub line: Option<u32>,
}

/// A client key as the file has it.
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever checks keys must handle every form"
)]
#[derive(Clone, PartialEq, Eq)]
pub enum ClientKeyText {
    /// The key itself: trimmed, not empty.
    Plain(Secret),
    /// Its SHA-256 digest.
    Sha256([u8; 32]),
}

impl fmt::Debug for ClientKeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain(_) => "Plain(***)",
            Self::Sha256(_) => "Sha256(***)",
        })
    }
}
