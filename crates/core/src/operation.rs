//! What a request asks an upstream to do.

use std::fmt;

/// What a request asks an upstream to do.
///
/// A value rather than one trait method per operation, so that retry, failover and accounting are
/// written once.
#[expect(
    clippy::exhaustive_enums,
    reason = "closed like `Protocol`: every provider must decide about a new operation"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Count the tokens of a request without running it.
    CountTokens,
    /// Embed one text, or a list that travels as one request.
    Embed,
    /// Embed several texts, where the protocol has a method of its own for it (Gemini).
    EmbedBatch,
    /// Generate a reply, answered as one document.
    Generate,
    /// Generate a reply, answered as server-sent events.
    GenerateStream,
}

impl Operation {
    /// The name used in logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CountTokens => "count-tokens",
            Self::Embed => "embed",
            Self::EmbedBatch => "embed-batch",
            Self::Generate => "generate",
            Self::GenerateStream => "generate-stream",
        }
    }

    /// Whether a model answers: that can be translated between protocols, the rest cannot.
    #[must_use]
    pub const fn generates(self) -> bool {
        matches!(self, Self::Generate | Self::GenerateStream)
    }

    /// Whether the reply is a stream of events.
    #[must_use]
    pub const fn streams(self) -> bool {
        matches!(self, Self::GenerateStream)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
