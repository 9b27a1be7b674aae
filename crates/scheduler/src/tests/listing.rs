//! What a listing of models is told.

use super::*;
use crate::Availability::{self, CoolingOnly, Gone, Ready};

const REFUSED: Outcome = Outcome::Failed {
    kind: ErrorKind::Auth,
    scope: Scope::Credential,
    retry_after: None,
};

fn availability(stage: &Stage) -> Availability {
    stage.roster.availability(stage.route(), stage.now)
}

fn check<C: Into<ServingSpec>>(
    candidates: Vec<C>,
    outcomes: &[(&str, Outcome)],
    expected: Availability,
) {
    let stage = Stage::new(candidates);
    for &(name, outcome) in outcomes {
        stage.attempt(name, outcome);
    }
    assert_eq!(availability(&stage), expected, "{outcomes:?}");
}

#[test]
fn one_ready_candidate_is_enough() {
    check(tier("a b"), &[], Ready);
    check(tier("a b"), &[("a", REFUSED)], Ready);
    check(tier("a b"), &[("b", quota(HOUR))], Ready);
    check(
        vec![candidate("a", 1), candidate("b", 0)],
        &[("a", REFUSED)],
        Ready,
    );
}

#[test]
fn who_waits_for_a_quota_or_an_upstream_stays_listed() {
    let outage = failed(ErrorKind::Upstream, Scope::Provider, None);
    let unreachable = failed(ErrorKind::Transport, Scope::Model, None);
    check(tier("a"), &[("a", quota(HOUR))], CoolingOnly);
    check(tier("a"), &[("a", outage)], CoolingOnly);
    check(tier("a"), &[("a", unreachable)], CoolingOnly);
    let missing = failed(ErrorKind::NotFound, Scope::Model, None);
    check(
        tier("a b"),
        &[("a", quota(HOUR)), ("b", missing)],
        CoolingOnly,
    );
}

#[test]
fn who_is_refused_by_all_is_gone() {
    let missing = failed(ErrorKind::ModelUnavailable, Scope::Model, None);
    check(tier("a"), &[("a", REFUSED)], Gone);
    check(tier("a b"), &[("a", REFUSED), ("b", missing)], Gone);
    check(vec![pool("a", &[])], &[], Gone);
    check(tier(""), &[], Gone);
}

#[test]
fn the_block_that_ends_last_decides() {
    let stage = Stage::new(tier("a"));
    let late = stage.visit("a");
    stage.attempt("a", quota(MINUTE));
    stage.record(&late, REFUSED);
    assert_eq!(availability(&stage), Gone);
}

#[test]
fn a_model_is_listed_again_without_any_traffic() {
    let mut stage = Stage::new(tier("a"));
    stage.attempt("a", REFUSED);
    assert_eq!(availability(&stage), Gone);
    stage.wait(31 * MINUTE);
    assert_eq!(availability(&stage), Ready);
}
