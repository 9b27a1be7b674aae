//! Credentials that come from logins: where their files are, and how their tokens are refreshed.

use crate::durations::GoDuration;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// `auth-refresh`
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
#[schemars(rename = "AuthRefresh")]
pub(crate) struct RawAuthRefresh {
    /// By provider: how long before its end a token is refreshed, at most half of its life. 5d for
    /// codex, 12m for vertex, 5m for all others by default; 0: when it has ended.
    pub(crate) leads: BTreeMap<String, Option<GoDuration>>,
    /// How long to wait while another process refreshes the same credential. 35s by default, and at
    /// most.
    pub(crate) lock_timeout: Option<GoDuration>,
    /// Whether credentials that are switched off are refreshed as well, so that they are good when
    /// they are switched on again. True by default.
    pub(crate) disabled_too: Option<bool>,
}

/// `oauth.PROVIDER`. The names of its members are those of RFC 6749.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "OauthClient")]
pub(crate) struct RawOauthClient {
    /// Its public name.
    pub(crate) client_id: Option<String>,
    /// Its password, if it has one.
    pub(crate) client_secret: Option<String>,
    /// Where users sign in.
    pub(crate) authorize_url: Option<String>,
    /// Where tokens are asked for. Absent: the provider's own address, if the gateway knows one.
    pub(crate) token_url: Option<String>,
    /// Where a device asks for a code that its user types elsewhere.
    pub(crate) device_url: Option<String>,
    /// Port of this machine that the browser comes back to.
    pub(crate) redirect_port: Option<u16>,
    /// What is asked for.
    pub(crate) scopes: Vec<Option<String>>,
}
