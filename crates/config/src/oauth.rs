//! What is said about credentials that come from logins.

use crate::ErrorRule;

/// What the file says about the OAuth credentials of one provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OauthSettings {
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
