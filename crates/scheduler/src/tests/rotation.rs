//! Whose turn it is.

use proptest::{prelude::prop, prop_assert, proptest};

use super::*;

fn check(strategy: Strategy, candidates: &[(&str, i32)], blocked: &str, turns: &str) {
    let candidates = candidates
        .iter()
        .map(|&(name, priority)| candidate(name, priority));
    let stage = Stage::with(spec(strategy, candidates.collect()));
    for name in blocked.split_whitespace() {
        stage.attempt(name, quota(HOUR));
    }
    let count = turns.split_whitespace().count();
    assert_eq!(stage.turns(count), turns, "{blocked:?} blocked");
}

#[test]
fn round_robin_goes_through_the_highest_tier_in_id_order() {
    let check = |candidates: &[_], blocked, turns| {
        check(Strategy::RoundRobin, candidates, blocked, turns);
    };
    check(&[("c", 0), ("a", 0), ("b", 0)], "", "a b c a b c a");
    check(
        &[("low", 0), ("high-b", 10), ("high-a", 10)],
        "",
        "high-a high-b high-a",
    );
    check(&[("low", -1), ("default", 0)], "", "default default");
    check(&[("p1", 7), ("p2", 7), ("p3", 4)], "p1", "p2 p2 p2");
    check(&[("p1", 7), ("p2", 7), ("p3", 4)], "p1 p2", "p3 p3 p3");
}

#[test]
fn fill_first_stays_with_the_first_ready_one() {
    let check = |candidates: &[_], blocked, turns| {
        check(Strategy::FillFirst, candidates, blocked, turns);
    };
    check(&[("b", 0), ("a", 0), ("c", 0)], "", "a a a");
    check(&[("b", 0), ("a", 0), ("c", 0)], "a", "b b b");
    check(&[("a", 0), ("b", 1)], "", "b b b");
    check(&[("a", 0), ("b", 1)], "b", "a a a");
}

#[test]
fn a_blocked_credential_gives_its_turn_to_nobody() {
    let all = [("a", 0), ("b", 0), ("c", 0), ("d", 0)];
    check(Strategy::RoundRobin, &all, "a", "b c d b c d");
    check(Strategy::RoundRobin, &all, "b", "a c d a c d");
    check(Strategy::RoundRobin, &all, "b c", "a d a d");
    check(Strategy::RoundRobin, &all, "a b d", "c c c");
}

#[test]
fn a_credential_is_back_when_its_block_is_over() {
    let mut stage = Stage::new(tier("a b"));
    stage.attempt("a", quota(SECOND));
    assert_eq!(stage.turns(2), "b b");
    stage.wait(SECOND - Duration::from_nanos(1));
    assert_eq!(stage.turns(1), "b");
    stage.wait(Duration::from_nanos(1));
    assert_eq!(stage.turns(4), "a b a b");
}

#[test]
fn a_higher_tier_is_back_when_its_block_is_over() {
    let mut stage = Stage::new(vec![candidate("a", 1), candidate("b", 0)]);
    stage.attempt("a", quota(MINUTE));
    assert_eq!(stage.turns(2), "b b");
    stage.wait(MINUTE);
    assert_eq!(stage.turns(2), "a a");
}

#[test]
fn a_block_that_grew_while_it_was_waited_for_counts_in_full() {
    let mut stage = Stage::new(tier("a b"));
    let late = stage.visit("a");
    stage.attempt("a", quota(SECOND));
    assert_eq!(stage.turns(1), "b");
    stage.record(&late, quota(MINUTE));
    stage.wait(SECOND);
    assert_eq!(stage.turns(2), "b b");
    stage.wait(MINUTE);
    assert_eq!(stage.turns(2), "a b");
}

#[test]
fn a_late_success_brings_a_credential_back_at_once() {
    let stage = Stage::new(tier("a b"));
    let late = stage.visit("a");
    stage.attempt("a", quota(HOUR));
    assert_eq!(stage.turns(2), "b b");
    assert_eq!(stage.record(&late, Outcome::Succeeded), Recorded::Cleared);
    assert_eq!(stage.turns(4), "a b a b");
}

#[test]
fn more_late_successes_than_are_remembered_bring_all_back() {
    let names: Vec<_> = (0..200).map(|number| format!("c{number:03}")).collect();
    let all = names.join(" ");
    let stage = Stage::new(tier(&all));
    let late: Vec<_> = names.iter().map(|name| stage.visit(name)).collect();
    for name in &names {
        stage.attempt(name, quota(HOUR));
    }
    assert!(stage.pick("").is_err());
    for pick in &late {
        stage.record(pick, Outcome::Succeeded);
    }
    assert_eq!(stage.turns(names.len()), all);
}

#[test]
fn a_tried_credential_is_passed_over_and_gives_its_turn_to_nobody() {
    let stage = Stage::new(tier("a b c"));
    let name = |already| stage.pick(already).unwrap().credential().to_string();
    assert_eq!(name(""), "a");
    assert_eq!(name("a"), "b");
    assert_eq!(name("a b"), "c");
    assert_eq!(name("a"), "b", "the turn was a's");
    assert_eq!(name(""), "c");
}

#[test]
fn all_tried_in_one_tier_leads_to_the_next() {
    let stage = Stage::new(vec![
        candidate("a", 1),
        candidate("b", 1),
        candidate("c", 0),
    ]);
    assert_eq!(*stage.pick("a b").unwrap().credential(), id("c"));
}

#[test]
fn routes_turn_independently() {
    let shards = vec![shard("one", tier("a b")), shard("two", tier("a b"))];
    let stage = Stage::with(RosterSpec {
        shards,
        ..RosterSpec::default()
    });
    let next = |key| {
        let shard = stage.roster.shard(key).unwrap();
        let pick = stage.pick_from(shard, None, None, &Tried::default());
        pick.unwrap().credential().to_string()
    };
    assert_eq!(["one", "one", "two", "one"].map(next), ["a", "b", "a", "a"]);
}

#[test]
fn a_sticky_credential_comes_before_tiers_and_takes_no_turn() {
    let candidates = [("a", 1), ("b", 1), ("c", 0)];
    let mut stage = Stage::new(
        candidates
            .map(|(name, priority)| candidate(name, priority))
            .into(),
    );
    let pick = |stage: &Stage, sticky, already| {
        let pick = stage.pick_from(stage.route(), None, Some(sticky), &tried(already));
        pick.map(|pick| (pick.credential().to_string(), pick.sticky_hit))
            .unwrap()
    };
    assert_eq!(pick(&stage, "c", ""), ("c".into(), true), "a lower tier");
    assert_eq!(pick(&stage, "b", ""), ("b".into(), true));
    assert_eq!(stage.turns(1), "a", "the rotation has not moved");
    assert_eq!(pick(&stage, "c", "c"), ("b".into(), false), "tried");
    assert_eq!(pick(&stage, "gone", ""), ("a".into(), false), "removed");
    stage.attempt("c", quota(MINUTE));
    assert_eq!(pick(&stage, "c", ""), ("b".into(), false), "blocked");
    stage.wait(MINUTE);
    assert_eq!(pick(&stage, "c", ""), ("c".into(), true), "free again");
}

#[test]
fn a_stand_in_comes_next_and_takes_no_turn() {
    let candidates = [("a", 1), ("b", 1), ("c", 0), ("d", 0)];
    let stage = Stage::new(
        candidates
            .map(|(name, priority)| candidate(name, priority))
            .into(),
    );
    let check = |already, expected: &str, sticky_hit| {
        let (sticky, stand_in) = (id("c"), id("d"));
        let tried = tried(already);
        let query = Query {
            sticky: Some(&sticky),
            stand_in: Some(&stand_in),
            ..Query::of(stage.route(), &tried)
        };
        let pick = stage.roster.pick(&query, stage.now).unwrap();
        assert_eq!(*pick.credential(), id(expected));
        assert_eq!(pick.sticky_hit(), sticky_hit, "{expected}");
    };
    check("", "c", true);
    check("c", "d", false);
    check("c d", "a", false);
    stage.attempt("c", quota(MINUTE));
    check("", "d", false);
    stage.attempt("d", quota(MINUTE));
    check("", "b", false);
    assert_eq!(stage.turns(1), "a");
}

#[test]
fn a_pin_admits_nobody_else_and_takes_no_turn() {
    let stage = Stage::new(vec![candidate("a", 1), candidate("b", 0)]);
    let pick = stage.pick_from(stage.route(), Some("b"), Some("a"), &Tried::default());
    let pick = pick.unwrap();
    assert_eq!((pick.credential(), pick.sticky_hit()), (&id("b"), false));
    assert_eq!(stage.turns(1), "a");
}

#[test]
fn of_two_entries_for_one_credential_the_higher_then_the_first_counts() {
    let stage = Stage::new(vec![
        candidate("a", 0),
        candidate("b", 1),
        candidate("a", 2),
    ]);
    assert_eq!(stage.turns(2), "a a");
    let stage = Stage::new(vec![
        pool("a", &["x"]),
        pool("b", &["m"]),
        pool("a", &["y"]),
    ]);
    assert_eq!(stage.turns(4), "a b a b");
    let pick = stage.visit("a");
    let targets = stage.roster.targets(&pick, stage.now);
    assert_eq!(targets.collect::<Vec<_>>(), [&model("x")]);
}

#[test]
fn tried_is_a_set() {
    let mut tried = tried("a b a");
    assert_eq!(tried.len(), 2);
    assert!(tried.contains(&id("a")) && !tried.contains(&id("c")));
    tried.clear();
    assert!(tried.is_empty() && !tried.contains(&id("a")));
}

proptest! {
    #[test]
    fn turns_are_fair_within_one_over_any_prefix(
        states in prop::collection::vec(0..4u8, 1..150),
        warm_up in 0..200usize,
        rounds in 1..400usize,
    ) {
        let names: Vec<_> = (0..states.len()).map(|number| format!("c{number:03}")).collect();
        let stage = Stage::new(tier(&names.join(" ")));
        stage.turns(warm_up);
        let mut already = Tried::default();
        let mut eligible = Vec::new();
        for (name, state) in names.iter().zip(states) {
            match state {
                0 => drop(stage.attempt(name, quota(HOUR))),
                1 => already.push(id(name)),
                _ => eligible.push(id(name)),
            }
        }
        let mut counts = vec![0; eligible.len()];
        for _ in 0..rounds {
            let Ok(pick) = stage.pick_from(stage.route(), None, None, &already) else {
                prop_assert!(eligible.is_empty());
                break;
            };
            let place = eligible.binary_search(pick.credential());
            prop_assert!(place.is_ok(), "{} was blocked or tried", pick.credential());
            counts[place.unwrap()] += 1;
            let (least, most) = (counts.iter().min(), counts.iter().max());
            prop_assert!(most.unwrap() - least.unwrap() <= 1, "{counts:?}");
        }
    }
}
