//! One account fails, another one serves, and the client sees nothing of it.

use crate::shape::error_of;
use cliproxy_core::Protocol::{self, Chat, Claude, Gemini};
use cliproxy_e2e::{Call, Entry, MODEL, Reply, World, config};
use cliproxy_scripted_upstream::{
    Behaviour, Failure, Script, Upstream,
    grammar::{self, Outcome},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};
use std::{
    net::{Ipv4Addr, TcpListener},
    time::Duration,
};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn status(status: u16, headers: &[(&'static str, &str)], body: &'static str) -> Behaviour {
    let pair = |(name, value): &(&'static str, &str)| {
        let value = HeaderValue::from_str(value).unwrap();
        (HeaderName::from_static(name), value)
    };
    Behaviour::Status {
        status: StatusCode::from_u16(status).unwrap(),
        headers: headers.iter().map(pair).collect::<HeaderMap>(),
        body: body.into(),
    }
}

/// A reply that account `b` gave after `attempts`.
#[track_caller]
fn served_by_b(protocol: Protocol, reply: &Reply, attempts: &str, stream: bool) {
    assert_eq!(reply.status, 200, "{protocol}: {}", reply.text());
    assert_eq!(reply.header("x-cliproxy-served-by"), "b");
    assert_eq!(reply.header("x-cliproxy-attempts"), attempts, "{protocol}");
    let text = reply.text();
    if stream {
        let outcome = grammar::check(protocol, &reply.body);
        assert_eq!(outcome, Ok(Outcome::Completed), "{text}");
    } else {
        assert!(text.contains("scripted reply from b"), "{text}");
    }
    assert!(!text.contains(" from a "), "{text}");
}

/// Account `a` fails so; `b` serves; the next request goes straight to `b`.
async fn check(failure: impl Into<Behaviour>) {
    check_next(failure.into(), "1").await;
}

/// Account `a` fails so, which says nothing about its next request: it is asked again.
async fn check_spared(failure: impl Into<Behaviour>) {
    check_next(failure.into(), "2").await;
}

async fn check_next(failure: Behaviour, attempts: &str) {
    for protocol in Protocol::ALL {
        for stream in [false, true] {
            let accounts = [("a", failure.clone()), ("b", Behaviour::Answer)];
            let world = World::start(protocol, "", accounts).await;
            let call = || {
                if stream {
                    Call::stream(protocol)
                } else {
                    Call::unary(protocol)
                }
            };
            let first = world.gateway.send(call()).await;
            served_by_b(protocol, &first, "2", stream);
            let second = world.gateway.send(call()).await;
            served_by_b(protocol, &second, attempts, stream);
            assert_eq!(world.hits("b"), 2, "{failure:?}");
            world.gateway.logged(", b: ok ").await;
            world.assert_clean();
        }
    }
}

#[tokio::test]
async fn refusals_of_an_account() {
    check(Failure::InvalidKey).await;
    check(Failure::Unauthorized).await;
    check(Failure::Billing).await;
    check(Failure::Forbidden).await;
    check(Failure::ModelNotFound).await;
}

#[tokio::test]
async fn rate_limits() {
    check(Failure::RateLimit {
        retry_after: seconds(5),
    })
    .await;
    check(Failure::UsageLimit {
        resets_in: seconds(3600),
    })
    .await;
    check(status(429, &[], "{}")).await;
    check(status(429, &[("retry-after", "7")], "slow down")).await;
    check(status(429, &[("retry-after-ms", "7000")], "")).await;
}

#[tokio::test]
async fn failures_of_an_upstream() {
    check(Failure::Internal).await;
    check(Failure::Unavailable).await;
    check(Failure::Overloaded).await;
    check(status(408, &[], "")).await;
    check(status(
        502,
        &[("content-type", "text/html")],
        "<html>bad gateway</html>",
    ))
    .await;
    check(status(504, &[], "")).await;
    check(status(529, &[], "{}")).await;
}

#[tokio::test]
async fn replies_that_are_none() {
    check(Behaviour::Empty).await;
    check(Behaviour::Html).await;
    check(Behaviour::MalformedAt(0)).await;
    check(Behaviour::Raw("not http at all\r\n\r\n".into())).await;
    check_spared(Behaviour::ResetAfter(0)).await;
    check_spared(Behaviour::Raw("HTTP/1.1 200 OK\r\n".into())).await;
    check_spared(Behaviour::Redirect("http://127.0.0.1:9/".to_owned())).await;
    let tunnel = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n";
    check(Behaviour::Raw(tunnel.into())).await;
}

#[tokio::test]
async fn errors_in_a_success() {
    check(Behaviour::ErrorEventFirst).await;
    check(Behaviour::JsonErrorIn200).await;
}

/// Streams that end inside their handshake, and unary replies that end in the middle. What breaks
/// off says nothing about the account's next request, so that is asked again.
#[tokio::test]
async fn truncated_replies() {
    for protocol in Protocol::ALL {
        for stream in [false, true] {
            let truncated = Behaviour::TruncateAfter(0);
            let accounts = [("a", truncated), ("b", Behaviour::Answer)];
            let world = World::start(protocol, "", accounts).await;
            let call = if stream {
                Call::stream(protocol)
            } else {
                Call::unary(protocol)
            };
            served_by_b(protocol, &world.gateway.send(call).await, "2", stream);
        }
    }
    // `message_start` and `response.created`, `response.in_progress` are handshakes.
    for (protocol, events) in [(Claude, 1), (Protocol::Responses, 2)] {
        let handshake = [
            Behaviour::ErrorEventAt(events),
            Behaviour::TruncateAfter(events),
        ];
        for failure in handshake {
            let accounts = [("a", failure), ("b", Behaviour::Answer)];
            let world = World::start(protocol, "", accounts).await;
            served_by_b(
                protocol,
                &world.gateway.send(Call::stream(protocol)).await,
                "2",
                true,
            );
        }
    }
}

#[tokio::test]
async fn an_upstream_that_is_not_there() {
    // A port that was free a moment ago.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for protocol in Protocol::ALL {
        let world = World::configured([("b", Behaviour::Answer)], |base| {
            let dead = Entry::new(protocol, "a", &nobody).with("priority: 1");
            config("", &[dead, Entry::new(protocol, "b", base)])
        })
        .await;
        let reply = world.gateway.send(Call::stream(protocol)).await;
        served_by_b(protocol, &reply, "2", true);
        let reply = world.gateway.send(Call::unary(protocol)).await;
        served_by_b(protocol, &reply, "1", false);
    }
}

/// Nobody would accept these requests: they are tried once, and no account suffers for them.
#[tokio::test]
async fn refused_requests_are_not_retried() {
    let refused = "{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"no\",\"code\":1}}";
    for code in [400, 409, 413, 422] {
        for protocol in Protocol::ALL {
            let failure = status(code, &[], refused);
            let accounts = [
                ("a", vec![failure, Behaviour::Answer]),
                ("b", vec![Behaviour::Answer]),
            ];
            let world = World::queued(protocol, "", accounts).await;
            let reply = world.gateway.send(Call::unary(protocol)).await;
            assert_eq!((reply.status, reply.text().as_str()), (code, refused));
            assert_eq!((world.hits("a"), world.hits("b")), (1, 0));
            let next = world.gateway.send(Call::unary(protocol)).await;
            assert_eq!(next.header("x-cliproxy-served-by"), "a");
        }
    }
}

/// Everything cools down: the client is told when to come back, in every way it may read.
#[tokio::test]
async fn all_accounts_cool_down() {
    for protocol in Protocol::ALL {
        let limit = |after| Failure::RateLimit {
            retry_after: seconds(after),
        };
        let accounts = [("a", limit(9).into()), ("b", limit(5).into())];
        let world = World::start(protocol, "", accounts).await;
        let first = world.gateway.send(Call::unary(protocol)).await;
        assert_eq!(first.status, 429, "{}", first.text());
        assert_eq!(first.header("retry-after"), "5", "{protocol}");
        assert_eq!(first.header("x-cliproxy-attempts"), "2");

        let second = world.gateway.send(Call::stream(protocol)).await;
        let error = error_of(protocol, 429, &second);
        assert_eq!(second.header("retry-after"), "5", "{protocol}");
        let milliseconds: u64 = second.header("retry-after-ms").parse().unwrap();
        assert!((4000..=5000).contains(&milliseconds), "{milliseconds}");
        assert_eq!(error.error["model"], "scripted-1", "{error:?}");
        assert_eq!(error.error["reset_seconds"], 5, "{error:?}");
        assert_eq!(error.error["reset_time"], "5s", "{error:?}");
        match protocol {
            Claude => assert_eq!(error.kind, "rate_limit_error"),
            Gemini => {
                assert_eq!(error.kind, "RESOURCE_EXHAUSTED");
                assert_eq!(error.error["details"][0]["retryDelay"], "5s", "{error:?}");
            }
            Chat | Protocol::Responses => assert_eq!(error.code.as_deref(), Some("model_cooldown")),
        }
        assert_eq!((world.hits("a"), world.hits("b")), (1, 1));
        let ready = world.gateway.send(Call::get("/readyz")).await;
        assert_eq!(ready.status, 503, "{}", ready.text());
    }
}

/// An account that lacks one model still serves the others.
#[tokio::test]
async fn one_model_rests_alone() {
    let limit = Failure::RateLimit {
        retry_after: seconds(60),
    };
    let upstream =
        Upstream::start(Script::new().queue("sk-a", "a", [limit.into(), Behaviour::Answer]));
    let upstream = upstream.unwrap();
    let entry = Entry::new(Chat, "a", &upstream.base_url()).models("[{name: one}, {name: two}]");
    let gateway = cliproxy_e2e::Gateway::start(&config("", &[entry])).await;
    assert_eq!(
        gateway
            .send(Call::generate(Chat, "one", false))
            .await
            .status,
        429
    );
    assert_eq!(
        gateway
            .send(Call::generate(Chat, "two", false))
            .await
            .status,
        200
    );
    assert_eq!(
        gateway
            .send(Call::generate(Chat, "one", false))
            .await
            .status,
        429
    );
    assert_eq!(upstream.stats().hits("a"), 2);
    // A refused key takes all of them.
    upstream.rewrite("a", [Failure::InvalidKey.into()]);
    assert_eq!(
        gateway
            .send(Call::generate(Chat, "two", false))
            .await
            .status,
        401
    );
    let cooling = gateway.send(Call::generate(Chat, "two", false)).await;
    assert_eq!(
        (cooling.status, cooling.header("retry-after")),
        (429, "1800")
    );
}

/// Sealed reasoning belongs to the account that wrote it: the one that takes the conversation over
/// gets the conversation without it.
#[tokio::test]
async fn sealed_reasoning_stays_behind() {
    let limited = Failure::RateLimit {
        retry_after: seconds(600),
    };
    let accounts = [
        ("a", vec![Behaviour::Answer, limited.into()]),
        ("b", vec![Behaviour::Answer]),
    ];
    for stream in [false, true] {
        let world = World::queued(Protocol::Responses, "", accounts.clone()).await;
        let mut request = json!({
            "model": MODEL, "stream": false, "store": false,
            "include": ["reasoning.encrypted_content"], "reasoning": {"effort": "low"},
            "input": [{"role": "user", "content": "hello"}],
        });
        let call = |request: &Value| Call::unary(Protocol::Responses).json(request);
        let reply = world.gateway.send(call(&request)).await;
        assert_eq!(
            reply.header("x-cliproxy-served-by"),
            "a",
            "{}",
            reply.text()
        );
        let said = reply.json()["output"].as_array().expect("items").clone();
        assert_eq!(said[0]["type"], "reasoning", "{said:?}");
        let input = request["input"].as_array_mut().expect("items");
        input.extend(said);
        input.push(json!({"role": "user", "content": "and now?"}));
        request["stream"] = stream.into();

        let reply = world.gateway.send(call(&request)).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert_eq!(reply.header("x-cliproxy-served-by"), "b");
        assert_eq!(reply.header("x-cliproxy-attempts"), "3");
        let input = request["input"].as_array_mut().expect("items");
        input.remove(1);
        let received = world.upstream.requests().pop().expect("a request");
        assert_eq!(received.json(), request);
        world.assert_clean();
    }
}
