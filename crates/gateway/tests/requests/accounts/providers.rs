//! Requests as each provider wants them from an account.

use super::{Home, by};
use crate::rig::{Ask, now, refusing};
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::{
    Script,
    oauth::{Account, Dialect, ServiceKey},
};
use serde_json::{Value, json};

/// A reply of Code Assist.
const ENVELOPE: &str = r#"{"response": {"candidates": [{"content": {"role": "model", "parts": [{"text": "hi"}]}, "finishReason": "STOP"}]}}"#;

/// An hour ago, as files have it.
fn ago() -> u64 {
    let since = now().duration_since(std::time::UNIX_EPOCH).unwrap();
    since.as_secs() - 3_600
}

#[tokio::test]
async fn kimi_is_told_the_device_that_was_signed_in_on() {
    let home = Home::of(Script::new().account(Account::new("k", Dialect::Kimi)));
    let signed_in = home.upstream.oauth().sign_in("k").unwrap();
    let file = json!({
        "type": "kimi",
        "label": "k",
        "base_url": home.upstream.base_url(),
        "access_token": "has-ended",
        "refresh_token": signed_in.refresh_token.unwrap().expose(),
        "device_id": "device-1",
        "expired": ago(),
    });
    home.write("k", &file);
    let token_url = home.upstream.token_url(Dialect::Kimi);
    let client =
        format!("oauth: {{kimi: {{client_id: scripted-client, token_url: '{token_url}'}}}}");
    let rig = home.rig_with(&client).await;
    for protocol in [Protocol::Chat, Protocol::Claude] {
        let ask = Ask::new(protocol, "kimi-k2.5", false);
        assert_eq!(by(&rig.send(&ask).await), "k");
        let sent = home.upstream.take_requests().pop().unwrap();
        let path = match protocol {
            Protocol::Claude => "/v1/messages",
            _ => "/v1/chat/completions",
        };
        assert_eq!(sent.uri.path(), path);
        assert_eq!(sent.header("x-msh-device-id"), "device-1");
        assert_eq!(sent.header("x-msh-platform"), "cliproxy");
        assert_eq!(sent.label.as_deref(), Some("k"), "with the new token");
    }
    assert_eq!(home.upstream.stats().refreshes("k"), 1);
    let kept = home.read("k");
    assert_ne!(kept["access_token"], "has-ended");
    assert_eq!(kept["device_id"], "device-1");
}

#[tokio::test]
async fn code_assist_is_asked_in_an_envelope_with_the_project() {
    let account = Account::new("g", Dialect::Google).behaves([refusing(200, ENVELOPE)]);
    let home = Home::of(Script::new().account(account));
    let signed_in = home.upstream.oauth().sign_in("g").unwrap();
    let file = json!({
        "type": "gemini",
        "label": "g",
        "base_url": home.upstream.base_url(),
        "project_id": "project-1",
        "token": {
            "access_token": "has-ended",
            "refresh_token": signed_in.refresh_token.unwrap().expose(),
            "expiry": ago(),
            "client_id": "scripted-client",
            "token_uri": home.upstream.token_url(Dialect::Google),
            "universe_domain": "googleapis.com",
        },
    });
    home.write("g", &file);
    let rig = home.rig_with("").await;
    let ask = Ask::new(Protocol::Gemini, "gemini-2.5-pro", false);
    let answer = rig.send(&ask).await;
    assert_eq!(by(&answer), "g");
    let reply = answer.json();
    assert_eq!(reply["candidates"][0]["content"]["parts"][0]["text"], "hi");
    let sent = home.upstream.requests().pop().unwrap();
    assert_eq!(sent.uri.path(), "/v1internal:generateContent");
    let body = sent.json();
    assert_eq!(body["model"], "gemini-2.5-pro");
    assert_eq!(body["project"], "project-1");
    assert_eq!(body["request"]["contents"][0]["parts"][0]["text"], "hello");
    assert_eq!(home.upstream.stats().refreshes("g"), 1);
    let kept = &home.read("g")["token"];
    assert_ne!(kept["access_token"], "has-ended");
    assert_eq!(kept["universe_domain"], "googleapis.com");
}

#[tokio::test]
async fn vertex_is_asked_for_the_project_in_its_location() {
    let key = ServiceKey::generate().unwrap();
    let account = Account::service("v", "v@project.example", &key);
    let home = Home::of(Script::new().account(account));
    let token_uri = home.upstream.token_url(Dialect::Google);
    let file = |location: Value| {
        json!({
            "type": "vertex",
            "label": "v",
            "base_url": home.upstream.base_url(),
            "location": location,
            "service_account": key.file("v@project.example", "project-1", &token_uri),
        })
    };
    home.write("v", &file(json!("europe-west4")));
    let rig = home.rig_with("").await;
    let ask = Ask::new(Protocol::Gemini, "gemini-2.5-pro", false);
    assert_eq!(by(&rig.send(&ask).await), "v");
    let sent = home.upstream.requests().pop().unwrap();
    assert_eq!(
        sent.uri.path(),
        "/v1/projects/project-1/locations/europe-west4/publishers/google/models/\
         gemini-2.5-pro:generateContent"
    );
    assert_eq!(sent.label.as_deref(), Some("v"), "with a granted token");
}

#[tokio::test]
async fn accounts_take_turns_and_then_their_projects() {
    let account =
        |label: &str| Account::new(label, Dialect::Google).behaves([refusing(200, ENVELOPE)]);
    let home = Home::of(Script::new().account(account("a")).account(account("b")));
    for label in ["a", "b"] {
        let signed_in = home.upstream.oauth().sign_in(label).unwrap();
        let file = json!({
            "type": "gemini",
            "label": label,
            "base_url": home.upstream.base_url(),
            "project_id": "one, two",
            "access_token": "has-ended",
            "refresh_token": signed_in.refresh_token.unwrap().expose(),
            "client_id": "scripted-client",
            "token_uri": home.upstream.token_url(Dialect::Google),
            "expired": ago(),
        });
        home.write(label, &file);
    }
    let rig = home.rig_with("").await;
    let ask = Ask::new(Protocol::Gemini, "gemini-2.5-pro", false);
    let served = rig.served(&ask, 8).await;
    let accounts: Vec<_> = served.iter().map(|label| &label[..1]).collect();
    let first = accounts[0];
    let turns = accounts.iter().enumerate();
    assert!(
        turns
            .clone()
            .all(|(at, account)| (*account == first) == (at % 2 == 0)),
        "{served:?}"
    );
    for account in ["a", "b"] {
        let own = served.iter().filter(|label| label.starts_with(account));
        let own: Vec<_> = own.collect();
        assert_ne!(own[0], own[1], "{served:?}");
        assert_eq!((own[0], own[1]), (own[2], own[3]), "{served:?}");
        assert_eq!(
            home.upstream.stats().refreshes(account),
            1,
            "for both projects"
        );
    }
    let projects = home.upstream.requests().into_iter();
    let projects: Vec<_> = projects
        .map(|sent| sent.json()["project"].clone())
        .collect();
    assert_eq!(projects.iter().filter(|one| **one == "one").count(), 4);
}
