//! The runs. `CLIPROXY_SIMULATION_SEED=7 cargo test -p cliproxy-gateway simulation -- --nocapture`
//! takes another seed where several are taken, and prints what was counted.

use super::{
    Scale, Simulation,
    checks::{Report, assert_eventful},
};
use std::{thread, time::Duration};

/// The seeds that every test run takes, or the one that somebody wants to look at.
fn seeds() -> Vec<u64> {
    #[expect(
        clippy::disallowed_methods,
        reason = "no setting of the gateway, but of this test"
    )]
    let seed = std::env::var("CLIPROXY_SIMULATION_SEED");
    match seed {
        Ok(seed) => vec![seed.parse().unwrap()],
        Err(_) => vec![1, 2, 3],
    }
}

/// A run in which everything holds that has to.
#[track_caller]
fn check(scale: Scale) -> Report {
    let report = Simulation::run(scale);
    println!("{report}");
    report.assert_sound();
    report
}

/// A team: 200 credentials, and 5,000 sessions in twelve hours.
#[test]
fn a_day_of_a_team() {
    let seeds = seeds();
    let runs = seeds
        .iter()
        .map(|&seed| thread::spawn(move || check(Scale::team(seed))));
    let runs: Vec<_> = runs.collect();
    let reports = runs.into_iter().map(|run| run.join().unwrap());
    let reports: Vec<_> = reports.collect();
    if reports.len() > 1 {
        assert_eventful(&reports);
    }
    // None came near the limit, so none was lost to an attempt where its session is.
    for report in reports {
        assert_eq!(report.rare().spent, 0);
    }
}

/// A company: 1,000 credentials, and 30,000 sessions in six hours.
#[test]
fn a_morning_of_a_company() {
    check(Scale {
        credentials: 1_000,
        sessions: 30_000,
        hours: 6,
        turns: 2.0,
        watched: 8,
        ..Scale::team(1)
    });
}

/// A small run, of which there are several kinds.
fn small(seed: u64) -> Scale {
    Scale {
        credentials: 60,
        sessions: 800,
        hours: 8,
        ..Scale::team(seed)
    }
}

#[test]
fn the_same_seed_takes_the_same_course() {
    let [one, again, other] = [1, 1, 2].map(|seed| check(small(seed)).digest);
    assert_eq!(one, again);
    assert_ne!(one, other);
}

#[test]
fn requests_that_wait_for_a_cooldown() {
    let mut scale = small(3);
    scale.policy.wait = Duration::from_secs(30);
    assert!(check(scale).rare().waits > 0);
}

#[test]
fn sessions_that_go_back_to_a_higher_priority() {
    let failback = Scale {
        failback: true,
        ..small(4)
    };
    assert!(check(failback).rare().promotions > 0);
}

#[test]
fn more_sessions_than_bindings() {
    check(Scale {
        capacity: 100,
        ..small(5)
    });
}

#[test]
fn few_attempts() {
    let mut scale = small(6);
    scale.policy.attempts = 2;
    assert!(check(scale).rare().spent > 0);
}

/// Without affinity the same world serves fewer turns from where the cache is, and refuses no fewer
/// requests.
#[test]
fn what_affinity_is_for() {
    let with = check(small(7));
    let without = check(Scale {
        affinity: false,
        ..small(7)
    });
    let (with, without) = (with.same_again(), without.same_again());
    assert!(with > 3.0 * without, "{with} and {without}");
}
