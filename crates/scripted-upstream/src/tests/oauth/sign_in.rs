//! Somebody signs in: with a browser, or on another machine.

use super::caller::{call, form, post, signed_in, text};
use crate::{
    Script, Upstream,
    oauth::{Account, Dialect, TokenFailure},
    tests::client::{self, Reply, send},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use http::Method;
use serde_json::{Value, json};
use url::Url;

const BACK: &str = "http://localhost:1455/auth/callback";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

async fn get(upstream: &Upstream, path: &str, bearer: Option<&str>) -> Reply {
    let value = bearer.map(|token| format!("Bearer {token}"));
    let headers: Vec<_> = value
        .iter()
        .map(|value| ("authorization", value.as_str()))
        .collect();
    let request = call(&Method::GET, path, &headers, "");
    send(upstream, request).await.expect("a response")
}

/// Signs in with a browser, with these parameters changed; an empty one is left out.
async fn authorize(upstream: &Upstream, dialect: Dialect, change: (&str, &str)) -> Reply {
    let pairs = [
        ("response_type", "code"),
        ("client_id", "scripted-client"),
        ("redirect_uri", BACK),
        ("state", "the state"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("login_hint", ""),
    ];
    let pairs = pairs.map(|pair| if pair.0 == change.0 { change } else { pair });
    let path = dialect.authorize_path().expect("a browser flow");
    get(upstream, &format!("{path}?{}", form(&pairs)), None).await
}

fn code(reply: &Reply) -> String {
    let back = Url::parse(reply.header("location")).expect("a URL");
    assert!(back.as_str().starts_with(BACK), "{back}");
    let find = |wanted: &str| {
        let mut pairs = back.query_pairs();
        let pair = pairs.find(|(name, _)| name == wanted);
        pair.map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    assert_eq!(find("state"), "the state");
    find("code")
}

async fn exchange(upstream: &Upstream, dialect: Dialect, code: &str, verifier: &str) -> Reply {
    let pairs = [
        ("grant_type", "authorization_code"),
        ("client_id", "scripted-client"),
        ("code", code),
        ("redirect_uri", BACK),
        ("code_verifier", verifier),
    ];
    post(upstream, dialect.token_path(), &pairs).await
}

#[tokio::test]
async fn a_browser_brings_back_a_code_that_is_good_once() {
    for dialect in [Dialect::Codex, Dialect::Google, Dialect::Plain] {
        let (upstream, _) = signed_in(Account::new("account", dialect));
        let redirect = authorize(&upstream, dialect, ("", "")).await;
        assert_eq!(redirect.status, 302, "{dialect:?}");
        let code = code(&redirect);
        let wrong = exchange(&upstream, dialect, &code, &"w".repeat(43)).await;
        assert_eq!(wrong.json()["error"], "invalid_grant", "{dialect:?}");
        let tokens = exchange(&upstream, dialect, &code, VERIFIER).await.json();
        assert!(text(&tokens, "refresh_token").starts_with("SECRET_R_"));
        let again = exchange(&upstream, dialect, &code, VERIFIER).await;
        assert_eq!(again.json()["error"], "invalid_grant", "{dialect:?}");
        let lost = text(&tokens, "refresh_token");
        let lost = super::caller::refresh(&upstream, dialect, lost).await;
        assert_ne!(lost.status, 200, "{dialect:?}: somebody else had the code");
    }
}

#[tokio::test]
async fn a_sign_in_that_cannot_be_trusted_goes_nowhere() {
    let (upstream, _) = signed_in(Account::new("account", Dialect::Plain));
    for change in [
        ("response_type", "token"),
        ("client_id", "another"),
        ("redirect_uri", "https://elsewhere.example/callback"),
        ("redirect_uri", "no URL"),
        ("state", ""),
        ("code_challenge", ""),
        ("code_challenge_method", "plain"),
        ("login_hint", "nobody"),
    ] {
        let reply = authorize(&upstream, Dialect::Plain, change).await;
        assert!(reply.status.is_client_error(), "{change:?}");
        assert_eq!(reply.header("location"), "", "{change:?}");
    }
}

#[tokio::test]
async fn the_hint_says_who_signs_in() {
    let google =
        |label: &str| Account::new(label, Dialect::Google).email(&format!("{label}@x.example"));
    let script = Script::new().account(google("one")).account(google("two"));
    let upstream = client::start(script);
    for (hint, email) in [("", "one@x.example"), ("two", "two@x.example")] {
        let reply = authorize(&upstream, Dialect::Google, ("login_hint", hint)).await;
        let tokens = exchange(&upstream, Dialect::Google, &code(&reply), VERIFIER).await;
        let tokens = tokens.json();
        let bearer = Some(text(&tokens, "access_token"));
        let whose = get(&upstream, "/oauth2/v1/userinfo?alt=json", bearer).await;
        assert_eq!(whose.json()["email"], email);
    }
    let nobody = get(&upstream, "/oauth2/v1/userinfo?alt=json", Some("x")).await;
    assert_eq!(nobody.status, 401);
}

#[tokio::test]
async fn a_device_waits_until_its_code_is_typed_in() {
    for dialect in [Dialect::Google, Dialect::Kimi, Dialect::Plain] {
        let account = Account::new("account", dialect)
            .interval(1)
            .tokens([TokenFailure::SlowDown.into(), Default::default()]);
        let (upstream, _) = signed_in(account);
        let client = ("client_id", "scripted-client");
        let asked = post(&upstream, dialect.device_path(), &[client])
            .await
            .json();
        assert_eq!(asked["interval"], 1);
        let poll = async || {
            let pairs = [
                client,
                ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
                ("device_code", text(&asked, "device_code")),
            ];
            let reply = post(&upstream, dialect.token_path(), &pairs).await;
            (reply.status.as_u16(), reply.json())
        };
        assert_eq!(poll().await.1["error"], "slow_down", "{dialect:?}");
        let (status, pending) = poll().await;
        assert_eq!(pending["error"], "authorization_pending", "{dialect:?}");
        assert_eq!(status == 200, dialect == Dialect::Kimi, "{dialect:?}");
        let uri = Url::parse(text(&asked, "verification_uri_complete")).expect("a URL");
        let page = format!("{}?{}", uri.path(), uri.query().unwrap_or_default());
        assert_eq!(get(&upstream, &page, None).await.status, 200);
        let (_, tokens) = poll().await;
        assert!(tokens["refresh_token"].is_string(), "{dialect:?}: {tokens}");
        assert_ne!(poll().await.1["error"], Value::Null, "once only");
    }
}

#[tokio::test]
async fn a_device_can_be_denied() {
    let (upstream, _) = signed_in(Account::new("account", Dialect::Plain));
    let client = ("client_id", "scripted-client");
    let path = Dialect::Plain.device_path();
    let asked = post(&upstream, path, &[client]).await.json();
    let page = format!("/device?deny=1&user_code={}", text(&asked, "user_code"));
    assert_eq!(get(&upstream, &page, None).await.status, 200);
    assert_eq!(
        get(&upstream, &page, None).await.status,
        400,
        "not waited for"
    );
    let pairs = [
        client,
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", text(&asked, "device_code")),
    ];
    let reply = post(&upstream, Dialect::Plain.token_path(), &pairs).await;
    assert_eq!(reply.json()["error"], "access_denied");
}

#[tokio::test]
async fn openai_has_a_device_flow_of_its_own() {
    let (upstream, _) = signed_in(Account::new("account", Dialect::Codex));
    let ask = async |path: &str, body: &Value| {
        let headers = [("content-type", "application/json")];
        let request = call(&Method::POST, path, &headers, &body.to_string());
        send(&upstream, request).await.expect("a response")
    };
    let client = json!({"client_id": "scripted-client"});
    let asked = ask("/api/accounts/deviceauth/usercode", &client)
        .await
        .json();
    assert_eq!(asked["interval"], "5", "a text");
    let pair = json!({"device_auth_id": asked["device_auth_id"], "user_code": asked["user_code"]});
    let poll = async || ask("/api/accounts/deviceauth/token", &pair).await;
    assert_eq!(poll().await.status, 403, "pending");
    assert!(upstream.oauth().approve(text(&asked, "user_code")));
    let code = poll().await.json();
    let verifier = text(&code, "code_verifier");
    assert_eq!(
        crate::oauth::challenge(verifier),
        text(&code, "code_challenge")
    );
    let back = "https://auth.openai.com/deviceauth/callback";
    let pairs = [
        ("grant_type", "authorization_code"),
        ("client_id", "scripted-client"),
        ("code", text(&code, "authorization_code")),
        ("redirect_uri", back),
        ("code_verifier", verifier),
    ];
    let tokens = post(&upstream, "/oauth/token", &pairs).await.json();
    let id = text(&tokens, "id_token").split('.').nth(1).expect("claims");
    assert!(BASE64_URL_SAFE_NO_PAD.decode(id).is_ok());
    assert_eq!(poll().await.status, 403, "once only");
}
