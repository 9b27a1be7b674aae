//! The four wire API families.

use std::fmt;

/// A wire API family, as a client speaks it or an upstream wants to be spoken to.
///
/// A provider's variation of one of these is a *dialect*, not a fifth protocol.
#[expect(
    clippy::exhaustive_enums,
    reason = "closed on purpose: a new protocol must break every match that has to learn it"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    /// OpenAI Chat Completions.
    Chat,
    /// Anthropic Messages.
    Claude,
    /// Google Gemini `generateContent`.
    Gemini,
    /// OpenAI Responses.
    Responses,
}

impl Protocol {
    /// Every protocol, in alphabetical order.
    pub const ALL: [Self; 4] = [Self::Chat, Self::Claude, Self::Gemini, Self::Responses];

    /// The name used in config, logs and docs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Claude => "claude",
            Self::Gemini => "gemini",
            Self::Responses => "responses",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
