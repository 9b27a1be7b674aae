//! Nothing that is sent, and nothing that is answered, shows anywhere.

use super::{Asked, PROVIDERS};
use crate::{
    caller::Attempt,
    hosts::HOSTS,
    spy::Spy,
    wire::{Step, Then, Wire},
};
use cliproxy_executors::OauthClient;
use cliproxy_proxyutil::ProxySetting;

/// Answers that repeat what they should not, in every place that a curious program reads.
const ANSWERS: [(&str, &str); 9] = [
    (
        "200 OK",
        r#"{"access_token":"canary-new","refresh_token":"canary-next","id_token":"canary-id"}"#,
    ),
    (
        "200 OK",
        r#"{"access_token":7,"refresh_token":"canary-next"}"#,
    ),
    ("200 OK", r#"{"access_token":"canary-new""#),
    ("200 OK", "<html>canary-page</html>"),
    ("200 OK", r#"{"error":"canary-refresh"}"#),
    (
        "400 Bad",
        r#"{"error":"canary/refresh+token","error_description":"canary"}"#,
    ),
    (
        "401 No",
        r#"{"error":{"code":"canary/code","message":"canary/refresh+token"}}"#,
    ),
    ("429 canary\r\nretry-after: canary", "canary"),
    ("500 canary\r\nx-canary: canary", "canary/refresh+token"),
];

/// What is shown of calls with accounts, to upstreams that repeat the token.
async fn calls_with_accounts() -> String {
    let mut shown = String::new();
    for host in HOSTS.iter().filter(|host| host.signs_in) {
        for status in ["200 OK", "302 Found", "401 No", "500 Broken"] {
            let quoted = "x-request-id: canary-access\r\nlocation: https://canary-access.example/";
            let wire = Wire::start([Step::reply(&format!("{status}\r\n{quoted}"), b"{}")]).await;
            let attempt = Attempt::new(host, &wire.base()).key("canary-access");
            let got = attempt.send().await;
            assert_eq!(
                wire.requests()[0].all("authorization"),
                ["Bearer canary-access"]
            );
            shown += &format!("{got:?} {got:#?} {attempt:?} {attempt:#?}");
        }
    }
    shown
}

#[tokio::test]
async fn a_trace_of_everything() {
    let spy = Spy::install();
    let mut shown = String::new();
    for provider in PROVIDERS {
        for (head, body) in ANSWERS {
            let wire = Wire::start([Step::reply(head, body.as_bytes())]).await;
            let asked = Asked::new(provider, &wire.base());
            let got = asked.refresh().await;
            assert_eq!(wire.requests().len(), 1);
            let file = &asked.tokens;
            shown += &format!("{got:?} {got:#?} {file:?} {:?}", asked.client);
            shown += &got
                .err()
                .map_or_else(String::new, |error| error.to_string());
        }
        let cut = "HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n{\"access_token\":\"canary-new\"";
        let wire = Wire::start([Step::new(cut, Then::Reset)]).await;
        let mut asked = Asked::new(provider, &wire.base());
        shown += &format!("{:?}", asked.refresh().await);
        asked.proxy = ProxySetting::parse("http://user:canary-proxy@127.0.0.1:9").unwrap();
        let error = asked.refresh().await.unwrap_err();
        shown += &format!("{error} {error:?}");
    }
    shown += &calls_with_accounts().await;
    let client = OauthClient {
        token_url: Some("https://auth.example/token?key=canary".parse().unwrap()),
        ..OauthClient::default()
    };
    shown += &format!("{client:?} {client:#?}");
    assert!(!shown.contains("canary"), "{shown}");

    let logged = spy.text();
    // The spy hears the HTTP stack at its most talkative.
    assert!(logged.contains("hyper"), "{logged}");
    for secret in ["canary", "Y2FuYXJ5"] {
        let at = logged.find(secret);
        let around = at.map(|at| &logged[at.saturating_sub(200)..(at + 60).min(logged.len())]);
        assert_eq!(around, None);
    }
}
