//! How the reasoning of a model is controlled.

use crate::{Effort, name::names};

/// How the reasoning of a model is controlled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Thinking {
    /// Efforts in rising order; empty if the model takes budgets only.
    pub levels: Vec<Effort>,
    /// Smallest and largest budget in tokens, inclusive; `None` if the model takes efforts only.
    pub budget: Option<(u32, u32)>,
    /// Whether reasoning can be switched off.
    pub can_off: bool,
    /// Whether off is spelled as the effort `none`.
    pub none_level: bool,
    /// Whether the model can be left to decide.
    pub can_auto: bool,
    /// What the vendor shows of the reasoning if nobody says.
    pub display_default: ThinkingDisplay,
}

/// What is shown of the reasoning.
#[expect(clippy::exhaustive_enums, reason = "closed like `Effort`")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ThinkingDisplay {
    /// A summary.
    #[default]
    Summarized,
    /// Nothing.
    Omitted,
}

names!(ThinkingDisplay {
    Summarized = "summarized",
    Omitted = "omitted",
});
