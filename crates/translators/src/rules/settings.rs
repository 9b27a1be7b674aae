//! Settings: what is one member of a body.

use crate::{
    request_ir::{Key, Names, Request},
    target::Target,
};

/// What settings there are, and what is special about them.
pub(crate) struct Settings {
    /// What they are called.
    pub(crate) names: &'static Names,
    /// An output limit must be said, and is cut to what the model has. Budgets of reasoning stay below
    /// it, and do without a forced call.
    pub(crate) needs_limit: bool,
    pub(crate) largest_temperature: f64,
    /// How many stop sequences there may be; `None` where there are none.
    pub(crate) stop: Option<usize>,
    pub(crate) logprobs: Logprobs,
    pub(crate) user: EndUser,
    pub(crate) tiers: Tiers,
    /// Labels, `top_k` and `min_p` go to those hosts only whose profile says so, and a profile may call
    /// the output limit otherwise.
    pub(crate) follows_profile: bool,
    /// Numbers may stand in quotes.
    pub(crate) quoted_numbers: bool,
    /// Modalities are in upper case.
    pub(crate) upper_modalities: bool,
    /// That there is to be one answer is not said.
    pub(crate) omits_single_answer: bool,
    /// What stays where tokens are counted.
    pub(crate) counted: &'static [Key],
    /// What is said unasked, once everything else is settled.
    pub(crate) complete: Option<fn(&mut Request<'_>, &Target<'_>)>,
}

/// How log probabilities are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Logprobs {
    /// Not at all.
    Never,
    /// By a flag.
    Flag,
    /// By an element of `include`.
    Include,
}

/// How the end user is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndUser {
    Never,
    /// As `user` and as a safety identifier of limited length; hosts without labels know `user` only.
    Both,
    /// As one identifier.
    Identifier,
}

/// A service tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tier {
    Auto,
    Default,
    Flex,
    Scale,
    Priority,
    Fast,
}

/// The words for tiers.
pub(crate) struct Tiers {
    /// Those that are read and written.
    pub(crate) words: &'static [(&'static str, Tier)],
    /// Of clients: those that are only read.
    pub(crate) read: &'static [(&'static str, Tier)],
    /// Of clients: those that are no loss.
    pub(crate) usual: &'static [Tier],
}

impl Tiers {
    /// OpenAI's.
    pub(crate) const OPENAI: Self = Self {
        words: &[
            ("auto", Tier::Auto),
            ("default", Tier::Default),
            ("flex", Tier::Flex),
            ("scale", Tier::Scale),
            ("priority", Tier::Priority),
            ("fast", Tier::Fast),
        ],
        read: &[],
        usual: &[Tier::Auto, Tier::Default],
    };

    pub(crate) fn read(&self, text: &str) -> Option<Tier> {
        let mut words = self.words.iter().chain(self.read);
        let found = words.find(|(word, _)| word.eq_ignore_ascii_case(text));
        found.map(|&(_, tier)| tier)
    }

    pub(crate) fn word(&self, tier: Tier) -> Option<&'static str> {
        let mut words = self.words.iter();
        words.find_map(|&(word, of)| (of == tier).then_some(word))
    }
}
