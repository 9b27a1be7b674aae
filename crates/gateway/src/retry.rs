//! Whether a request that failed on every credential is tried again.

use cliproxy_executors::UpstreamError;
use std::time::Duration;

/// How hard the gateway tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Rounds over the credentials after the first one: the most that any entry allows. An entry
    /// that allows fewer takes no part in the others.
    pub rounds: u32,
    /// The fewest that any entry allows.
    pub fewest_rounds: u32,
    /// Further rounds for a stream that failed before its first byte, whatever the status.
    pub bootstrap_rounds: u32,
    /// Credentials tried in one round; 0 is all of them.
    pub credentials: u32,
    /// How long a request waits for cooldowns, all rounds together.
    pub wait: Duration,
    /// Attempts of one request, over all rounds and fallbacks; 0 is no limit.
    pub attempts: u32,
    /// How long a request may go on until its reply begins.
    pub deadline: Option<Duration>,
}

/// Why a round ended without a reply.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ended<'a> {
    /// The last attempt failed.
    Failed(&'a UpstreamError),
    /// Everything was cooling down before the first attempt.
    CoolingDown,
}

/// What is known when a round has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Situation<'a> {
    pub(crate) ended: Ended<'a>,
    /// Rounds begun so far.
    pub(crate) rounds: u32,
    /// Whether a stream was asked for.
    pub(crate) streams: bool,
    /// When the first eligible credential is ready: zero is now, `None` is unknown.
    pub(crate) recovery: Option<Duration>,
    /// How long this request has waited already.
    pub(crate) waited: Duration,
}

/// How long to wait before the next round; `None` ends the request.
///
/// Another round only helps against what passes by itself: limits, overload, broken connections.
pub(crate) fn next_round(policy: &RetryPolicy, situation: &Situation<'_>) -> Option<Duration> {
    let (passing, bootstrap) = match situation.ended {
        Ended::CoolingDown => (true, false),
        Ended::Failed(error) if error.stop => return None,
        Ended::Failed(error) => (passes(error), starts_again(error)),
    };
    let bootstrap = if situation.streams && bootstrap {
        policy.bootstrap_rounds
    } else {
        0
    };
    let allowed = if passing { policy.rounds } else { 0 }.max(bootstrap);
    if situation.rounds > allowed {
        return None;
    }
    let wait = situation.recovery.unwrap_or_else(|| match situation.ended {
        Ended::Failed(error) => error.retry_after.unwrap_or_default(),
        Ended::CoolingDown => Duration::MAX,
    });
    if wait.is_zero() {
        return Some(wait);
    }
    let left = policy.wait.checked_sub(situation.waited)?;
    (wait <= left).then_some(wait)
}

/// 403, 408, 429, 5xx and broken connections, as `docs/failures.md` lists them.
fn passes(error: &UpstreamError) -> bool {
    matches!(
        error.status.as_u16(),
        403 | 408 | 429 | 500 | 502 | 503 | 504 | 529
    )
}

fn starts_again(error: &UpstreamError) -> bool {
    passes(error) || matches!(error.status.as_u16(), 401 | 402)
}

/// Spreads waiters that were told the same date: up to a quarter longer, at most two seconds, and
/// never beyond what may still be waited. `random` is in `[0, 1)`.
pub(crate) fn jittered(wait: Duration, left: Duration, random: f64) -> Duration {
    if wait.is_zero() {
        return wait;
    }
    let span = (wait / 4)
        .min(Duration::from_secs(2))
        .min(left.saturating_sub(wait));
    wait + span.mul_f64(random)
}

#[cfg(test)]
mod tests {
    use super::{Ended, RetryPolicy, Situation, jittered, next_round};
    use cliproxy_executors::UpstreamError;
    use http::StatusCode;
    use std::time::Duration;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn policy(rounds: u32, bootstrap_rounds: u32, wait: u64) -> RetryPolicy {
        RetryPolicy {
            rounds,
            bootstrap_rounds,
            fewest_rounds: rounds,
            credentials: 0,
            wait: s(wait),
            attempts: 0,
            deadline: None,
        }
    }

    #[track_caller]
    fn check(
        (rounds_after, bootstrap, wait): (u32, u32, u64),
        status: u16,
        (rounds, streams): (u32, bool),
        recovery: Option<u64>,
        expected: Option<u64>,
    ) {
        let policy = policy(rounds_after, bootstrap, wait);
        let error = UpstreamError {
            status: StatusCode::from_u16(status).unwrap(),
            stop: status == 400,
            ..UpstreamError::malformed("")
        };
        let situation = Situation {
            ended: Ended::Failed(&error),
            rounds,
            streams,
            recovery: recovery.map(s),
            waited: Duration::ZERO,
        };
        assert_eq!(next_round(&policy, &situation), expected.map(s), "{status}");
    }

    #[test]
    fn what_another_round_is_for() {
        for status in [403, 408, 429, 500, 502, 503, 504, 529] {
            check((3, 0, 30), status, (1, false), Some(0), Some(0));
            check((3, 0, 30), status, (3, false), Some(0), Some(0));
            check((3, 0, 30), status, (4, false), Some(0), None);
        }
        for status in [400, 401, 402, 404] {
            check((3, 0, 30), status, (1, false), Some(0), None);
        }
        // A stream may start again although nothing passes by itself.
        check((0, 1, 0), 401, (1, true), Some(0), Some(0));
        check((0, 1, 0), 401, (2, true), Some(0), None);
        check((0, 1, 0), 503, (1, false), Some(0), None);
        check((0, 5, 0), 400, (1, true), Some(0), None);
    }

    #[test]
    fn waits_within_the_interval_only() {
        check((3, 0, 30), 429, (1, false), Some(7), Some(7));
        check((3, 0, 30), 429, (1, false), Some(31), None);
        check((3, 0, 0), 429, (1, false), Some(1), None);
        check((3, 0, 0), 429, (1, false), None, Some(0));
    }

    #[test]
    fn waiting_adds_up_over_rounds() {
        let policy = policy(3, 0, 30);
        let situation = |waited, recovery| Situation {
            ended: Ended::CoolingDown,
            rounds: 1,
            streams: false,
            recovery,
            waited: s(waited),
        };
        assert_eq!(
            next_round(&policy, &situation(20, Some(s(10)))),
            Some(s(10))
        );
        assert_eq!(next_round(&policy, &situation(21, Some(s(10)))), None);
        assert_eq!(next_round(&policy, &situation(31, Some(s(1)))), None);
        assert_eq!(next_round(&policy, &situation(0, None)), None);
    }

    #[test]
    fn jitter_bounds() {
        let check = |wait, left, low, high| {
            assert_eq!(jittered(s(wait), s(left), 0.0), Duration::from_millis(low));
            let top = jittered(s(wait), s(left), 0.999_999);
            let high = Duration::from_millis(high);
            assert!(
                top < high.max(Duration::from_nanos(1)) || high.is_zero(),
                "{top:?}"
            );
        };
        check(1, 30, 1_000, 1_250);
        check(20, 30, 20_000, 22_000);
        check(29, 30, 29_000, 30_000);
        assert_eq!(jittered(Duration::ZERO, s(30), 0.5), Duration::ZERO);
    }
}
