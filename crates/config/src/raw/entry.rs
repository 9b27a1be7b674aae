//! One entry of a provider section.

use super::{RawErrorRule, RawModel, RawTimeouts};
use crate::{AuthHeader, ChatApi, ForceStreamUsage, MaxTokensField, RoleDeveloper, weight::Weight};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// An entry of a provider section: one key, or for `openai-compatibility` one provider with its
/// keys.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
#[schemars(rename = "Entry")]
pub(crate) struct RawEntry {
    /// What logs and response headers call the entry; for `openai-compatibility` the provider.
    pub(crate) name: Option<String>,
    /// The key, `env:NAME` or `file:PATH`. Not for `openai-compatibility`.
    pub(crate) api_key: Option<String>,
    /// The keys of an `openai-compatibility` entry. None: a server that wants no key.
    pub(crate) api_key_entries: Vec<Option<RawEntryKey>>,
    /// Where the upstream is. Needed for `codex-api-key` and `openai-compatibility`.
    pub(crate) base_url: Option<String>,
    /// Clients reach the entry as `prefix/model`.
    pub(crate) prefix: Option<String>,
    /// Proxy for this entry; `direct` for none.
    pub(crate) proxy_url: Option<String>,
    /// Like `upstream.ca-file`, for this entry.
    pub(crate) ca_file: Option<String>,
    /// Headers added to requests. `$Name` copies the client's header `Name`.
    pub(crate) headers: BTreeMap<String, Option<String>>,
    /// Models that are served. Absent: the vendor's catalogue; `openai-compatibility`: none.
    pub(crate) models: Vec<Option<RawModel>>,
    /// Models that are not served; `*` matches anything.
    pub(crate) excluded_models: Vec<Option<String>>,
    /// Entries of a higher priority serve first. 0 by default.
    pub(crate) priority: Option<i32>,
    /// Share of the work among the credentials of one priority, with `weighted-round-robin`. 1 by
    /// default; 0 or less: none.
    pub(crate) weight: Option<Weight>,
    /// Keep the entry in the file and do not use it.
    pub(crate) disabled: Option<bool>,
    /// Like the setting of this name, for this entry.
    pub(crate) disable_cooling: Option<bool>,
    /// Like the setting of this name, for this entry. Negative: that setting.
    pub(crate) request_retry: Option<i64>,
    /// What becomes of a request that failed in a certain way; the first rule that fits decides.
    pub(crate) request_scoped_errors: Vec<Option<RawErrorRule>>,
    /// How long this upstream may take.
    pub(crate) timeouts: RawTimeouts,
    /// Ask the upstream for its models when `models` is absent.
    pub(crate) discover_models: Option<bool>,
    /// Which OpenAI API the upstream speaks. For `openai-compatibility`; `chat` by default.
    pub(crate) api: Option<ChatApi>,
    /// What the upstream takes of its protocol, by the name of a vendor. Absent: what its host says,
    /// `compat` for one that nobody knows.
    pub(crate) profile: Option<String>,
    /// The member for the output limit. For `openai-compatibility`; absent: what the profile says.
    pub(crate) max_tokens_field: Option<MaxTokensField>,
    /// What becomes of the role `developer`. For `openai-compatibility`; absent: what the profile
    /// says.
    pub(crate) role_developer: Option<RoleDeveloper>,
    /// Members that the upstream does not take. For `openai-compatibility`.
    pub(crate) drop_params: Vec<Option<String>>,
    /// New names for members. For `openai-compatibility`.
    pub(crate) rename_params: BTreeMap<String, Option<String>>,
    /// Write requests and replies of Chat clients anew, so that what this upstream gets wrong is put
    /// right. For `openai-compatibility`; off by default.
    pub(crate) repair: Option<bool>,
    /// Whether streams are asked for usage figures. For `openai-compatibility`; `auto` by default.
    pub(crate) force_stream_usage: Option<ForceStreamUsage>,
    /// The header that carries the key, for `claude-api-key` and `openai-compatibility`. Absent:
    /// what the host expects.
    pub(crate) auth_header: Option<AuthHeader>,
    /// Added to the query of every request, like Azure's `api-version`.
    pub(crate) query_params: BTreeMap<String, Option<String>>,
    /// Allow `http://` to a host outside of the private networks.
    pub(crate) allow_plain_http: Option<bool>,
}

/// One key of an `openai-compatibility` entry.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
#[schemars(rename = "EntryKey")]
pub(crate) struct RawEntryKey {
    /// The key, `env:NAME` or `file:PATH`.
    pub(crate) api_key: Option<String>,
    /// Proxy for this key; `direct` for none.
    pub(crate) proxy_url: Option<String>,
    /// Like the entry's, for this key.
    pub(crate) weight: Option<Weight>,
}
