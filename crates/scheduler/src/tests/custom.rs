//! Strategies that an embedding program brings along.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use parking_lot::Mutex;

use super::*;
use crate::{Choice, Custom, Selector};

/// Takes the last, and remembers what it was asked.
#[derive(Debug, Default)]
struct Last {
    seen: Arc<Mutex<Vec<String>>>,
    retired: Arc<AtomicUsize>,
}

impl Selector for Last {
    fn select(&self, choice: &Choice<'_>) -> Option<usize> {
        let ready = choice.ready.iter();
        let names =
            ready.map(|candidate| format!("{}@{}", candidate.credential, candidate.priority));
        let names = names.collect::<Vec<_>>().join(" ");
        self.seen.lock().push(format!("{}: {names}", choice.route));
        choice.ready.len().checked_sub(1)
    }

    fn retired(&self) {
        self.retired.fetch_add(1, SeqCst);
    }
}

#[derive(Debug)]
struct Nobody;

impl Selector for Nobody {
    fn select(&self, choice: &Choice<'_>) -> Option<usize> {
        Some(choice.ready.len())
    }
}

fn candidates() -> Vec<CandidateSpec> {
    vec![
        candidate("low", 0),
        candidate("high-b", 10),
        candidate("high-a", 10),
    ]
}

#[test]
fn it_chooses_among_all_who_are_ready() {
    let last = Last::default();
    let seen = Arc::clone(&last.seen);
    let stage = Stage::with(spec(Strategy::Custom(Custom::new(last)), candidates()));
    let check = |already, sticky: Option<&str>, name: &str, asked: Option<&str>| {
        let pick = stage.pick_from(stage.route(), None, sticky, &tried(already));
        assert_eq!(pick.unwrap().credential().as_str(), name);
        let asked = asked.map(|asked| format!("{ROUTE}: {asked}"));
        assert_eq!(seen.lock().drain(..).next_back(), asked);
    };
    check("", None, "low", Some("high-a@10 high-b@10 low@0"));
    check("low", None, "high-b", Some("high-a@10 high-b@10"));
    // Sessions come first.
    check("", Some("high-a"), "high-a", None);
    stage.attempt("high-b", quota(HOUR));
    check("", None, "low", Some("high-a@10 low@0"));
    stage.attempt("high-a", quota(HOUR));
    stage.attempt("low", quota(MINUTE));
    let cooling = NoCapacity::CoolingDown {
        retry_after: MINUTE,
    };
    assert_eq!(stage.pick("").err(), Some(cooling));
    assert!(
        seen.lock().is_empty(),
        "with nobody ready there is nothing to choose"
    );
}

#[test]
fn choosing_nobody_is_a_refusal() {
    let stage = Stage::with(spec(Strategy::Custom(Custom::new(Nobody)), candidates()));
    assert_eq!(stage.pick("").err(), Some(NoCapacity::Exhausted));
}

#[test]
fn it_is_retired_once_when_nobody_uses_it_any_more() {
    let last = Last::default();
    let retired = Arc::clone(&last.retired);
    let strategy = Strategy::Custom(Custom::new(last));
    let old = Stage::with(spec(strategy.clone(), candidates()));
    let mut stage = Stage {
        roster: Roster::build(spec(strategy, candidates()), Some(&old.roster), old.now),
        now: old.now,
    };
    stage.attempt("low", quota(HOUR));
    stage.reload(spec(Strategy::RoundRobin, candidates()));
    assert_eq!(
        retired.load(SeqCst),
        0,
        "a request may still run under the first roster"
    );
    drop(old);
    assert_eq!(retired.load(SeqCst), 1);
    assert!(stage.block("low", "m").is_some(), "health stays");
}

/// The first, whoever that is.
#[derive(Debug)]
struct First;

impl Selector for First {
    fn select(&self, _: &Choice<'_>) -> Option<usize> {
        Some(0)
    }
}

#[test]
fn one_request_per_rest_goes_to_an_upstream_that_is_passed_over() {
    let member = |name: &str, upstream: &str| CandidateSpec {
        upstream: Some(upstream.into()),
        cooling: Cooling {
            enabled: true,
            transient: Some(SECOND),
        },
        ..candidate(name, 0)
    };
    let members = vec![member("a", "x"), member("b", "x"), member("z", "y")];
    let mut stage = Stage::with(spec(Strategy::Custom(Custom::new(First)), members));
    for name in ["a", "b"] {
        let [first, second] = [stage.visit(name), stage.visit(name)];
        for pick in [first, second] {
            stage.record(&pick, failed(ErrorKind::Transport, Scope::Provider, None));
        }
    }
    assert_eq!(stage.turns(2), "z z");
    stage.wait(Duration::from_secs(30));
    assert_eq!(stage.turns(3), "a z z");
}
