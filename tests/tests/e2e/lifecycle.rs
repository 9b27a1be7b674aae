//! Reloading and stopping while requests run.

use crate::{operations::ended, shape::error_of};
use cliproxy_core::Protocol::{self, Chat};
use cliproxy_e2e::{CLIENT_KEY, Call, Entry, Gateway, World, config};
use cliproxy_scripted_upstream::{
    Behaviour, Failure,
    grammar::{self, Outcome},
};
use http::Method;
use std::time::Duration;

/// SIGHUP changes what is served while a stream of before runs on to its end.
#[tokio::test]
async fn reload() {
    let interval = Duration::from_millis(100);
    for protocol in Protocol::ALL {
        let world = World::start(protocol, "", [("a", Behaviour::Paced { interval })]).await;
        let base = world.upstream.base_url();
        let mut stream = world.gateway.open(Call::stream(protocol)).await;
        stream.until("scripted ").await;

        let entry = Entry::new(protocol, "a", &base).models("[{name: up-1, alias: renamed}]");
        world
            .gateway
            .rewrite(&config("api-keys: [another-key]", &[entry]));
        world.gateway.signal("HUP");
        world.gateway.logged("configuration reloaded").await;
        let call = |model, key| {
            Call::generate(protocol, model, false)
                .anonymous()
                .key(protocol, key)
        };
        let renamed = world.gateway.send(call("renamed", "another-key")).await;
        assert_eq!(renamed.status, 200, "{}", renamed.text());
        error_of(
            protocol,
            404,
            &world.gateway.send(call("scripted-1", "another-key")).await,
        );
        error_of(
            protocol,
            401,
            &world.gateway.send(call("renamed", CLIENT_KEY)).await,
        );

        let reply = stream.finish().await;
        assert_eq!(
            grammar::check(protocol, &reply.body),
            Ok(Outcome::Completed),
            "{protocol}"
        );
    }
}

/// A file that cannot be used changes nothing, and the log says why.
#[tokio::test]
async fn invalid_reload() {
    let world = World::start(Chat, "", [("a", Behaviour::Answer)]).await;
    for text in [
        "request-retry: many\n",
        "port: [\n",
        "api-keys: [env:NOT_SET]\n",
    ] {
        let before = world.gateway.log().len();
        world.gateway.rewrite(text);
        world.gateway.signal("HUP");
        world
            .gateway
            .logged_after(before, "configuration not reloaded")
            .await;
        assert_eq!(
            world.gateway.send(Call::unary(Chat)).await.status,
            200,
            "{text}"
        );
    }
    std::fs::remove_file(world.gateway.directory().join("config.yaml")).unwrap();
    world.gateway.signal("HUP");
    world.gateway.logged("no such file").await;
    assert_eq!(world.gateway.send(Call::unary(Chat)).await.status, 200);
}

/// Cooldowns outlive a reload.
#[tokio::test]
async fn health_survives_a_reload() {
    let limit = Failure::RateLimit {
        retry_after: Duration::from_secs(600),
    };
    let world = World::start(Chat, "", [("a", limit.into()), ("b", Behaviour::Answer)]).await;
    assert_eq!(
        world
            .gateway
            .send(Call::unary(Chat))
            .await
            .header("x-cliproxy-attempts"),
        "2"
    );
    world.gateway.signal("HUP");
    world.gateway.logged("configuration reloaded").await;
    assert_eq!(
        world
            .gateway
            .send(Call::unary(Chat))
            .await
            .header("x-cliproxy-attempts"),
        "1"
    );
}

/// SIGTERM: nobody new is let in, and what runs comes to its end.
#[tokio::test]
async fn drain() {
    for signal in ["TERM", "INT"] {
        let interval = Duration::from_millis(100);
        let world = World::start(Chat, "", [("a", Behaviour::Paced { interval })]).await;
        let World {
            gateway, upstream, ..
        } = world;
        let mut stream = gateway.open(Call::stream(Chat)).await;
        stream.until("scripted ").await;
        gateway.signal(signal);
        gateway.logged("draining").await;
        let reply = stream.finish().await;
        assert_eq!(
            grammar::check(Chat, &reply.body),
            Ok(Outcome::Completed),
            "{signal}"
        );
        let finished = gateway.ended().await;
        ended(&finished, 0, &["stopped", "clean=true"]);
        assert_eq!(upstream.stats().cancelled, 0);
    }
}

/// What does not end in time is cut, and the exit code says so.
#[tokio::test]
async fn drain_has_a_limit() {
    let world = World::start(
        Chat,
        "shutdown-timeout: 300ms",
        [("a", Behaviour::StallAfter(3))],
    )
    .await;
    let World {
        gateway, upstream, ..
    } = world;
    let mut stream = gateway.open(Call::stream(Chat)).await;
    stream.until("scripted ").await;
    gateway.signal("TERM");
    let finished = gateway.ended().await;
    ended(&finished, 1, &["clean=false"]);
    let gone = upstream.wait_for(|stats| stats.cancelled == 1);
    cliproxy_e2e::soon("a cancelled call", gone).await;
}

/// A second signal ends at once.
#[tokio::test]
async fn two_signals() {
    let world = World::start(
        Chat,
        "shutdown-timeout: 10m",
        [("a", Behaviour::StallAfter(3))],
    )
    .await;
    let gateway = world.gateway;
    let mut stream = gateway.open(Call::stream(Chat)).await;
    stream.until("scripted ").await;
    gateway.signal("TERM");
    gateway.logged("draining").await;
    // Until its end it says that it runs.
    let run_file = format!("state/cliproxy/run/{}.json", gateway.id());
    assert!(gateway.directory().join(&run_file).exists());
    gateway.signal("TERM");
    let finished = gateway.ended().await;
    ended(&finished, 1, &["clean=false", "shutting down"]);
    assert!(!finished.directory.path().join(&run_file).exists());
}

/// With nothing running, the end is immediate, idle connections or not.
#[tokio::test]
async fn stop_when_idle() {
    let gateway = Gateway::start(&config("", &[])).await;
    let idle = tokio::net::TcpStream::connect(gateway.addr())
        .await
        .unwrap();
    assert_eq!(
        gateway
            .send(Call::bare(Method::GET, "/healthz"))
            .await
            .status,
        200
    );
    gateway.signal("TERM");
    ended(&gateway.ended().await, 0, &["clean=true"]);
    drop(idle);
}

/// A signal right after the start is one for the gateway.
#[tokio::test]
async fn a_signal_at_once() {
    let yaml = config("", &[Entry::new(Chat, "a", "http://127.0.0.1:9")]);
    for _ in 0..4 {
        let gateway = Gateway::start(&yaml).await;
        gateway.signal("HUP");
        gateway.logged("configuration reloaded").await;
    }
}
