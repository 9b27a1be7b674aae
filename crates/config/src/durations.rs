//! Durations as Go writes them: `1h30m`, `300ms`, `1.5s`.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error as _};
use std::{borrow::Cow, time::Duration};

/// A duration with its unit, in nanoseconds. May be negative, which v7 files use for "off".
///
/// A plain number is refused: nobody can tell whether `timeout: 30` means seconds or milliseconds.
/// `0` needs no unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GoDuration(i64);

/// Like [`GoDuration`], but a plain number counts seconds: for the keys that were integers in v7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seconds(GoDuration);

/// Longest first where one is the beginning of another.
const UNITS: [(&str, i64); 9] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000), // U+00B5, micro sign
    ("μs", 1_000), // U+03BC, Greek letter mu
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60 * 1_000_000_000),
    ("h", 3_600 * 1_000_000_000),
    ("d", 86_400 * 1_000_000_000),
];

impl GoDuration {
    /// Reads `text`; `None` if it is not a duration, or longer than 292 years.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, mut rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        if rest == "0" {
            return Some(Self(0));
        }
        if rest.is_empty() {
            return None;
        }
        let mut total: i64 = 0;
        while !rest.is_empty() {
            let (nanos, after) = leading_part(rest)?;
            total = total.checked_add(nanos)?;
            rest = after;
        }
        Some(Self(if negative { -total } else { total }))
    }

    /// The duration, if it is longer than zero.
    pub(crate) fn positive(self) -> Option<Duration> {
        match u64::try_from(self.0) {
            Ok(0) | Err(_) => None,
            Ok(nanos) => Some(Duration::from_nanos(nanos)),
        }
    }

    pub(crate) const fn is_negative(self) -> bool {
        self.0 < 0
    }
}

impl Seconds {
    fn parse(text: &str) -> Option<Self> {
        let seconds = text.trim().parse::<i64>();
        let duration = match seconds {
            Ok(seconds) => GoDuration(seconds.checked_mul(1_000_000_000)?),
            Err(_) => GoDuration::parse(text)?,
        };
        Some(Self(duration))
    }

    pub(crate) fn positive(self) -> Option<Duration> {
        self.0.positive()
    }

    pub(crate) const fn is_negative(self) -> bool {
        self.0.is_negative()
    }
}

/// One `12.5h`: its nanoseconds, and what comes after it.
fn leading_part(text: &str) -> Option<(i64, &str)> {
    let number_end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, rest) = text.split_at(number_end);
    let unit_end = rest
        .find(|c: char| c.is_ascii_digit() || c == '.')
        .unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(unit_end);
    let (_, scale) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole: i64 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    Some((
        whole
            .checked_mul(*scale)?
            .checked_add(fraction_of(*scale, fraction)?)?,
        rest,
    ))
}

/// `0.<digits>` of `scale`, rounded down, without the rounding errors of floating point.
fn fraction_of(scale: i64, digits: &str) -> Option<i64> {
    let mut nanos = 0;
    let mut place = scale;
    for digit in digits.chars() {
        place /= 10;
        nanos += i64::from(digit.to_digit(10)?) * place;
    }
    Some(nanos)
}

impl<'de> Deserialize<'de> for GoDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).ok_or_else(|| {
            D::Error::custom("expected a duration with a unit, like 300ms, 30s or 1h30m")
        })
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?)
            .ok_or_else(|| D::Error::custom("expected seconds, or a duration like 1h30m"))
    }
}

const PATTERN: &str = r"^[+-]?(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h|d))+)$";

impl JsonSchema for GoDuration {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A duration with its unit: 300ms, 30s, 1h30m.",
            "anyOf": [{ "type": "string", "pattern": PATTERN }, { "const": 0 }],
        })
    }
}

impl JsonSchema for Seconds {
    fn schema_name() -> Cow<'static, str> {
        "Seconds".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Seconds, or a duration with its unit: 300ms, 30s, 1h30m.",
            "anyOf": [{ "type": "integer" }, { "type": "string", "pattern": PATTERN }],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{GoDuration, Seconds};

    /// `ms` is the expected length in milliseconds, `None` if the text must be refused.
    fn check(text: &str, ms: Option<i64>) {
        let got = GoDuration::parse(text).map(|duration| duration.0);
        assert_eq!(got, ms.map(|ms| ms * 1_000_000), "{text:?}");
    }

    #[test]
    fn go_grammar() {
        check("0", Some(0));
        check("300ms", Some(300));
        check("30s", Some(30_000));
        check("1h30m", Some(5_400_000));
        check("1.5s", Some(1_500));
        check(".5s", Some(500));
        check("2.s", Some(2_000));
        check("-1s", Some(-1_000));
        check("+1s", Some(1_000));
        check(" 5d ", Some(432_000_000));
        check("1000us", Some(1));
        check("1000µs", Some(1));
        check("1000μs", Some(1));
        check("1000000ns", Some(1));
        check("0.1h", Some(360_000));
    }

    #[test]
    fn refused() {
        check("", None);
        check("-", None);
        check("30", None);
        check("1h30", None);
        check("s", None);
        check(".s", None);
        check("1 s", None);
        check("1.2.3s", None);
        check("1x", None);
        check("1H", None);
        check("99999999999h", None);
        check("9223372036854775808ns", None);
        check("--1s", None);
    }

    #[test]
    fn plain_numbers_are_seconds_where_v7_counted_seconds() {
        let check = |text: &str, seconds: Option<i64>| {
            let got = Seconds::parse(text).map(|seconds| seconds.0.0);
            assert_eq!(got, seconds.map(|s| s * 1_000_000_000), "{text:?}");
        };
        check("30", Some(30));
        check("-1", Some(-1));
        check("1m", Some(60));
        check("1.5", None);
        check("9223372036854775807", None);
    }
}
