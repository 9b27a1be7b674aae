//! Several upstream models behind one credential and route.

use super::*;

fn targets(stage: &Stage, pick: &Pick) -> String {
    let names = stage.roster.targets(pick, stage.now).map(ModelId::as_str);
    names.collect::<Vec<_>>().join(" ")
}

/// Picks `a`, and tells in which order its targets are to be asked.
fn visit(stage: &Stage) -> String {
    targets(stage, &stage.visit("a"))
}

fn record(stage: &Stage, target: &str, outcome: Outcome) {
    let pick = stage.visit("a");
    stage
        .roster
        .record(&pick, &model(target), outcome, stage.now);
}

#[test]
fn each_visit_begins_one_further() {
    let stage = Stage::new(vec![pool("a", &["x", "y"])]);
    assert_eq!([(); 3].map(|()| visit(&stage)), ["x y", "y x", "x y"]);
    let stage = Stage::new(vec![pool("a", &["x", "y", "z"])]);
    assert_eq!(
        [(); 4].map(|()| visit(&stage)),
        ["x y z", "y z x", "z x y", "x y z"]
    );
    let stage = Stage::new(vec![pool("a", &["x"])]);
    assert_eq!([(); 2].map(|()| visit(&stage)), ["x", "x"]);
}

#[test]
fn asking_twice_is_one_visit() {
    let stage = Stage::new(vec![pool("a", &["x", "y"])]);
    let pick = stage.visit("a");
    assert_eq!([(); 2].map(|()| targets(&stage, &pick)), ["x y", "x y"]);
}

#[test]
fn a_failed_member_leaves_the_others() {
    let mut stage = Stage::new(vec![pool("a", &["x", "y"])]);
    record(&stage, "x", failed(ErrorKind::Upstream, Scope::Model, None));
    assert_eq!([(); 2].map(|()| visit(&stage)), ["y", "y"]);
    stage.wait(MINUTE);
    record(
        &stage,
        "y",
        failed(ErrorKind::ModelUnavailable, Scope::Model, None),
    );
    assert_eq!(visit(&stage), "x");
}

#[test]
fn a_credential_with_its_whole_pool_blocked_is_passed_over() {
    let mut stage = Stage::new(vec![pool("a", &["x", "y"]), pool("b", &["x"])]);
    record(&stage, "x", quota(HOUR));
    assert_eq!(stage.turns(2), "a b");
    record(&stage, "y", quota(MINUTE));
    assert_eq!(stage.turns(2), "b b");
    let nobody = stage.pick("b").err();
    assert_eq!(
        nobody,
        Some(NoCapacity::CoolingDown {
            retry_after: MINUTE
        }),
        "y is first"
    );
    stage.wait(MINUTE);
    assert_eq!(stage.turns(2), "a b");
    assert_eq!(visit(&stage), "y");
}

#[test]
fn a_failure_of_the_whole_credential_ends_the_visit() {
    let stage = Stage::new(vec![pool("a", &["x", "y"])]);
    let pick = stage.visit("a");
    let mut targets = stage.roster.targets(&pick, stage.now);
    let first = targets.next().unwrap();
    let unpaid = failed(ErrorKind::Forbidden, Scope::Credential, None);
    stage.roster.record(&pick, first, unpaid, stage.now);
    assert_eq!(targets.next(), None);
}
