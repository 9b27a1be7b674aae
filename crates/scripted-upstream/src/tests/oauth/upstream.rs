//! What access tokens are to the four protocols.

use super::caller::{held, refresh, signed_in, start, text};
use crate::{
    Behaviour, Failure, Script, Upstream,
    oauth::{Account, Dialect},
    tests::client::{self, Reply, body, path, request, send},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use cliproxy_core::Protocol;
use http::HeaderValue;
use serde_json::{Value, json};
use std::time::Duration;

async fn generate(upstream: &Upstream, protocol: Protocol, token: &str) -> Reply {
    let mut request = request(protocol, path(protocol, false), "", &body(protocol, false));
    let headers = request.headers_mut();
    headers.remove("x-api-key");
    headers.remove("x-goog-api-key");
    let bearer = HeaderValue::from_str(&format!("Bearer {token}")).expect("a header");
    headers.insert("authorization", bearer);
    send(upstream, request).await.expect("a response")
}

#[tokio::test]
async fn a_token_is_a_key_until_it_expires_or_is_revoked() {
    for protocol in Protocol::ALL {
        let (upstream, first) = start(Dialect::Plain, []);
        let status = async |token: &str| generate(&upstream, protocol, token).await.status.as_u16();
        let old = first.access_token.expose();
        assert_eq!(status(old).await, 200, "{protocol}");
        let answer = refresh(&upstream, Dialect::Plain, held(&first))
            .await
            .json();
        let new = text(&answer, "access_token");
        assert_eq!(
            [status(old).await, status(new).await],
            [200; 2],
            "{protocol}: both live"
        );

        assert!(upstream.oauth().expire("account"));
        let expired = generate(&upstream, protocol, new).await;
        assert_eq!(expired.status, 401, "{protocol}");
        assert!(
            expired.json()["error"].is_object(),
            "in the provider's words"
        );
        let second = upstream.oauth().sign_in("account").expect("an account");
        assert_eq!(
            status(second.access_token.expose()).await,
            200,
            "{protocol}"
        );
        assert!(upstream.oauth().revoke("account"));
        assert_eq!(
            status(second.access_token.expose()).await,
            401,
            "{protocol}"
        );
        assert_eq!(
            upstream.stats().hits("account"),
            6,
            "{protocol}: expired or not"
        );
        let labels: Vec<_> = upstream
            .requests()
            .into_iter()
            .map(|request| request.label)
            .collect();
        assert_eq!(labels, vec![Some("account".to_owned()); 6]);
    }
}

#[tokio::test]
async fn a_lifetime_can_be_over_at_once() {
    let account = Account::new("account", Dialect::Plain).lifetime(Duration::ZERO);
    let (upstream, tokens) = signed_in(account);
    let reply = generate(&upstream, Protocol::Chat, tokens.access_token.expose()).await;
    assert_eq!(reply.status, 401);
    let answer = refresh(&upstream, Dialect::Plain, held(&tokens))
        .await
        .json();
    assert_eq!(answer["expires_in"], 0);
}

#[tokio::test]
async fn requests_of_an_account_behave_as_scripted() {
    let account = Account::new("account", Dialect::Plain)
        .access_token("SECRET_A_first")
        .refresh_token("SECRET_R_first")
        .behaves([Failure::Unavailable.into(), Behaviour::Answer]);
    let upstream = client::start(Script::new().account(account));
    let status = async || {
        generate(&upstream, Protocol::Chat, "SECRET_A_first")
            .await
            .status
            .as_u16()
    };
    assert_eq!([status().await, status().await], [503, 200]);
    assert!(upstream.rewrite("account", [Failure::Forbidden.into()]));
    assert_eq!(status().await, 403);
    let refreshed = refresh(&upstream, Dialect::Plain, "SECRET_R_first").await;
    assert_eq!(refreshed.status, 200);
    let in_api_key = request(
        Protocol::Claude,
        path(Protocol::Claude, false),
        "SECRET_A_first",
        &body(Protocol::Claude, false),
    );
    let reply = send(&upstream, in_api_key).await.expect("a response");
    assert_eq!(reply.status, 401, "a token is no API key");
}

#[tokio::test]
async fn a_token_goes_with_the_id_of_its_own_account() {
    let account = Account::new("account", Dialect::Codex)
        .account_id("mine")
        .access_token("SECRET_A_first");
    let upstream = client::start(Script::new().account(account));
    for (id, violations) in [("mine", 0), ("yours", 1)] {
        let responses = Protocol::Responses;
        let path = "/backend-api/codex/responses";
        let mut request = request(responses, path, "SECRET_A_first", &body(responses, false));
        let id = HeaderValue::from_static(id);
        request.headers_mut().insert("chatgpt-account-id", id);
        assert_eq!(
            send(&upstream, request).await.expect("a response").status,
            200
        );
        assert_eq!(upstream.violations().len(), violations);
    }
}

#[tokio::test]
async fn what_uses_an_answer_has_a_greater_number() {
    let (upstream, tokens) = start(Dialect::Plain, []);
    upstream.oauth().expire("account");
    generate(&upstream, Protocol::Chat, tokens.access_token.expose()).await;
    let answer = refresh(&upstream, Dialect::Plain, held(&tokens))
        .await
        .json();
    generate(&upstream, Protocol::Chat, text(&answer, "access_token")).await;
    let call = &upstream.oauth().calls()[0];
    let requests = upstream.requests();
    let order = [
        Some(requests[0].number),
        Some(call.number),
        call.answered,
        Some(requests[1].number),
    ];
    assert!(order.is_sorted(), "{order:?}");
}

#[tokio::test]
async fn jwts_say_who_and_until_when() {
    let claims = |token: &str| -> Value {
        let part = token.split('.').nth(1).expect("a claims part");
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64");
        serde_json::from_slice(&bytes).expect("JSON")
    };
    let account = Account::new("account", Dialect::Plain)
        .jwts(true)
        .id_tokens(true)
        .email("me@scripted.example")
        .lifetime(Duration::from_secs(90));
    let (upstream, tokens) = signed_in(account);
    let answer = refresh(&upstream, Dialect::Plain, held(&tokens))
        .await
        .json();
    for member in ["access_token", "id_token"] {
        let claims = claims(text(&answer, member));
        assert_eq!(claims["email"], "me@scripted.example");
        let life = claims["exp"].as_i64().zip(claims["iat"].as_i64());
        assert_eq!(life.map(|(end, start)| end - start), Some(90), "{claims}");
        assert_eq!(claims["aud"], json!(["scripted-client"]));
    }
    let reply = generate(&upstream, Protocol::Chat, text(&answer, "access_token")).await;
    assert_eq!(reply.status, 200, "a JWT is a token like any other");

    let (_, tokens) = start(Dialect::Codex, []);
    let id = tokens.id_token.expect("an id token");
    let auth = &claims(id.expose())["https://api.openai.com/auth"];
    assert_eq!(auth["chatgpt_account_id"], "scripted account");
    assert_eq!(auth["chatgpt_plan_type"], "plus");
}
