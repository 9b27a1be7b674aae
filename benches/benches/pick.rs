//! What it costs to choose one of 500 credentials.

#![expect(
    clippy::expect_used,
    reason = "a bench that cannot be set up must not look measured"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use cliproxy_core::{CredentialId, ErrorKind, Generation, ModelId, Scope};
use cliproxy_scheduler::{
    CandidateSpec, Cooling, NoCapacity, Outcome, Pick, Query, Roster, RosterSpec, ShardId,
    ShardSpec, Strategy, Tried,
};
use criterion::{Criterion, criterion_group, criterion_main};

const CREDENTIALS: u64 = 500;
const ROUTE: &str = "chat/bench-model";

/// A roster of 500 in one tier, the first `cooling` of them blocked for an hour.
fn roster(cooling: usize, now: Instant) -> (Roster, ShardId) {
    let candidates = (0..CREDENTIALS).map(|n| CandidateSpec {
        credential: CredentialId::from(format!("credential-{n:03}").as_str()),
        generation: Generation(n),
        priority: 0,
        targets: vec![ModelId::from("bench-model")],
        cooling: Cooling::default(),
    });
    let shards = vec![ShardSpec {
        key: ROUTE.into(),
        candidates: candidates.collect(),
    }];
    let roster = Roster::build(
        RosterSpec {
            strategy: Strategy::RoundRobin,
            shards,
        },
        None,
        now,
    );
    let shard = roster.shard(ROUTE).expect("the route");
    for _ in 0..cooling {
        let pick = pick(&roster, shard, now).expect("a ready credential");
        let target = roster.targets(&pick, now).next().expect("a target");
        let retry_after = Some(Duration::from_secs(3600));
        let outcome = Outcome::Failed {
            kind: ErrorKind::Quota,
            scope: Scope::Model,
            retry_after,
        };
        roster.record(&pick, target, outcome, now);
    }
    (roster, shard)
}

fn pick(roster: &Roster, shard: ShardId, now: Instant) -> Result<Pick, NoCapacity> {
    roster.pick(
        &Query {
            shard,
            pin: None,
            sticky: None,
            tried: &Tried::default(),
        },
        now,
    )
}

fn pick_500(c: &mut Criterion) {
    let now = Instant::now();
    let mut group = c.benchmark_group("pick_500");
    for (name, cooling) in [("ready", 0), ("490_cooling", 490), ("all_cooling", 500)] {
        let (roster, shard) = roster(cooling, now);
        assert_eq!(pick(&roster, shard, now).is_ok(), cooling < 500, "{name}");
        group.bench_function(name, |b| b.iter(|| black_box(pick(&roster, shard, now))));
    }
    group.finish();
}

criterion_group!(benches, pick_500);
criterion_main!(benches);
