//! One item of `request-scoped-errors`.

use crate::RuleAction;
use schemars::JsonSchema;
use serde::Deserialize;

/// What becomes of a request that failed with this status and one of these texts.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
#[schemars(rename = "ErrorRule")]
pub(crate) struct RawErrorRule {
    /// The status of the upstream's answer.
    #[schemars(range(min = 100, max = 599))]
    pub(crate) status: Option<u16>,
    /// Texts of which the body must have one, unless an expression matches.
    #[serde(rename = "match")]
    pub(crate) texts: Vec<Option<String>>,
    /// Regular expressions of which one must match, unless the body has one of the texts.
    pub(crate) match_regexr: Vec<Option<String>>,
    /// Another spelling of `match-regexr`.
    pub(crate) match_regex: Vec<Option<String>>,
    /// Whether the next credential is tried, and whether this one rests.
    pub(crate) action: Option<RuleAction>,
}
