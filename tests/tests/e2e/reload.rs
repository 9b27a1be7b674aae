//! Configurations that change under a running gateway, which notices by itself.

use crate::shape::error_of;
use cliproxy_core::Protocol::{self, Chat};
use cliproxy_e2e::{CLIENT_KEY, Call, Entry, Gateway, MODEL, World, config};
use cliproxy_scripted_upstream::{
    Behaviour, Failure,
    grammar::{self, Outcome},
};
use std::time::Duration;

pub(crate) const RELOADED: &str = "configuration reloaded";
pub(crate) const REFUSED: &str = "configuration not reloaded";

/// Waits until the configuration was reloaded again, after `change`.
pub(crate) async fn reloaded(gateway: &Gateway, change: impl FnOnce()) {
    noticed(gateway, RELOADED, change).await;
}

/// Waits for a line of the log, after `change`.
pub(crate) async fn noticed(gateway: &Gateway, line: &str, change: impl FnOnce()) -> String {
    let before = gateway.log().len();
    change();
    gateway.logged_after(before, line).await
}

pub(crate) async fn status(gateway: &Gateway, call: Call) -> u16 {
    gateway.send(call).await.status
}

/// Each kind of setting takes effect with the change of the file.
#[tokio::test]
async fn what_takes_effect() {
    let accounts = [("a", Behaviour::Answer), ("b", Behaviour::Answer)];
    let world =
        World::configured(accounts, |base| config("", &[Entry::new(Chat, "a", base)])).await;
    let (gateway, base) = (&world.gateway, world.upstream.base_url());
    let a = || Entry::new(Chat, "a", &base);
    let b = || Entry::new(Chat, "b", &base);
    let apply = async |settings: &str, entries: &[Entry]| {
        reloaded(gateway, || gateway.rewrite(&config(settings, entries))).await;
    };
    let ask = |model| Call::generate(Chat, model, false);

    // Models, and entries.
    let more = a().models(&format!("[{{name: {MODEL}}}, {{name: up-2, alias: more}}]"));
    assert_eq!(status(gateway, ask("more")).await, 404);
    apply("", &[more]).await;
    assert_eq!(status(gateway, ask("more")).await, 200);
    apply("", &[a(), b().models("[{name: up-3, alias: of-b}]")]).await;
    let reply = gateway.send(ask("of-b")).await;
    assert_eq!(reply.header("x-cliproxy-served-by"), "b");
    assert_eq!(status(gateway, ask("more")).await, 404);

    // Client keys.
    let with = |key| ask(MODEL).key(Chat, key);
    assert_eq!(status(gateway, with("second-key")).await, 401);
    apply(&format!("api-keys: [{CLIENT_KEY}, second-key]"), &[a()]).await;
    assert_eq!(status(gateway, with("second-key")).await, 200);
    apply("api-keys: [second-key]", &[a()]).await;
    assert_eq!(status(gateway, with(CLIENT_KEY)).await, 401);
    assert_eq!(status(gateway, with("second-key")).await, 200);

    // Limits, on connections that are open as well.
    let large = || Call::say(Chat, MODEL, false, &"x".repeat(3 << 20));
    apply("limits: {max-body-mib: 1}", &[a()]).await;
    assert_eq!(status(gateway, large()).await, 413);
    apply("", &[a()]).await;
    let (reply, session) = gateway.client().connect().await.send(ask(MODEL)).await;
    assert_eq!(reply.status, 200);
    apply("limits: {max-body-mib: 1}", &[a()]).await;
    assert_eq!(session.send(large()).await.0.status, 413);

    // Who may address it.
    let named = || ask(MODEL).header("host", "gateway.test");
    assert_eq!(status(gateway, named()).await, 403);
    apply("allowed-hosts: [gateway.test]", &[a()]).await;
    assert_eq!(status(gateway, named()).await, 200);
    let page = || ask(MODEL).header("origin", "https://page.test");
    assert_eq!(status(gateway, page()).await, 403);
    apply("cors: {allowed-origins: ['https://page.test']}", &[a()]).await;
    let reply = gateway.send(page()).await;
    assert_eq!(
        reply.header("access-control-allow-origin"),
        "https://page.test"
    );
    assert_eq!(status(gateway, named()).await, 403);
}

/// The strategy, and whether conversations stay where they are.
#[tokio::test]
async fn routing_takes_effect() {
    let accounts = [("a", Behaviour::Answer), ("b", Behaviour::Answer)];
    let yaml = |routing: &str, base: &str| {
        let entries = ["a", "b"].map(|name| Entry::new(Chat, name, base));
        config(&format!("routing: {{{routing}}}"), &entries)
    };
    let world = World::configured(accounts, |base| yaml("strategy: fill-first", base)).await;
    let (gateway, base) = (&world.gateway, world.upstream.base_url());
    let served = async |count: usize| {
        let mut by = Vec::new();
        for _ in 0..count {
            let call = Call::unary(Chat).header("x-session-id", "one conversation");
            let reply = gateway.send(call).await;
            by.push(reply.header("x-cliproxy-served-by").to_owned());
        }
        by
    };
    assert_eq!(served(3).await, ["a", "a", "a"]);
    let apply = async |routing: &str| {
        reloaded(gateway, || gateway.replace_config(&yaml(routing, &base))).await;
    };
    apply("strategy: round-robin").await;
    let by = served(4).await;
    assert_eq!(by.iter().filter(|name| *name == "a").count(), 2, "{by:?}");
    apply("strategy: round-robin, session-affinity: true").await;
    let bound = served(3).await;
    assert!(bound.iter().all(|name| *name == bound[0]), "{bound:?}");
    // Bindings outlive what is changed beside them, and what takes their entry's place in the file.
    reloaded(gateway, || {
        let entries = ["b", "a"].map(|name| Entry::new(Chat, name, &base));
        let routing = "routing: {strategy: round-robin, session-affinity: true}";
        gateway.rewrite(&config(routing, &entries));
    })
    .await;
    assert_eq!(served(3).await, bound);
    apply("strategy: round-robin").await;
    let by = served(4).await;
    assert_eq!(by.iter().filter(|name| *name == "a").count(), 2, "{by:?}");
}

/// A turn is not given twice because of a reload.
#[tokio::test]
async fn rotation_survives() {
    let accounts = [("a", Behaviour::Answer), ("b", Behaviour::Answer)];
    let world = World::configured(accounts, |base| {
        config("", &["a", "b"].map(|name| Entry::new(Chat, name, base)))
    })
    .await;
    let (gateway, base) = (&world.gateway, world.upstream.base_url());
    for number in 0..6_u32 {
        let settings = format!("request-retry: {number}");
        let entries = ["a", "b"].map(|name| Entry::new(Chat, name, &base));
        reloaded(gateway, || gateway.rewrite(&config(&settings, &entries))).await;
        assert_eq!(status(gateway, Call::unary(Chat)).await, 200);
    }
    assert_eq!((world.hits("a"), world.hits("b")), (3, 3));
    // One thread per core, and a connection on each at most.
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let accepted = world.upstream.stats().accepted;
    assert!(accepted <= cores as u64, "{accepted} connections");
}

/// What only a restart changes is named when it changes, and the rest takes effect.
#[tokio::test]
async fn what_needs_a_restart() {
    let world = World::start(Chat, "", [("a", Behaviour::Answer)]).await;
    let (gateway, base) = (&world.gateway, world.upstream.base_url());
    let apply = async |settings: &str, alias: &str| {
        let models = format!("[{{name: up, alias: {alias}}}]");
        let entry = Entry::new(Chat, "a", &base).models(&models);
        reloaded(gateway, || gateway.rewrite(&config(settings, &[entry]))).await;
        let call = Call::generate(Chat, alias, false);
        assert_eq!(status(gateway, call).await, 200, "{settings}");
    };
    let named = "a restart is needed";
    // The port was given on the command line, which wins.
    apply("port: 1", "one").await;
    assert_eq!(gateway.log_count(named), 0);
    apply("unix-socket: gw.sock\nlog: {level: warn}", "two").await;
    let line = gateway.logged(named).await;
    assert!(line.contains("unix-socket, log"), "{line}");
    assert!(!gateway.directory().join("gw.sock").exists());
    // Other changes do not bring it up again; another change of the same key does.
    apply("unix-socket: gw.sock\nlog: {level: warn}", "three").await;
    assert_eq!(gateway.log_count(named), 1);
    apply("unix-socket: other.sock\nlog: {level: warn}", "four").await;
    assert_eq!(gateway.log_count(named), 2);
    // As it was at the start.
    apply("", "five").await;
    assert_eq!(gateway.log_count(named), 2);
}

/// A file that would let strangers in is refused while the gateway listens to them.
#[tokio::test]
async fn a_public_listener_stays_shut() {
    let key = "e2e-client-key-of-more-than-16";
    let world = World::configured([("a", Behaviour::Answer)], |base| {
        let settings = format!("host: 0.0.0.0\napi-keys: [{key}]");
        config(&settings, &[Entry::new(Chat, "a", base)])
    })
    .await;
    let (gateway, base) = (&world.gateway, world.upstream.base_url());
    for settings in [
        "host: 0.0.0.0\napi-keys: []",
        "host: 127.0.0.1\napi-keys: []",
        "host: 0.0.0.0\napi-keys: [changeme]",
    ] {
        let yaml = config(settings, &[Entry::new(Chat, "a", &base)]);
        let line = noticed(gateway, REFUSED, || gateway.replace_config(&yaml)).await;
        assert!(line.contains("not safe"), "{settings}: {line}");
        let call = Call::unary(Chat).header("host", "127.0.0.1");
        assert_eq!(status(gateway, call.clone()).await, 401, "{settings}");
        assert_eq!(
            status(gateway, call.key(Chat, key)).await,
            200,
            "{settings}"
        );
    }
}

/// Streams run on to their end when their model and credential are taken away, and nobody gets that
/// credential any more.
#[tokio::test]
async fn streams_in_flight() {
    for protocol in Protocol::ALL {
        let interval = Duration::from_millis(100);
        let accounts = [
            ("a", Behaviour::Paced { interval }),
            ("b", Behaviour::Answer),
        ];
        let world = World::start(protocol, "", accounts).await;
        let (gateway, base) = (&world.gateway, world.upstream.base_url());
        let mut stream = gateway.open(Call::stream(protocol)).await;
        stream.until("scripted ").await;
        assert_eq!(stream.header("x-cliproxy-served-by"), "a");
        reloaded(gateway, || {
            let entry = Entry::new(protocol, "b", &base).models("[{name: up, alias: other}]");
            gateway.rewrite(&config("", &[entry]));
        })
        .await;
        for _ in 0..3 {
            let call = Call::generate(protocol, "other", false);
            let reply = gateway.send(call).await;
            assert_eq!(reply.header("x-cliproxy-served-by"), "b", "{protocol}");
        }
        error_of(protocol, 404, &gateway.send(Call::unary(protocol)).await);
        let reply = stream.finish().await;
        let outcome = grammar::check(protocol, &reply.body);
        assert_eq!(outcome, Ok(Outcome::Completed), "{protocol}");
        assert!(reply.whole, "{protocol}");
        assert_eq!(world.hits("a"), 1, "{protocol}");
    }
}

/// A credential that rests does so after a reload, and a conversation that is bound to one that is
/// gone goes on with another.
#[tokio::test]
async fn health_and_bindings() {
    let limit = Failure::RateLimit {
        retry_after: Duration::from_secs(600),
    };
    let settings = "routing: {session-affinity: true}";
    let accounts = [
        ("a", limit.into()),
        ("b", Behaviour::Answer),
        ("c", Behaviour::Answer),
    ];
    let world = World::start(Chat, settings, accounts).await;
    let (gateway, base) = (&world.gateway, world.upstream.base_url());
    let ask = async || {
        let call = Call::unary(Chat).header("x-session-id", "one conversation");
        let reply = gateway.send(call).await;
        let header = |name| reply.header(name).to_owned();
        (
            header("x-cliproxy-served-by"),
            header("x-cliproxy-attempts"),
        )
    };
    let served = |by: &str, attempts: &str| (by.to_owned(), attempts.to_owned());
    assert_eq!(ask().await, served("b", "2"));
    let with = |settings: &str, names: &[&str]| {
        let entry =
            |(name, place)| Entry::new(Chat, name, &base).with(&format!("priority: -{place}"));
        let entries: Vec<_> = names.iter().copied().zip(0..).map(entry).collect();
        config(settings, &entries)
    };
    let more = format!("{settings}\nrequest-retry: 1");
    reloaded(gateway, || gateway.rewrite(&with(&more, &["a", "c", "b"]))).await;
    assert_eq!(ask().await, served("b", "1"));
    reloaded(gateway, || gateway.rewrite(&with(&more, &["a", "c"]))).await;
    assert_eq!(ask().await, served("c", "1"));
    assert_eq!(world.hits("a"), 1);
}
