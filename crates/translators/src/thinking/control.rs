//! What a client asks of a model's reasoning.

use cliproxy_core::Effort;

/// How much the model is to think.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Control {
    /// Nobody said.
    #[default]
    Unset,
    Off,
    /// The model decides.
    Auto,
    Level(Effort),
    /// Tokens.
    Budget(u32),
}

/// What of it is to be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Show {
    /// Nobody said.
    #[default]
    Unset,
    Hidden,
    Shown(Detail),
}

/// How long a summary of the reasoning is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    Auto,
    Concise,
    Detailed,
}
