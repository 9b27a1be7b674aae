//! Levels, windows and decay of the quota back-off.

use std::time::Duration;

use super::Backoff;
use crate::moment::Moment;

/// Each step is (seconds since the start, hint in seconds, expected end of the window in seconds).
fn check(what: &str, level: u32, steps: &[(u64, Option<u64>, u64)], level_after: u32) {
    let at = |seconds| Moment::ORIGIN.after(Duration::from_secs(seconds));
    let mut backoff = Backoff {
        level,
        ..Backoff::NONE
    };
    for &(now, hint, closes) in steps {
        let closed = backoff.hit(hint.map(Duration::from_secs), at(now));
        assert_eq!(closed, at(closes), "{what}: hit at {now} s");
    }
    assert_eq!(backoff.level, level_after, "{what}");
}

#[test]
fn each_window_doubles_the_next() {
    let steps = [
        (0, None, 1),
        (1, None, 3),
        (3, None, 7),
        (7, None, 15),
        (15, None, 31),
    ];
    check("from the start", 0, &steps, 5);
}

#[test]
fn half_an_hour_is_the_longest() {
    check("the last doubling", 10, &[(0, None, 1024)], 11);
    check("the cap", 11, &[(0, None, 1800), (1800, None, 3600)], 11);
}

#[test]
fn echoes_of_an_open_window_do_not_count() {
    check("a burst", 0, &[(0, None, 1); 10], 1);
    check(
        "inside a long window",
        4,
        &[(0, None, 16), (15, None, 16), (16, None, 48)],
        6,
    );
}

#[test]
fn a_hint_is_used_as_it_is() {
    check("a hint", 0, &[(0, Some(7), 7)], 0);
    check("a hint at a level", 5, &[(0, Some(7), 7), (7, None, 39)], 6);
    check("an echo of it", 0, &[(0, Some(7), 7), (3, None, 7)], 0);
}

#[test]
fn a_window_never_closes_earlier() {
    check(
        "a short hint in a long window",
        0,
        &[(0, Some(600), 600), (1, Some(5), 600)],
        0,
    );
    check(
        "a longer hint",
        0,
        &[(0, Some(600), 600), (1, Some(900), 901)],
        0,
    );
}

#[test]
fn quiet_times_lower_the_level() {
    // The window of 16 s closes at 16: a period is 32 s.
    check("not yet", 4, &[(0, None, 16), (16 + 32, None, 48 + 32)], 6);
    check("one", 4, &[(0, None, 16), (16 + 33, None, 49 + 16)], 5);
    check("two", 4, &[(0, None, 16), (16 + 65, None, 81 + 8)], 4);
    check("all", 4, &[(0, None, 16), (86_400, None, 86_401)], 1);
    check(
        "before a hint",
        4,
        &[(0, None, 16), (16 + 33, Some(5), 54), (54, None, 54 + 16)],
        5,
    );
}
