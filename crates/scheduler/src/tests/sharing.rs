//! What routes, and successive rosters, have in common.

use std::sync::Arc;

use super::*;
use crate::tier::Tier;

/// Two routes that share a list, and one with a list of its own.
fn routes(names: &str, only: &str) -> RosterSpec {
    let shared: Arc<[_]> = tier(names).into();
    let serving = |model: &str| {
        let targets = vec![ModelId::from(model)];
        ServingSpec::new(Arc::clone(&shared), targets)
    };
    RosterSpec {
        shards: vec![
            shard("m", vec![serving("m")]),
            shard("n", vec![serving("n")]),
            shard("only", tier(only)),
        ],
        ..RosterSpec::default()
    }
}

fn first_tier<'a>(roster: &'a Roster, route: &str) -> &'a Arc<Tier> {
    let shard = roster.get(roster.shard(route).unwrap()).unwrap();
    &shard.tiers[0]
}

fn seat(roster: &Roster, route: &str, name: &str) -> *const crate::seat::Seat {
    let tier = first_tier(roster, route);
    tier.slots.at(tier.find(&id(name)).unwrap()).seat
}

#[test]
fn routes_of_one_list_share_a_lineup_and_all_share_health() {
    let stage = Stage::with(routes("a b c", "c d"));
    let lineup = |route| Arc::as_ptr(&first_tier(&stage.roster, route).slots.lineup);
    assert_eq!(lineup("m"), lineup("n"));
    assert_ne!(lineup("m"), lineup("only"));
    let pick = |route: &str| {
        let shard = stage.roster.shard(route).unwrap();
        stage.pick_from(shard, Some("c"), None, &Tried::default())
    };
    let whole = failed(ErrorKind::Quota, Scope::Credential, Some(HOUR));
    stage.record(&pick("m").unwrap(), whole);
    for route in ["m", "n", "only"] {
        assert!(pick(route).is_err(), "{route}");
    }
}

#[test]
fn a_model_of_a_shared_list_rests_alone() {
    let stage = Stage::with(routes("a", "b"));
    let pick = |route: &str| {
        let shard = stage.roster.shard(route).unwrap();
        stage.pick_from(shard, None, None, &Tried::default())
    };
    let (of_m, of_n) = (pick("m").unwrap(), pick("n").unwrap());
    let recorded = stage
        .roster
        .record(&of_m, &model("n"), quota(HOUR), stage.now);
    assert_eq!(
        recorded,
        Recorded::Unchanged,
        "the route does not ask for it"
    );
    stage
        .roster
        .record(&of_n, &model("n"), quota(HOUR), stage.now);
    assert!(pick("m").is_ok());
    assert!(pick("n").is_err());
}

#[test]
fn who_does_not_change_keeps_the_seat() {
    let check = |names: &str, only: &str, same: &str| {
        let old = Stage::with(routes("a b c", "d e"));
        let new = Roster::build(routes(names, only), Some(&old.roster), old.now);
        for name in same.split_whitespace() {
            let route = if "abc".contains(name) { "m" } else { "only" };
            let seats = (seat(&old.roster, route, name), seat(&new, route, name));
            assert_eq!(seats.0, seats.1, "{name} of {names}, {only}");
        }
        let tiers = ["m", "n", "only"]
            .map(|route| Arc::ptr_eq(first_tier(&old.roster, route), first_tier(&new, route)));
        let expected = [names == "a b c", names == "a b c", only == "d e"];
        assert_eq!(tiers, expected, "{names}, {only}");
    };
    check("a b c", "d e", "a b c d e");
    check("a b", "d e", "a b d e");
    check("a b c x", "d e", "a b c d e");
    check("a b c", "e", "a b c e");
}

#[test]
fn a_serving_that_comes_before_changes_nothing_elsewhere() {
    let high = || vec![candidate("z", 5)];
    let both = |first: Vec<CandidateSpec>| spec(Strategy::Weighted, [first, tier("a b")].concat());
    let old = Stage::with(both(high()));
    let tier_of = |roster: &Roster| {
        let shard = roster.get(roster.shard(ROUTE).unwrap()).unwrap();
        Arc::clone(shard.tiers.last().unwrap())
    };
    let new = Roster::build(both(Vec::new()), Some(&old.roster), old.now);
    assert!(Arc::ptr_eq(&tier_of(&old.roster), &tier_of(&new)));
}

#[test]
fn a_route_that_is_new_changes_nothing_for_others() {
    let both = |names: &[&str]| {
        let list: Arc<[_]> = tier("a b").into();
        let serving = || ServingSpec::new(Arc::clone(&list), vec![model("m")]);
        let shards = names.iter().map(|name| shard(name, vec![serving()]));
        RosterSpec {
            shards: shards.collect(),
            ..RosterSpec::default()
        }
    };
    let old = Stage::with(both(&["old"]));
    let new = Roster::build(both(&["new", "old"]), Some(&old.roster), old.now);
    assert!(Arc::ptr_eq(
        first_tier(&old.roster, "old"),
        first_tier(&new, "old")
    ));
}

#[test]
fn models_that_no_route_asks_for_are_forgotten() {
    let mut stage = Stage::new(vec![pool("a", &["m", "n"])]);
    let pick = stage.visit("a");
    stage
        .roster
        .record(&pick, &model("n"), quota(HOUR), stage.now);
    assert!(stage.block("a", "n").is_some());
    stage.reload(spec(Strategy::RoundRobin, vec![pool("a", &["m"])]));
    stage.reload(spec(Strategy::RoundRobin, vec![pool("a", &["m", "n"])]));
    assert_eq!(stage.block("a", "n"), None);
}
