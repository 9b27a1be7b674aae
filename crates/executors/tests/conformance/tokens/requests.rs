//! What is sent, byte for byte.

use super::{Asked, KEY};
use crate::wire::{Received, Step, Wire};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::{Value, json};

const GRANTED: &[u8] = br#"{"access_token":"new","token_type":"Bearer"}"#;
const FORM: &str = "application/x-www-form-urlencoded";

/// What a credential of this provider sends, after `change`.
async fn sent(provider: &'static str, change: impl FnOnce(&mut Asked)) -> Received {
    let wire = Wire::start([Step::reply("200 OK", GRANTED)]).await;
    let mut asked = Asked::new(provider, &wire.base());
    change(&mut asked);
    asked.refresh().await.unwrap();
    let sent = wire.requests().remove(0);
    assert_eq!(sent.line, "POST /token HTTP/1.1");
    assert_eq!(sent.all("content-type"), [FORM], "{provider}");
    assert_eq!(sent.all("accept"), ["application/json"], "{provider}");
    let product = concat!("cliproxy/", env!("CARGO_PKG_VERSION"));
    assert_eq!(sent.all("user-agent"), [product], "{provider}");
    assert!(sent.all("authorization").is_empty(), "{provider}");
    sent
}

#[track_caller]
fn check(sent: &Received, body: &str) {
    assert_eq!(std::str::from_utf8(&sent.body).unwrap(), body);
}

const REFRESH: &str = "grant_type=refresh_token&refresh_token=canary%2Frefresh%2Btoken";
const OWN: &str = "&client_id=own-client&client_secret=canary-own-secret";

#[tokio::test]
async fn codex() {
    let asked = format!("{REFRESH}&scope=openid+profile+email");
    // The client that the id token was made for, without the secret of another.
    let named = sent("codex", |asked| asked.id = Some("app_1")).await;
    check(&named, &format!("{asked}&client_id=app_1"));
    let same = sent("codex", |asked| asked.id = Some("own-client")).await;
    check(&same, &format!("{asked}{OWN}"));
    let nameless = sent("codex", |_| {}).await;
    check(&nameless, &format!("{asked}{OWN}"));
}

#[tokio::test]
async fn gemini_cli() {
    let whole = sent("gemini-cli", |_| {}).await;
    let installed = "&client_id=installed-program&client_secret=canary-installed";
    check(&whole, &format!("{REFRESH}{installed}"));
    // A secret goes only with the id it belongs to.
    let bare = sent("gemini-cli", |asked| asked.secret = None).await;
    check(&bare, &format!("{REFRESH}&client_id=installed-program"));
    let nameless = sent("gemini-cli", |asked| asked.id = None).await;
    check(&nameless, &format!("{REFRESH}{OWN}"));
    let configured = sent("gemini-cli", |asked| {
        (asked.id, asked.secret, asked.token_uri) = (None, None, None);
    });
    check(&configured.await, &format!("{REFRESH}{OWN}"));
}

#[tokio::test]
async fn kimi() {
    let public = |asked: &mut Asked| asked.client.client_secret = None;
    let plain = sent("kimi", public).await;
    check(&plain, &format!("{REFRESH}&client_id=own-client"));
    let told = |name: &str| plain.all(name).join(",");
    assert_eq!(told("x-msh-platform"), "cliproxy");
    assert_eq!(told("x-msh-version"), env!("CARGO_PKG_VERSION"));
    assert_eq!(told("x-msh-device-name"), "gateway");
    assert_eq!(told("x-msh-device-id"), "6f1c");
    let named = sent("kimi", |asked| {
        public(asked);
        (asked.label, asked.device_id) = (Some("team"), None);
    });
    let named = named.await;
    assert_eq!(named.all("x-msh-device-name"), ["team"]);
    assert!(named.all("x-msh-device-id").is_empty());
}

#[tokio::test]
async fn a_configured_client() {
    let whole = sent("configured", |_| {}).await;
    check(
        &whole,
        &format!("{REFRESH}&scope=openid+offline_access{OWN}"),
    );
    let least = sent("configured", |asked| {
        asked.client.client_secret = None;
        asked.client.scopes.clear();
    });
    check(&least.await, &format!("{REFRESH}&client_id=own-client"));
}

/// Whoever can put a file into the directory is not told the operator's secret.
#[tokio::test]
async fn a_configured_secret_goes_to_no_address_of_a_file() {
    for provider in ["codex", "gemini-cli", "kimi", "configured"] {
        let sent = sent(provider, |asked| {
            asked.id = Some("own-client");
            asked.secret = None;
            let configured = asked
                .client
                .token_url
                .replace("https://auth.example".parse().unwrap());
            asked.token_uri = configured.map(String::from);
        });
        let body = String::from_utf8(sent.await.body).unwrap();
        assert!(body.contains("client_id=own-client"), "{provider}: {body}");
        assert!(!body.contains("client_secret"), "{provider}: {body}");
    }
}

#[tokio::test]
async fn json_where_an_endpoint_wants_it() {
    let wire = Wire::start([Step::reply("200 OK", GRANTED)]).await;
    let mut asked = Asked::new("configured", &wire.base());
    asked.client.json = true;
    asked.refresh().await.unwrap();
    let sent = wire.requests().remove(0);
    assert_eq!(sent.all("content-type"), ["application/json"]);
    check(
        &sent,
        r#"{"grant_type":"refresh_token","refresh_token":"canary/refresh+token","scope":"openid offline_access","client_id":"own-client","client_secret":"canary-own-secret"}"#,
    );
}

/// The assertion is signed by the account's key, for this endpoint, for an hour from now.
#[tokio::test]
async fn vertex() {
    let wire = Wire::start([Step::reply("200 OK", GRANTED)]).await;
    let mut asked = Asked::new("vertex", &wire.base());
    // Not needed, and not sent.
    asked.tokens.refresh = None;
    asked.refresh().await.unwrap();
    let sent = wire.requests().remove(0);
    let body = std::str::from_utf8(&sent.body).unwrap();
    let prefix = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
    let assertion = body.strip_prefix(prefix).expect("nothing else");
    let key = DecodingKey::from_rsa_pem(KEY.public_key_pem().as_bytes()).unwrap();
    let audience = format!("{}/token", wire.base());
    let mut checks = Validation::new(Algorithm::RS256);
    checks.set_audience(&[&audience]);
    checks.validate_exp = false;
    let decoded = decode::<Value>(assertion, &key, &checks).unwrap();
    assert_eq!(decoded.header.kid.as_deref(), Some("key-1"));
    let expected = json!({
        "iss": "robot@p.example",
        "scope": "https://www.googleapis.com/auth/cloud-platform",
        "aud": audience,
        "iat": 1_778_234_400,
        "exp": 1_778_234_400 + 3600,
    });
    assert_eq!(decoded.claims, expected);
}
