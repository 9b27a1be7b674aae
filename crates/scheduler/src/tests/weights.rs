//! Each as often as its weight says.

use proptest::{prelude::prop, prop_assert, proptest};

use super::*;

fn weighing(weights: &[(&str, u32)]) -> RosterSpec {
    let candidates = weights.iter().map(|&(name, weight)| CandidateSpec {
        weight,
        ..candidate(name, 0)
    });
    spec(Strategy::Weighted, candidates.collect())
}

/// How many of the turns each name had.
fn counts(turns: &str, names: &[&str]) -> Vec<usize> {
    let of = |name| turns.split(' ').filter(|turn| *turn == name).count();
    names.iter().copied().map(of).collect()
}

#[test]
fn turns_are_spread_as_evenly_as_weights_allow() {
    let check = |weights: &[_], turns: &str| {
        let stage = Stage::with(weighing(weights));
        assert_eq!(stage.turns(turns.split(' ').count()), turns, "{weights:?}");
    };
    // Worked by hand: those of one weight earn it together, and the richest pays the sum.
    check(&[("a", 5), ("b", 3), ("c", 2)], "a b c a a b a c b a");
    check(&[("a", 5), ("b", 1), ("c", 1)], "a b a a a c a");
    check(&[("a", 1), ("b", 2)], "b a b b a b");
    check(&[("a", 7), ("b", 7), ("c", 7)], "a b c a b c");
    // Two of one weight are twice as strong together, and take turns.
    check(&[("a", 1), ("b", 2), ("c", 1)], "a b c b a b c b");
    check(&[("a", 0), ("b", 1)], "b b b");
}

#[test]
fn long_runs_keep_the_proportion() {
    let stage = Stage::with(weighing(&[("a", 5), ("b", 3), ("c", 2)]));
    let turns = stage.turns(100);
    assert_eq!(counts(&turns, &["a", "b", "c"]), [50, 30, 20]);
}

#[test]
fn a_tier_of_weightless_ones_is_passed_over() {
    let weight = |name, priority, weight| CandidateSpec {
        weight,
        ..candidate(name, priority)
    };
    let both = || vec![weight("idle", 10, 0), weight("low", 0, 1)];
    let mut stage = Stage::with(spec(Strategy::Weighted, both()));
    assert_eq!(stage.turns(2), "low low");
    let sticky = stage.pick_from(stage.route(), None, Some("idle"), &Tried::default());
    assert_eq!(
        *sticky.unwrap().credential(),
        id("low"),
        "a session is not held"
    );
    let pinned = stage.pick_from(stage.route(), Some("idle"), None, &Tried::default());
    assert_eq!(pinned.err(), Some(NoCapacity::Unserved));
    // Other strategies do not look at weights.
    stage.reload(spec(Strategy::RoundRobin, both()));
    assert_eq!(stage.turns(2), "idle idle");
    stage.reload(spec(Strategy::Weighted, vec![weight("idle", 10, 0)]));
    assert_eq!(stage.pick("").err(), Some(NoCapacity::Unserved));
}

#[test]
fn a_weight_that_comes_back_finds_its_health() {
    let mut stage = Stage::with(weighing(&[("a", 1), ("b", 1)]));
    stage.attempt("a", quota(HOUR));
    stage.reload(weighing(&[("a", 0), ("b", 1)]));
    stage.reload(weighing(&[("a", 3), ("b", 1)]));
    assert_eq!(stage.turns(2), "b b");
}

#[test]
fn changed_weights_begin_without_credit() {
    let mut stage = Stage::with(weighing(&[("a", 5), ("b", 1)]));
    assert_eq!(stage.turns(3), "a a a");
    stage.reload(weighing(&[("a", 1), ("b", 5)]));
    assert_eq!(stage.turns(6), "b b a b b b");
    // Unchanged ones keep theirs.
    let mut stage = Stage::with(weighing(&[("a", 5), ("b", 1)]));
    assert_eq!(stage.turns(2), "a a");
    stage.reload(weighing(&[("b", 1), ("a", 5)]));
    assert_eq!(stage.turns(4), "a b a a");
}

#[test]
fn who_was_away_is_not_favoured_on_return() {
    let mut stage = Stage::with(weighing(&[("a", 1), ("b", 1), ("c", 2)]));
    stage.attempt("c", quota(MINUTE));
    assert_eq!(counts(&stage.turns(50), &["a", "b", "c"]), [25, 25, 0]);
    stage.wait(MINUTE);
    for _ in 0..10 {
        assert_eq!(counts(&stage.turns(4), &["a", "b", "c"]), [1, 1, 2]);
    }
}

#[test]
fn credit_from_a_costly_competition_decides_no_cheap_one() {
    let weights = [("a", 1), ("big", 1_000), ("c", 2)];
    for before in [1, 7, 400, 500, 900] {
        let mut stage = Stage::with(weighing(&weights));
        stage.turns(before);
        stage.attempt("big", quota(HOUR));
        let had = counts(&stage.turns(30), &["a", "big", "c"]);
        assert!(
            (9..=11).contains(&had[0]) && had[1] == 0,
            "{before}: {had:?}"
        );
        stage.wait(HOUR);
        let had = counts(&stage.turns(1_003), &["a", "big", "c"]);
        assert!((999..=1_001).contains(&had[1]), "{before}: {had:?}");
    }
}

#[test]
fn a_tried_one_leaves_its_turn() {
    let stage = Stage::with(weighing(&[("a", 9), ("b", 1)]));
    assert_eq!(*stage.pick("a").unwrap().credential(), id("b"));
    assert_eq!(stage.pick("a b").err(), Some(NoCapacity::Exhausted));
}

proptest! {
    /// After any prefix nobody is further from their share than one turn of their class, and within
    /// a class nobody has had two turns more than another.
    #[test]
    fn every_prefix_is_fair(weights in prop::collection::vec(1..6_u32, 1..9), length in 1..200_usize) {
        let names: Vec<_> = (0..weights.len()).map(|at| format!("c{at}")).collect();
        let members: Vec<_> = names.iter().map(String::as_str).zip(weights.iter().copied()).collect();
        let stage = Stage::with(weighing(&members));
        let turns = stage.turns(length);
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let had = counts(&turns, &names);
        let total: u32 = weights.iter().sum();
        for weight in 1..6 {
            let class: Vec<_> = had.iter().zip(&weights).filter(|(_, w)| **w == weight).collect();
            let Some(most) = class.iter().map(|(had, _)| **had).max() else { continue };
            let least = class.iter().map(|(had, _)| **had).min().unwrap_or(0);
            prop_assert!(most - least <= 1, "{turns}");
            let together: usize = class.iter().map(|(had, _)| **had).sum();
            let share = (class.len() as u32 * weight) as f64 * length as f64 / f64::from(total);
            // Five classes compete: none is ahead or behind by more than they are.
            prop_assert!((together as f64 - share).abs() < 5.0, "{weight}: {together} of {share} in {turns}");
        }
    }
}
