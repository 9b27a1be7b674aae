//! How values are read that people, programs and earlier versions have written in many ways.

use cliproxy_json::{Kind, Value};
use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};
use std::time::{Duration, SystemTime};

/// Above this, a number of seconds would be in the year 33658: it counts milliseconds.
const MILLISECONDS: i64 = 1_000_000_000_000;

/// The text of a string without the space around it; `None` where nothing is left.
pub(crate) fn text(value: Value<'_>) -> Option<Box<str>> {
    let text = value.as_str()?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.into())
}

/// A boolean, also as a string or as a number that is not zero.
pub(crate) fn flag(value: Value<'_>) -> Option<bool> {
    match value.kind() {
        Kind::Bool => value.as_bool(),
        Kind::Number => value.as_f64().map(|number| number != 0.0),
        Kind::String => match value.as_str()?.trim() {
            "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
            "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
            _ => None,
        },
        Kind::Array | Kind::Null | Kind::Object => None,
    }
}

/// A whole number, also as a string; what follows the point of another number is dropped.
pub(crate) fn integer(value: Value<'_>) -> Option<i64> {
    match value.kind() {
        Kind::String => value.as_str()?.trim().parse().ok(),
        _ => value.as_i64().or_else(|| {
            let whole = value.as_f64()?.trunc();
            // Beyond this a double has no whole numbers of its own left.
            (whole.abs() < 9_007_199_254_740_992.0).then_some(whole as i64)
        }),
    }
}

/// A moment: a date and time (in UTC where no offset is given), or seconds or milliseconds since 1970
/// as a number or a string. Zero and below mean that it is not set.
pub(crate) fn instant(value: Value<'_>) -> Option<SystemTime> {
    let text = value.as_str();
    let text = text.as_deref().map(str::trim);
    if let Some(count) = integer(value) {
        return since_1970(count);
    }
    let stamp = stamp(text?)?;
    (stamp > Timestamp::UNIX_EPOCH).then(|| stamp.into())
}

/// Whether something is given for a moment that is none, not even one that means that it is not set.
pub(crate) fn is_no_moment(value: Value<'_>) -> bool {
    let given = text(value);
    given.is_some_and(|given| integer(value).is_none() && stamp(&given).is_none())
}

fn stamp(text: &str) -> Option<Timestamp> {
    let stamp = text.parse::<Timestamp>().or_else(|_| {
        let civil = text.parse::<DateTime>()?;
        civil.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp())
    });
    stamp.ok()
}

fn since_1970(count: i64) -> Option<SystemTime> {
    let count = u64::try_from(count).ok().filter(|count| *count > 0)?;
    let since = if count > MILLISECONDS as u64 {
        Duration::from_millis(count)
    } else {
        Duration::from_secs(count)
    };
    SystemTime::UNIX_EPOCH.checked_add(since)
}

/// A length of time: seconds, or a text like `1h30m`. One that is not positive is none.
pub(crate) fn span(value: Value<'_>) -> Option<Duration> {
    let seconds = |seconds: f64| Duration::try_from_secs_f64(seconds).ok();
    let span = match value.kind() {
        Kind::String => {
            let text = value.as_str()?;
            let text = text.trim();
            match text.parse::<f64>() {
                Ok(number) => seconds(number)?,
                Err(_) => text.parse::<SignedDuration>().ok()?.try_into().ok()?,
            }
        }
        _ => seconds(value.as_f64()?)?,
    };
    (!span.is_zero()).then_some(span)
}

#[cfg(test)]
mod tests {
    use super::{flag, instant, integer, span, text};
    use cliproxy_json::Value;
    use std::{
        fmt::Debug,
        time::{Duration, SystemTime},
    };

    #[expect(clippy::needless_pass_by_value, reason = "expectations are literals")]
    fn check<T: PartialEq + Debug>(
        read: fn(Value<'_>) -> Option<T>,
        json: &str,
        expected: Option<T>,
    ) {
        assert_eq!(read(Value::parse(json).unwrap()), expected, "{json}");
    }

    #[test]
    fn texts_are_trimmed_and_never_empty() {
        check(text, r#"" a ""#, Some("a".into()));
        check(text, r#""  ""#, None);
        check(text, "1", None);
        check(text, "null", None);
    }

    #[test]
    fn booleans_in_many_spellings() {
        for yes in ["true", r#""true""#, r#"" T ""#, "1", "-2", "0.5", r#""1""#] {
            check(flag, yes, Some(true));
        }
        for no in ["false", r#""False""#, "0", "0.0", r#""0""#] {
            check(flag, no, Some(false));
        }
        for neither in [r#""nope""#, r#""""#, "null", "[]", "{}", r#""yes""#] {
            check(flag, neither, None);
        }
    }

    #[test]
    fn whole_numbers() {
        check(integer, "2", Some(2));
        check(integer, r#"" 4 ""#, Some(4));
        check(integer, "-1", Some(-1));
        check(integer, "5.9", Some(5));
        check(integer, "-5.9", Some(-5));
        check(integer, "9223372036854775807", Some(i64::MAX));
        check(integer, "1e300", None);
        check(integer, r#""5.9""#, None);
        check(integer, r#""x""#, None);
        check(integer, "true", None);
    }

    #[test]
    fn one_moment_in_many_spellings() {
        let moment = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        for json in [
            r#""2026-01-02T03:04:05Z""#,
            r#""2026-01-02T11:04:05+08:00""#,
            r#""2026-01-02 03:04:05""#,
            r#""2026-01-02T03:04:05""#,
            "1767323045",
            "1767323045.9",
            "1767323045000",
            r#""1767323045""#,
            r#"" 1767323045000 ""#,
        ] {
            check(instant, json, Some(moment(1_767_323_045)));
        }
        check(
            instant,
            r#""2026-05-08T10:00:00.000000001Z""#,
            Some(moment(1_778_234_400) + Duration::from_nanos(1)),
        );
        for json in ["1778234400", "1778234400000", r#""1778234400""#] {
            check(instant, json, Some(moment(1_778_234_400)));
        }
        check(
            instant,
            r#""2026-01-02 03:04""#,
            Some(moment(1_767_323_040)),
        );
        for unset in [
            r#""0001-01-01T00:00:00Z""#,
            "0",
            "-1",
            r#""0""#,
            "null",
            "true",
            r#""soon""#,
            "[1767323045]",
        ] {
            check(instant, unset, None);
        }
    }

    #[test]
    fn lengths_of_time() {
        let minutes = |count: u64| Some(Duration::from_secs(count * 60));
        check(span, "900", minutes(15));
        check(span, r#""900""#, minutes(15));
        check(span, r#""15m""#, minutes(15));
        check(span, r#""1h30m""#, minutes(90));
        check(span, r#""1.5h""#, minutes(90));
        check(span, r#""90s""#, Some(Duration::from_secs(90)));
        check(span, r#""500ms""#, Some(Duration::from_millis(500)));
        check(span, "0.5", Some(Duration::from_millis(500)));
        for none in [
            r#""0""#, "0", "-5", r#""-5m""#, r#""x""#, "true", r#""NaN""#,
        ] {
            check(span, none, None);
        }
    }
}
