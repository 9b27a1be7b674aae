//! Accounts with several projects: the accounts take turns, and within each its projects do.

use super::*;

/// `account::project`, or a credential of its own.
fn member(name: &str) -> CandidateSpec {
    CandidateSpec {
        parent: name.split_once("::").map(|(account, _)| account.into()),
        ..candidate(name, 0)
    }
}

fn members(names: &str) -> Vec<CandidateSpec> {
    names.split(' ').map(member).collect()
}

fn seeded(seed: u64, names: &str) -> RosterSpec {
    RosterSpec {
        seed,
        ..spec(Strategy::RoundRobin, members(names))
    }
}

const TWO: &str = "a::1 a::2 b::1 b::2";

#[test]
fn accounts_alternate_and_projects_take_turns() {
    let mut starts = std::collections::BTreeSet::new();
    for seed in 0..64 {
        let stage = Stage::with(seeded(seed, TWO));
        let turns = stage.turns(8);
        let turns: Vec<_> = turns.split(' ').collect();
        starts.insert(turns[0].to_owned());
        for pair in turns.windows(2) {
            assert_ne!(pair[0][..1], pair[1][..1], "{turns:?}");
        }
        let mut round: Vec<_> = turns[..4].to_vec();
        round.sort_unstable();
        assert_eq!(round.join(" "), TWO, "{turns:?}");
        assert_eq!(turns[..4], turns[4..], "{turns:?}");
    }
    // Where it begins is drawn.
    assert_eq!(starts.into_iter().collect::<Vec<_>>().join(" "), TWO);
}

#[test]
fn an_account_with_more_projects_does_not_get_more() {
    let stage = Stage::with(seeded(1, "a::1 b::1 b::2 b::3"));
    let turns = stage.turns(60);
    let count = |name: &str| {
        turns
            .split(' ')
            .filter(|turn| turn.starts_with(name))
            .count()
    };
    assert_eq!(
        (count("a"), count("b::1"), count("b::2"), count("b::3")),
        (30, 10, 10, 10)
    );
}

#[test]
fn without_two_accounts_the_order_is_flat() {
    let check = |names: &str, turns: &str| {
        let stage = Stage::with(seeded(3, names));
        assert_eq!(stage.turns(turns.split(' ').count()), turns);
    };
    check("a::1 a::2 a::3", "a::1 a::2 a::3 a::1");
    check("a::1 b::1 plain", "a::1 b::1 plain a::1");
    check("a::1 a::2 plain", "a::1 a::2 plain a::1");
}

#[test]
fn a_blocked_project_or_account_gives_its_turn_to_nobody() {
    let stage = Stage::with(seeded(0, "a::1 a::2 b::1 b::2 c::1"));
    stage.attempt("b::1", quota(HOUR));
    let count = |turns: &str, name: &str| {
        turns
            .split(' ')
            .filter(|turn| turn.starts_with(name))
            .count()
    };
    let turns = stage.turns(30);
    assert_eq!(
        ["a::1", "a::2", "b::2", "c"].map(|name| count(&turns, name)),
        [5, 5, 10, 10]
    );
    stage.attempt("b::2", quota(HOUR));
    let turns = stage.turns(20);
    assert_eq!(
        ["a::1", "a::2", "c"].map(|name| count(&turns, name)),
        [5, 5, 10]
    );
}

#[test]
fn fill_first_stays_with_the_first_project() {
    let stage = Stage::with(spec(Strategy::FillFirst, members(TWO)));
    assert_eq!(stage.turns(3), "a::1 a::1 a::1");
}

#[test]
fn a_reload_goes_on_where_it_was() {
    let mut stage = Stage::with(seeded(7, TWO));
    let first = stage.turns(4);
    assert_eq!(stage.turns(4), first);
    let one = stage.turns(1);
    assert!(first.starts_with(&one));
    // Another account joins, and the one whose turn it is keeps it.
    stage.reload(seeded(8, &format!("{TWO} c::1")));
    let next = stage.turns(1);
    assert_eq!(next, first.split(' ').nth(1).unwrap());
}
