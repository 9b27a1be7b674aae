//! What is said when nobody can serve.

use super::*;

const fn cooling(retry_after: Duration) -> Option<NoCapacity> {
    Some(NoCapacity::CoolingDown { retry_after })
}

fn nobody(stage: &Stage, pin: Option<&str>, already: &str) -> Option<NoCapacity> {
    stage
        .pick_from(stage.route(), pin, None, &tried(already))
        .err()
}

#[test]
fn the_earliest_end_is_given() {
    let mut stage = Stage::new(vec![
        candidate("a", 0),
        candidate("b", 0),
        candidate("c", 1),
    ]);
    stage.attempt("a", quota(5 * MINUTE));
    stage.attempt("b", quota(2 * MINUTE));
    stage.attempt("c", quota(3 * MINUTE));
    assert_eq!(nobody(&stage, None, ""), cooling(2 * MINUTE));
    stage.wait(MINUTE);
    assert_eq!(nobody(&stage, None, ""), cooling(MINUTE));
    assert_eq!(
        nobody(&stage, None, "b"),
        cooling(2 * MINUTE),
        "b was tried"
    );
    assert_eq!(nobody(&stage, Some("a"), ""), cooling(4 * MINUTE), "only a");
}

#[test]
fn the_reason_of_a_block_does_not_matter() {
    let stage = Stage::new(tier("a b"));
    stage.attempt("a", quota(HOUR));
    let unauthorized = failed(ErrorKind::Auth, Scope::Credential, None);
    stage.attempt("b", unauthorized);
    assert_eq!(nobody(&stage, None, ""), cooling(30 * MINUTE));
}

#[test]
fn the_wait_is_at_least_a_second() {
    let mut stage = Stage::new(tier("a"));
    stage.attempt("a", quota(MINUTE));
    stage.wait(MINUTE - Duration::from_millis(200));
    assert_eq!(nobody(&stage, None, ""), cooling(SECOND));
    assert_eq!(nobody(&stage, Some("a"), ""), cooling(SECOND));
    stage.wait(Duration::from_millis(200));
    assert_eq!(nobody(&stage, None, ""), None);
}

#[test]
fn an_end_that_moved_is_given_as_it_is_now() {
    let stage = Stage::new(tier("a b"));
    let late = stage.visit("a");
    stage.attempt("a", quota(SECOND));
    stage.attempt("b", quota(HOUR));
    assert_eq!(nobody(&stage, None, ""), cooling(SECOND));
    stage.record(&late, quota(MINUTE));
    assert_eq!(nobody(&stage, None, ""), cooling(MINUTE));
}

#[test]
fn all_tried_is_not_cooling() {
    let stage = Stage::new(tier("a b"));
    stage.attempt("a", quota(HOUR));
    assert_eq!(nobody(&stage, None, "a b"), Some(NoCapacity::Exhausted));
    assert_eq!(nobody(&stage, Some("b"), "b"), Some(NoCapacity::Exhausted));
    assert_eq!(nobody(&stage, None, "b"), cooling(HOUR), "a was not tried");
}

#[test]
fn a_candidate_without_targets_has_no_known_end() {
    let stage = Stage::new(vec![pool("a", &[]), pool("b", &["m"])]);
    assert_eq!(stage.turns(2), "b b");
    assert_eq!(nobody(&stage, Some("a"), ""), Some(NoCapacity::Unavailable));
    assert_eq!(nobody(&stage, None, "b"), Some(NoCapacity::Unavailable));
    stage.attempt("b", quota(HOUR));
    assert_eq!(nobody(&stage, None, ""), cooling(HOUR), "b's end is known");
}

#[test]
fn the_longest_block_that_can_be_configured_has_an_end() {
    let cooling = Cooling {
        transient: Some(Duration::MAX),
        ..Cooling::default()
    };
    let stage = Stage::new(vec![CandidateSpec {
        cooling,
        ..candidate("a", 0)
    }]);
    stage.attempt("a", failed(ErrorKind::Upstream, Scope::Model, None));
    let nobody = nobody(&stage, None, "");
    assert!(
        matches!(nobody, Some(NoCapacity::CoolingDown { retry_after }) if retry_after > 365 * DAY),
        "{nobody:?}"
    );
}

#[test]
fn nobody_there_at_all() {
    let stage = Stage::new(tier("a"));
    assert_eq!(
        nobody(&stage, Some("other"), ""),
        Some(NoCapacity::Unserved)
    );
    let empty = Stage::new(tier(""));
    assert_eq!(nobody(&empty, None, ""), Some(NoCapacity::Unserved));
    let foreign = empty.pick_from(ShardId(7), None, None, &Tried::default());
    assert_eq!(foreign.err(), Some(NoCapacity::Unserved));
}

#[test]
fn names_that_nobody_configured_leave_no_trace() {
    let stage = Stage::new(tier("a"));
    let before = format!("{:?}", stage.roster);
    let pick = stage.visit("a");
    for number in 0..10_000 {
        let name = format!("unknown-{number}");
        assert_eq!(stage.roster.shard(&name), None);
        let recorded = stage
            .roster
            .record(&pick, &model(&name), quota(HOUR), stage.now);
        assert_eq!(recorded, Recorded::Unchanged);
    }
    assert_eq!(format!("{:?}", stage.roster), before);
}

#[test]
fn time_to_the_next_recovery() {
    let mut stage = Stage::new(vec![
        candidate("a", 1).into(),
        candidate("b", 0).into(),
        pool("c", &[]),
    ]);
    let earliest = |stage: &Stage, already| {
        let route = stage.route();
        stage
            .roster
            .earliest_recovery(route, &tried(already), stage.now)
    };
    assert_eq!(earliest(&stage, ""), Some(Duration::ZERO));
    stage.attempt("a", quota(MINUTE));
    assert_eq!(earliest(&stage, ""), Some(Duration::ZERO), "b is ready");
    assert_eq!(earliest(&stage, "b"), Some(MINUTE));
    stage.attempt("b", quota(Duration::from_millis(5)));
    assert_eq!(
        earliest(&stage, ""),
        Some(Duration::from_millis(5)),
        "exact"
    );
    assert_eq!(earliest(&stage, "a b"), None, "c has no known end");
    assert_eq!(earliest(&stage, "a b c"), None);
    let alone = |stage: &Stage, name| {
        stage
            .roster
            .recovery_of(stage.route(), &id(name), stage.now)
    };
    assert_eq!(alone(&stage, "a"), Some(MINUTE), "whoever is first");
    assert_eq!(alone(&stage, "b"), Some(Duration::from_millis(5)));
    assert_eq!((alone(&stage, "c"), alone(&stage, "gone")), (None, None));
    stage.wait(MINUTE);
    assert_eq!(earliest(&stage, "b"), Some(Duration::ZERO));
    assert_eq!(alone(&stage, "b"), Some(Duration::ZERO));
    stage.attempt("a", failed(ErrorKind::Auth, Scope::Credential, None));
    assert_eq!(alone(&stage, "a"), None, "it does not pass by itself");
    stage.roster.reset(&id("a"), None, stage.now);
    assert_eq!(stage.turns(1), "a", "asking took no turn");
}
