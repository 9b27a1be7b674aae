//! The roster against a model of it that looks at every candidate every time.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{
    prelude::{Just, Strategy as Generator, any, prop},
    prop_assert_eq, prop_oneof, proptest,
    sample::Index,
};

use super::*;

/// Each route has its own tiers; both share `m1`.
const ROUTES: [(&str, &[&str], i32); 2] = [("single", &["m1"], 3), ("pool", &["m1", "m2"], 2)];
const CREDENTIALS: usize = 8;

#[derive(Clone, Debug)]
enum Act {
    Pick {
        route: usize,
        pin: Option<usize>,
        sticky: Option<usize>,
        tried: BTreeSet<usize>,
    },
    /// An earlier pick comes to its end.
    Finish {
        which: Index,
        target: Index,
        outcome: Outcome,
    },
    Wait(Duration),
    Reload {
        strategy: Strategy,
        members: BTreeSet<usize>,
        reborn: Option<usize>,
    },
}

fn acts() -> impl Generator<Value = Vec<Act>> {
    let credential = 0..CREDENTIALS;
    let several = || prop::collection::btree_set(0..CREDENTIALS, 0..CREDENTIALS);
    let rarely = |percent| prop::option::weighted(percent, credential.clone());
    let pick = (0..ROUTES.len(), rarely(0.1), rarely(0.3), several()).prop_map(
        |(route, pin, sticky, tried)| Act::Pick {
            route,
            pin,
            sticky,
            // Mostly first attempts.
            tried: if tried.len() > 4 {
                tried
            } else {
                BTreeSet::new()
            },
        },
    );
    let hint = (1..5_000u64).prop_map(Duration::from_millis);
    let scope = prop_oneof![3 => Just(Scope::Model), 1 => Just(Scope::Credential)];
    let outcome = prop_oneof![
        2 => (scope, hint).prop_map(|(scope, hint)| failed(ErrorKind::Quota, scope, Some(hint))),
        1 => Just(Outcome::Succeeded),
    ];
    let finish = (any::<Index>(), any::<Index>(), outcome).prop_map(|(which, target, outcome)| {
        Act::Finish {
            which,
            target,
            outcome,
        }
    });
    let strategy = prop_oneof![3 => Just(Strategy::RoundRobin), 1 => Just(Strategy::FillFirst)];
    let reload =
        (strategy, several(), rarely(0.2)).prop_map(|(strategy, without, reborn)| Act::Reload {
            strategy,
            members: (0..CREDENTIALS)
                .filter(|member| !without.contains(member))
                .collect(),
            reborn,
        });
    let wait = (0..3_000u64).prop_map(|millis| Act::Wait(Duration::from_millis(millis)));
    let act = prop_oneof![12 => pick, 8 => finish, 3 => wait, 1 => reload];
    prop::collection::vec(act, 1..120)
}

/// Whose health: a credential's in one of its lives, of one model or as a whole.
type Cell = (usize, u64, Option<&'static str>);

struct Model {
    strategy: Strategy,
    members: BTreeSet<usize>,
    /// Counts how often a credential was removed or reborn.
    lives: [u64; CREDENTIALS],
    generations: [u64; CREDENTIALS],
    until: BTreeMap<Cell, Instant>,
    next: BTreeMap<(usize, i32), usize>,
}

impl Model {
    fn new() -> Self {
        Self {
            strategy: Strategy::RoundRobin,
            members: (0..CREDENTIALS).collect(),
            lives: [0; CREDENTIALS],
            generations: [0; CREDENTIALS],
            until: BTreeMap::new(),
            next: BTreeMap::new(),
        }
    }

    fn spec(&self) -> RosterSpec {
        let shards = ROUTES.iter().map(|&(key, targets, tiers)| {
            let members = self.members.iter().rev().map(|&member| CandidateSpec {
                generation: Generation(self.generations[member]),
                priority: member as i32 % tiers,
                ..pool(&name(member), targets)
            });
            shard(key, members.collect())
        });
        RosterSpec {
            strategy: self.strategy.clone(),
            shards: shards.collect(),
            seed: 0,
        }
    }

    fn tier(&self, route: usize, priority: i32) -> Vec<usize> {
        let belongs = |&&member: &&usize| member as i32 % ROUTES[route].2 == priority;
        self.members.iter().filter(belongs).copied().collect()
    }

    fn cell(&self, member: usize, model: Option<&'static str>) -> Option<Instant> {
        self.until
            .get(&(member, self.lives[member], model))
            .copied()
    }

    /// The end of the block, if there is one.
    fn blocked(&self, route: usize, member: usize, now: Instant) -> Option<Instant> {
        let targets = ROUTES[route].1.iter();
        let pool = targets
            .map(|target| self.cell(member, Some(target)))
            .min()
            .flatten();
        let until = pool.max(self.cell(member, None));
        until.filter(|&until| until > now)
    }

    fn pick(
        &mut self,
        (route, pin, sticky, tried): (usize, Option<usize>, Option<usize>, &BTreeSet<usize>),
        now: Instant,
    ) -> Result<usize, NoCapacity> {
        let candidates: Vec<_> = match pin {
            Some(pin) => self.members.get(&pin).copied().into_iter().collect(),
            None => self.members.iter().copied().collect(),
        };
        if candidates.is_empty() {
            return Err(NoCapacity::Unserved);
        }
        let untried = candidates
            .into_iter()
            .filter(|member| !tried.contains(member));
        let (ready, blocked): (Vec<_>, Vec<_>) =
            untried.partition(|&member| self.blocked(route, member, now).is_none());
        if ready.is_empty() {
            let ends = blocked
                .iter()
                .filter_map(|&member| self.blocked(route, member, now));
            return Err(ends.min().map_or(NoCapacity::Exhausted, |end| {
                let retry_after = (end - now).max(SECOND);
                NoCapacity::CoolingDown { retry_after }
            }));
        }
        if let Some(wanted) = pin.or(sticky).filter(|wanted| ready.contains(wanted)) {
            return Ok(wanted);
        }
        let priority = |&member: &usize| member as i32 % ROUTES[route].2;
        let priority = ready.iter().map(priority).max().unwrap();
        let tier = self.tier(route, priority);
        let next = match self.strategy {
            Strategy::FillFirst => 0,
            _ => *self.next.entry((route, priority)).or_insert(tier[0]),
        };
        let start = tier.iter().position(|&member| member >= next).unwrap();
        let order = || tier.iter().cycle().skip(start);
        let picked = *order().find(|member| ready.contains(member)).unwrap();
        if self.strategy == Strategy::RoundRobin {
            let successor = order().skip_while(|&&member| member != picked).nth(1);
            self.next.insert((route, priority), *successor.unwrap());
        }
        Ok(picked)
    }

    fn finish(&mut self, cell: Cell, outcome: Outcome, now: Instant) {
        let (member, life, _) = cell;
        match outcome {
            Outcome::Began | Outcome::Ruled { .. } => {}
            Outcome::Succeeded => {
                self.until.remove(&cell);
                let whole = (member, life, None);
                if self.until.get(&whole).is_some_and(|&until| until <= now) {
                    self.until.remove(&whole);
                }
            }
            Outcome::Failed {
                scope, retry_after, ..
            } => {
                let whole = scope == Scope::Credential;
                let cell = if whole { (member, life, None) } else { cell };
                let until = self.until.entry(cell).or_insert(now);
                *until = (*until).max(now + retry_after.unwrap());
            }
        }
    }

    fn reload(&mut self, strategy: Strategy, members: BTreeSet<usize>, reborn: Option<usize>) {
        self.strategy = strategy;
        for removed in self.members.difference(&members) {
            self.lives[*removed] += 1;
        }
        if let Some(reborn) = reborn {
            self.lives[reborn] += 1;
            self.generations[reborn] += 1;
        }
        let had: BTreeSet<_> = self.tiers();
        let firsts: BTreeMap<_, _> = had
            .into_iter()
            .map(|(route, priority)| ((route, priority), self.tier(route, priority)[0]))
            .collect();
        self.members = members;
        let before = std::mem::take(&mut self.next);
        for (key, first) in firsts {
            let tier = self.tier(key.0, key.1);
            let next = before.get(&key).copied().unwrap_or(first);
            let successor = tier.iter().find(|&&member| member >= next);
            if let Some(&next) = successor.or_else(|| tier.first()) {
                self.next.insert(key, next);
            }
        }
    }

    fn tiers(&self) -> BTreeSet<(usize, i32)> {
        let routes = ROUTES.iter().enumerate();
        routes
            .flat_map(|(route, &(_, _, tiers))| (0..tiers).map(move |tier| (route, tier)))
            .filter(|&(route, priority)| !self.tier(route, priority).is_empty())
            .collect()
    }
}

fn name(member: usize) -> String {
    format!("c{member}")
}

proptest! {
    #[test]
    fn agrees_with_a_model_that_looks_at_everybody(acts in acts()) {
        let mut naive = Model::new();
        let mut stage = Stage::with(naive.spec());
        let mut rosters = Vec::new();
        let mut open = Vec::new();
        for act in acts {
            match act {
                Act::Pick { route, pin, sticky, tried } => {
                    let expected = naive.pick((route, pin, sticky, &tried), stage.now);
                    let shard = stage.roster.shard(ROUTES[route].0).unwrap();
                    let names = tried.iter().map(|&member| name(member)).collect::<Vec<_>>();
                    let picked = stage.pick_from(
                        shard,
                        pin.map(name).as_deref(),
                        sticky.map(name).as_deref(),
                        &super::tried(&names.join(" ")),
                    );
                    let who = picked.as_ref().map(|pick| pick.credential().to_string());
                    prop_assert_eq!(who, expected.as_ref().map(|&member| name(member)));
                    if let (Ok(pick), Ok(member)) = (picked, expected) {
                        prop_assert_eq!(pick.generation(), Generation(naive.generations[member]));
                        prop_assert_eq!(pick.sticky_hit(), sticky == Some(member));
                        open.push((rosters.len(), pick, route, member, naive.lives[member]));
                    }
                }
                Act::Finish { which, target, outcome } => {
                    if open.is_empty() {
                        continue;
                    }
                    let (age, pick, route, member, life) = open.swap_remove(which.index(open.len()));
                    let roster = rosters.get(age).unwrap_or(&stage.roster);
                    let target = *target.get(ROUTES[route].1);
                    roster.record(&pick, &model(target), outcome, stage.now);
                    naive.finish((member, life, Some(target)), outcome, stage.now);
                }
                Act::Wait(time) => stage.wait(time),
                Act::Reload { strategy, members, reborn } => {
                    naive.reload(strategy, members, reborn);
                    let next = Roster::build(naive.spec(), Some(&stage.roster), stage.now);
                    rosters.push(std::mem::replace(&mut stage.roster, next));
                }
            }
            for &member in &naive.members {
                for target in ["m1", "m2"] {
                    let until = naive.cell(member, Some(target)).max(naive.cell(member, None));
                    let left = until.filter(|&until| until > stage.now).map(|until| until - stage.now);
                    let block = stage.block(&name(member), target);
                    prop_assert_eq!(block.map(|block| block.remaining), left);
                }
            }
        }
    }
}
