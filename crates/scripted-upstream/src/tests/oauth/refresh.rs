//! Refresh tokens: used once, used twice, used by somebody else.

use super::caller::{FORM, call, form, held, only_call, post, refresh, signed_in, start, text};
use crate::{
    Script,
    oauth::{Account, Dialect, Outcome, Reuse, TokenFailure, token_digest},
    tests::client::{self, send},
};
use http::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_refresh_rotates_where_the_provider_does() {
    for dialect in Dialect::ALL {
        let (upstream, tokens) = start(dialect, []);
        let reply = refresh(&upstream, dialect, held(&tokens)).await;
        assert_eq!(reply.status, 200, "{dialect:?}");
        assert_eq!(reply.header("cache-control"), "no-store");
        let answer = reply.json();
        assert_eq!(answer["token_type"], "Bearer");
        assert_eq!(answer["expires_in"], 3600);
        let access = text(&answer, "access_token");
        assert!(access.contains("SECRET_A_account"), "{dialect:?}: {access}");
        assert_ne!(access, tokens.access_token.expose());
        let has = |member: &str| !answer[member].is_null();
        assert_eq!(has("refresh_token"), dialect != Dialect::Google);
        assert_eq!(
            has("id_token"),
            matches!(dialect, Dialect::Codex | Dialect::Google)
        );
        let next = answer["refresh_token"]
            .as_str()
            .unwrap_or_else(|| held(&tokens));
        let again = refresh(&upstream, dialect, next).await;
        assert_eq!(again.status, 200, "{dialect:?}: what it gave is good");
    }
}

#[tokio::test]
async fn a_token_that_is_used_twice_costs_the_family() {
    for (dialect, status, code) in [
        (Dialect::Codex, 401, json!("refresh_token_reused")),
        (Dialect::Kimi, 401, json!("invalid_grant")),
        (Dialect::Plain, 400, json!("invalid_grant")),
    ] {
        for reuse in [Reuse::RevokesFamily, Reuse::IsRefused] {
            let (upstream, tokens) = signed_in(Account::new("account", dialect).reuse(reuse));
            let other = upstream.oauth().sign_in("account").expect("an account");
            let next = refresh(&upstream, dialect, held(&tokens)).await.json();
            let twice = refresh(&upstream, dialect, held(&tokens)).await;
            assert_eq!(twice.status, status, "{dialect:?}");
            let error = &twice.json()["error"];
            let found = error.get("code").unwrap_or(error);
            assert_eq!(found, &code, "{dialect:?}");

            let after = refresh(&upstream, dialect, text(&next, "refresh_token")).await;
            let survives = reuse == Reuse::IsRefused;
            assert_eq!(after.status == 200, survives, "{dialect:?} {reuse:?}");
            let elsewhere = refresh(&upstream, dialect, held(&other)).await;
            assert_eq!(elsewhere.status, 200, "another sign-in is another family");
        }
    }
}

#[tokio::test]
async fn a_token_can_stay_what_it_is() {
    let account = Account::new("account", Dialect::Plain).rotates(false);
    let (upstream, tokens) = signed_in(account);
    let one = refresh(&upstream, Dialect::Plain, held(&tokens)).await;
    let two = refresh(&upstream, Dialect::Plain, held(&tokens)).await;
    assert!(one.json()["refresh_token"].is_null());
    assert_ne!(one.json()["access_token"], two.json()["access_token"]);
    assert!(upstream.oauth().revoke("account"));
    let revoked = refresh(&upstream, Dialect::Plain, held(&tokens)).await;
    assert_eq!(revoked.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn openai_takes_json_and_nobody_else_does() {
    for dialect in Dialect::ALL {
        let (upstream, tokens) = start(dialect, []);
        let body = json!({
            "grant_type": "refresh_token", "client_id": "scripted-client",
            "refresh_token": held(&tokens),
        });
        let headers = [("content-type", "application/json")];
        let request = call(
            &Method::POST,
            dialect.token_path(),
            &headers,
            &body.to_string(),
        );
        let reply = send(&upstream, request).await.expect("a response");
        let expected = if dialect == Dialect::Codex { 200 } else { 400 };
        assert_eq!(reply.status, expected, "{dialect:?}: {}", reply.json());
    }
}

#[tokio::test]
async fn a_client_is_who_it_says_it_is() {
    let confidential = Account::new("account", Dialect::Plain)
        .client("c")
        .client_secret("s");
    let elsewhere = Account::new("other", Dialect::Plain).client("d");
    let script = Script::new().account(confidential).account(elsewhere);
    let upstream = client::start(script);
    let tokens = upstream.oauth().sign_in("account").expect("an account");
    let check =
        async |basic: Option<&str>, client: &[(&str, &str)], scope: &str, expected: Value| {
            let mut pairs = vec![
                ("grant_type", "refresh_token"),
                ("refresh_token", held(&tokens)),
            ];
            pairs.extend(client);
            if !scope.is_empty() {
                pairs.push(("scope", scope));
            }
            let mut headers = vec![("content-type", FORM)];
            headers.extend(basic.map(|value| ("authorization", value)));
            let path = Dialect::Plain.token_path();
            let request = call(&Method::POST, path, &headers, &form(&pairs));
            let reply = send(&upstream, request).await.expect("a response");
            assert_eq!(reply.json()["error"], expected, "{basic:?} {client:?}");
        };
    let (id, good, bad) = (
        ("client_id", "c"),
        ("client_secret", "s"),
        ("client_secret", "t"),
    );
    check(None, &[], "", json!("invalid_request")).await;
    check(None, &[("client_id", "x")], "", json!("invalid_client")).await;
    check(None, &[id], "", json!("invalid_client")).await;
    check(None, &[id, bad], "", json!("invalid_client")).await;
    check(Some("Basic Yzp0"), &[], "", json!("invalid_client")).await;
    check(Some("Basic Yzpz"), &[good], "", json!("invalid_request")).await;
    check(None, &[("client_id", "d")], "", json!("invalid_grant")).await;
    check(None, &[id, good], "everything", json!("invalid_scope")).await;
    // None of them has used up the token.
    check(Some("Basic Yzpz"), &[], "models", Value::Null).await;
}

#[tokio::test]
async fn what_is_no_grant_is_refused() {
    let (upstream, _) = start(Dialect::Plain, []);
    let check = async |pairs: &[(&str, &str)], expected: &str| {
        let mut pairs = pairs.to_vec();
        pairs.push(("client_id", "scripted-client"));
        let reply = post(&upstream, Dialect::Plain.token_path(), &pairs).await;
        assert_eq!(reply.status, 400);
        assert_eq!(reply.json()["error"], expected, "{pairs:?}");
    };
    check(&[], "invalid_request").await;
    check(&[("grant_type", "refresh_token")], "invalid_request").await;
    check(
        &[("grant_type", "client_credentials")],
        "unsupported_grant_type",
    )
    .await;
    check(&[("grant_type", "password")], "unsupported_grant_type").await;
    let unknown = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    check(&unknown, "invalid_grant").await;
    assert_eq!(upstream.stats().refreshes("account"), 0, "nobody's");
}

#[tokio::test]
async fn what_must_not_reach_a_token_endpoint_is_found() {
    let (upstream, tokens) = start(Dialect::Plain, []);
    refresh(&upstream, Dialect::Plain, held(&tokens)).await;
    assert!(upstream.violations().is_empty());
    let headers = [("content-type", FORM), ("x-forwarded-for", "1.2.3.4")];
    let request = call(&Method::POST, Dialect::Plain.token_path(), &headers, "");
    send(&upstream, request).await.expect("a response");
    let found = upstream.violations();
    let [violation] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(violation.what, "header x-forwarded-for");
    let calls = upstream.oauth().calls();
    assert_eq!(violation.request, calls[1].number, "it names the call");
}

#[tokio::test]
async fn a_call_is_recorded_without_a_token() {
    let (upstream, tokens) = start(
        Dialect::Codex,
        [TokenFailure::Internal.into(), Default::default()],
    );
    let token = held(&tokens);
    refresh(&upstream, Dialect::Codex, token).await;
    let failed = only_call(&upstream);
    assert_eq!(failed.path, "/oauth/token");
    assert_eq!(failed.label.as_deref(), Some("account"));
    assert_eq!(failed.client_id.as_deref(), Some("scripted-client"));
    assert_eq!(failed.grant_type.as_deref(), Some("refresh_token"));
    assert_eq!(failed.refresh_token, Some(token_digest(token)));
    let refused = Outcome::Refused {
        status: 500,
        code: "server_error".to_owned(),
    };
    assert_eq!(failed.outcome, refused);
    assert!(failed.answered > Some(failed.number));

    let answer = refresh(&upstream, Dialect::Codex, token).await.json();
    let calls = upstream.oauth().calls();
    let granted = Outcome::Granted {
        access_token: token_digest(text(&answer, "access_token")),
        refresh_token: Some(token_digest(text(&answer, "refresh_token"))),
    };
    assert_eq!(calls[1].outcome, granted);
    assert!(calls[1].number > failed.number && calls[1].connection > failed.connection);
    assert!(!format!("{calls:?}").contains("SECRET_"));
    let stats = upstream.stats();
    assert_eq!((stats.calls, stats.refreshes("account")), (2, 2));
    assert_eq!((stats.requests, stats.received), (0, 0), "no requests");
}
