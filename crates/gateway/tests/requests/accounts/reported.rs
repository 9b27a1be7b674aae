//! What `status` says of accounts and their tokens.

use super::{Ends, Home, ask, by};
use crate::rig::Rig;
use cliproxy_gateway::{AccountView, TokensView};
use cliproxy_scripted_upstream::oauth::{TokenBehaviour, TokenFailure};
use serde_json::{Value, json};

fn account(rig: &Rig, id: &str) -> AccountView {
    let status = rig.gateway.status();
    let one = status.credentials.into_iter().find(|one| one.id == id);
    one.unwrap().account.expect("it is a file")
}

fn tokens(rig: &Rig, id: &str) -> TokensView {
    account(rig, id).tokens.expect("it has signed in")
}

/// How many attempts to refresh ended so.
fn refreshes(rig: &Rig, outcome: &str) -> u64 {
    let counters = rig.gateway.status().counters;
    let counter = counters.iter().find(|counter| {
        let is_outcome = counter.labels.get("outcome").map(String::as_str) == Some(outcome);
        counter.name == "cliproxy_refresh_total" && is_outcome
    });
    counter.map_or(0, |counter| counter.value)
}

#[tokio::test]
async fn what_a_file_says_without_its_secrets() {
    let home = Home::new([], []);
    let more = json!({"note": "spare", "proxy_url": "http://user:password@127.0.0.1:9"});
    home.sign_in("a", Ends::Long, &more);
    home.sign_in("b", Ends::Long, &json!({"disabled": true}));
    let projects = json!({"type": "gemini", "project_id": "one, two"});
    home.sign_in("c", Ends::Long, &projects);
    let rig = home.rig("proxy-url: direct").await;
    let status = rig.gateway.status();
    let mut shown: Vec<_> = status
        .credentials
        .iter()
        .map(|one| {
            let account = one.account.as_ref().unwrap();
            let has_tokens = account.tokens.is_some();
            let project = account.project.as_deref();
            (
                &*one.id,
                &*account.file,
                project,
                one.proxy.as_deref(),
                has_tokens,
            )
        })
        .collect();
    shown.sort_unstable();
    let proxy = Some("http://redacted@127.0.0.1:9");
    let direct = Some("direct");
    let expected = [
        ("a.json", "a.json", None, proxy, true),
        ("b.json", "b.json", None, direct, true),
        ("c.json", "c.json", None, direct, true),
        ("c.json::one", "c.json", Some("one"), direct, true),
        ("c.json::two", "c.json", Some("two"), direct, true),
    ];
    assert_eq!(shown, expected);
    let account = account(&rig, "a.json");
    assert_eq!(account.email.as_deref(), Some("a@example.com"));
    assert_eq!(account.note.as_deref(), Some("spare"));
    let told = serde_json::to_string(&status).unwrap();
    for label in ["a", "b", "c"] {
        let file = home.read(label);
        for token in ["access_token", "refresh_token"] {
            assert!(!told.contains(file[token].as_str().unwrap()), "{label}");
        }
    }
    assert!(!told.contains("password"));
}

#[tokio::test]
async fn how_tokens_are_and_how_refreshes_have_ended() {
    let home = Home::new([], []);
    home.sign_in("a", Ends::Ago, &json!({}));
    let rig = home.rig("").await;
    let before = tokens(&rig, "a.json");
    assert_eq!(by(&rig.send(&ask()).await), "a");
    let after = tokens(&rig, "a.json");
    assert_eq!((&*after.condition, &after.reason), ("fresh", &None));
    assert!(after.expires_at_ms > before.expires_at_ms);
    assert!(after.next_at_ms < after.expires_at_ms, "in time");
    assert!(after.next_at_ms > after.refreshed_at_ms);
    assert_eq!(after.last_error, None);
    assert_eq!(refreshes(&rig, "granted"), 1);
    assert_eq!(refreshes(&rig, "permanent"), 0);
}

#[tokio::test]
async fn why_tokens_are_not_refreshed() {
    let check = async |more: Value, fails: TokenFailure, expected: (&str, Option<&str>, &str)| {
        let home = Home::new([], [TokenBehaviour::Fail(fails)]);
        home.sign_in("a", Ends::Ago, &more);
        let rig = home.rig("request-retry: 0").await;
        assert_ne!(rig.send(&ask()).await.status, 200);
        let (condition, reason, ending) = expected;
        let told = tokens(&rig, "a.json");
        assert_eq!(
            (&*told.condition, told.reason.as_deref()),
            (condition, reason)
        );
        let error = told.last_error.expect("it says what went wrong");
        assert!(!error.text.is_empty());
        assert_eq!(refreshes(&rig, ending), 1);
        let tries_again = condition == "failing";
        assert_eq!(told.next_at_ms.is_some(), tries_again, "{condition}");
    };
    let none = json!({});
    let refused = ("needs-login", Some("refused"), "permanent");
    check(none.clone(), TokenFailure::InvalidGrant, refused).await;
    let client = ("misconfigured", None, "misconfigured");
    check(none, TokenFailure::InvalidClient, client).await;
}

#[tokio::test]
async fn a_key_has_no_account() {
    let home = Home::new([], []);
    let key = format!(
        "codex-api-key: [{{name: k, api-key: k, base-url: '{}'}}]",
        home.upstream.base_url()
    );
    let rig = home.rig(&key).await;
    let status = rig.gateway.status();
    let [one] = &status.credentials[..] else {
        panic!("{status:?}");
    };
    assert_eq!((&one.account, &one.proxy), (&None, &None));
}
