//! When an upstream says it can be asked again.

use super::{
    facts::Facts,
    go_duration::{self, from_seconds},
};
use cliproxy_core::Scope;
use cliproxy_json::Value;
use http::{HeaderMap, StatusCode};
use jiff::{Timestamp, fmt::rfc2822};
use std::time::{Duration, SystemTime};

/// No hint is believed beyond this: providers reset quotas early more often than they say.
const CEILING: Duration = Duration::from_secs(7 * 24 * 3600);

/// A hint, and how far the limit that it belongs to reaches.
pub(super) struct Hint {
    pub(super) after: Option<Duration>,
    pub(super) scope: Scope,
}

/// The first source that has a value decides; within one source the largest value.
pub(super) fn retry_after(
    headers: &HeaderMap,
    facts: &Facts<'_>,
    status: StatusCode,
    now: SystemTime,
    spread: f64,
) -> Hint {
    let clock = Clock(now);
    let limited = status == StatusCode::TOO_MANY_REQUESTS;
    let unified = Unified::read(headers, clock, spread);
    let after = usage_limit(facts, limited, clock)
        .or(unified.after)
        .or_else(|| asked_to_wait(headers, now))
        .or_else(|| google_details(facts))
        .or_else(|| google_message(facts))
        .or_else(|| openai_message(facts))
        .or_else(|| exhausted(headers, clock))
        .or_else(|| free_usage(facts));
    Hint {
        after: after
            .filter(|after| !after.is_zero())
            .map(|after| after.min(CEILING)),
        scope: unified.scope,
    }
}

/// What the headers that everybody knows ask for: `Retry-After-Ms`, else `Retry-After`.
pub(crate) fn asked_to_wait(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let date = |text: &str| Clock(now).seconds_or_date(text);
    milliseconds(headers).or_else(|| largest(headers, "retry-after", date))
}

/// Turns dates into distances from now; a past one is no hint.
#[derive(Clone, Copy)]
struct Clock(SystemTime);

impl Clock {
    fn until(self, then: SystemTime) -> Option<Duration> {
        then.duration_since(self.0).ok()
    }

    fn unix(self, seconds: f64) -> Option<Duration> {
        // Checked: a `Duration` reaches further than the clock, and adding past its end panics.
        self.until(SystemTime::UNIX_EPOCH.checked_add(from_seconds(seconds)?)?)
    }

    /// A date as RFC 9110 or RFC 3339 writes it.
    fn date(self, text: &str) -> Option<Duration> {
        let then: Timestamp = match text.parse() {
            Ok(then) => then,
            Err(_) => rfc2822::parse(text).ok()?.timestamp(),
        };
        self.until(then.into())
    }

    /// `Retry-After` of RFC 9110 section 10.2.3, fractions allowed.
    fn seconds_or_date(self, text: &str) -> Option<Duration> {
        match text.parse::<f64>() {
            Ok(seconds) => from_seconds(seconds),
            Err(_) => self.date(text),
        }
    }

    /// A moment: unix seconds or a date.
    fn moment(self, text: &str) -> Option<Duration> {
        match text.parse::<f64>() {
            Ok(seconds) => self.unix(seconds),
            Err(_) => self.date(text),
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn largest(
    headers: &HeaderMap,
    name: &str,
    read: impl Fn(&str) -> Option<Duration>,
) -> Option<Duration> {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| read(value.to_str().ok()?.trim()))
        .max()
}

/// ChatGPT's plan limit says when it resets.
fn usage_limit(facts: &Facts<'_>, limited: bool, clock: Clock) -> Option<Duration> {
    if !limited || facts.kind() != "usage_limit_reached" {
        return None;
    }
    let number = |key| facts.error.as_ref()?.get(key)?.as_f64();
    number("resets_at")
        .and_then(|at| clock.unix(at))
        .filter(|after| !after.is_zero())
        .or_else(|| number("resets_in_seconds").and_then(from_seconds))
}

/// Between a second and half a minute later: a window of an account ends for everybody at the same
/// moment, and those who come back in it would be refused together.
fn later(after: Duration, spread: f64) -> Duration {
    let (least, most) = (Duration::from_secs(1), Duration::from_secs(30));
    after.saturating_add(least + (most - least).mul_f64(spread.clamp(0.0, 1.0)))
}

/// Anthropic's unified windows: five hours, seven days, seven days of one model family.
struct Unified {
    after: Option<Duration>,
    scope: Scope,
}

impl Unified {
    fn read(headers: &HeaderMap, clock: Clock, spread: f64) -> Self {
        const PREFIX: &str = "anthropic-ratelimit-unified";
        let status = |window: &str| text(headers, &format!("{PREFIX}{window}-status"));
        let reset = |window: &str| {
            largest(headers, &format!("{PREFIX}{window}-reset"), |text| {
                clock.moment(text)
            })
        };
        let rejected = |window: &str| status(window) == Some("rejected");
        let windows = ["-5h", "-7d", "-7d_oi", ""];
        let after = windows
            .iter()
            .filter(|window| rejected(window))
            .filter_map(|window| reset(window))
            .max()
            .map(|after| later(after, spread));
        let family_only = rejected("-7d_oi")
            && status("-5h") == Some("allowed")
            && status("-7d") == Some("allowed");
        let account = rejected("-5h") || rejected("-7d") || rejected("") && !family_only;
        Self {
            after,
            scope: if account {
                Scope::Credential
            } else {
                Scope::Model
            },
        }
    }
}

fn milliseconds(headers: &HeaderMap) -> Option<Duration> {
    largest(headers, "retry-after-ms", |text| {
        from_seconds(text.parse::<f64>().ok()? / 1e3)
    })
}

/// `google.rpc.RetryInfo` and `google.rpc.ErrorInfo` in `error.details`.
fn google_details(facts: &Facts<'_>) -> Option<Duration> {
    let details = || {
        facts
            .error
            .iter()
            .filter_map(|error| error.get("details"))
            .flat_map(|details| details.elements())
    };
    let duration = |value: Option<Value<'_>>| go_duration::prefix(&value?.as_str()?);
    details()
        .filter(|detail| {
            detail
                .get("@type")
                .and_then(|kind| kind.as_str())
                .is_some_and(|kind| kind.ends_with("google.rpc.RetryInfo"))
        })
        .find_map(|detail| duration(detail.get("retryDelay")))
        .or_else(|| {
            details().find_map(|detail| duration(detail.at(&["metadata", "quotaResetDelay"])))
        })
}

fn google_message(facts: &Facts<'_>) -> Option<Duration> {
    ["reset after ", "retry in ", "retry after "]
        .iter()
        .find_map(|words| go_duration::prefix(facts.message.split_once(words)?.1))
}

/// "Please try again in 1.5s", "20ms" or "3 seconds".
fn openai_message(facts: &Facts<'_>) -> Option<Duration> {
    let (_, rest) = facts.message.split_once("try again in ")?;
    go_duration::prefix(rest).or_else(|| {
        let (number, unit) = rest.split_once(' ')?;
        unit.starts_with("second")
            .then(|| from_seconds(number.parse().ok()?))?
    })
}

/// Limits whose remainder is zero, with the time their window starts anew.
fn exhausted(headers: &HeaderMap, clock: Clock) -> Option<Duration> {
    let empty = |name: String| text(headers, &name) == Some("0");
    let openai = ["requests", "tokens"].iter().filter_map(|what| {
        empty(format!("x-ratelimit-remaining-{what}"))
            .then(|| go_duration::prefix(text(headers, &format!("x-ratelimit-reset-{what}"))?))?
    });
    let windows = ["requests", "tokens", "input-tokens", "output-tokens"];
    let anthropic = windows.iter().filter_map(|what| {
        empty(format!("anthropic-ratelimit-{what}-remaining"))
            .then(|| clock.date(text(headers, &format!("anthropic-ratelimit-{what}-reset"))?))?
    });
    let codex = ["primary", "secondary"].iter().filter_map(|window| {
        let used: f64 = text(headers, &format!("x-codex-{window}-used-percent"))?
            .parse()
            .ok()?;
        (used >= 100.0)
            .then(|| clock.moment(text(headers, &format!("x-codex-{window}-reset-at"))?))?
    });
    openai
        .max()
        .or_else(|| anthropic.max())
        .or_else(|| codex.max())
}

/// xAI's free tier does not say when its day ends.
fn free_usage(facts: &Facts<'_>) -> Option<Duration> {
    let exhausted = facts.code().ends_with("free-usage-exhausted");
    exhausted.then_some(Duration::from_secs(24 * 3600))
}
