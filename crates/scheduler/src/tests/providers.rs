//! Several providers behind one route, and those of them that speak WebSocket.

use super::*;

fn of(provider: &str, name: &str, priority: i32) -> CandidateSpec {
    CandidateSpec {
        provider: provider.into(),
        ..candidate(name, priority)
    }
}

fn check(strategy: Strategy, candidates: Vec<CandidateSpec>, blocked: &str, turns: &str) {
    let stage = Stage::with(spec(strategy, candidates));
    for name in blocked.split_whitespace() {
        stage.attempt(name, quota(HOUR));
    }
    assert_eq!(stage.turns(turns.split(' ').count()), turns);
}

#[test]
fn providers_are_served_in_proportion_to_those_who_are_ready() {
    let mixed = || {
        vec![
            of("claude", "c-a", 0),
            of("gemini", "g-a", 0),
            of("gemini", "g-b", 0),
        ]
    };
    let round_robin = |blocked, turns| check(Strategy::RoundRobin, mixed(), blocked, turns);
    round_robin("", "g-a g-b c-a g-a g-b c-a");
    round_robin("g-b", "g-a c-a g-a c-a");
    round_robin("g-a g-b", "c-a c-a");
    check(Strategy::FillFirst, mixed(), "", "g-a g-a g-a");
    check(Strategy::FillFirst, mixed(), "g-a", "g-b g-b");
    check(Strategy::FillFirst, mixed(), "g-a g-b", "c-a c-a");
}

#[test]
fn the_best_tier_of_all_providers_serves() {
    let mixed = || {
        vec![
            of("gemini", "g-7", 7),
            of("gemini", "g-4", 4),
            of("claude", "c-7", 7),
        ]
    };
    let round_robin = |blocked, turns| check(Strategy::RoundRobin, mixed(), blocked, turns);
    round_robin("", "g-7 c-7 g-7 c-7");
    round_robin("g-7", "c-7 c-7");
    round_robin("g-7 c-7", "g-4 g-4");
}

#[test]
fn rotation_goes_on_although_another_provider_has_more_candidates_now() {
    let mut stage = Stage::new(vec![
        of("claude", "c-a", 9),
        of("claude", "c-b", 9),
        of("claude", "c-c", 9),
        of("claude", "c-d", 9),
        of("gemini", "g-a", 10),
        of("gemini", "g-b", 10),
        of("gemini", "g-c", 10),
    ]);
    assert_eq!(stage.turns(1), "g-a");
    let members = ["g-a", "g-b", "g-c", "g-d"].map(|name| of("gemini", name, 10));
    let mut more = members.to_vec();
    more.push(of("claude", "c-a", 9));
    stage.reload(spec(Strategy::RoundRobin, more));
    assert_eq!(stage.turns(4), "g-b g-c g-d g-a");
}

fn websocket(name: &str, priority: i32) -> CandidateSpec {
    CandidateSpec {
        websocket: true,
        ..of("codex", name, priority)
    }
}

/// Who serves requests that arrive over these: `w` is WebSocket, `h` is HTTP.
fn over(stage: &Stage, transports: &str, pin: Option<&str>) -> String {
    let pin = pin.map(id);
    let tried = Tried::default();
    let names = transports.chars().map(|transport| {
        let query = Query {
            pin: pin.as_ref(),
            websocket: transport == 'w',
            ..Query::of(stage.route(), &tried)
        };
        let pick = stage.roster.pick(&query, stage.now).unwrap();
        pick.credential().to_string()
    });
    names.collect::<Vec<_>>().join(" ")
}

#[test]
fn websocket_clients_get_those_that_speak_it() {
    let flat = || vec![of("codex", "a", 0), websocket("b", 0), websocket("c", 0)];
    let stage = Stage::new(flat());
    assert_eq!(over(&stage, "www", None), "b c b");
    // HTTP has a rotation of its own, and nobody loses a turn there.
    assert_eq!(over(&stage, "hwhwh", None), "a c b b c");
    let tiers = || vec![of("codex", "a", 10), websocket("b", 0)];
    let stage = Stage::new(tiers());
    assert_eq!(over(&stage, "whw", None), "b a b");
    assert_eq!(over(&stage, "w", Some("a")), "a", "a pin holds");
    stage.attempt("b", quota(HOUR));
    assert_eq!(over(&stage, "w", None), "a", "better than nobody");
    let all = Stage::new(vec![websocket("a", 0), websocket("b", 0)]);
    assert_eq!(over(&all, "whw", None), "a b a");
}

#[test]
fn a_turn_is_kept_where_providers_change_places() {
    let before = || vec![of("p", "p1", 0), of("p", "p2", 0), of("q", "q1", 0)];
    let mut stage = Stage::new(before());
    assert_eq!(stage.turns(1), "p1");
    let more = [of("q", "q2", 0), of("q", "q3", 0)];
    stage.reload(spec(
        Strategy::RoundRobin,
        before().into_iter().chain(more).collect(),
    ));
    assert_eq!(stage.turns(5), "p2 q1 q2 q3 p1");
}

#[test]
fn those_that_speak_websocket_keep_their_turn_over_a_reload() {
    let members = || vec![of("codex", "a", 0), websocket("b", 0), websocket("c", 0)];
    let mut stage = Stage::new(members());
    assert_eq!(over(&stage, "w", None), "b");
    let more = members().into_iter().chain([websocket("d", 0)]);
    stage.reload(spec(Strategy::RoundRobin, more.collect()));
    assert_eq!(over(&stage, "www", None), "c d b");
}
