//! A pick, and the note of a success, allocate nothing: they are made for every request.

use std::time::{Duration, Instant};

use cliproxy_core::{ErrorKind, ModelId, ProviderId, Scope};
use cliproxy_scheduler::{
    CandidateSpec, Outcome, Query, Roster, RosterSpec, ServingSpec, ShardSpec, Strategy, Tried,
};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// A roster of 500, of which some rest for an hour.
#[cfg(test)]
fn roster(strategy: Strategy, resting: usize, now: Instant) -> Roster {
    let candidates = (0..500_u32).map(|n| CandidateSpec {
        weight: n % 5 + 1,
        ..CandidateSpec::new(format!("c{n:03}").into(), ProviderId::from("p"))
    });
    let candidates: Vec<_> = candidates.collect();
    let spec = RosterSpec {
        strategy,
        shards: vec![ShardSpec {
            key: "route".into(),
            servings: vec![ServingSpec::new(candidates, vec![ModelId::from("m")])],
        }],
        seed: 0,
    };
    let roster = Roster::build(spec, None, now);
    let shard = roster.shard("route").unwrap();
    let tried = Tried::default();
    for standing in roster.standings(shard, now).take(resting) {
        let query = Query {
            pin: Some(standing.credential),
            ..Query::of(shard, &tried)
        };
        let pick = roster.pick(&query, now).unwrap();
        let outcome = Outcome::Failed {
            kind: ErrorKind::Quota,
            scope: Scope::Model,
            retry_after: Some(Duration::from_secs(3_600)),
        };
        roster.record(&pick, &ModelId::from("m"), outcome, now);
    }
    roster
}

#[test]
fn picks_allocate_nothing() {
    let _profiler = dhat::Profiler::builder().testing().build();
    let now = Instant::now();
    let model = ModelId::from("m");
    for strategy in [
        Strategy::RoundRobin,
        Strategy::FillFirst,
        Strategy::Weighted,
    ] {
        for resting in [0, 450, 500] {
            let roster = roster(strategy.clone(), resting, now);
            let shard = roster.shard("route").unwrap();
            let tried = Tried::default();
            let query = Query::of(shard, &tried);
            // Whoever rests is parked once.
            for _ in 0..500 {
                drop(roster.pick(&query, now));
            }
            let before = dhat::HeapStats::get().total_blocks;
            for _ in 0..1_000 {
                if let Ok(pick) = roster.pick(&query, now) {
                    roster.record(&pick, &model, Outcome::Began, now);
                    roster.record(&pick, &model, Outcome::Succeeded, now);
                }
            }
            let made = dhat::HeapStats::get().total_blocks - before;
            assert_eq!(made, 0, "{strategy:?}, {resting} resting");
        }
    }
}
