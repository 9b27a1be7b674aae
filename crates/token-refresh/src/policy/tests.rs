//! When a credential is refreshed next, as a table.

use super::{Due, Hold, Policy, next_check};
use crate::{Tokens, jwt::tests::jwt};
use cliproxy_core::Secret;
use std::time::{Duration, SystemTime};

/// 2026-04-12T00:00Z
const NOW: u64 = 1_775_952_000;
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Seconds from now.
fn at(seconds: i64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(NOW.checked_add_signed(seconds).unwrap())
}

fn lead(seconds: i64) -> Policy {
    Policy {
        refreshed: true,
        lead: Some(Duration::from_secs(seconds.unsigned_abs())),
        ..Policy::default()
    }
}

fn interval(seconds: i64) -> Policy {
    Policy {
        interval: Some(Duration::from_secs(seconds.unsigned_abs())),
        ..lead(5 * MINUTE)
    }
}

fn tokens(refreshed: Option<i64>, expires: Option<i64>) -> Tokens {
    Tokens {
        access: Secret::from("opaque"),
        refresh: Some(Secret::from("rt")),
        id: None,
        expires_at: expires.map(at),
        refreshed_at: refreshed.map(at),
    }
}

fn signed(claims: &str) -> Tokens {
    Tokens {
        access: Secret::from(jwt(claims)),
        ..tokens(None, None)
    }
}

fn check(what: &str, tokens: &Tokens, policy: Policy, hold: Hold, expected: Option<i64>) {
    let due = next_check(tokens, &policy, hold, at(0)).map(|due| due.at);
    assert_eq!(due, expected.map(at), "{what}");
}

#[test]
fn what_is_scheduled_at_all() {
    let hour = tokens(None, Some(HOUR));
    let minutes = lead(10 * MINUTE);
    let check = |what, tokens: &Tokens, policy, expected| {
        check(what, tokens, policy, Hold::None, expected);
    };
    let disabled = Policy {
        disabled: true,
        ..minutes
    };
    check("disabled", &hour, disabled, Some(50 * MINUTE));
    let key = Policy {
        refreshed: false,
        ..minutes
    };
    check("an API key", &hour, key, None);
    let lazy = Policy {
        lead: None,
        ..minutes
    };
    check("neither lead nor interval", &hour, lazy, None);
    let bearer = Tokens {
        refresh: None,
        ..hour.clone()
    };
    check("no refresh token", &bearer, minutes, None);
    let bare = Tokens {
        access: Secret::from(""),
        ..hour
    };
    check("no access token yet", &bare, minutes, Some(0));
}

#[test]
fn holds_come_first() {
    let hour = tokens(None, Some(HOUR));
    let check = |hold, expected| check("held", &hour, lead(10 * MINUTE), hold, expected);
    check(Hold::Until(at(30 * MINUTE)), Some(30 * MINUTE));
    check(Hold::Until(at(2 * HOUR)), Some(2 * HOUR));
    check(Hold::Until(at(-1)), Some(50 * MINUTE));
    check(Hold::Until(at(0)), Some(50 * MINUTE));
    check(Hold::Blocked, None);
}

#[test]
fn before_the_end_by_the_lead() {
    let check = |what, tokens: &Tokens, policy, expected| {
        check(what, tokens, policy, Hold::None, Some(expected));
    };
    let minutes = lead(5 * MINUTE);
    let days = lead(5 * DAY);
    check(
        "ten minutes",
        &tokens(None, Some(HOUR)),
        lead(10 * MINUTE),
        50 * MINUTE,
    );
    check("expired", &tokens(None, Some(-2 * HOUR)), days, 0);
    check("days", &tokens(None, Some(6 * DAY)), days, DAY);
    check(
        "the token's own",
        &signed(&format!(r#"{{"exp":{}}}"#, NOW + 3600)),
        minutes,
        55 * MINUTE,
    );
    check(
        "the file's date wins",
        &tokens(None, Some(HOUR)),
        minutes,
        55 * MINUTE,
    );
    check(
        "last refresh",
        &tokens(Some(-3 * MINUTE), None),
        minutes,
        2 * MINUTE,
    );
    check("long ago", &tokens(Some(-DAY), None), minutes, 0);
    self::check(
        "nothing known",
        &tokens(None, None),
        minutes,
        Hold::None,
        None,
    );
}

#[test]
fn the_lead_is_capped_by_the_lifetime() {
    let check = |what, tokens: &Tokens, seconds, expected| {
        check(what, tokens, lead(seconds), Hold::None, Some(expected));
    };
    let fresh = |life| tokens(Some(0), Some(life));
    check("half of an hour", &fresh(HOUR), 5 * DAY, 30 * MINUTE);
    check("half of ten days", &fresh(10 * DAY), 5 * DAY, 5 * DAY);
    check("not capped", &fresh(HOUR), 5 * MINUTE, 55 * MINUTE);
    check("a minute stays", &fresh(90), 5 * MINUTE, 60);
    check("hardly more than a minute", &fresh(70), 5 * MINUTE, 56);
    check("a minute", &fresh(60), 5 * MINUTE, 48);
    check("less than a minute", &fresh(30), 5 * MINUTE, 24);
    check("less than its share", &fresh(60), 10, 50);
    let issued = format!(r#"{{"iat":{NOW},"exp":{}}}"#, NOW + 3600);
    check(
        "issued by the token",
        &signed(&issued),
        5 * DAY,
        30 * MINUTE,
    );
    check("no beginning known", &tokens(None, Some(HOUR)), 5 * DAY, 0);
}

#[test]
fn at_the_operators_interval() {
    let check = |what, tokens: &Tokens, seconds, expected| {
        check(what, tokens, interval(seconds), Hold::None, expected);
    };
    check(
        "before the end",
        &tokens(Some(0), Some(20 * MINUTE)),
        900,
        Some(5 * MINUTE),
    );
    check(
        "after the last",
        &tokens(Some(-5 * MINUTE), Some(HOUR)),
        900,
        Some(10 * MINUTE),
    );
    check(
        "no end known",
        &tokens(Some(-5 * MINUTE), None),
        900,
        Some(10 * MINUTE),
    );
    check("expired", &tokens(Some(-HOUR), Some(-1)), 1800, Some(0));
    check(
        "nearly expired",
        &tokens(Some(-MINUTE), Some(10 * MINUTE)),
        900,
        Some(4 * MINUTE + 30),
    );
    check("never refreshed", &tokens(None, Some(HOUR)), 1800, Some(0));
    check(
        "longer than it lives",
        &tokens(Some(0), Some(HOUR)),
        2 * HOUR,
        Some(30 * MINUTE),
    );
    check("none", &tokens(None, Some(HOUR)), 0, Some(55 * MINUTE));
    let never = Policy {
        interval: Some(Duration::MAX),
        ..lead(MINUTE)
    };
    self::check(
        "beyond all time",
        &tokens(Some(0), None),
        never,
        Hold::None,
        None,
    );
}

#[test]
fn jitter_is_earlier_only_and_never_before_now() {
    let check = |due: i64, lead: i64, fraction: f64, expected: i64| {
        let due = Due {
            at: at(due),
            lead: Duration::from_secs(lead.unsigned_abs()),
        };
        assert_eq!(due.earlier(fraction, at(0)), at(expected));
    };
    check(HOUR, 1_000, 0.0, HOUR);
    check(HOUR, 1_000, 0.5, HOUR - 25);
    check(HOUR, 1_000, 1.0, HOUR - 50);
    check(10, 1_000, 1.0, 0);
    check(0, 1_000, 1.0, 0);
}
