//! When a credential is refreshed next.

use crate::{Tokens, Validity};
use std::time::{Duration, SystemTime};

/// What a token must have left of its life when it is replaced.
const LEFT: Duration = Duration::from_secs(60);

/// The part of its life that even the shortest-lived token has for being replaced: without any,
/// each of its ends would find requests waiting.
const SHARE: u32 = 5;

/// Dates move earlier by up to this part of the lead, so that equal expiries do not meet.
const JITTER: f64 = 0.05;

/// What a provider, and the operator, say about refreshing a credential.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "made by whoever knows providers and files"
)]
pub struct Policy {
    /// Whether it is refreshed at all; not so for keys, and for accounts that are only listed.
    pub refreshed: bool,
    /// Disabled by its operator. It is refreshed all the same, or it would be dead once it is
    /// enabled again, unless [`Settings`](crate::Settings) say otherwise.
    pub disabled: bool,
    /// How long before its end a token is replaced. `None`: only once a request finds it expired or
    /// refused.
    pub lead: Option<Duration>,
    /// The operator's own interval, from the file: at least this often, and this long before the
    /// end.
    pub interval: Option<Duration>,
}

/// What keeps a credential from being refreshed, for a time or until something changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "for a time, for good, or not")]
pub enum Hold {
    /// Nothing.
    #[default]
    None,
    /// A failure, until this moment.
    Until(SystemTime),
    /// Its token, or its client, is refused: another one is needed.
    Blocked,
}

/// A date, and how far it may move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// When, not before now.
    pub at: SystemTime,
    /// The lead that led to it.
    pub lead: Duration,
}

impl Due {
    /// Moved earlier by up to 5 % of the lead, `fraction` of that (0 to 1); not before `now`.
    #[must_use]
    pub fn earlier(self, fraction: f64, now: SystemTime) -> SystemTime {
        let jitter = self.lead.mul_f64(JITTER * fraction.clamp(0.0, 1.0));
        self.at.checked_sub(jitter).unwrap_or(now).max(now)
    }
}

/// When these tokens are refreshed next; `None` if only a request can be the reason.
#[must_use]
pub fn next_check(tokens: &Tokens, policy: &Policy, hold: Hold, now: SystemTime) -> Option<Due> {
    check(tokens, Validity::of(tokens), policy, hold, now)
}

/// The same, where the validity is known: working it out may mean to decode a JWT.
pub(crate) fn check(
    tokens: &Tokens,
    validity: Validity,
    policy: &Policy,
    hold: Hold,
    now: SystemTime,
) -> Option<Due> {
    if !policy.refreshed || tokens.refresh.is_none() {
        return None;
    }
    match hold {
        Hold::Blocked => return None,
        Hold::Until(at) if at > now => {
            let lead = Duration::ZERO;
            return Some(Due { at, lead });
        }
        Hold::None | Hold::Until(_) => {}
    }
    let interval = policy.interval.filter(|interval| !interval.is_zero());
    let (at, lead) = match (interval, policy.lead) {
        (None, None) => return None,
        (Some(_), _) | (_, Some(_)) if tokens.access.is_empty() => (now, Duration::ZERO),
        (Some(interval), _) => by_interval(validity, interval, now)?,
        (None, Some(lead)) => by_lead(validity, lead, now)?,
    };
    let at = at.max(now);
    Some(Due { at, lead })
}

fn by_interval(
    validity: Validity,
    interval: Duration,
    now: SystemTime,
) -> Option<(SystemTime, Duration)> {
    let Some(last) = validity.issued_at else {
        return Some((now, interval));
    };
    // An interval longer than a token lives would ask for the next one at once, for ever.
    let lead = match validity.lifetime() {
        Some(lifetime) if interval >= lifetime => capped(interval, Some(lifetime)),
        _ => interval,
    };
    let before_end = validity.expires_at.map(|end| before(end, lead, now));
    let after_last = last.checked_add(interval);
    let at = before_end.into_iter().chain(after_last).min()?;
    Some((at, lead))
}

fn by_lead(validity: Validity, lead: Duration, now: SystemTime) -> Option<(SystemTime, Duration)> {
    match (validity.expires_at, validity.issued_at) {
        (Some(end), _) => {
            let lead = capped(lead, validity.lifetime());
            Some((before(end, lead, now), lead))
        }
        (None, Some(last)) => Some((last.checked_add(lead)?, lead)),
        (None, None) => None,
    }
}

/// Without it, a lead of days on a token of an hour would ask for the next one at once, for ever.
fn capped(lead: Duration, lifetime: Option<Duration>) -> Duration {
    match lifetime {
        Some(lifetime) => {
            let most = lifetime.saturating_sub(LEFT).max(lifetime / SHARE);
            lead.min(lifetime / 2).min(most)
        }
        None => lead,
    }
}

fn before(end: SystemTime, lead: Duration, now: SystemTime) -> SystemTime {
    end.checked_sub(lead).unwrap_or(now)
}

#[cfg(test)]
mod tests;
