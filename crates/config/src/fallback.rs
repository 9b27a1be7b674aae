//! What stands in for a model that cannot be had.

use crate::Place;

/// A model that clients ask for, and what is tried in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fallback {
    /// The name that clients ask for; unique without regard to ASCII case.
    pub alias: String,
    /// What is tried, in this order; at least one.
    pub targets: Vec<FallbackTarget>,
}

/// One model that stands in for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FallbackTarget {
    /// A name as clients write it, with a thinking suffix if it is to have one; not empty. Not the alias itself,
    /// unless there is a provider.
    pub model: String,
    /// The only provider that may serve it, by its id: `claude`, `codex`, `gemini`, `vertex` or the
    /// lowercase name of an `openai-compatibility` entry. It may not exist. `None`: any.
    pub provider: Option<String>,
    /// The key of its model, for messages: `fallbacks.opus[0].model`.
    pub key: String,
    /// Where its model was given.
    pub place: Place,
}
