//! Against an authorization server that keeps books.

use super::{Asked, secret};
use cliproxy_scripted_upstream::{
    Script, Upstream,
    oauth::{Account, Dialect, RetryHint, ServiceKey, TokenBehaviour, TokenFailure},
};
use cliproxy_token_refresh::{Grant, RefreshError};
use std::time::{Duration, SystemTime};

/// The providers that sign in, and whose server is theirs.
const SIGN_IN: [(&str, Dialect); 4] = [
    ("codex", Dialect::Codex),
    ("configured", Dialect::Plain),
    ("gemini-cli", Dialect::Google),
    ("kimi", Dialect::Kimi),
];

#[expect(
    clippy::disallowed_methods,
    reason = "the other side looks at the clock as well"
)]
fn now() -> SystemTime {
    SystemTime::now()
}

/// A server with one account, which does this with each call of its token endpoint.
fn upstream(dialect: Dialect, behaviours: impl IntoIterator<Item = TokenBehaviour>) -> Upstream {
    let account = Account::new("a", dialect)
        .client("own-client")
        .client_secret("canary-own-secret")
        .tokens(behaviours);
    Upstream::start(Script::new().account(account)).unwrap()
}

/// A credential that has just signed in there.
fn signed_in(provider: &'static str, upstream: &Upstream, dialect: Dialect) -> Asked {
    let held = upstream.oauth().sign_in("a").unwrap();
    let token_url = upstream.token_url(dialect);
    let mut asked = Asked::new(provider, "https://nobody.invalid");
    (asked.id, asked.secret, asked.token_uri) = (None, None, None);
    asked.client.token_url = Some(token_url.parse().unwrap());
    asked.client.scopes.clear();
    asked.tokens.access = held.access_token;
    asked.tokens.refresh = held.refresh_token;
    asked.clock = now;
    asked
}

fn class(got: &Result<Grant, RefreshError>) -> &'static str {
    match got {
        Ok(_) => "granted",
        Err(RefreshError::Ambiguous { .. }) => "ambiguous",
        Err(RefreshError::Misconfigured { .. }) => "misconfigured",
        Err(RefreshError::Permanent { .. }) => "permanent",
        Err(RefreshError::Throttled { .. }) => "throttled",
        Err(RefreshError::Transient { .. }) => "transient",
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_token_is_passed_on_from_refresh_to_refresh() {
    for (provider, dialect) in SIGN_IN {
        let upstream = upstream(dialect, []);
        let mut asked = signed_in(provider, &upstream, dialect);
        let first = asked.tokens.refresh.clone();
        for _ in 0..3 {
            let before = now();
            let granted = asked.refresh().await.unwrap();
            assert_ne!(granted.access, asked.tokens.access, "{provider}");
            let life = granted.expires_at.unwrap().duration_since(before).unwrap();
            assert!(life >= Duration::from_hours(1), "{provider}: {life:?}");
            let stays = dialect == Dialect::Google;
            assert_eq!(granted.refresh.is_none(), stays, "{provider}");
            asked.tokens.access = granted.access;
            asked.tokens.refresh = granted.refresh.or(asked.tokens.refresh);
        }
        let calls = upstream.oauth().calls();
        assert!(
            calls.iter().all(|call| call.is_granted()),
            "{provider}: {calls:?}"
        );
        assert_eq!(calls.len(), 3);
        // What was used up is noticed, where it is used up at all.
        asked.tokens.refresh = first;
        let again = asked.refresh().await;
        let expected = if dialect == Dialect::Google {
            "granted"
        } else {
            "permanent"
        };
        assert_eq!(class(&again), expected, "{provider}: {again:?}");
        if let Err(RefreshError::Permanent { reused, .. }) = again {
            assert_eq!(reused, dialect == Dialect::Codex, "{provider}");
        }
    }
}

#[tokio::test]
async fn whatever_goes_wrong_there() {
    let cases: [(TokenBehaviour, &str); 18] = [
        (TokenBehaviour::without("token_type"), "granted"),
        (TokenBehaviour::without("refresh_token"), "granted"),
        (TokenBehaviour::with("refresh_token", ""), "granted"),
        (TokenBehaviour::with("expires_in", "3600"), "granted"),
        (TokenBehaviour::Skewed(-86_400), "granted"),
        (TokenBehaviour::without("access_token"), "transient"),
        (TokenBehaviour::Html, "transient"),
        (TokenFailure::Internal.into(), "transient"),
        (TokenFailure::Unavailable.into(), "transient"),
        (TokenFailure::InvalidGrant.into(), "permanent"),
        (
            TokenBehaviour::ErrorIn200(TokenFailure::InvalidGrant),
            "permanent",
        ),
        (TokenFailure::Unauthorized.into(), "permanent"),
        (TokenFailure::InvalidClient.into(), "misconfigured"),
        (TokenFailure::UnauthorizedClient.into(), "misconfigured"),
        (TokenFailure::RateLimit(RetryHint::None).into(), "throttled"),
        (TokenBehaviour::Reset, "ambiguous"),
        (TokenBehaviour::lost(), "ambiguous"),
        (TokenBehaviour::Truncate, "ambiguous"),
    ];
    for (provider, dialect) in SIGN_IN {
        for (behaviour, expected) in &cases {
            let upstream = upstream(dialect, [behaviour.clone()]);
            let asked = signed_in(provider, &upstream, dialect);
            let got = asked.refresh().await;
            assert_eq!(class(&got), *expected, "{provider} {behaviour:?}: {got:?}");
            assert_eq!(
                upstream.oauth().calls().len(),
                1,
                "{provider} {behaviour:?}"
            );
        }
    }
}

#[tokio::test]
async fn how_long_to_wait_is_understood() {
    let minute = Duration::from_secs(60);
    for (hint, least, most) in [
        (RetryHint::Seconds(60), minute, minute),
        (RetryHint::Millis(60_000), minute, minute),
        // A date has no fraction, and is rounded up.
        (
            RetryHint::Date(minute),
            minute / 2,
            minute + Duration::from_secs(1),
        ),
    ] {
        let upstream = upstream(Dialect::Plain, [TokenFailure::RateLimit(hint).into()]);
        let got = signed_in("configured", &upstream, Dialect::Plain)
            .refresh()
            .await;
        let Err(RefreshError::Throttled { retry_after }) = got else {
            panic!("{hint:?}: {got:?}");
        };
        let after = retry_after.unwrap();
        assert!(least <= after && after <= most, "{hint:?}: {after:?}");
    }
}

#[tokio::test]
async fn a_service_account_signs_in() {
    let key = ServiceKey::generate().unwrap();
    let account = Account::service("a", "robot@p.example", &key);
    let upstream = Upstream::start(Script::new().account(account)).unwrap();
    let token_uri = upstream.token_url(Dialect::Google);
    let file = key.file("robot@p.example", "p", &token_uri);
    let mut asked = Asked::new("vertex", "https://nobody.invalid");
    asked.token_uri = Some(token_uri);
    asked.key_id = Some(key.id().to_owned());
    asked.service_key = file["private_key"].as_str().map(secret);
    asked.clock = now;
    let granted = asked.refresh().await.unwrap();
    assert!(granted.access.expose().starts_with("SECRET_A_"));
    assert_eq!(granted.refresh, None);
    // A key that was replaced, and a clock that stands still.
    asked.key_id = Some("another".to_owned());
    assert_eq!(class(&asked.refresh().await), "misconfigured");
    asked.key_id = Some(key.id().to_owned());
    asked.clock = crate::caller::clock;
    let late = asked.refresh().await.unwrap_err();
    assert!(late.to_string().contains("clock wrong?"), "{late}");
}
