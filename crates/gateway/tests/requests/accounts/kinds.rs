//! What is particular to one kind of account.

use super::{
    Ends, Home, ask, by,
    tokens::{granted, on_disk, service_account},
};
use crate::rig::{Answer, Ask, soon};
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::{
    Script,
    oauth::{Account, Dialect, TokenFailure, token_digest},
};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::net::TcpListener;

#[tokio::test]
async fn kimi_in_both_of_its_protocols() {
    for (protocol, path) in [
        (Protocol::Chat, "/v1/chat/completions"),
        (Protocol::Claude, "/v1/messages"),
    ] {
        let account = Account::new("a", Dialect::Kimi);
        let home = Home::of(Script::new().account(account));
        let kimi = json!({
            "type": "kimi",
            "base_url": home.upstream.base_url(),
            "token_uri": home.upstream.token_url(Dialect::Kimi),
        });
        home.sign_in("a", Ends::Long, &kimi);
        let rig = home.rig("").await;
        home.upstream.oauth().expire("a");
        let answer = rig.send(&Ask::new(protocol, "kimi-k2.5", false)).await;
        assert_eq!(by(&answer), "a", "{protocol}");
        assert_eq!(answer.json()["model"], "kimi-k2.5", "{protocol}");
        let requests = home.upstream.requests();
        let sent: Vec<_> = requests.iter().map(|sent| sent.uri.path()).collect();
        assert_eq!(sent, [path; 2], "refused, refreshed and sent again");
        assert!(requests.iter().all(|sent| sent.json()["model"] == "k2.5"));
        assert_eq!(home.upstream.stats().refreshes("a"), 1, "{protocol}");
        assert_eq!(home.read("a")["account_id"], Value::Null);
    }
}

#[tokio::test]
async fn a_service_account_asks_for_one_token_for_all() {
    let home = service_account([]);
    let rig = home.rig("").await;
    let ask = Ask::new(Protocol::Gemini, "gemini-2.5-pro", false);
    let served = |answers: Vec<Answer>| answers.iter().all(|answer| by(answer) == "v");
    assert!(served(join_all((0..50).map(|_| rig.send(&ask))).await));
    for _ in 0..150 {
        assert_eq!(by(&rig.send(&ask).await), "v");
    }
    assert_eq!(home.upstream.stats().refreshes("v"), 1);
}

#[tokio::test]
async fn a_token_of_a_service_account_that_is_refused_is_made_anew() {
    let home = service_account([]);
    // Made by an earlier process, and good by its date.
    let made = home.upstream.oauth().sign_in("v").unwrap();
    home.edit("v", "access_token", json!(made.access_token.expose()));
    home.edit("v", "expired", json!("2999-01-01T00:00:00Z"));
    home.upstream.oauth().expire("v");
    let rig = home.rig("").await;
    let ask = Ask::new(Protocol::Gemini, "gemini-2.5-pro", false);
    assert_eq!(by(&rig.send(&ask).await), "v");
    let stats = home.upstream.stats();
    assert_eq!((stats.received, stats.refreshes("v")), (2, 1));
}

#[tokio::test]
async fn a_key_that_google_does_not_know_is_not_tried_again() {
    let home = service_account([TokenFailure::InvalidGrant.into()]);
    let rig = home.rig("request-retry: 0").await;
    let ask = Ask::new(Protocol::Gemini, "gemini-2.5-pro", false);
    for _ in 0..3 {
        let answer = rig.send(&ask).await;
        assert!(!answer.status.is_success(), "{answer:?}");
        // There is no client that anybody could look at.
        assert!(!answer.text().contains("oauth"), "{}", answer.text());
    }
    assert_eq!(home.upstream.stats().refreshes("v"), 1);
    assert_eq!(home.upstream.stats().requests, 0);
}

#[tokio::test]
async fn a_file_of_another_program_is_refreshed_where_it_is() {
    let home = Home::new([], []);
    let signed_in = home.upstream.oauth().sign_in("a").unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let path = elsewhere.path().join("auth.json");
    let theirs = json!({
        "OPENAI_API_KEY": null,
        "tokens": {
            "access_token": signed_in.access_token.expose(),
            "refresh_token": signed_in.refresh_token.unwrap().expose(),
            "account_id": null,
        },
        "last_refresh": "2026-01-02T03:04:05Z",
        "theirs": [1.0],
    });
    std::fs::write(&path, theirs.to_string()).unwrap();
    let pointer = json!({
        "type": "codex",
        "label": "a",
        "link": path,
        "base_url": format!("{}/v1", home.upstream.base_url()),
    });
    home.write("a", &pointer);
    let client = format!(
        "auth-dir: '{}'\noauth: {{codex: {{client_id: scripted-client, token_url: '{}'}}}}\n",
        home.directory.path().display(),
        home.upstream.token_url(Dialect::Codex)
    );
    let rig = crate::rig::Rig::of_accounts(&client).await;
    home.upstream.oauth().expire("a");
    assert_eq!(by(&rig.send(&ask()).await), "a");
    let now: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let refresh = now["tokens"]["refresh_token"].as_str().unwrap();
    assert_eq!(token_digest(refresh), granted(&home));
    assert_eq!(now["theirs"], json!([1.0]));
    assert_eq!(home.read("a"), pointer);
}

/// Nothing else is known of them, so no request is made with them.
#[tokio::test]
async fn files_of_a_type_with_a_client_of_its_own_are_kept_fresh() {
    let account = Account::new("a", Dialect::Plain)
        .client("acme-client")
        .client_secret("acme-secret");
    let home = Home::of(Script::new().account(account));
    let acme = json!({"type": "Acme", "client_id": null, "base_url": null});
    home.sign_in("a", Ends::Ago, &acme);
    let client = format!(
        "oauth: {{acme: {{client_id: acme-client, client_secret: acme-secret, token_url: '{}'}}}}",
        home.upstream.token_url(Dialect::Plain)
    );
    let rig = home.rig_with(&client).await;
    soon(home.upstream.wait_for(|stats| stats.refreshes("a") == 1)).await;
    // What is out is waited for, and written.
    assert_eq!(rig.gateway.close_credentials().await, []);
    assert_eq!(on_disk(&home), granted(&home));
    assert_eq!(home.read("a")["type"], "Acme");
    let status = rig.gateway.status();
    let one = &status.credentials[0];
    assert_eq!((&*one.id, &*one.state), ("a.json", "unsupported"));
    let tokens = one.account.as_ref().unwrap().tokens.as_ref().unwrap();
    assert_eq!(tokens.condition, "fresh");
    assert_eq!(rig.send(&ask()).await.status, 404);
    assert_eq!(home.upstream.stats().received, 0);
}

#[tokio::test]
async fn a_key_in_a_file_is_not_refreshed() {
    let home = Home::new([], []);
    let file = json!({
        "type": "codex",
        "label": "a",
        "api_key": "nobody's",
        "base_url": format!("{}/v1", home.upstream.base_url()),
    });
    home.write("a", &file);
    let rig = home.rig("request-retry: 0").await;
    assert_eq!(rig.send(&ask()).await.status, 401);
    assert_eq!(home.upstream.stats().requests, 1);
    assert_eq!(home.upstream.stats().calls, 0);
    rig.assert_rests("a", Some(("auth", 1_800)), "the key as a whole");
}

/// Neither requests nor questions for tokens go around it.
#[tokio::test]
async fn there_is_no_way_around_an_accounts_proxy() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = listener.local_addr().unwrap();
    drop(listener);
    let check = async |ends, scheme: &str| {
        let home = Home::new([], []);
        let proxy = format!("{scheme}://{nobody}");
        home.sign_in("a", ends, &json!({"proxy_url": proxy}));
        let rig = home.rig("request-retry: 0").await;
        let answer = rig.send(&ask()).await;
        assert!(answer.status.is_server_error(), "{scheme} {answer:?}");
        assert_eq!(home.upstream.stats().accepted, 0, "{scheme}");
    };
    // What has ended is asked for three times, so they had better do that together.
    tokio::join!(
        check(Ends::Long, "http"),
        check(Ends::Long, "socks5"),
        check(Ends::Ago, "http"),
        check(Ends::Ago, "socks5"),
    );
}
