//! One target of `fallbacks`.

use schemars::JsonSchema;
use serde::Deserialize;

/// A model that stands in for another.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
#[schemars(rename = "FallbackTarget")]
pub(crate) struct RawFallbackTarget {
    /// The model, as clients would ask for it.
    pub(crate) model: Option<String>,
    /// The only provider that may serve it: `claude`, `codex`, `gemini`, `vertex`, or the name of an
    /// `openai-compatibility` entry. Absent: any.
    pub(crate) provider: Option<String>,
}
