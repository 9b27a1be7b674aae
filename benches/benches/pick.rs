//! What it costs to choose one of many credentials, and to take note of how it went.

#![expect(
    clippy::expect_used,
    reason = "a bench that cannot be set up must not look measured"
)]

use std::{
    hint::black_box,
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use cliproxy_core::{CredentialId, ErrorKind, Generation, ModelId, ProviderId, Scope};
use cliproxy_scheduler::{
    CandidateSpec, NoCapacity, Outcome, Pick, Query, Roster, RosterSpec, ServingSpec, ShardId,
    ShardSpec, Strategy, Tried,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const ROUTE: &str = "chat/bench-model";
const SIZES: [usize; 5] = [500, 1_000, 10_000, 100_000, 200_000];
const HOUR: Duration = Duration::from_secs(3600);

/// Credentials of one provider, or of two by turns.
#[derive(Clone, Copy, Default)]
struct Crowd {
    count: usize,
    mixed: bool,
    /// 10 for every other credential.
    priorities: bool,
    /// Every tenth is ready, the others rest for an hour.
    cooling: Cooling,
    strategy: Choice,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Cooling {
    #[default]
    None,
    NineOfTen,
    All,
}

#[derive(Clone, Copy, Default)]
enum Choice {
    #[default]
    RoundRobin,
    /// Weights 1 to 5.
    Weighted,
}

impl Crowd {
    fn spec(self) -> RosterSpec {
        let candidates = (0..self.count).map(|n| {
            let provider = if self.mixed && n % 2 == 1 {
                "claude"
            } else {
                "gemini"
            };
            let name = format!("bench-{provider}-{n:06}");
            CandidateSpec {
                generation: Generation(n as u64),
                priority: if self.priorities && n % 2 == 0 { 10 } else { 0 },
                weight: n as u32 % 5 + 1,
                upstream: Some(provider.into()),
                ..CandidateSpec::new(CredentialId::from(name), ProviderId::from(provider))
            }
        });
        RosterSpec {
            strategy: match self.strategy {
                Choice::RoundRobin => Strategy::RoundRobin,
                Choice::Weighted => Strategy::Weighted,
            },
            shards: vec![ShardSpec {
                key: ROUTE.into(),
                servings: vec![ServingSpec::new(
                    candidates.collect::<Vec<_>>(),
                    vec![ModelId::from("bench-model")],
                )],
            }],
            seed: 0,
        }
    }

    fn roster(self, now: Instant) -> (Roster, ShardId) {
        let roster = Roster::build(self.spec(), None, now);
        let shard = roster.shard(ROUTE).expect("the route");
        let tried = Tried::default();
        let rests = |n: &usize| match self.cooling {
            Cooling::None => false,
            Cooling::NineOfTen => !n.is_multiple_of(10),
            Cooling::All => true,
        };
        let everybody = roster.standings(shard, now).enumerate();
        for (_, standing) in everybody.filter(|(n, _)| rests(n)) {
            let query = Query {
                pin: Some(standing.credential),
                ..Query::of(shard, &tried)
            };
            let pick = roster.pick(&query, now).expect("it is ready");
            roster.record(&pick, &ModelId::from("bench-model"), QUOTA, now);
        }
        (roster, shard)
    }
}

const QUOTA: Outcome = Outcome::Failed {
    kind: ErrorKind::Quota,
    scope: Scope::Model,
    retry_after: Some(HOUR),
};

fn pick(roster: &Roster, shard: ShardId, now: Instant) -> Result<Pick, NoCapacity> {
    roster.pick(&Query::of(shard, &Tried::default()), now)
}

fn picks(c: &mut Criterion) {
    let now = Instant::now();
    let mut group = c.benchmark_group("pick");
    let mut bench = |name: String, crowd: Crowd| {
        let (roster, shard) = crowd.roster(now);
        let ready = crowd.cooling != Cooling::All;
        assert_eq!(pick(&roster, shard, now).is_ok(), ready, "{name}");
        group.bench_function(name, |b| b.iter(|| black_box(pick(&roster, shard, now))));
    };
    for count in SIZES {
        let crowd = Crowd {
            count,
            ..Crowd::default()
        };
        bench(format!("one_tier_{count}"), crowd);
        let mixed = Crowd {
            mixed: true,
            priorities: true,
            ..crowd
        };
        bench(format!("mixed_priority_{count}"), mixed);
        let strategy = Choice::Weighted;
        bench(format!("weighted_{count}"), Crowd { strategy, ..crowd });
    }
    for count in [500, 10_000] {
        for (name, cooling) in [
            ("90_percent_cooling", Cooling::NineOfTen),
            ("all_cooling", Cooling::All),
        ] {
            let crowd = Crowd {
                count,
                cooling,
                ..Crowd::default()
            };
            bench(format!("{name}_{count}"), crowd);
        }
    }
    group.finish();
}

fn picks_and_records(c: &mut Criterion) {
    let now = Instant::now();
    let crowd = Crowd {
        count: 1_000,
        ..Crowd::default()
    };
    let (roster, shard) = crowd.roster(now);
    let target = ModelId::from("bench-model");
    c.bench_function("pick_and_record_1000", |b| {
        b.iter(|| {
            let pick = pick(&roster, shard, now).expect("everybody is ready");
            black_box(roster.record(&pick, &target, Outcome::Succeeded, now))
        });
    });
}

/// All threads on one tier, which is where they meet.
fn threads(c: &mut Criterion) {
    let now = Instant::now();
    let crowd = Crowd {
        count: 500,
        ..Crowd::default()
    };
    let (roster, shard) = crowd.roster(now);
    let mut group = c.benchmark_group("pick_500_by_threads");
    for threads in [1_u64, 2, 4, 8] {
        group.throughput(Throughput::Elements(threads));
        group.bench_function(threads.to_string(), |b| {
            b.iter_custom(|rounds| {
                let barrier = Barrier::new(threads as usize + 1);
                thread::scope(|scope| {
                    for _ in 0..threads {
                        scope.spawn(|| {
                            barrier.wait();
                            for _ in 0..rounds {
                                let _ = black_box(pick(&roster, shard, now));
                            }
                            barrier.wait();
                        });
                    }
                    barrier.wait();
                    let begun = Instant::now();
                    barrier.wait();
                    begun.elapsed()
                })
            });
        });
    }
    group.finish();
}

/// A reload: one credential more, everything else carried over.
fn rebuilds(c: &mut Criterion) {
    let now = Instant::now();
    let mut group = c.benchmark_group("roster_rebuild");
    group.sample_size(20);
    for count in [500, 10_000] {
        let crowd = Crowd {
            count,
            ..Crowd::default()
        };
        let (roster, _) = crowd.roster(now);
        let more = Crowd {
            count: count + 1,
            ..crowd
        };
        for (name, next) in [("unchanged", crowd), ("one_more", more)] {
            let spec = next.spec();
            group.bench_function(format!("{name}_{count}"), |b| {
                b.iter(|| black_box(Roster::build(spec.clone(), Some(&roster), now)));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, picks, picks_and_records, threads, rebuilds);
criterion_main!(benches);
