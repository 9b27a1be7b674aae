//! One configured credential, or one provider with several keys.

use crate::{CaBundle, EntryDialect, ErrorRule};
use cliproxy_core::{Deadlines, ModelFacts, Secret};
use cliproxy_proxyutil::ProxySetting;
use schemars::JsonSchema;
use serde::Deserialize;
use std::fmt;
use url::Url;

/// An entry of a provider section.
#[derive(Clone)]
pub struct Entry {
    /// The section it stands in.
    pub section: Section,
    /// Its position there, counted from 0, dropped neighbours included.
    pub index: usize,
    /// What logs and response headers call it: the configured name, or `claude-api-key[0]`. For
    /// `openai-compatibility` its lowercase form is the provider's id. Never part of a key.
    pub name: String,
    /// Its keys: one, or for `openai-compatibility` at least one, which is empty for a server that
    /// wants none.
    pub keys: Vec<EntryKey>,
    /// Where the upstream is, without a trailing slash, a fragment or credentials; `None` means
    /// the vendor's own address. A query is kept.
    pub base_url: Option<Url>,
    /// Clients reach the entry as `prefix/model`.
    pub prefix: Option<String>,
    /// Headers added to requests; names are lowercase.
    pub headers: Vec<(String, HeaderValueSpec)>,
    /// What it serves; `None` means the vendor's catalogue, or for `openai-compatibility` nothing.
    pub models: Option<Vec<ModelEntry>>,
    /// Lowercase globs of models it does not serve.
    pub excluded_models: Vec<String>,
    /// Higher serves first.
    pub priority: i32,
    /// The share of those of its keys that have none of their own, at most 1,000,000; see
    /// [`EntryKey::weight`].
    pub weight: u32,
    /// Whether it must not be used.
    pub disabled: bool,
    /// Overrides [`crate::Retry::disable_cooling`].
    pub disable_cooling: Option<bool>,
    /// Overrides [`crate::Retry::request_retry`].
    pub request_retry: Option<u32>,
    /// What becomes of certain errors of its upstream; the first rule that fits decides.
    pub error_rules: Vec<ErrorRule>,
    /// Its own proxy; inherits from [`crate::Config::proxy`].
    pub proxy: ProxySetting,
    /// Certificates its upstream may have beside those the system trusts: its own, or else those of
    /// [`crate::Config::ca`].
    pub ca: Option<CaBundle>,
    /// The global deadlines, with the entry's own on top.
    pub deadlines: Deadlines,
    /// Whether to ask the upstream for its models when `models` is `None`.
    pub discover_models: bool,
    /// Which OpenAI API the upstream speaks.
    pub api: ChatApi,
    /// What the upstream takes of its protocol.
    pub dialect: EntryDialect,
    /// Whether streams are asked for usage figures.
    pub force_stream_usage: ForceStreamUsage,
    /// The header that carries the key; `None` means what the host expects.
    pub auth_header: Option<AuthHeader>,
    /// Added to the query of every request.
    pub query_params: Vec<(String, String)>,
    /// Whether `http://` to a public host was allowed.
    pub allow_plain_http: bool,
}

/// One key of an [`Entry`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryKey {
    /// The key; empty for a server that wants none.
    pub api_key: Secret,
    /// Its own proxy; inherits from [`Entry::proxy`].
    pub proxy: ProxySetting,
    /// The share of the work it gets among the credentials of its priority, at most 1,000,000; with
    /// 0 it gets none. Its own, or else the entry's. Only
    /// [`WeightedRoundRobin`](crate::Strategy::WeightedRoundRobin) looks at it.
    pub weight: u32,
}

impl Entry {
    /// What people call its keys, in their order: the name, with a number where there are several.
    pub fn labels(&self) -> impl Iterator<Item = String> {
        let is_one = self.keys.len() <= 1;
        (1..=self.keys.len()).map(move |number| match is_one {
            true => self.name.clone(),
            false => format!("{}#{number}", self.name),
        })
    }
}

impl EntryKey {
    /// Whether the key is a variable that is not set here; see [`Loaded::unset`](crate::Loaded::unset).
    #[must_use]
    pub fn is_elsewhere(&self) -> bool {
        // What is read from somewhere no longer says where.
        self.api_key.expose().starts_with("env:")
    }
}

/// A provider section of the file.
#[expect(
    clippy::exhaustive_enums,
    reason = "a new section must break every match that has to serve it"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Section {
    /// `claude-api-key`
    ClaudeApiKey,
    /// `codex-api-key`
    CodexApiKey,
    /// `gemini-api-key`
    GeminiApiKey,
    /// `openai-compatibility`
    OpenaiCompatibility,
    /// `vertex-api-key`
    VertexApiKey,
}

impl Section {
    /// Every section, in alphabetical order.
    pub const ALL: [Self; 5] = [
        Self::ClaudeApiKey,
        Self::CodexApiKey,
        Self::GeminiApiKey,
        Self::OpenaiCompatibility,
        Self::VertexApiKey,
    ];

    /// The key in the file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClaudeApiKey => "claude-api-key",
            Self::CodexApiKey => "codex-api-key",
            Self::GeminiApiKey => "gemini-api-key",
            Self::OpenaiCompatibility => "openai-compatibility",
            Self::VertexApiKey => "vertex-api-key",
        }
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where the value of an added header comes from.
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever builds requests must handle every form"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderValueSpec {
    /// The client's header with this lowercase name; nothing is sent if it has none.
    FromClient(String),
    /// This text, which is a valid header value.
    Literal(Secret),
}

/// A model that an entry serves.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModelEntry {
    /// The upstream's name.
    pub name: String,
    /// The clients' name, if it is another one. Several models may share it.
    pub alias: Option<String>,
    /// Shown in listings.
    pub display_name: Option<String>,
    /// What is said of it, over what the catalogue knows. Levels stand in rising order, each once.
    pub facts: ModelFacts,
}

/// Which OpenAI API an upstream speaks.
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever builds requests must handle every form"
)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChatApi {
    /// Both of them.
    Both,
    /// Chat Completions.
    #[default]
    Chat,
    /// Responses.
    Responses,
}

/// Whether streams are asked for usage figures (`stream_options.include_usage`).
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever builds requests must handle every form"
)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ForceStreamUsage {
    /// While something uses the figures.
    #[default]
    Auto,
    /// Never.
    Off,
    /// Always.
    On,
}

/// The header that carries a key.
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever builds requests must handle every form"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AuthHeader {
    /// `Authorization: Bearer`
    Bearer,
    /// Both of them.
    Both,
    /// `x-api-key`
    XApiKey,
}

impl fmt::Debug for Entry {
    /// Leaves out what may hold a secret: query values, and the query of the base URL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Every field is named, so that a new one cannot be forgotten here.
        let Self {
            section,
            index,
            name,
            keys,
            base_url,
            prefix,
            headers,
            models,
            excluded_models,
            priority,
            weight,
            disabled,
            disable_cooling,
            request_retry,
            error_rules,
            proxy,
            ca,
            deadlines,
            discover_models,
            api,
            dialect,
            force_stream_usage,
            auth_header,
            query_params,
            allow_plain_http,
        } = self;
        let base_url = base_url.as_ref().map(|url| {
            let mut shown = url.clone();
            shown.set_query(url.query().map(|_| "***"));
            String::from(shown)
        });
        let query_params: Vec<&str> = query_params.iter().map(|(name, _)| &**name).collect();
        f.debug_struct("Entry")
            .field("section", section)
            .field("index", index)
            .field("name", name)
            .field("keys", keys)
            .field("base_url", &base_url)
            .field("prefix", prefix)
            .field("headers", headers)
            .field("models", models)
            .field("excluded_models", excluded_models)
            .field("priority", priority)
            .field("weight", weight)
            .field("disabled", disabled)
            .field("disable_cooling", disable_cooling)
            .field("request_retry", request_retry)
            .field("error_rules", error_rules)
            .field("proxy", proxy)
            .field("ca", ca)
            .field("deadlines", deadlines)
            .field("discover_models", discover_models)
            .field("api", api)
            .field("dialect", dialect)
            .field("force_stream_usage", force_stream_usage)
            .field("auth_header", auth_header)
            .field("query_params", &query_params)
            .field("allow_plain_http", allow_plain_http)
            .finish()
    }
}
