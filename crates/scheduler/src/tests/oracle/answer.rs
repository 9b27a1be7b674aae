//! Who may be picked, and what is said if nobody is.

use std::collections::BTreeSet;

use super::{
    acts::ROUTES,
    configured::{Oracle, Place},
    health::{Right, Visit},
    *,
};

/// A request. Those it has been to are `tried`.
pub(super) struct Asked<'a> {
    pub(super) route: usize,
    pub(super) pin: Option<usize>,
    pub(super) preferred: [Option<usize>; 2],
    pub(super) websocket: bool,
    pub(super) tried: &'a BTreeSet<usize>,
    /// The upstream that it has met failing.
    pub(super) met: Option<usize>,
    /// Whether it has doubted a rest.
    pub(super) probed: bool,
    pub(super) now: Instant,
}

/// Who may be picked, none of whom comes before another, and what may be said instead.
#[derive(Default)]
pub(super) struct Answer {
    pub(super) may: Vec<(usize, Right)>,
    pub(super) nobody: Option<NoCapacity>,
    /// Where a turn is taken.
    turn: Option<Place>,
}

impl Answer {
    fn one(who: usize, right: Right) -> Self {
        Self {
            may: vec![(who, right)],
            ..Self::default()
        }
    }

    fn nobody(why: NoCapacity) -> Self {
        Self {
            nobody: Some(why),
            ..Self::default()
        }
    }
}

impl Oracle {
    fn until(&self, route: usize, who: usize, now: Instant) -> Instant {
        self.health.until(self.life(who), ROUTES[route].1, now)
    }

    /// As long as it rests itself, and its upstream is passed over.
    fn kept_until(&self, route: usize, who: usize, now: Instant) -> Instant {
        let upstream = self.upstream(who).and_then(|life| self.health.trial(life));
        self.until(route, who, now).max(upstream.unwrap_or(now))
    }

    pub(super) fn ready(&self, route: usize, now: Instant) -> BTreeSet<usize> {
        let members = self.members().into_iter();
        let ready = members.filter(|&who| self.kept_until(route, who, now) <= now);
        ready.collect()
    }

    pub(super) fn answer(&mut self, asked: &Asked<'_>) -> Answer {
        match asked.pin {
            Some(pin) => self.pinned(pin, asked),
            None => self.free(asked),
        }
    }

    fn pinned(&self, pin: usize, asked: &Asked<'_>) -> Answer {
        if !self.members().contains(&pin) {
            return Answer::nobody(NoCapacity::Unserved);
        }
        if asked.tried.contains(&pin) {
            return Answer::nobody(NoCapacity::Exhausted);
        }
        let kept = self.kept_until(asked.route, pin, asked.now);
        let right = if kept <= asked.now {
            Some(Right::Own)
        } else {
            let upstream = self.to_reach(pin, asked);
            upstream.or_else(|| self.to_doubt(pin, asked))
        };
        right.map_or_else(
            || Answer::nobody(cooling_down(kept, asked.now)),
            |right| Answer::one(pin, right),
        )
    }

    fn free(&mut self, asked: &Asked<'_>) -> Answer {
        let ready = self.ready(asked.route, asked.now);
        let may = |who: &usize| ready.contains(who) && !asked.tried.contains(who);
        if let Some(preferred) = asked.preferred.into_iter().flatten().find(may) {
            return Answer::one(preferred, Right::Own);
        }
        if self.tiers.is_empty() {
            return Answer::nobody(NoCapacity::Unserved);
        }
        for lane in [true, false] {
            let here = |place: &Place| place.0 == asked.route && place.1 == lane;
            let lane = self.tiers.iter_mut().filter(|(place, _)| here(place));
            for (place, tier) in lane.filter(|(place, _)| asked.websocket || !place.1) {
                let turn = tier.turn(&ready, asked.tried);
                if !turn.is_empty() {
                    return Answer {
                        may: turn.into_iter().map(|who| (who, Right::Own)).collect(),
                        turn: Some(*place),
                        nobody: None,
                    };
                }
            }
        }
        self.last_resort(asked)
    }

    /// Nobody is ready: somebody whose upstream is passed over, or whose long rest is doubted.
    fn last_resort(&self, asked: &Asked<'_>) -> Answer {
        let left = self.members().into_iter();
        let left: Vec<_> = left.filter(|who| !asked.tried.contains(who)).collect();
        let granted = |right: &dyn Fn(usize) -> Option<Right>| {
            let granted = left.iter().filter_map(|&who| Some((who, right(who)?)));
            granted.collect::<Vec<_>>()
        };
        let priority = |may: &(usize, Right)| self.entries[may.0].priority;
        let behind = granted(&|who| self.to_reach(who, asked));
        if let Some(top) = behind.iter().map(priority).max() {
            let may = behind.into_iter().filter(|may| priority(may) == top);
            return Answer {
                may: may.collect(),
                ..Answer::default()
            };
        }
        let end = |who| self.kept_until(asked.route, who, asked.now);
        let first = left.iter().map(|&who| end(who)).min();
        let nobody = first.map_or(NoCapacity::Exhausted, |first| {
            cooling_down(first, asked.now)
        });
        let doubted = granted(&|who| self.to_doubt(who, asked));
        // Of one whose rest ends while its upstream is still passed over it need not be known that it
        // can be doubted: for so short a time nobody keeps account of it.
        let sure =
            |&&(who, _): &&(usize, Right)| end(who) == self.until(asked.route, who, asked.now);
        let top = doubted.iter().filter(sure).map(priority).max();
        let may = doubted
            .iter()
            .filter(|may| top.is_none_or(|top| priority(may) >= top));
        Answer {
            may: may.copied().collect(),
            nobody: top.is_none().then_some(nobody),
            turn: None,
        }
    }

    /// The right to go to an upstream that is passed over.
    fn to_reach(&self, who: usize, asked: &Asked<'_>) -> Option<Right> {
        let upstream = self.upstream(who)?;
        if self.until(asked.route, who, asked.now) > asked.now {
            return None;
        }
        if asked.met == Some(upstream.0) {
            return Some(Right::Own);
        }
        let alone = self.health.may_try_alone(upstream);
        alone.then_some(Right::Upstream(upstream))
    }

    /// The right to doubt a rest.
    fn to_doubt(&self, who: usize, asked: &Asked<'_>) -> Option<Right> {
        let life = self.life(who);
        let rests = self.until(asked.route, who, asked.now) > asked.now;
        let due = self.health.due(life, ROUTES[asked.route].1, asked.now) <= asked.now;
        let may = rests && due && !asked.probed && self.health.may_probe(life);
        may.then_some(Right::Probe(life))
    }

    /// A pick has gone there.
    pub(super) fn picked(&mut self, answer: &Answer, visit: Visit, now: Instant) {
        if let Some(place) = answer.turn {
            self.tiers.get_mut(&place).unwrap().taken(visit.who.0);
        }
        self.health.visit(visit, now);
    }

    /// How long until each rest is over that passes by itself. To say so, everybody is looked at.
    pub(super) fn recoveries(&mut self, asked: &Asked<'_>) -> Vec<Duration> {
        let ready = self.ready(asked.route, asked.now);
        for (place, tier) in &mut self.tiers {
            if place.0 == asked.route && !place.1 {
                tier.weighing.asked_all(&ready);
            }
        }
        let models = ROUTES[asked.route].1;
        let waits = |who: &usize| {
            let recovers = self.health.recovers(self.life(*who), models, asked.now);
            recovers && !asked.tried.contains(who)
        };
        let waiting = self.members().into_iter().filter(waits);
        let end = |who| self.kept_until(asked.route, who, asked.now) - asked.now;
        waiting.map(end).collect()
    }

    /// By command. The upstream of one that cannot be picked is left alone.
    pub(super) fn reset(&mut self, who: usize, model: Option<&'static str>) {
        self.health.forget(self.life(who), model);
        if model.is_none() && self.members().contains(&who) {
            self.health.reached(self.upstream(who));
        }
    }
}

fn cooling_down(end: Instant, now: Instant) -> NoCapacity {
    NoCapacity::CoolingDown {
        retry_after: (end - now).max(SECOND),
    }
}
