//! Whom a request is encoded for.

use crate::{
    profile::{Params, Profile},
    protocols::rules,
    rules::Rules,
};
use cliproxy_core::{Capabilities, Protocol};

/// The upstream's protocol, dialect and model.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'t> {
    pub(crate) protocol: Protocol,
    /// What the upstream calls the model.
    pub(crate) model: &'t str,
    /// The dialect of the protocol that the upstream speaks.
    pub(crate) profile: &'t Profile,
    /// Members that the upstream does not take, or calls otherwise.
    pub(crate) params: &'t Params,
    /// `None` for a model that nobody knows: nothing about a request to it can be validated.
    pub(crate) capabilities: Option<&'t Capabilities>,
    /// The model's output limit in tokens, where it is known.
    pub(crate) max_output: Option<u64>,
    /// The client speaks the protocol of the upstream's own vendor, so that a level of reasoning which the
    /// model lacks is refused and not fitted.
    pub(crate) is_own: bool,
    /// For the endpoint that counts tokens, not for generation.
    pub(crate) counts: bool,
    /// It has refused what is sealed: nothing of that goes along.
    pub(crate) without_opaque: bool,
    pub(crate) options: Options,
}

impl Target<'_> {
    /// What its protocol takes.
    pub(crate) const fn rules(&self) -> &'static Rules {
        rules(self.protocol)
    }

    /// Whether Chat at OpenAI refuses an effort for this model where there are functions.
    pub(crate) fn takes_either_effort_or_functions(&self) -> bool {
        let knows = |model: &Capabilities| !model.effort_with_functions;
        self.profile.name() == "openai" && self.capabilities.is_some_and(knows)
    }
}

/// Settings of the operator.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What becomes of losses.
    pub policy: LossPolicy,
    /// Mark the prompt of clients that cannot for Claude's cache.
    pub auto_cache: bool,
    /// Output limit for Claude where the client sets none, in tokens.
    pub default_max_tokens: u64,
    /// Leave unpaired calls and results as they are, so that the provider's own error is seen.
    pub strict_tools: bool,
    /// Give chat clients sealed reasoning in `reasoning_details`.
    pub reasoning_details: bool,
    /// Write an `error` event before the event that ends a failed stream, where the protocol has both.
    pub announces_failures: bool,
}

/// What becomes of losses; `docs/translation.md` has the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LossPolicy {
    /// Refuse what the request is about, report the rest.
    #[default]
    Report,
    /// Refuse also what shapes the answer.
    Strict,
    /// Replace parts by a note where that is possible.
    Lenient,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            policy: LossPolicy::default(),
            auto_cache: false,
            default_max_tokens: 32_000,
            strict_tools: false,
            reasoning_details: true,
            announces_failures: false,
        }
    }
}
