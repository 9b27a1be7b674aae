//! What happens to a credential next, and what a request is told meanwhile.

use super::{Phase, Record, Standing, Waiter};
use crate::{Condition, Hold, Outcome, Reason, Settings, Status, Trouble, backoff, policy, spread};
use std::{
    mem,
    time::{Duration, SystemTime},
};

/// The shortest time between two refreshes that nobody's expiry asks for: one that an upstream has
/// refused anew is not made better by a third.
pub(super) const PAUSE: Duration = Duration::from_secs(30);

/// `at`, if it lies ahead and no further than anything here is ever put off. A clock that was put
/// back would make a wait of seconds one of hours.
pub(super) fn ahead(at: SystemTime, longest: Duration, now: SystemTime) -> Option<SystemTime> {
    (now < at && at <= now + longest).then_some(at)
}

impl Record {
    /// When an attempt is made without anybody asking.
    pub(crate) fn next(&self, settings: Settings, now: SystemTime) -> Option<SystemTime> {
        if let Some(unwritten) = &self.unwritten {
            let next_try = ahead(unwritten.next_try, backoff::LONGEST_UNWRITTEN, now);
            return Some(next_try.unwrap_or(now));
        }
        let policy = self.spec.policy;
        if policy.disabled && !settings.refresh_disabled {
            return None;
        }
        let at = match self.hold(now) {
            // In doubt, the sooner it is known the better.
            Hold::None if self.doubt.is_some() && policy.refreshed => now,
            Hold::Until(next_try) if self.doubt.is_some() => next_try,
            hold => self.due(hold, now)?,
        };
        let turn = self
            .spread_until
            .and_then(|at| ahead(at, spread::WHOLE, now));
        Some(at).max(turn).max(self.pause(now))
    }

    /// By the rule, with its share of the jitter.
    pub(super) fn due(&self, hold: Hold, now: SystemTime) -> Option<SystemTime> {
        let current = self.live.load();
        let (tokens, validity) = (&current.tokens, current.validity);
        let due = policy::check(tokens, validity, &self.spec.policy, hold, now)?;
        Some(due.earlier(self.share.jitter, now))
    }

    fn hold(&self, now: SystemTime) -> Hold {
        match &self.standing {
            Standing::Sound => Hold::None,
            Standing::Failing { next_try, .. } => {
                ahead(*next_try, backoff::LONGEST, now).map_or(Hold::None, Hold::Until)
            }
            Standing::NeedsLogin(_) | Standing::Misconfigured => Hold::Blocked,
        }
    }

    fn pause(&self, now: SystemTime) -> Option<SystemTime> {
        ahead(self.granted_at? + PAUSE, PAUSE, now)
    }

    /// Whether the token endpoint may be asked now.
    pub(crate) fn may_ask(&self, now: SystemTime) -> bool {
        self.hold(now) == Hold::None
    }

    /// What somebody is told who asks while nothing runs; `None` if an attempt is to be made.
    pub(crate) fn refusal(&self, reason: Reason, now: SystemTime) -> Option<Outcome> {
        let current = self.live.load();
        if !self.spec.policy.refreshed || current.tokens.refresh.is_none() {
            return Some(Outcome::Unrefreshable);
        }
        if let Some(outcome) = self.failure(now) {
            return Some(outcome);
        }
        let failed = |trouble, next_try| Some(Outcome::Failed { trouble, next_try });
        if let Some(unwritten) = &self.unwritten
            && let Some(next_try) = ahead(unwritten.next_try, backoff::LONGEST_UNWRITTEN, now)
            && !current.is_expired(now)
        {
            return failed(Trouble::Storage, next_try);
        }
        match self.pause(now) {
            Some(pause) if reason == Reason::Rejected => failed(Trouble::Ineffective, pause),
            _ => None,
        }
    }

    /// What keeps it from being refreshed now.
    fn failure(&self, now: SystemTime) -> Option<Outcome> {
        match &self.standing {
            Standing::Failing { trouble, .. } => match self.hold(now) {
                Hold::Until(next_try) => Some(Outcome::Failed {
                    trouble: *trouble,
                    next_try,
                }),
                Hold::None | Hold::Blocked => None,
            },
            Standing::Sound => None,
            Standing::NeedsLogin(verdict) => Some(Outcome::NeedsLogin(verdict.reason)),
            Standing::Misconfigured => Some(Outcome::Misconfigured),
        }
    }

    /// Tells those who wait how it ended. Who came too late for what that attempt was about
    /// (it wrote, and asked nobody; it asked somebody who is not asked any more) waits for another.
    pub(crate) fn tell_ended(&mut self, now: SystemTime) {
        self.tell(|record, waiter| {
            let answer = record.answer(waiter, now);
            answer.or_else(|| record.refusal(waiter.reason, now))
        });
    }

    /// Tells those who have what they wait for.
    pub(crate) fn tell_served(&mut self, now: SystemTime) {
        self.tell(|record, waiter| record.answer(waiter, now));
    }

    /// Tells all others that there will be no attempt any more.
    pub(crate) fn dismiss(&mut self) {
        self.tell(|_, _| Some(Outcome::Stopped));
    }

    fn tell(&mut self, outcome: impl Fn(&Self, &Waiter) -> Option<Outcome>) {
        for waiter in mem::take(&mut self.waiters) {
            match outcome(self, &waiter) {
                // Whoever has left does not hear it.
                Some(outcome) => drop(waiter.tell.send(outcome)),
                None => self.waiters.push(waiter),
            }
        }
    }

    fn answer(&self, waiter: &Waiter, now: SystemTime) -> Option<Outcome> {
        let current = self.live.load();
        let better = match waiter.reason {
            Reason::Expired => true,
            Reason::Rejected => current.revision > waiter.seen,
            Reason::Checked => self.failure(now).is_none(),
        };
        (better && !current.is_expired(now)).then_some(Outcome::Fresh(current))
    }

    pub(crate) fn status(&self, settings: Settings, now: SystemTime) -> Status {
        let current = self.live.load();
        Status {
            condition: self.condition(),
            due_at: self.next(settings, now),
            expires_at: current.validity.expires_at,
            refreshed_at: current.tokens.refreshed_at,
            revision: current.revision,
            last_error: self.last_error.clone(),
        }
    }

    fn condition(&self) -> Condition {
        match (&self.standing, &self.unwritten) {
            (Standing::NeedsLogin(verdict), _) => Condition::NeedsLogin(verdict.reason),
            (_, Some(unwritten)) => Condition::AtRisk {
                next_try: unwritten.next_try,
            },
            (Standing::Misconfigured, _) => Condition::Misconfigured,
            _ if self.doubted() => Condition::RotationUncertain,
            _ if self.phase != Phase::Idle => Condition::Refreshing,
            (Standing::Failing { trouble, next_try }, _) => Condition::Failing {
                trouble: *trouble,
                next_try: *next_try,
            },
            _ if !self.spec.policy.refreshed => Condition::NotRefreshed,
            (Standing::Sound, _) => Condition::Fresh,
        }
    }
}
