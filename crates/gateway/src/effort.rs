//! How much a request may still be tried.

use crate::retry::RetryPolicy;
use std::time::Duration;

/// What one request has left, over all rounds and fallbacks.
///
/// Rounds and credentials multiply: without a total, one request against 500 failing credentials
/// would be 2,000 calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    attempts: Option<u32>,
    /// Time spent waiting for cooldowns.
    pub(crate) waited: Duration,
}

impl Effort {
    pub(crate) const fn new(policy: &RetryPolicy) -> Self {
        Self {
            attempts: match policy.attempts {
                0 => None,
                most => Some(most),
            },
            waited: Duration::ZERO,
        }
    }

    /// Whether no further attempt is allowed.
    pub(crate) fn is_spent(&self) -> bool {
        self.attempts == Some(0)
    }

    /// Takes note of an attempt.
    pub(crate) fn spend(&mut self) {
        self.attempts = self.attempts.map(|left| left.saturating_sub(1));
    }
}
