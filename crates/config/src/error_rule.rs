//! What a user says about errors of an upstream.

use memchr::memmem;
use regex::bytes::Regex;
use schemars::JsonSchema;
use serde::Deserialize;
use std::fmt;

/// What becomes of a request that failed with a certain status and a certain text.
///
/// Of a list of rules the first that [`matches`](Self::matches) decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorRule {
    /// The status of the answer; at least 1. One outside 100 to 599 never comes.
    pub status: u16,
    /// Texts of which the body must have one, unless a pattern matches. None is empty.
    pub contains: Vec<String>,
    /// Patterns of which one must match, unless the body has one of the texts. There is a text or a
    /// pattern.
    pub regexes: Vec<Pattern>,
    /// What is done then.
    pub action: RuleAction,
}

impl ErrorRule {
    /// Whether the rule speaks of this answer. Takes time in proportion to the body.
    #[must_use]
    pub fn matches(&self, status: u16, body: &[u8]) -> bool {
        let contained = |text: &String| memmem::find(body, text.as_bytes()).is_some();
        self.status == status
            && (self.contains.iter().any(contained)
                || self.regexes.iter().any(|pattern| pattern.is_match(body)))
    }
}

/// What an [`ErrorRule`] does.
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever decides about a failed attempt must handle every action"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RuleAction {
    /// The next credential is tried, and this one's health stays as it is.
    Continue,
    /// The next credential is tried, and this one rests.
    ContinueAndCooldown,
    /// The client gets the error, and the credential's health stays as it is.
    Stop,
    /// The client gets the error, and the credential rests.
    StopAndCooldown,
}

/// A regular expression over the body of an answer, in the syntax of the `regex` crate: it takes
/// time in proportion to the body, whatever it says.
#[derive(Clone)]
pub struct Pattern(pub(crate) Regex);

impl Pattern {
    /// Whether some part of the body matches. The body need not be UTF-8.
    #[must_use]
    pub fn is_match(&self, body: &[u8]) -> bool {
        self.0.is_match(body)
    }

    /// The expression as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Pattern {}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pattern").field(&self.as_str()).finish()
    }
}
