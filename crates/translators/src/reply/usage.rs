//! Token counts of a reply, between protocols.

use cliproxy_core::Usage;

/// What an upstream has said so far; a field that it has not is unknown.
///
/// `output` is everything that was generated, reasoning included. `plain` is input that was neither read
/// from nor written to a cache, and includes what a provider's own tools put into the prompt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct UsagePatch {
    pub(crate) plain: Option<u64>,
    pub(crate) cache_read: Option<u64>,
    pub(crate) cache_write: Option<u64>,
    /// Of `plain`.
    pub(crate) tool_prompt: Option<u64>,
    pub(crate) output: Option<u64>,
    /// Of `output`.
    pub(crate) reasoning: Option<u64>,
    /// Web searches of the provider.
    pub(crate) searches: Option<u64>,
}

impl UsagePatch {
    /// All input: what was read from and written to a cache included. What is unknown counts as nothing.
    pub(crate) fn input(&self) -> u64 {
        let parts = [self.plain, self.cache_read, self.cache_write];
        parts.into_iter().flatten().fold(0, u64::saturating_add)
    }

    /// Input and output.
    pub(crate) fn tokens(&self) -> u64 {
        self.input().saturating_add(self.output.unwrap_or(0))
    }

    /// Takes over what a later report says.
    pub(crate) fn update(&mut self, later: Self) {
        let fields = [
            (&mut self.plain, later.plain),
            (&mut self.cache_read, later.cache_read),
            (&mut self.cache_write, later.cache_write),
            (&mut self.tool_prompt, later.tool_prompt),
            (&mut self.output, later.output),
            (&mut self.reasoning, later.reasoning),
            (&mut self.searches, later.searches),
        ];
        for (field, later) in fields {
            *field = later.or(*field);
        }
    }

    /// For accounting, where the input includes what the cache had a part in.
    pub(crate) fn total(&self) -> Usage {
        let count = |field: Option<u64>| field.unwrap_or(0);
        let (read, write) = (count(self.cache_read), count(self.cache_write));
        Usage {
            input: count(self.plain).saturating_add(read).saturating_add(write),
            cache_read: read,
            cache_write: write,
            output: count(self.output),
            reasoning: count(self.reasoning),
        }
    }
}
