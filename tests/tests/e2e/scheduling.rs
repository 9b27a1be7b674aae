//! Which account serves, when several could.

use cliproxy_core::Protocol::{self, Chat};
use cliproxy_e2e::{Call, Entry, Gateway, World, config};
use cliproxy_scripted_upstream::{Behaviour, Failure};
use std::{collections::BTreeSet, time::Duration};

/// Who served this many requests.
async fn served(gateway: &Gateway, protocol: Protocol, count: usize) -> Vec<String> {
    let mut served = Vec::new();
    for _ in 0..count {
        let reply = gateway.send(Call::unary(protocol)).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        served.push(reply.header("x-cliproxy-served-by").to_owned());
    }
    served
}

const HEALTHY: [(&str, Behaviour); 3] = [
    ("a", Behaviour::Answer),
    ("b", Behaviour::Answer),
    ("c", Behaviour::Answer),
];

/// Three entries with these settings, on one upstream.
async fn world(protocol: Protocol, routing: &str, lines: [&str; 3]) -> World {
    World::configured(HEALTHY, |base| {
        let entries = ["a", "b", "c"].map(|name| Entry::new(protocol, name, base));
        let entries: Vec<_> = entries
            .into_iter()
            .zip(lines)
            .map(|(entry, line)| entry.with(line))
            .collect();
        config(routing, &entries)
    })
    .await
}

const PLAIN: [&str; 3] = ["weight: 1", "weight: 1", "weight: 1"];

#[tokio::test]
async fn round_robin() {
    for protocol in Protocol::ALL {
        for routing in ["", "routing: {strategy: round-robin}"] {
            let world = world(protocol, routing, PLAIN).await;
            let served = served(&world.gateway, protocol, 9).await;
            let round: BTreeSet<_> = served[..3].iter().collect();
            assert_eq!(round.len(), 3, "{served:?}");
            assert_eq!(served[..3], served[3..6], "{served:?}");
            assert_eq!(served[..3], served[6..], "{served:?}");
        }
    }
}

#[tokio::test]
async fn fill_first() {
    for protocol in Protocol::ALL {
        let world = world(protocol, "routing: {strategy: fill-first}", PLAIN).await;
        let before = served(&world.gateway, protocol, 4).await;
        let first = before[0].clone();
        assert!(before.iter().all(|name| *name == first), "{before:?}");
        // It runs into its limit: the next one serves until it is back.
        let limit = Failure::RateLimit {
            retry_after: Duration::from_secs(60),
        };
        world.upstream.rewrite(&first, [limit.into()]);
        let after = served(&world.gateway, protocol, 4).await;
        assert_ne!(after[0], first, "{after:?}");
        assert!(after.iter().all(|name| *name == after[0]), "{after:?}");
    }
}

#[tokio::test]
async fn priority_tiers() {
    for protocol in Protocol::ALL {
        let lines = ["priority: 5", "priority: -1", "priority: 5"];
        let world = world(protocol, "", lines).await;
        let before = served(&world.gateway, protocol, 4).await;
        assert!(!before.contains(&"b".to_owned()), "{before:?}");
        assert_eq!(
            before.iter().collect::<BTreeSet<_>>().len(),
            2,
            "{before:?}"
        );
        for name in ["a", "c"] {
            world.upstream.rewrite(name, [Failure::Unavailable.into()]);
        }
        let reply = world.gateway.send(Call::unary(protocol)).await;
        assert_eq!(
            reply.header("x-cliproxy-served-by"),
            "b",
            "{}",
            reply.text()
        );
        assert_eq!(reply.header("x-cliproxy-attempts"), "3");
        assert_eq!(served(&world.gateway, protocol, 2).await, ["b", "b"]);
    }
}

/// A tier serves again as soon as one of it is back.
#[tokio::test]
async fn the_first_tier_comes_back() {
    let limit = Failure::RateLimit {
        retry_after: Duration::from_secs(1),
    };
    let accounts = [
        ("a", vec![limit.into(), Behaviour::Answer]),
        ("b", vec![Behaviour::Answer]),
    ];
    let world = World::queued(Chat, "", accounts).await;
    assert_eq!(served(&world.gateway, Chat, 2).await, ["b", "b"]);
    let back = async { while served(&world.gateway, Chat, 1).await != ["a"] {} };
    cliproxy_e2e::soon("the account is back", back).await;
    assert_eq!(served(&world.gateway, Chat, 2).await, ["a", "a"]);
}

/// Several keys of one entry take turns, and a disabled entry takes none.
#[tokio::test]
async fn keys_of_one_entry() {
    let world = World::configured(HEALTHY, |base| {
        let keys = "api-key-entries: [{api-key: sk-a}, {api-key: sk-b}]";
        let pool = config("", &[Entry::new(Chat, "pool", base)]);
        let pool = pool.replace("api-key-entries: [{api-key: sk-pool}]", keys);
        assert!(pool.contains(keys), "{pool}");
        let disabled = config("", &[Entry::new(Chat, "c", base).with("disabled: true")]);
        let (_, disabled) = disabled.split_once("openai-compatibility:\n").unwrap();
        pool + disabled
    })
    .await;
    let served = served(&world.gateway, Chat, 4).await;
    assert_eq!(served[..2], served[2..], "{served:?}");
    assert_ne!(served[0], served[1], "{served:?}");
    assert_eq!(
        (world.hits("a"), world.hits("b"), world.hits("c")),
        (2, 2, 0)
    );
}

/// One alias for two upstream models: the second stands in for the first.
#[tokio::test]
async fn model_pools() {
    let world = World::configured([("a", Behaviour::Answer)], |base| {
        let models = "[{name: one, alias: pool}, {name: two, alias: pool}]";
        config("", &[Entry::new(Chat, "a", base).models(models)])
    })
    .await;
    world
        .upstream
        .rewrite("a", [Failure::Unavailable.into(), Behaviour::Answer]);
    let reply = world
        .gateway
        .send(Call::generate(Chat, "pool", false))
        .await;
    assert_eq!(
        (reply.status, reply.header("x-cliproxy-attempts")),
        (200, "2"),
        "{}",
        reply.text()
    );
    assert_eq!(reply.json()["model"], "pool");
    let asked = world.upstream.take_requests();
    let asked: BTreeSet<_> = asked
        .iter()
        .map(|request| request.json()["model"].to_string())
        .collect();
    assert_eq!(asked.len(), 2, "{asked:?}");
}
