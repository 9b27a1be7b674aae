//! Token counts of one reply.

/// Token counts of one reply, normalised so that `input` always includes cached tokens.
///
/// Providers disagree: Anthropic reports cached tokens beside the input, the others inside it.
/// See `docs/usage.md` for the fields each protocol reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens read, cached ones included.
    pub input: u64,
    /// Of `input`, tokens served from the prompt cache.
    pub cache_read: u64,
    /// Of `input`, tokens written to the prompt cache.
    pub cache_write: u64,
    /// Tokens generated, reasoning included.
    pub output: u64,
    /// Of `output`, reasoning tokens.
    pub reasoning: u64,
}

impl Usage {
    /// Whether nothing was reported.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Input plus output.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.input.saturating_add(self.output)
    }
}
