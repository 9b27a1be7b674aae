//! What comes back, and what it means.

use super::{Asked, PROVIDERS, answered, secret};
use crate::{
    caller::clock,
    wire::{Step, Then, Wire},
};
use cliproxy_token_refresh::{Grant, RefreshError};
use std::time::Duration;

fn granted(access: &str) -> Grant {
    Grant {
        access: secret(access),
        refresh: None,
        id: None,
        expires_at: None,
        received_at: clock(),
    }
}

#[tokio::test]
async fn grants() {
    let check = async |body: &str, expected: Grant| {
        for provider in PROVIDERS {
            let got = answered(provider, "200 OK", body.as_bytes()).await;
            assert_eq!(got, Ok(expected.clone()), "{provider} {body}");
        }
    };
    let hour = clock() + Duration::from_secs(3600);
    check(
        r#"{"access_token":"a","token_type":"Bearer","expires_in":3600,"refresh_token":"r",
            "id_token":"i","scope":"s"}"#,
        Grant {
            refresh: Some(secret("r")),
            id: Some(secret("i")),
            expires_at: Some(hour),
            ..granted("a")
        },
    )
    .await;
    check(r#"{"access_token":"a"}"#, granted("a")).await;
    // Counted from now, whatever the other clock says.
    check(
        r#"{"access_token":"a","expires_in":"3600","expires_at":1,"expiry":"2001-01-01T00:00:00Z"}"#,
        Grant {
            expires_at: Some(hour),
            ..granted("a")
        },
    )
    .await;
    let empty = r#"{"access_token":"a","refresh_token":"","id_token":"","expires_in":""}"#;
    check(empty, granted("a")).await;
    let forever = r#"{"access_token":"a","expires_in":1e300}"#;
    check(forever, granted("a")).await;
    // Whoever grants a token grants it.
    check(r#"{"access_token":"a","error":"none"}"#, granted("a")).await;
}

#[tokio::test]
async fn other_forms_of_the_same() {
    let check = async |head: &str, body: &str| {
        let got = answered("configured", head, body.as_bytes()).await;
        assert_eq!(got, Ok(granted("a")), "{head}");
    };
    check("201 Created", r#"{"access_token":"a"}"#).await;
    check(
        "200 OK\r\ncontent-type: text/html",
        r#"{"access_token":"a"}"#,
    )
    .await;
    let form = "200 OK\r\ncontent-type: application/x-www-form-urlencoded";
    check(form, "access_token=a&token_type=bearer").await;
}

#[tokio::test]
async fn refusals() {
    let check = async |head: &str, body: &str, expected: RefreshError| {
        let got = answered("configured", head, body.as_bytes()).await;
        assert_eq!(got, Err(expected), "{head} {body}");
    };
    let permanent = |code: &str, reused| RefreshError::Permanent {
        code: code.into(),
        reused,
    };
    let transient = |said: &str| RefreshError::Transient {
        reason: format!("127.0.0.1 answered {said}").into(),
    };
    let bad = "400 Bad Request";
    let grant = r#"{"error":"invalid_grant","error_description":"expired"}"#;
    check(bad, grant, permanent("invalid_grant", false)).await;
    check("200 OK", grant, permanent("invalid_grant", false)).await;
    let reused =
        r#"{"error":{"message":"m","type":"invalid_request_error","code":"refresh_token_reused"}}"#;
    check(
        "401 Unauthorized",
        reused,
        permanent("refresh_token_reused", true),
    )
    .await;
    let client = RefreshError::Misconfigured {
        code: "invalid_client".into(),
    };
    check("401 Unauthorized", r#"{"error":"invalid_client"}"#, client).await;
    let wait = RefreshError::Throttled {
        retry_after: Some(Duration::from_secs(9)),
    };
    check("429 Slow\r\nretry-after: 9", "", wait).await;
    // The clock of the tests stands at 10:00:00.
    let date = "429 Slow\r\nretry-after: Fri, 08 May 2026 10:02:00 GMT";
    let wait = RefreshError::Throttled {
        retry_after: Some(Duration::from_secs(120)),
    };
    check(date, "", wait).await;
    check("500 Oops", "oops", transient("500 without a token")).await;
    check(
        "200 OK",
        "<html>captive</html>",
        transient("200 without a token"),
    )
    .await;
    check("200 OK", "{}", transient("200 without a token")).await;
    check(
        "200 OK",
        r#"{"access_token":""}"#,
        transient("200 without a token"),
    )
    .await;
    check("200 OK", "", transient("200 without a token")).await;
    // A token is taken from nothing but a success.
    check(
        bad,
        r#"{"access_token":"a"}"#,
        transient("400 without a token"),
    )
    .await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Wire::start([Step::reply("200 OK", br#"{"access_token":"a"}"#)]).await;
    for status in [301, 302, 303, 307, 308] {
        let head = format!("{status} Moved\r\nlocation: {}/token", elsewhere.base());
        let got = answered("configured", &head, b"").await;
        let reason = format!("127.0.0.1 answered {status} without a token").into();
        assert_eq!(got, Err(RefreshError::Transient { reason }));
    }
    assert_eq!(elsewhere.accepted(), 0);
}

#[tokio::test]
async fn an_answer_larger_than_any_token() {
    let whole = format!(
        r#"{{"access_token":"a","padding":"{}"}}"#,
        " ".repeat(1 << 20)
    );
    let got = answered("configured", "200 OK", whole.as_bytes()).await;
    let reason = "127.0.0.1 answered 200 without a token".into();
    assert_eq!(got, Err(RefreshError::Transient { reason }));
    // What no end is in sight of is given up.
    let endless = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_owned() + &" ".repeat(2 << 20);
    let wire = Wire::start([Step::new(endless, Then::Hold)]).await;
    let got = Asked::new("configured", &wire.base()).refresh().await;
    assert!(
        matches!(got, Err(RefreshError::Transient { .. })),
        "{got:?}"
    );
    wire.wait_for(|state| state.ended == 1).await;
}

#[tokio::test]
async fn nothing_to_show() {
    let wire = Wire::start([]).await;
    for token in [None, Some(secret(""))] {
        let mut asked = Asked::new("configured", &wire.base());
        asked.tokens.refresh = token;
        let got = asked.refresh().await;
        let code = "there is no refresh token".into();
        let reused = false;
        assert_eq!(got, Err(RefreshError::Permanent { code, reused }));
    }
    assert_eq!(wire.accepted(), 0);
}
