//! Service accounts: an assertion for a token, as often as they like.

use super::caller::{post, text};
use crate::{
    Script, Upstream,
    oauth::{Account, Dialect, Outcome, ServiceKey, signing::sign},
    tests::client::{self, Reply},
};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

const EMAIL: &str = "robot@project.iam.gserviceaccount.com";

#[expect(
    clippy::disallowed_methods,
    reason = "the assertion is checked against the clock of the machine"
)]
fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970")
        .as_secs()
}

/// Signs in as the service account of this file, with these claims changed.
async fn sign_in(upstream: &Upstream, key: &ServiceKey, file: &Value, change: &Value) -> Reply {
    let header = json!({"alg": "RS256", "typ": "JWT", "kid": file["private_key_id"]});
    let mut claims = json!({
        "iss": file["client_email"],
        "aud": file["token_uri"],
        "scope": "https://www.googleapis.com/auth/cloud-platform",
        "iat": now(),
        "exp": now() + 3600,
    });
    for (name, value) in change.as_object().expect("an object") {
        claims[name] = value.clone();
    }
    let assertion = sign(key, &header, &claims);
    let pairs = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("assertion", assertion.as_str()),
    ];
    post(upstream, Dialect::Google.token_path(), &pairs).await
}

#[tokio::test]
async fn an_assertion_gets_a_token_and_nothing_else() {
    let key = ServiceKey::generate().expect("a key pair");
    let account = Account::service("robot", EMAIL, &key);
    let upstream = client::start(Script::new().account(account));
    // What the client calls the server, not where it listens.
    let file = key.file(EMAIL, "project", "http://scripted.test/token");
    let (one, two) = (
        sign_in(&upstream, &key, &file, &json!({})).await.json(),
        sign_in(&upstream, &key, &file, &json!({})).await.json(),
    );
    assert!(text(&one, "access_token").starts_with("SECRET_A_robot_"));
    assert_ne!(one["access_token"], two["access_token"]);
    assert!(one["refresh_token"].is_null() && one["id_token"].is_null());
    for (change, code) in [
        (json!({"iss": "somebody"}), "invalid_grant"),
        (json!({"aud": "http://elsewhere/token"}), "invalid_grant"),
        (json!({"exp": now() - 3600}), "invalid_grant"),
        (json!({"scope": "everything"}), "invalid_scope"),
    ] {
        let reply = sign_in(&upstream, &key, &file, &change).await;
        assert_eq!(reply.status, 400, "{change}");
        assert_eq!(reply.json()["error"], code, "{change}");
    }
    let stats = upstream.stats();
    assert_eq!(stats.refreshes("robot"), 5, "all but somebody's");
    let calls = upstream.oauth().calls();
    assert!(matches!(
        calls[0].outcome,
        Outcome::Granted {
            refresh_token: None,
            ..
        }
    ));
    assert!(
        upstream
            .oauth()
            .sign_in("robot")
            .is_some_and(|held| held.refresh_token.is_none())
    );
}
