//! Durations as Go writes them, which Google's and OpenAI's servers put into errors and headers.

use std::time::Duration;

/// Reads `1h2m3.5s`, `373.801628ms` or `12s` from the beginning of `text`.
///
/// `None` if it does not begin with a number and a unit, or is longer than a `Duration` holds.
/// Format: <https://pkg.go.dev/time#ParseDuration>.
pub(super) fn prefix(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut seconds = 0.0;
    let mut any = false;
    while let Some((value, unit, after)) = component(rest) {
        seconds += value * unit;
        any = true;
        rest = after;
    }
    if any { from_seconds(seconds) } else { None }
}

/// A non-negative, finite number of seconds as a duration.
pub(super) fn from_seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}

fn component(text: &str) -> Option<(f64, f64, &str)> {
    const UNITS: [(&str, f64); 6] = [
        ("ms", 1e-3),
        ("us", 1e-6),
        ("ns", 1e-9),
        ("h", 3600.0),
        ("m", 60.0),
        ("s", 1.0),
    ];
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .filter(|&end| end > 0)?;
    let (number, rest) = text.split_at(digits);
    let (unit, scale) = UNITS.iter().find(|(unit, _)| rest.starts_with(unit))?;
    Some((number.parse().ok()?, *scale, &rest[unit.len()..]))
}
