//! How long a refresh that failed is left alone.

use std::time::{Duration, SystemTime};

const MINUTE: Duration = Duration::from_secs(60);

/// After the first, second, third failure in a row, and after every further one.
const STEPS: [Duration; 4] = [
    Duration::from_secs(30),
    Duration::from_secs(2 * 60),
    Duration::from_secs(5 * 60),
    Duration::from_secs(15 * 60),
];

/// The longest wait for a token that could not be written; it doubles from a second.
pub(crate) const LONGEST_UNWRITTEN: Duration = MINUTE;

/// No attempt is put off for longer.
pub(crate) const LONGEST: Duration = STEPS[STEPS.len() - 1];

/// What a token endpoint that says "too often" may ask for.
const PATIENCE: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(5 * 60));
const DEFAULT_PATIENCE: Duration = Duration::from_secs(30);

/// How long to wait after `failures` in a row, of which the last has just happened.
pub(crate) fn after(failures: u32) -> Duration {
    let index = usize::try_from(failures.saturating_sub(1)).unwrap_or(usize::MAX);
    STEPS[index.min(STEPS.len() - 1)]
}

/// When to try again after `failures` in a row: once more while the token has a minute left, even
/// if that is sooner.
pub(crate) fn next_try(
    failures: u32,
    expires_at: Option<SystemTime>,
    now: SystemTime,
) -> SystemTime {
    let next = now + after(failures);
    let last_chance = expires_at.and_then(|end| end.checked_sub(MINUTE));
    match last_chance {
        Some(chance) if now < chance && chance < next => chance,
        _ => next,
    }
}

/// When to try again after the endpoint has asked for patience.
pub(crate) fn after_throttling(retry_after: Option<Duration>, now: SystemTime) -> SystemTime {
    let (shortest, longest) = PATIENCE;
    now + retry_after
        .unwrap_or(DEFAULT_PATIENCE)
        .clamp(shortest, longest)
}

/// When to try again to write a token that was not written `failures` times.
pub(crate) fn next_write(failures: u32, now: SystemTime) -> SystemTime {
    let doubled = 1_u64 << failures.saturating_sub(1).min(10);
    now + Duration::from_secs(doubled).min(LONGEST_UNWRITTEN)
}

#[cfg(test)]
mod tests {
    use super::{after_throttling, next_try, next_write};
    use std::time::{Duration, SystemTime};

    const NOW: SystemTime = SystemTime::UNIX_EPOCH;

    fn seconds(at: SystemTime) -> u64 {
        at.duration_since(NOW).unwrap().as_secs()
    }

    #[test]
    fn failures_in_a_row_are_left_alone_for_longer() {
        let waits = [1, 2, 3, 4, 5, 100].map(|n| seconds(next_try(n, None, NOW)));
        assert_eq!(waits, [30, 120, 300, 900, 900, 900]);
    }

    #[test]
    fn there_is_one_more_try_a_minute_before_the_end() {
        let check = |failures, life, expected| {
            let end = NOW + Duration::from_secs(life);
            assert_eq!(
                seconds(next_try(failures, Some(end), NOW)),
                expected,
                "{life}"
            );
        };
        check(4, 2_000, 900);
        check(4, 960, 900);
        check(4, 900, 840);
        check(4, 61, 1);
        check(4, 60, 900);
        check(4, 10, 900);
        check(1, 100, 30);
    }

    #[test]
    fn patience_is_bounded() {
        for (asked, waited) in [
            (None, 30),
            (Some(900), 5),
            (Some(2_000), 5),
            (Some(40_000), 40),
            (Some(7_200_000), 300),
        ] {
            let asked = asked.map(Duration::from_millis);
            assert_eq!(seconds(after_throttling(asked, NOW)), waited, "{asked:?}");
        }
    }

    #[test]
    fn writing_is_tried_again_from_a_second_to_a_minute() {
        let waits = [1, 2, 3, 6, 7, 8, 1_000].map(|n| seconds(next_write(n, NOW)));
        assert_eq!(waits, [1, 2, 4, 32, 60, 60, 60]);
    }
}
