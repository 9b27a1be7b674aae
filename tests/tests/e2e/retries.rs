//! How often a request is tried, and for how long.

use cliproxy_core::Protocol::Chat;
use cliproxy_e2e::{Call, Entry, Gateway, World, config};
use cliproxy_scripted_upstream::{Behaviour, Failure, Script, Upstream};
use std::time::Duration;

#[tokio::test]
async fn max_retry_credentials() {
    let fail = || Behaviour::from(Failure::Unavailable);
    let accounts = [("a", fail()), ("b", fail()), ("c", Behaviour::Answer)];
    let settings = "max-retry-credentials: 2\nrequest-retry: 0";
    let world = World::start(Chat, settings, accounts).await;
    let reply = world.gateway.send(Call::unary(Chat)).await;
    assert_eq!(
        (reply.status, reply.header("x-cliproxy-attempts")),
        (503, "2")
    );
    assert_eq!(world.hits("c"), 0);
    let reply = world.gateway.send(Call::unary(Chat)).await;
    assert_eq!(
        (reply.status, reply.header("x-cliproxy-served-by")),
        (200, "c")
    );
}

/// A further round over the accounts helps against what passes by itself, if they do not rest.
#[tokio::test]
async fn request_retry() {
    let twice = |failure: Failure| vec![failure.into(), failure.into(), Behaviour::Answer];
    for (settings, failure, status, attempts) in [
        (
            "request-retry: 2\ndisable-cooling: true",
            Failure::Unavailable,
            200,
            "3",
        ),
        (
            "request-retry: 1\ndisable-cooling: true",
            Failure::Unavailable,
            503,
            "2",
        ),
        (
            "request-retry: 0\ndisable-cooling: true",
            Failure::Unavailable,
            503,
            "1",
        ),
        (
            "request-retry: 2\ndisable-cooling: true",
            Failure::ModelNotFound,
            404,
            "1",
        ),
        ("request-retry: 2", Failure::Unavailable, 503, "1"),
        (
            "request-retry: 2\ntransient-error-cooldown-seconds: -1",
            Failure::Internal,
            200,
            "3",
        ),
    ] {
        let world = World::queued(Chat, settings, [("a", twice(failure))]).await;
        let reply = world.gateway.send(Call::unary(Chat)).await;
        let got = (reply.status, reply.header("x-cliproxy-attempts"));
        assert_eq!(got, (status, attempts), "{settings} {failure:?}");
    }
    // An entry has its own number.
    let upstream = Upstream::start(Script::new().queue("sk-a", "a", twice(Failure::Unavailable)));
    let upstream = upstream.unwrap();
    let entry = Entry::new(Chat, "a", &upstream.base_url());
    let entry = entry.with("request-retry: 0").with("disable-cooling: true");
    let gateway = Gateway::start(&config("", &[entry])).await;
    let reply = gateway.send(Call::unary(Chat)).await;
    assert_eq!(
        (reply.status, reply.header("x-cliproxy-attempts")),
        (503, "1")
    );
}

/// A short cooldown is waited for, if the configuration allows it.
#[tokio::test]
async fn max_retry_interval() {
    let limit = Failure::RateLimit {
        retry_after: Duration::from_secs(1),
    };
    let queue = || vec![limit.into(), Behaviour::Answer];
    let world = World::queued(Chat, "max-retry-interval: 5", [("a", queue())]).await;
    let reply = world.gateway.send(Call::unary(Chat)).await;
    assert_eq!(
        (reply.status, reply.header("x-cliproxy-attempts")),
        (200, "2")
    );
    let world = World::queued(Chat, "", [("a", queue())]).await;
    assert_eq!(world.gateway.send(Call::unary(Chat)).await.status, 429);
}

/// A stream that fails before its first event may start over, whatever the status.
#[tokio::test]
async fn bootstrap_retries() {
    for (retries, stream, expected) in [
        (1, true, (200, "2")),
        (0, true, (401, "1")),
        (1, false, (401, "1")),
    ] {
        let queue = vec![Failure::Unauthorized.into(), Behaviour::Answer];
        let settings = format!(
            "request-retry: 0\ndisable-cooling: true\nstreaming: {{bootstrap-retries: {retries}}}"
        );
        let world = World::queued(Chat, &settings, [("a", queue)]).await;
        let call = if stream {
            Call::stream(Chat)
        } else {
            Call::unary(Chat)
        };
        let reply = world.gateway.send(call).await;
        let got = (reply.status, reply.header("x-cliproxy-attempts"));
        assert_eq!(got, expected, "{retries} {stream}");
    }
}
