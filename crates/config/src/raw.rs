//! What may stand in the file: only what the user typed, nothing derived.
//!
//! Every key is optional, `null` counts as absent, and an item of a list that is `null` or was
//! refused is `None`, so that positions stay those of the file. Defaults are not here; see
//! [`crate::Config`]. The doc comments are the descriptions of the JSON schema.

mod client_key;
mod compat;
mod credentials;
mod entry;
mod error_rule;
mod fallback;
mod model;
mod model_alias;
mod settings;
mod translation;

pub(crate) use self::{
    client_key::RawClientKey,
    compat::RawCompat,
    credentials::{RawAuthRefresh, RawOauthClient},
    entry::{RawEntry, RawEntryKey},
    error_rule::RawErrorRule,
    fallback::RawFallbackTarget,
    model::{RawLevel, RawModality, RawModel, RawThinking},
    model_alias::RawModelAlias,
    settings::{
        RawCors, RawLimits, RawLog, RawRouting, RawStreaming, RawTimeouts, RawTls, RawUpstream,
    },
    translation::{RawChat, RawClaude, RawTranslation},
};

use crate::{
    durations::{GoDuration, Seconds},
    file_mode::FileMode,
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The configuration file of the gateway.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
#[schemars(rename = "Configuration")]
pub(crate) struct RawConfig {
    /// Address to listen on. Absent: this machine only. Empty text: every interface. `none`: only
    /// `unix-socket`.
    pub(crate) host: Option<String>,
    /// Port to listen on, 8317 by default. 0 takes any free port.
    pub(crate) port: Option<u16>,
    /// Path of a Unix socket to listen on as well.
    pub(crate) unix_socket: Option<String>,
    /// Permissions of the Unix socket. 0600 by default.
    pub(crate) unix_socket_mode: Option<FileMode>,
    /// HTTPS instead of HTTP.
    pub(crate) tls: RawTls,
    /// Addresses and networks of proxies whose `X-Forwarded-For` counts, for the address in the log.
    pub(crate) trusted_proxies: Vec<Option<String>>,
    /// Start even when strangers could use the gateway.
    pub(crate) allow_insecure: Option<bool>,
    /// Keys that clients must present. No list, or an empty one: everybody who can connect may use
    /// the gateway.
    pub(crate) api_keys: Vec<Option<RawClientKey>>,
    /// Accept client keys in the query (`?key=`), as Gemini clients send them. On by default.
    pub(crate) accept_query_keys: Option<bool>,
    /// Hostnames that requests may be addressed to. Absent: the names of this machine.
    pub(crate) allowed_hosts: Vec<Option<String>>,
    /// What web pages may do.
    pub(crate) cors: RawCors,

    /// Let a client's own Claude bearer through; the client key then goes in `x-gateway-key`.
    pub(crate) claude_passthrough: Option<bool>,
    /// Hand all response headers of upstreams to clients, not only the useful ones.
    pub(crate) passthrough_headers: Option<bool>,
    /// Add `x-cliproxy-*` headers to responses. On by default.
    pub(crate) response_headers: Option<bool>,
    /// Hand the rate-limit headers of the account that served to clients. On by default.
    pub(crate) expose_account_limits: Option<bool>,
    /// Proxy for all upstream traffic: `http`, `https`, `socks5` or `socks5h` URL, or `direct`.
    pub(crate) proxy_url: Option<String>,
    /// Serve unprefixed model names only from entries without a prefix.
    pub(crate) force_model_prefix: Option<bool>,

    /// Further rounds over the credentials after a failure that may pass. 3 by default.
    pub(crate) request_retry: Option<i64>,
    /// Credentials tried per round. 0, the default, tries all.
    pub(crate) max_retry_credentials: Option<i64>,
    /// Longest cooldown a request waits for before another round. 0, the default, never waits.
    pub(crate) max_retry_interval: Option<Seconds>,
    /// Most attempts of one request, all rounds and fallbacks together. 32 by default; 0: no limit.
    pub(crate) max_attempts: Option<u32>,
    /// How long a request may go on trying before its reply has begun. 0, the default: no limit.
    pub(crate) request_deadline: Option<GoDuration>,
    /// Never let a failing credential rest.
    pub(crate) disable_cooling: Option<bool>,
    /// Rest of a credential after a failure of its upstream: 60 s by default, -1 for none.
    pub(crate) transient_error_cooldown_seconds: Option<Seconds>,
    /// Keep the rests of credentials across restarts, in `state-dir`.
    pub(crate) save_cooldown_status: Option<bool>,
    /// Which credential serves.
    pub(crate) routing: RawRouting,
    /// By model: the models that are tried in its place while nothing has gone to the client.
    pub(crate) fallbacks: BTreeMap<String, Vec<Option<RawFallbackTarget>>>,

    /// Directory of the credential files. `~/.cli-proxy-api` by default.
    pub(crate) auth_dir: Option<String>,
    /// When the tokens of credential files are refreshed.
    pub(crate) auth_refresh: RawAuthRefresh,
    /// Most tokens that are refreshed at a time. 16 by default, at most 256.
    pub(crate) auth_auto_refresh_workers: Option<i64>,
    /// By provider: an OAuth client of your own, to sign in with and to refresh tokens with. Any other
    /// name is a `type` of credential files; its client needs `client_id` and `token_url`.
    pub(crate) oauth: BTreeMap<String, Option<RawOauthClient>>,
    /// By provider: other names for models of OAuth credentials.
    pub(crate) oauth_model_alias: BTreeMap<String, Vec<Option<RawModelAlias>>>,
    /// By provider: models that OAuth credentials do not serve; `*` matches anything.
    pub(crate) oauth_excluded_models: BTreeMap<String, Vec<Option<String>>>,
    /// By provider: like an entry's `request-scoped-errors`, for OAuth credentials.
    pub(crate) oauth_request_scoped_errors: BTreeMap<String, Vec<Option<RawErrorRule>>>,

    /// Requests whose upstream speaks another protocol than their client.
    pub(crate) translation: RawTranslation,
    /// What Claude upstreams are told beyond what other protocols say.
    pub(crate) claude: RawClaude,
    /// What Chat clients are told beyond what OpenAI says.
    pub(crate) chat: RawChat,
    /// Habits of other gateways.
    pub(crate) compat: RawCompat,
    /// Replies that stream.
    pub(crate) streaming: RawStreaming,
    /// What one client may cost.
    pub(crate) limits: RawLimits,
    /// How long upstreams may take.
    pub(crate) upstream: RawUpstream,

    /// The log.
    pub(crate) log: RawLog,
    /// Short for `log.level: debug`.
    pub(crate) debug: Option<bool>,
    /// Where the gateway keeps what outlives it. Absent: `cliproxy` in the state directory of the
    /// user.
    pub(crate) state_dir: Option<String>,
    /// How long running requests may take to end after a stop signal. 30 s by default.
    pub(crate) shutdown_timeout: Option<GoDuration>,
    /// Look this often whether this file has changed, where the system does not tell.
    pub(crate) config_poll_interval: Option<GoDuration>,

    /// Keys for the Anthropic API, or for hosts that speak it.
    pub(crate) claude_api_key: Vec<Option<RawEntry>>,
    /// Keys for the OpenAI Responses API; `base-url` is needed.
    pub(crate) codex_api_key: Vec<Option<RawEntry>>,
    /// Keys for the Gemini API.
    pub(crate) gemini_api_key: Vec<Option<RawEntry>>,
    /// Providers that speak OpenAI Chat Completions; `base-url` is needed.
    pub(crate) openai_compatibility: Vec<Option<RawEntry>>,
    /// Keys for Vertex AI.
    pub(crate) vertex_api_key: Vec<Option<RawEntry>>,
}
