//! What comes back, from an upstream that answers like the provider.

use crate::{
    caller::Attempt,
    hosts::{Host, KEY, for_every_host},
    wire::{Step, Then, Wire, soon},
};
use bytes::Bytes;
use cliproxy_core::{
    ErrorKind::{self, Auth, Quota, Upstream as Broken},
    Operation::CountTokens,
    Protocol, Scope,
};
use cliproxy_executors::{Response, UpstreamError};
use cliproxy_scripted_upstream::{
    Behaviour, Failure, Script, Upstream,
    grammar::{Outcome, check},
};
use std::{future::Future, time::Duration};

fn upstream(behaviour: impl Into<Behaviour>) -> Upstream {
    Upstream::start(Script::new().key(KEY, "account", behaviour)).unwrap()
}

/// Runs a check for every provider that the scripted upstream answers like: it has no Code Assist.
async fn for_every_known_host<F: Future<Output = ()>>(check: impl Fn(&'static Host) -> F) {
    for_every_host(async |host| {
        if host.name != "gemini-cli" {
            check(host).await;
        }
    })
    .await;
}

fn attempt(host: &Host, upstream: &Upstream) -> Attempt {
    // A base as each provider's documentation gives it.
    let version = if host.auth.0 == "authorization" {
        "/v1"
    } else {
        ""
    };
    Attempt::new(host, &(upstream.base_url() + version))
}

async fn failure(host: &Host, behaviour: impl Into<Behaviour>) -> UpstreamError {
    let upstream = upstream(behaviour);
    *attempt(host, &upstream).send().await.unwrap_err()
}

async fn collect(mut response: Response) -> Bytes {
    let mut whole = Vec::new();
    while let Some(chunk) = soon(response.body.next()).await {
        whole.extend_from_slice(&chunk.unwrap());
    }
    whole.into()
}

#[tokio::test]
async fn success() {
    for_every_known_host(async |host| {
        let upstream = upstream(Behaviour::Answer);
        let unary = attempt(host, &upstream).whole().await.unwrap();
        assert!(unary.starts_with(b"{"), "{}: {unary:?}", host.name);

        let response = attempt(host, &upstream).streaming().send().await.unwrap();
        let kind = response.headers["content-type"].to_str().unwrap();
        assert!(kind.starts_with("text/event-stream"), "{}", host.name);
        let stream = collect(response).await;
        assert_eq!(
            check(host.protocol, &stream),
            Ok(Outcome::Completed),
            "{}",
            host.name
        );
        assert_eq!(upstream.violations(), [], "{}", host.name);
    })
    .await;
}

#[tokio::test]
async fn refusals() {
    for_every_known_host(async |host| {
        let refused = async |failure_: Failure, status: u16, kind: ErrorKind, scope| {
            let error = failure(host, failure_).await;
            let got = (error.status.as_u16(), error.kind, error.scope);
            assert_eq!(got, (status, kind, scope), "{} {failure_:?}", host.name);
            assert!(error.answered && !error.stop, "{} {failure_:?}", host.name);
            assert!(
                error.body.starts_with(b"{"),
                "{}: {:?}",
                host.name,
                error.body
            );
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains(KEY), "{}: {shown}", host.name);
            error.retry_after
        };
        assert_eq!(
            refused(Failure::Unauthorized, 401, Auth, Scope::Credential).await,
            None
        );
        let disguised = if host.protocol == Protocol::Gemini {
            400
        } else {
            401
        };
        refused(Failure::InvalidKey, disguised, Auth, Scope::Credential).await;
        refused(Failure::Internal, 500, Broken, Scope::Provider).await;

        let hint = Duration::from_secs(34);
        let limit = Failure::RateLimit { retry_after: hint };
        let hinted = refused(limit, 429, Quota, Scope::Model).await;
        assert_eq!(hinted, Some(hint), "{}", host.name);
    })
    .await;
}

#[tokio::test]
async fn a_limit_without_a_hint() {
    for_every_host(async |host| {
        let wire = Wire::start([Step::reply("429 Too Many Requests", b"{}")]).await;
        let error = Attempt::new(host, &wire.base()).send().await.unwrap_err();
        let got = (error.kind, error.scope, error.retry_after);
        assert_eq!(got, (Quota, Scope::Model, None), "{}", host.name);
    })
    .await;
}

#[tokio::test]
async fn a_stream_arrives_whole_however_it_is_split() {
    for_every_known_host(async |host| {
        let upstream = upstream(Behaviour::Answer);
        let response = attempt(host, &upstream).streaming().send().await.unwrap();
        let stream = collect(response).await;
        let (step, feed) = Step::fed("200 OK\r\ncontent-type: text/event-stream");
        let wire = Wire::start([step]).await;
        for byte in stream.chunks(1) {
            feed.send(Bytes::copy_from_slice(byte)).unwrap();
        }
        drop(feed);
        let response = Attempt::new(host, &wire.base()).streaming().send().await;
        assert_eq!(collect(response.unwrap()).await, stream, "{}", host.name);
    })
    .await;
}

#[tokio::test]
async fn a_truncated_stream_is_not_repaired() {
    for_every_known_host(async |host| {
        let upstream = upstream(Behaviour::TruncateAfter(2));
        let response = attempt(host, &upstream).streaming().send().await.unwrap();
        let stream = collect(response).await;
        assert!(
            check(host.protocol, &stream).is_err(),
            "{}: {stream:?}",
            host.name
        );

        let reset = self::upstream(Behaviour::ResetAfter(2));
        let mut response = attempt(host, &reset).streaming().send().await.unwrap();
        let error = loop {
            if let Err(error) = soon(response.body.next()).await.unwrap() {
                break error;
            }
        };
        let got = (error.kind, error.scope, error.status.as_u16());
        assert_eq!(
            got,
            (ErrorKind::Transport, Scope::Request, 502),
            "{}",
            host.name
        );
    })
    .await;
}

#[tokio::test]
async fn dropping_closes_the_connection() {
    for_every_known_host(async |host| {
        // Before the head.
        let wire = Wire::start([Step::new("", Then::Hold)]).await;
        let attempt_ = Attempt::new(host, &wire.base());
        tokio::select! {
            answered = attempt_.send() => panic!("{answered:?}"),
            () = wire.wait_for(|state| state.requests.len() == 1) => {}
        }
        wire.wait_for(|state| state.ended == 1).await;

        // In the middle of a stream.
        let upstream = upstream(Behaviour::StallAfter(1));
        let mut response = attempt(host, &upstream).streaming().send().await.unwrap();
        soon(response.body.next()).await.unwrap().unwrap();
        assert_eq!(upstream.stats().active, 1);
        drop(response);
        soon(upstream.wait_for(|stats| stats.cancelled == 1)).await;
    })
    .await;
}

#[tokio::test]
async fn redirects_are_not_followed() {
    for_every_known_host(async |host| {
        let elsewhere = Wire::start([]).await;
        let location = format!("{}/secret?key=1", elsewhere.base());
        for streaming in [false, true] {
            let upstream = upstream(Behaviour::Redirect(location.clone()));
            let mut attempt = attempt(host, &upstream);
            if streaming {
                attempt = attempt.streaming();
            }
            let error = attempt.send().await.unwrap_err();
            assert_eq!((error.status.as_u16(), error.answered), (502, false));
            assert_eq!(
                error.scope,
                Scope::Request,
                "a configuration says nothing of health"
            );
            assert!(error.message.contains("127.0.0.1"), "{}", error.message);
            assert!(!error.message.contains("key=1"), "{}", error.message);
        }
        assert_eq!(elsewhere.accepted(), 0, "{}", host.name);
    })
    .await;
}

#[tokio::test]
async fn what_a_host_cannot_do_is_refused_here() {
    for_every_host(async |host| {
        for operation in host.lacks {
            let wire = Wire::start([]).await;
            let mut attempt = Attempt::new(host, &wire.base());
            attempt.operation = *operation;
            let error = attempt.send().await.unwrap_err();
            // Where nobody counts, the gateway estimates.
            let status = if *operation == CountTokens { 404 } else { 400 };
            assert_eq!(
                (error.status.as_u16(), error.scope),
                (status, Scope::Request)
            );
            assert_eq!(wire.accepted(), 0, "{} {operation}", host.name);
        }
    })
    .await;
}
