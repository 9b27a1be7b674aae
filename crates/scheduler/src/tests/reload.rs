//! What outlives a reload.

use super::*;

fn reload<C: Into<ServingSpec>>(stage: &mut Stage, candidates: Vec<C>) {
    stage.reload(spec(Strategy::RoundRobin, candidates));
}

fn reborn(name: &str) -> CandidateSpec {
    CandidateSpec {
        generation: Generation(2),
        ..candidate(name, 0)
    }
}

#[test]
fn rotation_goes_on() {
    let check = |before: &str, turns: &str, after: &str, expected: &str| {
        let mut stage = Stage::new(tier(before));
        assert_eq!(stage.turns(turns.split_whitespace().count()), turns);
        reload(&mut stage, tier(after));
        let count = expected.split_whitespace().count();
        assert_eq!(stage.turns(count), expected, "{before:?} to {after:?}");
    };
    check("a b c", "a", "a b c", "b c a b");
    check("a b c", "a b", "a b c d", "c d a b");
    check("b c d", "b c", "a b c d", "d a b c");
    check("a b c", "a b", "a b", "a b a");
    check("a b c", "a", "a c", "c a c");
    check("a b c d", "a b", "a d e", "d e a");
}

#[test]
fn an_unchanged_tier_is_shared_with_requests_under_the_old_roster() {
    let old = Stage::new(tier("a b c"));
    assert_eq!(old.turns(1), "a");
    let spec = spec(Strategy::RoundRobin, tier("c b a"));
    let new = Stage {
        roster: Roster::build(spec, Some(&old.roster), old.now),
        now: old.now,
    };
    let turns = [&new, &old, &new, &old].map(|stage| stage.turns(1));
    assert_eq!(turns, ["b", "c", "a", "b"]);
}

#[test]
fn tiers_and_routes_are_told_apart() {
    let high = || vec![candidate("a", 1), candidate("b", 1)];
    let mut stage = Stage::new(high());
    assert_eq!(stage.turns(1), "a");
    reload(&mut stage, tier("a b"));
    assert_eq!(stage.turns(1), "a", "another priority is another tier");
    stage.reload(RosterSpec {
        shards: vec![shard("other", tier("a b")), shard(ROUTE, tier("a b"))],
        ..RosterSpec::default()
    });
    assert_eq!(
        stage.turns(1),
        "b",
        "the route has another number, and the same key"
    );
}

#[test]
fn the_strategy_can_change_and_change_back() {
    let mut stage = Stage::new(tier("a b c"));
    assert_eq!(stage.turns(1), "a");
    stage.reload(spec(Strategy::FillFirst, tier("a b c")));
    assert_eq!(stage.turns(2), "a a");
    stage.reload(spec(Strategy::RoundRobin, tier("a b c")));
    assert_eq!(stage.turns(3), "b c a");
}

#[test]
fn health_goes_on() {
    let mut stage = Stage::new(tier("a b"));
    stage.attempt("a", quota(HOUR));
    stage.attempt("b", failed(ErrorKind::Auth, Scope::Credential, None));
    stage.wait(MINUTE);
    reload(&mut stage, tier("a b c"));
    let remaining = |name| stage.block(name, "m").map(|block| block.remaining);
    assert_eq!(remaining("a"), Some(59 * MINUTE));
    assert_eq!(remaining("b"), Some(29 * MINUTE));
    assert_eq!(stage.turns(2), "c c");
}

#[test]
fn the_level_of_the_back_off_goes_on() {
    let mut stage = Stage::new(tier("a"));
    let hit = failed(ErrorKind::Quota, Scope::Model, None);
    for seconds in [1, 2, 4] {
        let expected = blocked(ErrorKind::Quota, Scope::Model, seconds * SECOND);
        assert_eq!(stage.attempt("a", hit), expected);
        stage.wait(seconds * SECOND);
        reload(&mut stage, tier("a b"));
    }
}

#[test]
fn pools_go_on() {
    let mut stage = Stage::new(vec![pool("a", &["x", "y"])]);
    stage.visit("a");
    reload(&mut stage, vec![pool("a", &["x", "y"]), pool("b", &["m"])]);
    let pick = stage.visit("a");
    let first = stage.roster.targets(&pick, stage.now).next();
    assert_eq!(first, Some(&model("y")));
}

#[test]
fn a_recreated_credential_starts_afresh() {
    let mut stage = Stage::new(tier("a"));
    stage.attempt("a", quota(HOUR));
    reload(&mut stage, vec![reborn("a")]);
    assert_eq!(stage.block("a", "m"), None);
    assert_eq!(stage.pick("").unwrap().generation(), Generation(2));
}

#[test]
fn a_credential_that_was_away_starts_afresh() {
    let mut stage = Stage::new(tier("a b"));
    stage.attempt("a", quota(HOUR));
    reload(&mut stage, tier("b"));
    reload(&mut stage, tier("a b"));
    assert_eq!(stage.block("a", "m"), None);
}

#[test]
fn a_new_credential_serves_while_all_others_cool() {
    let mut stage = Stage::new(tier("a b"));
    stage.attempt("a", quota(HOUR));
    stage.attempt("b", quota(HOUR));
    assert!(stage.pick("").is_err());
    reload(&mut stage, tier("a b c"));
    assert_eq!(stage.turns(2), "c c");
}

#[test]
fn an_outcome_under_the_old_roster_counts_in_the_new_one() {
    for after in ["a b", "a b c"] {
        let stage = Stage::new(tier("a b"));
        let (first, second) = (stage.visit("a"), stage.visit("a"));
        let spec = spec(Strategy::RoundRobin, tier(after));
        let next = Stage {
            roster: Roster::build(spec, Some(&stage.roster), stage.now),
            now: stage.now,
        };
        stage.record(&first, quota(HOUR));
        assert!(!next.turns(3).contains('a'), "{after}");
        stage.record(&second, Outcome::Succeeded);
        assert!(next.turns(3).contains('a'), "{after}");
    }
}

#[test]
fn an_outcome_of_a_predecessor_does_not_reach_its_successor() {
    let stage = Stage::new(tier("a"));
    let pick = stage.visit("a");
    let spec = spec(Strategy::RoundRobin, vec![reborn("a")]);
    let next = Roster::build(spec, Some(&stage.roster), stage.now);
    stage.record(&pick, quota(HOUR));
    assert_eq!(next.block_of(&id("a"), &model("m"), stage.now), None);
}

#[test]
fn switching_cooling_off_frees_what_cooling_held() {
    let off = |name: &str| CandidateSpec {
        cooling: Cooling {
            enabled: false,
            ..Cooling::default()
        },
        ..candidate(name, 0)
    };
    let old = Stage::new(tier("a b c"));
    let late = old.visit("a");
    old.attempt("a", quota(HOUR));
    old.attempt("b", failed(ErrorKind::Auth, Scope::Credential, None));
    old.attempt("c", failed(ErrorKind::ModelUnavailable, Scope::Model, None));
    let without = || spec(Strategy::RoundRobin, vec![off("a"), off("b"), off("c")]);
    let mut new = Stage {
        roster: Roster::build(without(), Some(&old.roster), old.now),
        now: old.now,
    };
    assert_eq!(new.turns(3), "a b a", "c does not have the model");

    old.record(&late, quota(HOUR));
    assert_eq!(
        new.turns(2),
        "b a",
        "a request under the old rules does not count"
    );

    new.reload(without());
    assert_eq!(new.turns(2), "b a", "c is still without the model");
}

#[test]
fn changed_cooling_applies_from_the_next_failure_on() {
    let with = |transient| CandidateSpec {
        cooling: Cooling {
            enabled: true,
            transient,
        },
        ..candidate("a", 0)
    };
    let mut stage = Stage::new(vec![with(None)]);
    let outage = failed(ErrorKind::Upstream, Scope::Model, None);
    assert_eq!(stage.attempt("a", outage), Recorded::Unchanged);
    reload(&mut stage, vec![with(Some(5 * SECOND))]);
    let expected = blocked(ErrorKind::Upstream, Scope::Model, 5 * SECOND);
    assert_eq!(stage.attempt("a", outage), expected);
}

#[test]
fn of_two_routes_with_one_key_the_first_counts() {
    let stage = Stage::with(RosterSpec {
        shards: vec![shard(ROUTE, tier("a")), shard(ROUTE, tier("b"))],
        ..RosterSpec::default()
    });
    assert_eq!(stage.turns(2), "a a");
}
