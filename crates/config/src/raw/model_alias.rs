//! One item of `oauth-model-alias`.

use schemars::JsonSchema;
use serde::Deserialize;

/// Another name for a model of a provider.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
#[schemars(rename = "ModelAlias")]
pub(crate) struct RawModelAlias {
    /// The provider's name.
    pub(crate) name: Option<String>,
    /// The clients' name.
    pub(crate) alias: Option<String>,
    /// Show the provider's name as well.
    pub(crate) fork: Option<bool>,
    /// Shown in listings.
    pub(crate) display_name: Option<String>,
}
