//! How much a request may still be tried.

use crate::{
    failure::Failure,
    journal::Journal,
    retry::RetryPolicy,
    wording::{describe, placed},
};
use cliproxy_executors::{Timeout, UpstreamError};
use std::time::Duration;
use tokio::time::Instant;

/// What one request has left, over all rounds and fallbacks.
///
/// Rounds and credentials multiply: without a total, one request against 500 failing credentials
/// would be 2,000 calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    attempts: Option<u32>,
    /// Time spent waiting for cooldowns.
    pub(crate) waited: Duration,
    /// When the reply must have begun.
    pub(crate) until: Option<Instant>,
}

impl Effort {
    pub(crate) fn new(policy: &RetryPolicy) -> Self {
        Self {
            attempts: match policy.attempts {
                0 => None,
                most => Some(most),
            },
            waited: Duration::ZERO,
            until: policy.deadline.map(|deadline| Instant::now() + deadline),
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

/// What a request gets that has used up its time. Whoever was being waited for is named, and its
/// health stays as it is: the time was spent on others as well.
pub(crate) fn out_of_time(journal: &mut Journal) -> Failure {
    let mut error = Box::new(UpstreamError::timeout(Timeout::Deadline));
    if let Some(label) = journal.attempted(describe(&error)) {
        error = placed(error, label);
    }
    let failure = Failure::Upstream {
        error,
        retry_after: None,
    };
    journal.course_failed(&failure);
    failure
}
