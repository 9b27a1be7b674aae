//! The accounts of the demo do what they are there for.

use super::client::{body, patched, path, request, send, start};
use crate::{Behaviour, DEMO_ACCOUNT, DEMO_KEYS, DEMO_MODELS, Script};
use cliproxy_core::Protocol;
use serde_json::json;
use std::{
    collections::HashSet,
    time::{Duration, SystemTime},
};

#[test]
fn every_protocol_has_the_same_cast() {
    for protocol in Protocol::ALL {
        let cast: Vec<&str> = DEMO_KEYS
            .iter()
            .filter(|key| key.protocol == protocol)
            .map(|key| match key.behaviour {
                Behaviour::Answer => "healthy",
                Behaviour::RateLimited { .. } => "limited",
                Behaviour::Fail(_) => "failing",
                _ => "unexpected",
            })
            .collect();
        assert_eq!(
            cast,
            ["healthy", "healthy", "limited", "failing"],
            "{protocol}"
        );
    }
    let keys: HashSet<&str> = DEMO_KEYS.iter().map(|key| key.key).collect();
    let labels: HashSet<&str> = DEMO_KEYS.iter().map(|key| key.label).collect();
    assert_eq!(
        (keys.len(), labels.len()),
        (DEMO_KEYS.len(), DEMO_KEYS.len())
    );
    assert!(keys.iter().all(|key| key.starts_with("demo-")));
}

#[tokio::test]
async fn every_account_answers_as_it_says() {
    let upstream = start(Script::demo());
    for account in &DEMO_KEYS {
        let protocol = account.protocol;
        let model = DEMO_MODELS[usize::from(protocol == Protocol::Gemini)];
        let (path, change) = match protocol {
            Protocol::Gemini => (
                path(protocol, false).replace("/m:", &format!("/{model}:")),
                json!({}),
            ),
            _ => (path(protocol, false).to_owned(), json!({"model": model})),
        };
        let body = patched(body(protocol, false), &change);
        let mut statuses = Vec::new();
        for _ in 0..3 {
            let reply = send(&upstream, request(protocol, &path, account.key, &body)).await;
            statuses.push(reply.expect("a response").status.is_success());
        }
        let expected = match account.behaviour {
            Behaviour::Answer => [true; 3],
            Behaviour::RateLimited { .. } => [true, true, false],
            _ => [false; 3],
        };
        assert_eq!(statuses, expected, "{}", account.label);
    }
}

#[tokio::test]
async fn the_account_signs_in_for_a_short_while() {
    let upstream = start(Script::demo());
    let tokens = upstream.oauth().sign_in(DEMO_ACCOUNT).unwrap();
    assert!(tokens.refresh_token.is_some());
    #[expect(clippy::disallowed_methods, reason = "what a client compares it with")]
    let left = tokens.expires_at.duration_since(SystemTime::now()).unwrap();
    assert!(left <= Duration::from_secs(90), "{left:?}");
    let body = patched(
        body(Protocol::Responses, false),
        &json!({"model": DEMO_MODELS[2]}),
    );
    let path = path(Protocol::Responses, false);
    for status in [200, 401] {
        let key = tokens.access_token.expose();
        let request = request(Protocol::Responses, path, key, &body);
        let reply = send(&upstream, request).await.expect("a response");
        assert_eq!(reply.status.as_u16(), status);
        upstream.oauth().expire(DEMO_ACCOUNT);
    }
}
