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
    /// Tokens. None at all means off.
    Budget(u32),
}

impl Control {
    /// Whether reasoning is asked for.
    pub(crate) fn is_on(self) -> bool {
        !matches!(self, Self::Unset | Self::Off | Self::Budget(0))
    }
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

impl Detail {
    /// The name in `reasoning.summary`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Concise => "concise",
            Self::Detailed => "detailed",
        }
    }
}
