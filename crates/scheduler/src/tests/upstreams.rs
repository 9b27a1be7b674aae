//! Upstreams that nobody reaches: passed over while others are ready, and never for those who found
//! out.

use super::*;

const DOWN: Outcome = Outcome::Failed {
    kind: ErrorKind::Transport,
    scope: Scope::Provider,
    retry_after: None,
};

/// `name@upstream` or `name@upstream/priority`; failures rest nobody by themselves.
fn behind(text: &str) -> CandidateSpec {
    let (text, priority) = text.split_once('/').unwrap_or((text, "0"));
    let (name, upstream) = text.split_once('@').unwrap();
    CandidateSpec {
        upstream: Some(upstream.into()),
        cooling: Cooling {
            enabled: true,
            transient: Some(Duration::from_nanos(1)),
        },
        ..candidate(name, priority.parse().unwrap())
    }
}

fn stage(members: &str) -> Stage {
    Stage::new(members.split(' ').map(behind).collect())
}

/// Each of them fails now, and its own block is over at once.
fn fail(stage: &mut Stage, names: &str) {
    for name in names.split(' ') {
        let pick = stage.visit(name);
        stage.record(&pick, DOWN);
        stage.wait(Duration::from_nanos(1));
    }
}

fn at_rest(stage: &Stage) -> Vec<String> {
    let rests = stage.roster.upstreams_at_rest(stage.now);
    rests.iter().map(|rest| rest.upstream.to_string()).collect()
}

#[test]
fn three_failures_of_two_credentials_open_it() {
    let check = |names: &[(&str, u64)], open: bool| {
        let mut stage = stage("a@x b@x c@x d@y");
        for &(name, before) in names {
            stage.wait(Duration::from_secs(before));
            fail(&mut stage, name);
        }
        assert_eq!(
            at_rest(&stage),
            if open { vec!["x"] } else { vec![] },
            "{names:?}"
        );
        assert_eq!(
            stage.turns(2),
            if open { "d d" } else { "a b" },
            "{names:?}"
        );
    };
    check(&[("a", 0), ("a", 0), ("a", 0), ("a", 0)], false);
    check(&[("a", 0), ("b", 0)], false);
    check(&[("a", 0), ("b", 0), ("a", 0)], true);
    check(&[("a", 0), ("a", 0), ("b", 0)], true);
    check(&[("b", 0), ("a", 0), ("a", 0), ("a", 0)], true);
    check(&[("a", 0), ("b", 4), ("c", 5)], true);
    check(&[("a", 0), ("b", 5), ("c", 6)], false);
    check(&[("a", 0), ("d", 0), ("b", 0)], false);
}

#[test]
fn other_failures_and_credentials_without_cooling_do_not_count() {
    let check = |outcome, cooling| {
        let members = ["a@x", "b@x", "c@x"].map(|member| CandidateSpec {
            cooling,
            ..behind(member)
        });
        let stage = Stage::new(members.into());
        for name in ["a", "b", "c"] {
            stage.attempt(name, outcome);
        }
        assert!(at_rest(&stage).is_empty(), "{outcome:?}");
    };
    check(quota(HOUR), Cooling::default());
    check(
        failed(ErrorKind::Transport, Scope::Request, None),
        Cooling::default(),
    );
    check(
        failed(ErrorKind::Upstream, Scope::Model, None),
        Cooling::default(),
    );
    let off = Cooling {
        enabled: false,
        ..Cooling::default()
    };
    check(DOWN, off);
}

#[test]
fn one_success_closes_it() {
    for outcome in [Outcome::Began, Outcome::Succeeded] {
        let mut stage = stage("a@x b@x c@x d@y");
        let late = stage.visit("c");
        fail(&mut stage, "a b a");
        assert_eq!(stage.turns(2), "d d");
        assert_eq!(stage.record(&late, outcome), Recorded::Cleared);
        assert_eq!(stage.turns(4), "a b c d", "{outcome:?}");
        fail(&mut stage, "a b");
        assert!(at_rest(&stage).is_empty(), "earlier failures are forgotten");
    }
}

#[test]
fn a_refusal_is_an_answer_too() {
    use ErrorKind::{Auth, BadRequest, NotFound, Quota, Transport, Upstream};
    let check = |kind, scope, closes: bool| {
        for ruled in [false, true] {
            let mut stage = stage("a@x b@x c@x d@y");
            fail(&mut stage, "a b a");
            stage.wait(Duration::from_secs(30));
            let trial = stage.pick("").unwrap();
            let retry_after = None;
            let outcome = match ruled {
                true => Outcome::Ruled {
                    kind,
                    scope,
                    retry_after,
                },
                false => failed(kind, scope, retry_after),
            };
            stage.record(&trial, outcome);
            assert_eq!(at_rest(&stage).is_empty(), closes, "{kind:?} {scope:?}");
        }
    };
    check(Quota, Scope::Model, true);
    check(Auth, Scope::Credential, true);
    check(NotFound, Scope::Model, true);
    check(BadRequest, Scope::Request, true);
    check(Upstream, Scope::Provider, false);
    // Nobody knows how far it came.
    check(Transport, Scope::Request, false);
}

#[test]
fn others_are_preferred_whatever_their_tier() {
    let mut stage = stage("a@x/10 b@x/10 c@x/10 d@y/0");
    fail(&mut stage, "a b a");
    assert_eq!(stage.turns(2), "d d");
    // A session on it goes to a stand-in as well.
    let pick = stage.pick_from(stage.route(), None, Some("a"), &Tried::default());
    assert_eq!(pick.unwrap().credential().as_str(), "d");
}

#[test]
fn one_request_tries_once_per_rest_although_others_are_ready() {
    let mut stage = stage("a@x b@x c@x d@y");
    fail(&mut stage, "a b a");
    stage.wait(Duration::from_secs(29));
    assert_eq!(stage.turns(3), "d d d");
    stage.wait(Duration::from_secs(1));
    assert_eq!(stage.turns(4), "a d d d");
    // It failed again, which begins another rest; 30 s later the next one tries.
    fail(&mut stage, "a");
    stage.wait(Duration::from_secs(30));
    let trial = stage.pick("").unwrap();
    assert_eq!(trial.credential().as_str(), "a");
    assert_eq!(stage.turns(2), "d d");
    stage.record(&trial, Outcome::Began);
    assert_eq!(stage.turns(4), "a b c d");
}

#[test]
fn one_request_at_a_time_tries_when_nobody_else_is_left() {
    let mut stage = stage("a@x b@x c@x");
    fail(&mut stage, "a b a");
    let first = stage.pick("").unwrap();
    let refusal = stage.pick("").err();
    assert_eq!(
        refusal,
        Some(NoCapacity::CoolingDown {
            retry_after: Duration::from_secs(30) - Duration::from_nanos(1)
        })
    );
    let pinned = stage.pick_from(stage.route(), Some("b"), None, &Tried::default());
    assert!(pinned.is_err(), "a pin waits as well");
    // The client left, and the next one may try.
    drop(first);
    let second = stage.pick("").unwrap();
    stage.record(&second, Outcome::Began);
    assert!(stage.pick("").is_ok());
    assert!(at_rest(&stage).is_empty());
}

#[test]
fn siblings_are_not_excluded_for_the_request_that_found_it() {
    let stage = stage("a@x b@x c@x d@x e@x");
    let mut tried = Tried::default();
    let mut visited = String::new();
    let other = loop {
        let Ok(pick) = stage.pick_from(stage.route(), None, None, &tried) else {
            break stage.pick("");
        };
        visited += pick.credential().as_str();
        stage.record(&pick, DOWN);
        tried.visited(&pick);
        tried.met_failing(&pick);
    };
    assert_eq!(visited, "abcde");
    assert!(other.is_err(), "everybody rests now");
}

#[test]
fn it_outlives_a_reload() {
    let mut stage = stage("a@x b@x c@x d@y");
    fail(&mut stage, "a b a");
    let members = ["e@x", "b@x", "d@y"].map(behind);
    stage.reload(spec(Strategy::RoundRobin, members.into()));
    assert_eq!(stage.turns(2), "d d");
    let late = stage.visit("d");
    stage.record(&late, Outcome::Succeeded);
    assert_eq!(at_rest(&stage), ["x"], "another upstream's success");
}

#[test]
fn a_block_that_ends_during_the_rest_is_over_when_the_rest_is() {
    let mut stage = stage("a@x b@x c@x d@y");
    let late = stage.visit("a");
    stage.attempt("c", quota(Duration::from_secs(5)));
    fail(&mut stage, "a b a");
    assert_eq!(stage.turns(2), "d d", "all of x are parked");
    stage.wait(Duration::from_secs(6));
    stage.record(&late, Outcome::Succeeded);
    assert_eq!(stage.turns(4), "a b c d");
}
