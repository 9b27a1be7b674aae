//! What happens to a credential next, and what a request is told meanwhile.

use super::{Phase, Record, Standing, Waiter};
use crate::{Condition, Hold, Outcome, Reason, Settings, Status, Trouble, next_check};
use std::{
    mem,
    time::{Duration, SystemTime},
};

/// The shortest time between two refreshes that nobody's expiry asks for: one that an upstream has
/// refused anew is not made better by a third.
pub(super) const PAUSE: Duration = Duration::from_secs(30);

impl Record {
    /// When an attempt is made without anybody asking.
    pub(crate) fn next(&self, settings: Settings, now: SystemTime) -> Option<SystemTime> {
        if let Some(unwritten) = &self.unwritten {
            return Some(unwritten.next_try);
        }
        let policy = &self.spec.policy;
        if policy.disabled && !settings.refresh_disabled {
            return None;
        }
        let at = match self.hold() {
            // In doubt, the sooner it is known the better.
            Hold::None if self.doubt.is_some() && policy.refreshed => now,
            Hold::Until(next_try) if self.doubt.is_some() => next_try.max(now),
            hold => next_check(&self.live.load().tokens, policy, hold, now)?
                .earlier(self.share.jitter, now),
        };
        let pause = self.granted_at.map(|at| at + PAUSE);
        Some(at).max(self.spread_until).max(pause)
    }

    fn hold(&self) -> Hold {
        match &self.standing {
            Standing::Sound => Hold::None,
            Standing::Failing { next_try, .. } => Hold::Until(*next_try),
            Standing::NeedsLogin(_) | Standing::Misconfigured => Hold::Blocked,
        }
    }

    /// Whether the token endpoint may be asked now.
    pub(crate) fn may_ask(&self, now: SystemTime) -> bool {
        match self.hold() {
            Hold::None => true,
            Hold::Until(next_try) => next_try <= now,
            Hold::Blocked => false,
        }
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
            && unwritten.next_try > now
            && !current.is_expired(now)
        {
            return failed(Trouble::Storage, unwritten.next_try);
        }
        match self.granted_at.map(|at| at + PAUSE) {
            Some(pause) if reason == Reason::Rejected && pause > now => {
                failed(Trouble::Ineffective, pause)
            }
            _ => None,
        }
    }

    /// What keeps it from being refreshed now.
    fn failure(&self, now: SystemTime) -> Option<Outcome> {
        match &self.standing {
            Standing::Failing { trouble, next_try } if *next_try > now => Some(Outcome::Failed {
                trouble: *trouble,
                next_try: *next_try,
            }),
            Standing::Sound | Standing::Failing { .. } => None,
            Standing::NeedsLogin(verdict) => Some(Outcome::NeedsLogin(verdict.reason)),
            Standing::Misconfigured => Some(Outcome::Misconfigured),
        }
    }

    /// Tells those who wait how it ended.
    pub(crate) fn tell_all(&mut self, now: SystemTime) {
        for waiter in mem::take(&mut self.waiters) {
            let outcome = self.answer(&waiter, now).unwrap_or_else(|| {
                let otherwise = Outcome::Failed {
                    trouble: Trouble::Interrupted,
                    next_try: now,
                };
                self.refusal(waiter.reason, now).unwrap_or(otherwise)
            });
            // Whoever has left does not hear it.
            let _ = waiter.tell.send(outcome);
        }
    }

    /// Tells those who have what they wait for.
    pub(crate) fn tell_served(&mut self, now: SystemTime) {
        for waiter in mem::take(&mut self.waiters) {
            match self.answer(&waiter, now) {
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
