//! Why a request went to the account that it went to.

use super::{Ends, Home, ask, by};
use crate::rig::Rig;
use cliproxy_gateway::Step;
use cliproxy_scripted_upstream::oauth::{TokenBehaviour, TokenFailure};
use serde_json::json;

/// The one step of the last request.
fn step(rig: &Rig) -> Step {
    let explained = rig.gateway.explain_last().unwrap();
    let [step] = &explained.steps[..] else {
        panic!("{explained:?}");
    };
    step.clone()
}

/// `a picked: ready`, in the order of service.
fn candidates(step: &Step) -> Vec<String> {
    let words = step.candidates.iter().map(|one| {
        let note = one.note.as_deref().map(|note| format!(" {note}"));
        format!(
            "{}{}: {}",
            one.credential,
            note.unwrap_or_default(),
            one.state
        )
    });
    words.collect()
}

fn attempts(step: &Step) -> Vec<String> {
    let words = step.attempts.iter();
    words
        .map(|one| format!("{}: {}", one.credential, one.outcome))
        .collect()
}

#[tokio::test]
async fn an_account_that_was_picked() {
    let home = Home::new([], []);
    home.sign_in("a", Ends::Long, &json!({"priority": 1}));
    home.sign_in("b", Ends::Long, &json!({}));
    home.sign_in("c", Ends::Long, &json!({"disabled": true, "priority": 2}));
    let rig = home.rig("").await;
    assert_eq!(by(&rig.send(&ask()).await), "a");
    let step = step(&rig);
    assert_eq!(
        candidates(&step),
        ["a picked: ready", "b lower priority: ready"]
    );
    assert_eq!(attempts(&step), ["a: ok"]);
    assert_eq!(step.candidates[0].priority, 1);
}

/// The refusal and the second try are there, and the refresh between them is counted.
#[tokio::test]
async fn an_account_whose_token_was_replaced_meanwhile() {
    let home = Home::new([], []);
    home.sign_in("a", Ends::Long, &json!({}));
    home.upstream.oauth().expire("a");
    let rig = home.rig("").await;
    assert_eq!(by(&rig.send(&ask()).await), "a");
    assert_eq!(attempts(&step(&rig)), ["a: auth 401", "a: ok"]);
    assert_eq!(home.upstream.stats().refreshes("a"), 1);
    let status = rig.gateway.status();
    let account = status.credentials[0].account.as_ref().unwrap();
    assert_eq!(account.tokens.as_ref().unwrap().condition, "fresh");
}

#[tokio::test]
async fn an_account_that_somebody_must_sign_in_to_again() {
    let home = Home::new([], [TokenBehaviour::Fail(TokenFailure::InvalidGrant)]);
    home.sign_in("a", Ends::Ago, &json!({"priority": 1}));
    home.sign_in("b", Ends::Long, &json!({}));
    let rig = home.rig("").await;
    assert_eq!(by(&rig.send(&ask()).await), "b");
    // There was no token to send: no status stands beside it.
    assert_eq!(attempts(&step(&rig)), ["a: auth", "b: ok"]);
    assert_eq!(by(&rig.send(&ask()).await), "b");
    let step = step(&rig);
    assert_eq!(attempts(&step), ["b: ok"]);
    let candidates = candidates(&step);
    assert!(
        candidates[0].starts_with("a: ") && candidates[0].contains("auth"),
        "{candidates:?}"
    );
    assert_eq!(candidates[1..], ["b picked: ready"]);
}
