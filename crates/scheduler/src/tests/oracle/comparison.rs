//! Does to a roster and to the oracle the same, and compares what they say.

use std::collections::BTreeSet;

use proptest::{prop_assert, prop_assert_eq, sample::Index, test_runner::TestCaseError};

use super::{
    acts::{Act, Entry, ROUTES, UPSTREAMS, Which, Wish},
    answer::{Answer, Asked},
    configured::{Oracle, name, upstream_name},
    health::{Right, Visit},
    *,
};

type Agreement = Result<(), TestCaseError>;

pub(super) struct Comparison {
    stage: Stage,
    oracle: Oracle,
    /// Those that were replaced; requests may end under them.
    rosters: Vec<Roster>,
    open: Vec<Open>,
}

/// A pick that is not over.
struct Open {
    age: usize,
    pick: Pick,
    route: usize,
    visit: Visit,
}

impl Comparison {
    pub(super) fn new(strategy: Strategy, entries: Vec<Entry>) -> Self {
        let oracle = Oracle::new(strategy, entries, Instant::now());
        Self {
            stage: Stage::with(oracle.spec()),
            oracle,
            rosters: Vec::new(),
            open: Vec::new(),
        }
    }

    pub(super) fn act(&mut self, act: Act) -> Agreement {
        match act {
            Act::Pick(wish) => self.pick(wish)?,
            Act::Record {
                which,
                target,
                outcome,
            } => self.record(which, target, outcome),
            Act::Drop(which) => {
                if let Some(which) = self.which(which) {
                    let over = self.open.remove(which);
                    self.oracle.health.leave(over.visit);
                }
            }
            Act::Reset(who, of) => {
                let target = of.map(model);
                let known =
                    self.stage
                        .roster
                        .reset(&id(&name(who)), target.as_ref(), self.stage.now);
                prop_assert_eq!(known.is_some(), self.oracle.entries[who].member);
                if known.is_some() {
                    self.oracle.reset(who, of);
                }
            }
            Act::Wait(time) => self.stage.wait(time),
            Act::Reload { strategy, changes } => {
                self.oracle.reload(strategy, changes, self.stage.now);
                let next = self.oracle.spec();
                let next = Roster::build(next, Some(&self.stage.roster), self.stage.now);
                self.rosters
                    .push(std::mem::replace(&mut self.stage.roster, next));
            }
        }
        Ok(())
    }

    fn pick(&mut self, wish: Wish) -> Agreement {
        let now = self.stage.now;
        let mut tried = wish.tried;
        let mut been = Tried::default();
        let (mut met, mut probed) = (None, false);
        let after = wish
            .after
            .map(|(which, failing)| (self.which(which), failing));
        if let Some((Some(which), failing)) = after {
            let before = &self.open[which];
            been.visited(&before.pick);
            tried.insert(before.visit.who.0);
            probed = matches!(before.visit.right, Right::Probe(_));
            if failing {
                been.met_failing(&before.pick);
                met = before.visit.upstream.map(|life| life.0);
            }
        }
        for &who in &tried {
            been.push(id(&name(who)));
        }
        let asked = Asked {
            route: wish.route,
            pin: wish.pin,
            preferred: [wish.sticky, wish.stand_in],
            websocket: wish.websocket,
            tried: &tried,
            met,
            probed,
            now,
        };
        let answer = self.oracle.answer(&asked);
        let [pin, sticky, stand_in] =
            [wish.pin, wish.sticky, wish.stand_in].map(|who| who.map(|who| id(&name(who))));
        let shard = self.stage.roster.shard(ROUTES[wish.route].0).unwrap();
        let query = Query {
            pin: pin.as_ref(),
            sticky: sticky.as_ref(),
            stand_in: stand_in.as_ref(),
            websocket: wish.websocket,
            ..Query::of(shard, &been)
        };
        match self.stage.roster.pick(&query, now) {
            Ok(pick) => self.picked(&asked, wish.sticky, &answer, pick),
            Err(nobody) => {
                prop_assert_eq!(Some(nobody), answer.nobody, "{}", names(&answer));
                if asked.pin.is_none() {
                    let earliest = self.stage.roster.earliest_recovery(shard, &been, now);
                    let recoveries = self.oracle.recoveries(&asked);
                    prop_assert_eq!(earliest.is_none(), recoveries.is_empty());
                    prop_assert!(earliest.is_none_or(|wait| recoveries.contains(&wait)));
                }
                Ok(())
            }
        }
    }

    fn picked(
        &mut self,
        asked: &Asked<'_>,
        sticky: Option<usize>,
        answer: &Answer,
        pick: Pick,
    ) -> Agreement {
        let found = answer.may.iter();
        let mut found = found.filter(|(who, _)| name(*who) == pick.credential().as_str());
        let Some(&(who, right)) = found.next() else {
            let expected = (names(answer), answer.nobody);
            return Err(TestCaseError::fail(format!(
                "{} instead of {expected:?}",
                pick.credential()
            )));
        };
        prop_assert_eq!(pick.is_probe(), matches!(right, Right::Probe(_)));
        let generation = Generation(self.oracle.entries[who].generation);
        prop_assert_eq!(pick.generation(), generation);
        let ready = self.oracle.ready(asked.route, asked.now).contains(&who);
        let hit = sticky == Some(who) && (ready || asked.pin.is_some());
        prop_assert_eq!(pick.sticky_hit(), hit);
        self.targets_agree(asked, who, &pick)?;
        let visit = Visit {
            who: self.oracle.life(who),
            upstream: self.oracle.upstream(who),
            right,
        };
        self.oracle.picked(answer, visit, asked.now);
        self.open.push(Open {
            age: self.rosters.len(),
            pick,
            route: asked.route,
            visit,
        });
        Ok(())
    }

    /// Every model that does not rest, and of one that is doubted one that may be.
    fn targets_agree(&self, asked: &Asked<'_>, who: usize, pick: &Pick) -> Agreement {
        let (oracle, now) = (&self.oracle, asked.now);
        let free = |of: &&&'static str| {
            let (life, models) = (oracle.life(who), [**of]);
            let until = oracle.health.until(life, &models, now);
            let due = oracle.health.due(life, &models, now);
            until <= now || pick.is_probe() && due <= now
        };
        let free: Vec<_> = ROUTES[asked.route].1.iter().filter(free).copied().collect();
        let targets: BTreeSet<_> = self
            .stage
            .roster
            .targets(pick, now)
            .map(ModelId::as_str)
            .collect();
        prop_assert!(targets.iter().all(|of| free.contains(of)));
        let many = if pick.is_probe() { 1 } else { free.len() };
        prop_assert_eq!(targets.len(), many);
        Ok(())
    }

    fn which(&self, which: Which) -> Option<usize> {
        let last = self.open.len().checked_sub(1)?;
        Some(which.map_or(last, |which| which.index(self.open.len())))
    }

    fn record(&mut self, which: Which, target: Index, outcome: Outcome) {
        let Some(which) = self.which(which) else {
            return;
        };
        let open = &self.open[which];
        let roster = self.rosters.get(open.age).unwrap_or(&self.stage.roster);
        let target = *target.get(ROUTES[open.route].1);
        roster.record(&open.pick, &model(target), outcome, self.stage.now);
        self.oracle
            .health
            .record(open.visit, target, outcome, self.stage.now);
    }

    /// Who rests, and which upstreams are passed over.
    pub(super) fn health_agrees(&self) -> Agreement {
        let (oracle, now) = (&self.oracle, self.stage.now);
        let entries = oracle.entries.iter().enumerate();
        for (who, _) in entries.filter(|(_, entry)| entry.member) {
            for of in ["m1", "m2"] {
                let expected = oracle.health.block(oracle.life(who), of, now);
                prop_assert_eq!(self.stage.block(&name(who), of), expected, "{} {}", who, of);
            }
        }
        let rests = (0..UPSTREAMS).filter_map(|upstream| {
            let trial = oracle.health.trial(oracle.upstream_life(upstream))?;
            Some((
                upstream_name(upstream),
                trial.saturating_duration_since(now),
            ))
        });
        let at_rest = self.stage.roster.upstreams_at_rest(now).into_iter();
        let at_rest = at_rest.map(|rest| (rest.upstream.to_string(), rest.trial));
        prop_assert_eq!(at_rest.collect::<Vec<_>>(), rests.collect::<Vec<_>>());
        Ok(())
    }
}

fn names(answer: &Answer) -> String {
    let names = answer.may.iter().map(|&(who, _)| name(who));
    names.collect::<Vec<_>>().join(" or ")
}
