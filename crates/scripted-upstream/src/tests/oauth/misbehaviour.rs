//! Every way in which a token endpoint goes wrong, as a client sees it.

use super::caller::{held, only_call, refresh, start, text, try_refresh};
use crate::{
    Derailment,
    oauth::{Account, Dialect, Gate, Outcome, RetryHint, TokenBehaviour, TokenFailure},
    tests::{
        client::{PATIENCE, Reply},
        oauth::caller::signed_in,
    },
};
use bytes::Bytes;
use futures_util::future::join_all;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::json;
use std::{
    future::Future,
    num::NonZeroU32,
    time::{Duration, Instant},
};
use tokio::time::timeout;

const PLAIN: Dialect = Dialect::Plain;

async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.expect("it happens")
}

async fn answer(behaviour: TokenBehaviour) -> Reply {
    let (upstream, tokens) = start(PLAIN, [behaviour]);
    refresh(&upstream, PLAIN, held(&tokens)).await
}

#[tokio::test]
async fn a_failure_uses_nothing_up() {
    for (failure, status, code) in [
        (TokenFailure::InvalidGrant, 400, "invalid_grant"),
        (TokenFailure::InvalidClient, 401, "invalid_client"),
        (TokenFailure::UnauthorizedClient, 400, "unauthorized_client"),
        (TokenFailure::Unauthorized, 401, "unauthorized"),
        (TokenFailure::Forbidden, 403, "access_denied"),
        (
            TokenFailure::RateLimit(RetryHint::Seconds(2)),
            429,
            "rate_limit_exceeded",
        ),
        (TokenFailure::Internal, 500, "server_error"),
        (TokenFailure::Unavailable, 503, "temporarily_unavailable"),
        (TokenFailure::SlowDown, 400, "slow_down"),
    ] {
        let (upstream, tokens) = start(PLAIN, [failure.into(), TokenBehaviour::Answer]);
        let reply = refresh(&upstream, PLAIN, held(&tokens)).await;
        assert_eq!(reply.status, status, "{failure:?}");
        assert_eq!(reply.json()["error"], code, "{failure:?}");
        let wait = if status == 429 { "2" } else { "" };
        assert_eq!(reply.header("retry-after"), wait);
        let again = refresh(&upstream, PLAIN, held(&tokens)).await;
        assert_eq!(again.status, 200, "{failure:?}: the token is still good");
    }
}

#[tokio::test]
async fn answers_are_spoiled_in_their_own_way() {
    let html = answer(TokenBehaviour::Html).await;
    assert_eq!(html.status, 200);
    assert!(html.body.starts_with(b"<!DOCTYPE html>"));

    let error = answer(TokenBehaviour::ErrorIn200(TokenFailure::InvalidGrant)).await;
    assert_eq!(
        (error.status.as_u16(), &error.json()["error"]),
        (200, &json!("invalid_grant"))
    );

    let mut headers = HeaderMap::new();
    headers.insert("x-odd", HeaderValue::from_static("1"));
    let odd = TokenBehaviour::Status {
        status: StatusCode::IM_A_TEAPOT,
        headers,
        body: Bytes::from_static(b"{}"),
    };
    let odd = answer(odd).await;
    assert_eq!(
        (
            odd.status.as_u16(),
            odd.header("x-odd"),
            odd.body.as_slice()
        ),
        (418, "1", &b"{}"[..])
    );

    for member in ["token_type", "refresh_token", "expires_in", "access_token"] {
        let without = answer(TokenBehaviour::without(member)).await.json();
        assert!(without.get(member).is_none(), "{without}");
        assert!(without.get("scope").is_some(), "the rest is there");
    }
    for (member, value) in [
        ("id_token", json!("")),
        ("expires_in", json!("3600")),
        ("expires_at", json!(1)),
    ] {
        let with = answer(TokenBehaviour::with(member, value.clone()))
            .await
            .json();
        assert_eq!(with[member], value);
        assert!(with["access_token"].is_string());
    }
}

#[tokio::test]
async fn a_skewed_clock_shows_in_absolute_times() {
    let at = async |by: i64| {
        let skewed = answer(TokenBehaviour::Skewed(by)).await.json();
        assert_eq!(skewed["expires_in"], 3600, "{by}");
        skewed["expires_at"].as_i64().expect("seconds")
    };
    let (right, behind) = (at(0).await, at(-100_000).await);
    assert!(
        (100_000 - 60..=100_000).contains(&(right - behind)),
        "{right} {behind}"
    );
}

#[tokio::test]
async fn the_same_tokens_can_be_given_again() {
    let (upstream, tokens) = start(PLAIN, [TokenBehaviour::Same]);
    for _ in 0..2 {
        let answer = refresh(&upstream, PLAIN, held(&tokens)).await.json();
        assert_eq!(text(&answer, "access_token"), tokens.access_token.expose());
        assert_eq!(text(&answer, "refresh_token"), held(&tokens));
        assert!(answer["expires_in"].as_u64() <= Some(3600));
    }
    upstream.oauth().expire("account");
    let answer = refresh(&upstream, PLAIN, held(&tokens)).await.json();
    assert_ne!(
        text(&answer, "access_token"),
        tokens.access_token.expose(),
        "there is none to give again"
    );
}

#[tokio::test]
async fn an_answer_that_is_lost_has_used_up_the_token() {
    let broken = |reply: Result<Reply, hyper::Error>| reply.map_or(true, |reply| !reply.whole);
    for behaviour in [
        TokenBehaviour::lost(),
        TokenBehaviour::Truncate,
        TokenBehaviour::Derail {
            after: 0,
            then: Derailment::Close,
        },
        TokenBehaviour::Derail {
            after: 200,
            then: Derailment::Reset,
        },
    ] {
        let (upstream, tokens) = start(PLAIN, [behaviour.clone(), TokenBehaviour::Answer]);
        let lost = try_refresh(&upstream, PLAIN, held(&tokens)).await;
        assert!(broken(lost), "{behaviour:?}");
        assert!(only_call(&upstream).is_granted(), "{behaviour:?}");
        let again = refresh(&upstream, PLAIN, held(&tokens)).await;
        assert_eq!(again.status, 400, "{behaviour:?}: used before");
        soon(upstream.wait_for(|stats| stats.calls_completed == 2)).await;
    }
}

#[tokio::test]
async fn a_connection_can_break_before_anything_is_done() {
    let (upstream, tokens) = start(PLAIN, [TokenBehaviour::Reset, TokenBehaviour::Answer]);
    let lost = try_refresh(&upstream, PLAIN, held(&tokens)).await;
    assert!(lost.is_err(), "no head");
    assert_eq!(only_call(&upstream).outcome, Outcome::Scripted);
    let again = refresh(&upstream, PLAIN, held(&tokens)).await;
    assert_eq!(again.status, 200, "the token is still good");
}

#[tokio::test]
async fn an_answer_is_held_until_the_test_lets_it_go() {
    let gate = Gate::new();
    let (upstream, tokens) = start(PLAIN, [TokenBehaviour::Answer.held(&gate)]);
    let waiting = refresh(&upstream, PLAIN, held(&tokens));
    let opening = async {
        upstream.wait_for(|stats| stats.calls == 1).await;
        let call = only_call(&upstream);
        assert!(call.is_granted(), "the tokens are made");
        assert_eq!(call.answered, None, "and nobody has them");
        assert_eq!(upstream.stats().calls_active, 1);
        gate.open();
    };
    let (reply, ()) = soon(async { tokio::join!(waiting, opening) }).await;
    assert_eq!(reply.status, 200);
    let call = only_call(&upstream);
    assert!(call.answered > Some(call.number));
}

#[tokio::test]
async fn a_caller_that_leaves_is_counted() {
    let (upstream, tokens) = start(PLAIN, [TokenBehaviour::Answer.held(&Gate::new())]);
    let decided = upstream.wait_for(|stats| stats.calls_active == 1 && stats.calls == 1);
    tokio::select! {
        _reply = refresh(&upstream, PLAIN, held(&tokens)) => panic!("it is held"),
        _stats = soon(decided) => {}
    }
    let stats = soon(upstream.wait_for(|stats| stats.calls_cancelled == 1)).await;
    assert_eq!((stats.calls_active, stats.calls_completed), (0, 0));
    assert!(
        only_call(&upstream).is_granted(),
        "what was done stays done"
    );
}

#[tokio::test]
async fn an_answer_can_be_slow() {
    let by = Duration::from_millis(30);
    let started = Instant::now();
    let reply = answer(TokenBehaviour::Answer.delayed(by)).await;
    assert_eq!(reply.status, 200);
    assert!(started.elapsed() >= by);
}

#[tokio::test]
async fn every_second_call_fails() {
    let second = NonZeroU32::new(2).expect("not zero");
    let limited = TokenBehaviour::from(TokenFailure::Unavailable).every(second);
    let account = Account::new("account", PLAIN)
        .rotates(false)
        .tokens([limited]);
    let (upstream, tokens) = signed_in(account);
    let mut statuses = Vec::new();
    for _ in 0..4 {
        let reply = refresh(&upstream, PLAIN, held(&tokens)).await;
        statuses.push(reply.status.as_u16());
    }
    assert_eq!(statuses, [200, 503, 200, 503]);
    assert!(upstream.oauth().rewrite("account", []));
    let reply = refresh(&upstream, PLAIN, held(&tokens)).await;
    assert_eq!(reply.status, 200, "the script was rewritten");
    assert!(!upstream.oauth().rewrite("nobody", []));
}

#[tokio::test]
async fn of_many_at_once_one_gets_the_tokens() {
    let gate = Gate::new();
    let (upstream, tokens) = start(PLAIN, [TokenBehaviour::Answer.held(&gate)]);
    let all = join_all((0..8).map(|_| refresh(&upstream, PLAIN, held(&tokens))));
    let opening = async {
        upstream.wait_for(|stats| stats.calls == 8).await;
        gate.open();
    };
    let (replies, ()) = soon(async { tokio::join!(all, opening) }).await;
    let good = replies.iter().filter(|reply| reply.status == 200).count();
    assert_eq!(good, 1, "{replies:?}");
    assert_eq!(upstream.stats().refreshes("account"), 8);
    let granted = upstream.oauth().calls();
    assert_eq!(granted.iter().filter(|call| call.is_granted()).count(), 1);
}
