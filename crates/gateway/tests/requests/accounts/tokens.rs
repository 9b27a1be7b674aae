//! Tokens that have ended, or are refused.

use super::{Ends, Home, MODEL, ask, by};
use crate::rig::{Ask, refusing, soon};
use cliproxy_core::{Operation, Protocol};
use cliproxy_scripted_upstream::{
    Behaviour, Script,
    oauth::{Account, Dialect, Outcome, ServiceKey, TokenBehaviour, TokenFailure, token_digest},
};
use futures_util::future::join_all;
use serde_json::json;

/// The refresh token of the file, by its digest.
pub(super) fn on_disk(home: &Home) -> String {
    token_digest(home.read("a")["refresh_token"].as_str().unwrap())
}

/// The refresh token of the last grant, by its digest.
pub(super) fn granted(home: &Home) -> String {
    let calls = home.upstream.oauth().calls();
    let mut granted = calls
        .into_iter()
        .rev()
        .filter_map(|call| match call.outcome {
            Outcome::Granted { refresh_token, .. } => refresh_token,
            _ => None,
        });
    granted.next().unwrap()
}

#[tokio::test]
async fn what_has_ended_is_refreshed_and_never_sent() {
    let home = Home::new([], []);
    home.sign_in("a", Ends::Ago, &json!({}));
    home.upstream.oauth().expire("a");
    let rig = home.rig("").await;
    assert_eq!(by(&rig.send(&ask()).await), "a");
    assert_eq!(home.upstream.stats().refreshes("a"), 1);
    assert_eq!(
        home.upstream.stats().received,
        1,
        "the old one was not tried"
    );
    assert_eq!(on_disk(&home), granted(&home));
    assert_eq!(by(&rig.send(&ask()).await), "a");
    assert_eq!(home.upstream.stats().refreshes("a"), 1);
    assert_eq!(home.upstream.violations(), []);
}

#[tokio::test]
async fn who_counts_nothing_is_estimated_for() {
    let home = Home::new([], []);
    home.sign_in("a", Ends::Long, &json!({}));
    let rig = home.rig("").await;
    let body = json!({"model": MODEL, "input": "hello"}).to_string();
    let ask = Ask::new(Protocol::Responses, MODEL, false).to(Operation::CountTokens);
    let answer = rig.send(&ask.with_body(body)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("x-cliproxy-estimated"), "true");
    assert_eq!(home.upstream.stats().received, 0);
}

#[tokio::test]
async fn all_who_need_new_tokens_wait_for_one_refresh() {
    let home = Home::new([], []);
    home.sign_in("a", Ends::Ago, &json!({}));
    let rig = home.rig("").await;
    let ask = ask();
    let answers = join_all((0..64).map(|_| rig.send(&ask))).await;
    assert!(answers.iter().all(|answer| by(answer) == "a"));
    assert_eq!(home.upstream.stats().refreshes("a"), 1);
    assert_eq!(home.upstream.stats().received, 64);
}

#[tokio::test]
async fn a_refused_token_is_replaced_and_the_request_sent_again() {
    // The second answer never comes, so that the file can be looked at before it.
    let home = Home::new([Behaviour::HeaderDelay(crate::rig::s(3_600))], []);
    home.sign_in("a", Ends::Long, &json!({}));
    home.upstream.oauth().expire("a");
    let rig = home.rig("").await;
    let ask = ask();
    tokio::select! {
        answer = rig.send(&ask) => panic!("{answer:?}"),
        _ = soon(home.upstream.wait_for(|stats| stats.received == 2)) => {}
    }
    assert_eq!(on_disk(&home), granted(&home));
    let replay = home.upstream.requests().pop().unwrap();
    let calls = home.upstream.oauth().calls();
    assert!(
        calls
            .iter()
            .all(|call| call.answered.unwrap() < replay.number)
    );
    home.upstream.rewrite("a", [Behaviour::Answer]);
    assert_eq!(by(&rig.send(&ask).await), "a");
    assert_eq!(home.upstream.stats().refreshes("a"), 1);
}

#[tokio::test]
async fn what_is_refused_again_is_not_sent_a_third_time() {
    let home = Home::new([refusing(401, "{}")], []);
    home.sign_in("a", Ends::Long, &json!({}));
    let rig = home.rig("request-retry: 0").await;
    assert_eq!(rig.send(&ask()).await.status, 401);
    assert_eq!(home.upstream.stats().received, 2);
    assert_eq!(home.upstream.stats().refreshes("a"), 1);
    rig.assert_rests("a", Some(("auth", 1_800)), "the account as a whole");
}

#[tokio::test]
async fn another_account_serves_while_one_must_sign_in_again() {
    let home = Home::new([], [TokenBehaviour::Fail(TokenFailure::InvalidGrant)]);
    home.sign_in("a", Ends::Ago, &json!({"priority": 1}));
    home.sign_in("b", Ends::Long, &json!({}));
    let rig = home.rig("").await;
    assert_eq!(by(&rig.send(&ask()).await), "b");
    let asked = home.upstream.oauth().calls().len();
    assert_eq!(asked, 1);
    rig.gateway.close_credentials().await;
    rig.gateway.tasks().close();
    soon(rig.gateway.tasks().wait()).await;
    // The next process knows, and asks nobody.
    let rig = home.rig("").await;
    assert_eq!(by(&rig.send(&ask()).await), "b");
    assert_eq!(home.upstream.oauth().calls().len(), asked);
    let status = rig.gateway.status();
    let a = status.credentials.iter().find(|one| one.credential == "a");
    assert_eq!(a.unwrap().state, "needs-login");
    // Somebody signs in.
    home.upstream.oauth().rewrite("a", [TokenBehaviour::Answer]);
    let epoch = rig.gateway.snapshot().epoch;
    home.sign_in("a", Ends::Long, &json!({"priority": 2}));
    soon(rig.gateway.later_than(epoch)).await;
    assert_eq!(by(&rig.send(&ask()).await), "a");
}

#[tokio::test]
async fn a_stop_waits_for_nobody_and_loses_nothing() {
    let home = Home::new([], []);
    home.sign_in("a", Ends::Ago, &json!({}));
    let rig = home.rig("").await;
    assert_eq!(by(&rig.send(&ask()).await), "a");
    assert_eq!(rig.gateway.close_credentials().await, []);
    rig.gateway.tasks().close();
    soon(rig.gateway.tasks().wait()).await;
    assert_eq!(on_disk(&home), granted(&home));
}

#[tokio::test]
async fn two_gateways_over_one_directory_refresh_once() {
    let home = Home::new([], []);
    home.sign_in("a", Ends::Ago, &json!({}));
    let (one, two) = tokio::join!(home.rig(""), home.rig(""));
    let ask = ask();
    let rigs = (0..64).map(|number| if number % 2 == 0 { &one } else { &two });
    let answers = join_all(rigs.map(|rig| rig.send(&ask))).await;
    assert!(answers.iter().all(|answer| by(answer) == "a"));
    assert_eq!(home.upstream.stats().refreshes("a"), 1);
    assert_eq!(on_disk(&home), granted(&home));
}

/// A file of a service account `v`, whose token endpoint does this.
pub(super) fn service_account(tokens: impl IntoIterator<Item = TokenBehaviour>) -> Home {
    let key = ServiceKey::generate().unwrap();
    let account = Account::service("v", "v@project.example", &key).tokens(tokens);
    let home = Home::of(Script::new().account(account));
    let token_uri = home.upstream.token_url(Dialect::Google);
    let file = json!({
        "type": "vertex",
        "label": "v",
        "base_url": home.upstream.base_url(),
        "service_account": key.file("v@project.example", "project", &token_uri),
    });
    home.write("v", &file);
    home
}

#[tokio::test]
async fn a_service_account_gets_a_token_with_its_key() {
    let home = service_account([]);
    let rig = home.rig("").await;
    let ask = Ask::new(Protocol::Gemini, "gemini-2.5-pro", false);
    let answers = join_all((0..8).map(|_| rig.send(&ask))).await;
    assert!(answers.iter().all(|answer| by(answer) == "v"));
    assert_eq!(home.upstream.stats().refreshes("v"), 1);
    let written = home.read("v");
    assert!(
        written["access_token"].is_string(),
        "kept for the next start"
    );
    assert!(written["refresh_token"].is_null(), "the key is none");
}
