//! What a roster does, seen from outside: a stage to act on, and the acts.

mod accounts;
mod capacity;
mod cooling;
mod custom;
mod kept;
mod listing;
mod oracle;
mod pools;
mod probes;
mod providers;
mod reload;
mod rotation;
mod sharing;
mod standing;
mod threads;
mod upstreams;
mod weights;

use std::time::{Duration, Instant};

use cliproxy_core::{CredentialId, ErrorKind, Generation, ModelId, ProviderId, Scope};

use crate::{
    Block, CandidateSpec, Cooling, KeptBlock, NoCapacity, Outcome, Pick, Query, Recorded, Roster,
    RosterSpec, ServingSpec, ShardId, ShardSpec, Strategy, Tried,
};

const ROUTE: &str = "route";
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A roster with one route, and a clock that the test moves.
struct Stage {
    roster: Roster,
    now: Instant,
}

fn id(name: &str) -> CredentialId {
    CredentialId::from(name)
}

fn model(name: &str) -> ModelId {
    ModelId::from(name)
}

/// A candidate for the upstream model `m`.
fn candidate(name: &str, priority: i32) -> CandidateSpec {
    CandidateSpec {
        generation: Generation(1),
        priority,
        ..CandidateSpec::new(id(name), ProviderId::from("p"))
    }
}

/// What can serve a route: a candidate, for the upstream model `m`, or whatever else is said.
impl From<CandidateSpec> for ServingSpec {
    fn from(candidate: CandidateSpec) -> Self {
        Self::new([candidate], vec![model("m")])
    }
}

fn pool(name: &str, targets: &[&str]) -> ServingSpec {
    asked_for(candidate(name, 0), targets)
}

fn asked_for(candidate: CandidateSpec, targets: &[&str]) -> ServingSpec {
    let targets = targets.iter().copied().map(model);
    ServingSpec::new([candidate], targets.collect())
}

/// Candidates of one tier, by the words of `names`.
fn tier(names: &str) -> Vec<CandidateSpec> {
    names
        .split_whitespace()
        .map(|name| candidate(name, 0))
        .collect()
}

fn shard<C: Into<ServingSpec>>(key: &str, candidates: Vec<C>) -> ShardSpec {
    ShardSpec {
        key: key.into(),
        servings: candidates.into_iter().map(Into::into).collect(),
    }
}

fn spec<C: Into<ServingSpec>>(strategy: Strategy, candidates: Vec<C>) -> RosterSpec {
    RosterSpec {
        strategy,
        shards: vec![shard(ROUTE, candidates)],
        seed: 0,
    }
}

fn tried(names: &str) -> Tried {
    let mut tried = Tried::default();
    for name in names.split_whitespace() {
        tried.push(id(name));
    }
    tried
}

fn failed(kind: ErrorKind, scope: Scope, retry_after: Option<Duration>) -> Outcome {
    Outcome::Failed {
        kind,
        scope,
        retry_after,
    }
}

fn quota(retry_after: Duration) -> Outcome {
    failed(ErrorKind::Quota, Scope::Model, Some(retry_after))
}

fn blocked(reason: ErrorKind, scope: Scope, remaining: Duration) -> Recorded {
    Recorded::Blocked(Block {
        reason,
        scope,
        remaining,
        probe: (remaining > HOUR).then(|| (remaining / 4).min(HOUR)),
    })
}

impl Stage {
    fn new<C: Into<ServingSpec>>(candidates: Vec<C>) -> Self {
        Self::with(spec(Strategy::RoundRobin, candidates))
    }

    fn with(spec: RosterSpec) -> Self {
        let now = Instant::now();
        let roster = Roster::build(spec, None, now);
        Self { roster, now }
    }

    fn reload(&mut self, spec: RosterSpec) {
        self.roster = Roster::build(spec, Some(&self.roster), self.now);
    }

    fn wait(&mut self, time: Duration) {
        self.now += time;
    }

    fn route(&self) -> ShardId {
        self.roster.shard(ROUTE).unwrap()
    }

    fn pick_from(
        &self,
        shard: ShardId,
        pin: Option<&str>,
        sticky: Option<&str>,
        tried: &Tried,
    ) -> Result<Pick, NoCapacity> {
        let (pin, sticky) = (pin.map(id), sticky.map(id));
        let query = Query {
            pin: pin.as_ref(),
            sticky: sticky.as_ref(),
            ..Query::of(shard, tried)
        };
        self.roster.pick(&query, self.now)
    }

    fn pick(&self, already: &str) -> Result<Pick, NoCapacity> {
        self.pick_from(self.route(), None, None, &tried(already))
    }

    /// Goes to one credential, and leaves the rotation alone.
    fn visit(&self, name: &str) -> Pick {
        self.pick_from(self.route(), Some(name), None, &Tried::default())
            .unwrap()
    }

    /// Who serves the next `count` requests.
    fn turns(&self, count: usize) -> String {
        let names = (0..count).map(|_| match self.pick("") {
            Ok(pick) => pick.credential().to_string(),
            Err(nobody) => nobody.to_string(),
        });
        names.collect::<Vec<_>>().join(" ")
    }

    fn record(&self, pick: &Pick, outcome: Outcome) -> Recorded {
        self.roster.record(pick, &model("m"), outcome, self.now)
    }

    /// Goes to one credential, with this outcome.
    fn attempt(&self, name: &str, outcome: Outcome) -> Recorded {
        self.record(&self.visit(name), outcome)
    }

    fn block(&self, name: &str, of: &str) -> Option<Block> {
        self.roster.block_of(&id(name), &model(of), self.now)
    }
}
