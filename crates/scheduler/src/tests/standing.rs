//! What people are shown, and what they can put right by hand.

use super::*;
use crate::State;

fn states(stage: &Stage) -> String {
    let standings = stage.roster.standings(stage.route(), stage.now);
    let words = standings.map(|standing| {
        let state = match standing.state {
            State::Ready => "ready".into(),
            State::Blocked(block) => {
                format!("{}-{}s", block.reason.as_str(), block.remaining.as_secs())
            }
            State::Behind(trial) => format!("behind-{}s", trial.as_secs()),
            State::WithoutTarget => "no-target".into(),
        };
        format!("{}@{}:{state}", standing.credential, standing.priority)
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn candidates_stand_in_the_order_of_their_turns() {
    let mut members: Vec<ServingSpec> = tier("b a").into_iter().map(Into::into).collect();
    members.push(candidate("top", 5).into());
    members.push(pool("z", &[]));
    let stage = Stage::new(members);
    assert_eq!(stage.roster.candidates(stage.route()), 4);
    stage.attempt("a", quota(MINUTE));
    assert_eq!(
        states(&stage),
        "top@5:ready a@0:quota-60s b@0:ready z@0:no-target"
    );
}

#[test]
fn everybodys_health() {
    let stage = Stage::new(vec![pool("b", &["n", "m(high)"]), pool("a", &["m"])]);
    stage.attempt("a", failed(ErrorKind::Auth, Scope::Credential, None));
    stage.record(&stage.visit("b"), quota(MINUTE));
    let lines = stage.roster.health(stage.now).into_iter().map(|health| {
        let reason = |block: Option<Block>| block.map_or("-", |block| block.reason.as_str());
        let models = health.models.into_iter();
        let models: Vec<_> = models
            .map(|(model, block)| format!("{model}:{}", reason(block)))
            .collect();
        format!(
            "{} {} {}",
            health.credential,
            reason(health.block),
            models.join(" ")
        )
    });
    assert_eq!(lines.collect::<Vec<_>>(), ["a auth m:-", "b - m:quota n:-"]);
}

#[test]
fn a_reset_forgets_what_is_known() {
    let check = |named: Option<&str>, reset: Option<&str>, states_then: &str| {
        let stage = Stage::new(vec![pool("a", &["m", "n"]), pool("b", &["m"])]);
        for target in ["m", "n"] {
            stage
                .roster
                .record(&stage.visit("a"), &model(target), quota(MINUTE), stage.now);
        }
        assert_eq!(stage.turns(2), "b b");
        let named = named.map(model);
        let models = stage.roster.reset(&id("a"), named.as_ref(), stage.now);
        let models = models.map(|models| {
            let words = models
                .iter()
                .map(|(model, ended)| format!("{model}:{ended}"));
            words.collect::<Vec<_>>().join(" ")
        });
        assert_eq!(models.as_deref(), reset);
        assert_eq!(states(&stage), states_then);
        if models.is_some() {
            assert_eq!(stage.turns(2), "a b", "at once");
        }
    };
    check(None, Some("m:true n:true"), "a@0:ready b@0:ready");
    check(Some("m"), Some("m:true"), "a@0:ready b@0:ready");
    check(Some("m(high)"), Some("m:true"), "a@0:ready b@0:ready");
    check(Some("other"), None, "a@0:quota-60s b@0:ready");
    let stage = Stage::new(tier("a"));
    assert_eq!(stage.roster.reset(&id("nobody"), None, stage.now), None);
}

#[test]
fn a_reset_ends_the_block_of_the_whole_and_the_rest_of_its_upstream() {
    let member = |name| CandidateSpec {
        upstream: Some("x".into()),
        ..candidate(name, 0)
    };
    let stage = Stage::new(vec![member("a"), member("b"), member("c")]);
    let down = failed(ErrorKind::Upstream, Scope::Provider, None);
    for name in ["a", "b", "c"] {
        stage.attempt(name, down);
    }
    stage.roster.reset(&id("a"), None, stage.now).unwrap();
    assert!(stage.roster.upstreams_at_rest(stage.now).is_empty());
    assert_eq!(stage.turns(2), "a a", "the others rest for themselves");
    // The back-off begins anew as well.
    let stage = Stage::new(tier("a"));
    for _ in 0..3 {
        stage.attempt("a", failed(ErrorKind::Quota, Scope::Credential, None));
        stage.roster.reset(&id("a"), None, stage.now).unwrap();
    }
    let Recorded::Blocked(block) =
        stage.attempt("a", failed(ErrorKind::Quota, Scope::Credential, None))
    else {
        panic!("a quota failure blocks");
    };
    assert_eq!(block.remaining, SECOND);
}
