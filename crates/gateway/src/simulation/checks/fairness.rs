//! Whether everybody gets their turn, under round-robin.
//!
//! The units of a tier are its credentials; where all of them are projects of several accounts, they
//! are the accounts, and again the projects of each account.
//!
//! - *Even.* Over turns that all see the same units ready, and that pass over nobody because a
//!   request has tried them, no unit has two turns more than another. The cursor goes to the successor
//!   of what was picked, so before one has a second turn all others have had their first.
//! - *Soon.* No unit has a second turn before one that was ready all the time has had its first,
//!   whatever becomes of all others, and across reloads. So whoever stays ready waits for at most one
//!   turn of each other unit, and nobody starves.

use super::View;
use crate::simulation::reign::RouteId;
use cliproxy_core::CredentialId;
use cliproxy_scheduler::{Standing, State};
use rustc_hash::FxHashMap;
use std::{fmt::Debug, hash::Hash, sync::Arc};

/// The turns of everybody.
#[derive(Default)]
pub(super) struct Fairness {
    tiers: FxHashMap<(RouteId, i32), Tracked>,
    /// The live one.
    epoch: u64,
    pub(super) longest: Longest,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Longest {
    /// Turns that saw the same units ready.
    pub(super) window: u64,
    /// Turns that one who stayed ready has waited for, and of how many units.
    pub(super) wait: (u64, usize),
}

/// One tier.
struct Tracked {
    epoch: u64,
    strategies: u64,
    /// As in the tier: another order begins another count.
    order: Vec<CredentialId>,
    credentials: Turns<CredentialId>,
    accounts: Turns<Arc<str>>,
    projects: FxHashMap<Arc<str>, Turns<CredentialId>>,
}

/// The turns of units that take them one after the other.
struct Turns<U> {
    taken: u64,
    units: FxHashMap<U, Unit>,
    /// Who was ready at the last turn, and since when that is so.
    ready: Vec<U>,
    window: u64,
}

/// What one unit has had, in turns of all.
#[derive(Clone, Copy, Default)]
struct Unit {
    last: u64,
    /// Since when it has been ready without a turn.
    waits_since: u64,
    is_waiting: bool,
    /// When it was there, ready or not.
    seen: u64,
    /// Its turns in this window.
    turns: u64,
}

/// How a unit is before a turn.
struct Seen<U> {
    unit: U,
    ready: bool,
    tried: bool,
}

impl Fairness {
    pub(super) const fn reloads(&mut self) {
        self.epoch += 1;
    }

    /// Turns were taken that cannot be counted.
    pub(super) fn disturb(&mut self, route: RouteId) {
        self.tiers.retain(|(other, _), _| *other != route);
    }

    /// Somebody of `tier` was picked.
    pub(super) fn turn(
        &mut self,
        route: RouteId,
        view: &View<'_>,
        tier: &[&Standing<'_>],
        picked: &CredentialId,
    ) -> Result<(), String> {
        let key = (route, tier[0].priority);
        if view.reign.epoch < self.epoch {
            // Of an earlier roster, which may share the tier with the live one or not.
            self.tiers.remove(&key);
            return Ok(());
        }
        let tracked = self.tiers.entry(key);
        let tracked = tracked.or_insert_with(|| Tracked::new(view));
        tracked.succeed(view, tier);
        let longest = &mut self.longest;
        let parent = |who: &CredentialId| view.reign.account(who).parent.clone();
        let seen = |one: &&Standing<'_>| Seen {
            unit: one.credential.clone(),
            ready: one.state == State::Ready,
            tried: view.tried.contains(one.credential),
        };
        let parents: Option<Vec<_>> = tier.iter().map(|one| parent(one.credential)).collect();
        let several = parents.filter(|parents| parents.iter().any(|one| *one != parents[0]));
        let (Some(parents), Some(own)) = (several, parent(picked)) else {
            let seen = tier.iter().map(seen);
            return tracked.credentials.turn(seen, picked, longest);
        };
        let mut accounts: Vec<Seen<Arc<str>>> = Vec::new();
        for (one, parent) in tier.iter().zip(&parents) {
            let project = seen(one);
            // An account of which some project can be picked.
            let ready = project.ready && !project.tried;
            match accounts.iter_mut().find(|account| account.unit == *parent) {
                Some(account) => account.ready |= ready,
                None => accounts.push(Seen {
                    unit: Arc::clone(parent),
                    ready,
                    tried: false,
                }),
            }
        }
        tracked.accounts.turn(accounts.into_iter(), &own, longest)?;
        let of_account = tier.iter().zip(&parents);
        let of_account = of_account.filter(|(_, parent)| **parent == own);
        let turns = tracked.projects.entry(Arc::clone(&own)).or_default();
        turns.turn(of_account.map(|(one, _)| seen(one)), picked, longest)
    }
}

impl Tracked {
    fn new(view: &View<'_>) -> Self {
        Self {
            epoch: view.reign.epoch,
            strategies: view.reign.strategies,
            order: Vec::new(),
            credentials: Turns::default(),
            accounts: Turns::default(),
            projects: FxHashMap::default(),
        }
    }

    /// Goes on with the tier of a later roster.
    fn succeed(&mut self, view: &View<'_>, tier: &[&Standing<'_>]) {
        if self.epoch == view.reign.epoch && !self.order.is_empty() {
            return;
        }
        let order: Vec<_> = tier.iter().map(|one| one.credential.clone()).collect();
        let places = self.order.iter().filter_map(|one| {
            let mut others = order.iter();
            others.position(|other| other == one)
        });
        let as_before = places.is_sorted_by(|a, b| a < b);
        if !as_before || self.strategies != view.reign.strategies {
            *self = Self::new(view);
        }
        self.epoch = view.reign.epoch;
        self.order = order;
        self.credentials.ready.clear();
        self.accounts.ready.clear();
        for projects in self.projects.values_mut() {
            projects.ready.clear();
        }
    }
}

impl<U: Clone + Eq + Hash + Debug> Turns<U> {
    fn turn(
        &mut self,
        seen: impl Iterator<Item = Seen<U>>,
        picked: &U,
        longest: &mut Longest,
    ) -> Result<(), String> {
        self.taken += 1;
        let now = self.taken;
        let own = self.units.entry(picked.clone()).or_default();
        let before_last = std::mem::replace(&mut own.last, now);
        own.is_waiting = false;
        let mut ready = Vec::new();
        let mut passed_over = false;
        let mut all = 0;
        let mut longest_wait = 0;
        let mut result = Ok(());
        for Seen {
            unit: name,
            ready: is_ready,
            tried,
        } in seen
        {
            all += 1;
            if is_ready {
                ready.push(name.clone());
                passed_over |= tried;
            }
            if name == *picked {
                continue;
            }
            let unit = self.units.entry(name.clone()).or_default();
            let was_away = std::mem::replace(&mut unit.seen, now) + 1 != now;
            unit.is_waiting &= !was_away;
            if !is_ready || tried {
                unit.is_waiting = false;
                continue;
            }
            if !unit.is_waiting {
                (unit.is_waiting, unit.waits_since) = (true, now);
            }
            let waited = now - unit.waits_since + 1;
            longest_wait = longest_wait.max(waited);
            if unit.waits_since <= before_last {
                result = Err(format!(
                    "its second turn while {name:?} waits for {waited} turns"
                ));
            }
        }
        longest.wait = longest.wait.max((longest_wait, all));
        if ready != self.ready || passed_over {
            self.window = 0;
            self.ready = ready;
            for unit in self.units.values_mut() {
                unit.turns = 0;
            }
        }
        if !passed_over {
            self.window += 1;
            longest.window = longest.window.max(self.window);
            self.units.entry(picked.clone()).or_default().turns += 1;
        }
        let turns = self.ready.iter().map(|unit| self.units[unit].turns);
        let (least, most) = turns.fold((u64::MAX, 0), |(least, most), turns| {
            (least.min(turns), most.max(turns))
        });
        if most > least + 1 {
            return Err(format!(
                "{least} to {most} turns in a window of {}",
                self.window
            ));
        }
        result
    }
}

impl<U> Default for Turns<U> {
    fn default() -> Self {
        Self {
            taken: 0,
            units: FxHashMap::default(),
            ready: Vec::new(),
            window: 0,
        }
    }
}
