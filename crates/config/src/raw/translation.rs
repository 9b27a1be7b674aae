//! What may be said about translated requests.

use crate::LossPolicy;
use schemars::JsonSchema;
use serde::Deserialize;

/// `translation`
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
#[schemars(rename = "Translation")]
pub(crate) struct RawTranslation {
    /// What becomes of what an upstream of another protocol cannot be told: `strict` refuses what
    /// shapes the answer, `report` (the default) only what the request is about, `lenient` writes a
    /// note in place of parts.
    pub(crate) loss_policy: Option<LossPolicy>,
    /// Send calls without a result, and results without a call, as they are. Off by default.
    pub(crate) strict_tools: Option<bool>,
    /// Remember the reasoning of replies whose client drops it, and put it back. On by default.
    pub(crate) replay: Option<bool>,
}

/// `chat`
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
#[schemars(rename = "Chat")]
pub(crate) struct RawChat {
    /// Give Chat clients the sealed reasoning of other vendors in `reasoning_details`, so that they can
    /// send it back. On by default.
    pub(crate) reasoning_details: Option<bool>,
}

/// `claude`
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
#[schemars(rename = "Claude")]
pub(crate) struct RawClaude {
    /// Mark the prompts of clients that cannot for Claude's cache. On by default.
    pub(crate) auto_cache: Option<bool>,
    /// Output limit for Claude where the client sets none, in tokens. 32000 by default.
    pub(crate) default_max_tokens: Option<u32>,
}
