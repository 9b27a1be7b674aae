//! Who is let in, and where a client's key may be.

use crate::shape::error_of;
use cliproxy_core::Protocol::{self, Chat, Claude};
use cliproxy_e2e::{CLIENT_KEY, Call, Entry, Gateway, MODEL, World, config, generate_path};
use cliproxy_scripted_upstream::{Behaviour, Failure};
use http::Method;

const ACCOUNT: [(&str, Behaviour); 1] = [("a", Behaviour::Answer)];

fn anonymous(protocol: Protocol) -> Call {
    Call::unary(protocol).anonymous()
}

#[tokio::test]
async fn places_of_a_key() {
    let bearer = format!("Bearer {CLIENT_KEY}");
    let lower = format!("bearer   {CLIENT_KEY}");
    for protocol in Protocol::ALL {
        let world = World::start(protocol, "", ACCOUNT).await;
        let check = async |headers: &[(&str, &str)], query: &str, expected: u16| {
            let target = format!("{}{query}", generate_path(protocol, MODEL, false));
            let call = anonymous(protocol).target(&target);
            let call = headers
                .iter()
                .fold(call, |call, (name, value)| call.header(name, value));
            let reply = world.gateway.send(call).await;
            assert_eq!(
                reply.status,
                expected,
                "{protocol} {headers:?} {query}: {}",
                reply.text()
            );
        };
        check(&[("authorization", &bearer)], "", 200).await;
        check(&[("authorization", &lower)], "", 200).await;
        check(&[("authorization", CLIENT_KEY)], "", 200).await;
        check(&[("x-api-key", CLIENT_KEY)], "", 200).await;
        check(&[("x-goog-api-key", CLIENT_KEY)], "", 200).await;
        check(&[("x-gateway-key", CLIENT_KEY)], "", 200).await;
        check(&[], &format!("?key={CLIENT_KEY}"), 200).await;
        check(&[], &format!("?auth_token={CLIENT_KEY}"), 200).await;
        // The first place with a known key counts.
        check(
            &[("authorization", "Bearer wrong"), ("x-api-key", CLIENT_KEY)],
            "",
            200,
        )
        .await;
        check(
            &[("x-api-key", "wrong")],
            &format!("?key={CLIENT_KEY}"),
            200,
        )
        .await;
        // Where X-Gateway-Key is present, it alone is judged.
        check(
            &[("x-gateway-key", "wrong"), ("authorization", &bearer)],
            "",
            401,
        )
        .await;
        check(
            &[("x-gateway-key", ""), ("authorization", &bearer)],
            "",
            401,
        )
        .await;

        check(&[], "", 401).await;
        check(&[("authorization", "Bearer")], "", 401).await;
        check(
            &[("authorization", &format!("Basic {CLIENT_KEY}"))],
            "",
            401,
        )
        .await;
        check(&[("authorization", &format!("{bearer}x"))], "", 401).await;
        check(&[("cookie", &format!("key={CLIENT_KEY}"))], "", 401).await;
        check(&[], &format!("?Key={CLIENT_KEY}"), 401).await;
        world.assert_clean();
    }
}

#[tokio::test]
async fn query_keys_can_be_refused() {
    let world = World::start(Chat, "accept-query-keys: false", ACCOUNT).await;
    for name in ["key", "auth_token"] {
        let target = format!("/v1/chat/completions?{name}={CLIENT_KEY}");
        let reply = world.gateway.send(anonymous(Chat).target(&target)).await;
        error_of(Chat, 401, &reply);
    }
    assert_eq!(world.gateway.send(Call::unary(Chat)).await.status, 200);
}

/// Keys with names, digests instead of keys, and disabled ones.
#[tokio::test]
async fn kinds_of_keys() {
    let keys = "api-keys:\n  \
                - plain\n  \
                - {name: alice, key: alices-key}\n  \
                - {name: bob, key-hash: 'sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824'}\n  \
                - {name: carol, key: carols-key, disabled: true}\n";
    let world = World::start(Chat, keys, ACCOUNT).await;
    for (key, status, label) in [
        ("plain", 200, "client=key:"),
        ("alices-key", 200, "client=alice "),
        ("hello", 200, "client=bob "),
        ("carols-key", 401, ""),
        ("alice", 401, ""),
    ] {
        let reply = world.gateway.send(anonymous(Chat).key(Chat, key)).await;
        assert_eq!(reply.status, status, "{key}: {}", reply.text());
        world.gateway.logged(label).await;
    }
}

/// Without keys, everybody on this machine is let in, and the log says so.
#[tokio::test]
async fn an_open_gateway() {
    let world = World::start(Chat, "api-keys: []", ACCOUNT).await;
    world.gateway.logged("no client keys").await;
    assert_eq!(world.gateway.send(anonymous(Chat)).await.status, 200);
    assert_eq!(world.gateway.send(Call::unary(Chat)).await.status, 200);
    world.assert_clean();
}

/// The key is asked for before the body is read.
#[tokio::test]
async fn strangers_cost_nothing() {
    let world = World::start(Chat, "", ACCOUNT).await;
    let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
                content-length: 1000000\r\n\r\n";
    let answer = world.gateway.client().raw(head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
}

#[tokio::test]
async fn hosts_and_origins() {
    let gateway = |settings: &str| {
        let entry = Entry::new(Chat, "a", "http://127.0.0.1:9");
        let config = config(settings, &[entry]);
        async move { Gateway::start(&config).await }
    };
    let check = async |gateway: &Gateway, headers: &[(&str, &str)], expected: u16| {
        for target in ["/v1/models", "/healthz"] {
            let call = headers
                .iter()
                .fold(Call::get(target), |call, (name, value)| {
                    call.header(name, value)
                });
            let reply = gateway.send(call).await;
            assert_eq!(
                reply.status,
                expected,
                "{target} {headers:?}: {}",
                reply.text()
            );
            assert!(!reply.header("access-control-allow-origin").contains('*'));
        }
    };
    let plain = gateway("").await;
    check(&plain, &[], 200).await;
    check(&plain, &[("host", "localhost")], 200).await;
    check(&plain, &[("host", "[::1]:99")], 200).await;
    check(&plain, &[("host", "rebound.example")], 403).await;
    check(&plain, &[("origin", "https://evil.example")], 403).await;
    check(&plain, &[("origin", "null")], 403).await;
    check(
        &plain,
        &[("host", "localhost:1"), ("origin", "http://localhost:1")],
        200,
    )
    .await;

    let named =
        gateway("allowed-hosts: [gw.example]\ncors: {allowed-origins: ['https://app.example']}")
            .await;
    check(&named, &[("host", "gw.example:8317")], 200).await;
    check(&named, &[("host", "localhost")], 403).await;
    let app = [("host", "gw.example"), ("origin", "https://app.example")];
    check(&named, &app, 200).await;
    let call = app
        .iter()
        .fold(Call::get("/v1/models"), |call, (name, value)| {
            call.header(name, value)
        });
    let allowed = named.send(call.clone()).await;
    assert_eq!(
        allowed.header("access-control-allow-origin"),
        "https://app.example"
    );
    assert_eq!(allowed.header("vary"), "origin");
    let preflight = named.send(call.anonymous().method(Method::OPTIONS)).await;
    assert_eq!(preflight.status, 204);
    assert_eq!(
        preflight.header("access-control-allow-origin"),
        "https://app.example"
    );
}

/// With `claude-passthrough`, a bearer of the client's own goes to Anthropic and nowhere else: no
/// entry of the configuration serves it. What is tested here is that no account of the gateway is
/// used, and that the gateway says who it would have asked.
#[tokio::test]
async fn own_bearers_use_no_account() {
    let own = || {
        Call::unary(Claude)
            .anonymous()
            .header("x-gateway-key", CLIENT_KEY)
            .header("authorization", "Bearer sk-ant-oat01-own")
    };
    // A proxy that is not there: the call cannot leave this machine.
    let settings = "claude-passthrough: true\nproxy-url: http://127.0.0.1:9";
    let world = World::configured(ACCOUNT, |base| {
        config(
            settings,
            &[Entry::new(Claude, "a", base).with("proxy-url: direct")],
        )
    })
    .await;
    let refused = world.gateway.send(own()).await;
    error_of(Claude, 502, &refused);
    assert_eq!(world.hits("a"), 0);
    world.gateway.logged("claude-passthrough: transport").await;

    // Without the setting the bearer is dropped, and an account serves.
    let world = World::start(Claude, "", ACCOUNT).await;
    assert_eq!(
        world
            .gateway
            .send(own())
            .await
            .header("x-cliproxy-served-by"),
        "a"
    );
    let received = world.upstream.take_requests().pop().expect("a request");
    assert_eq!(received.header("authorization"), "Bearer sk-a");
    world.assert_clean();
}

/// Many clients at once on connections of their own that they keep, while accounts fail and clients
/// leave: nobody reads a word of another.
#[tokio::test]
async fn clients_stay_apart() {
    const CLIENTS: usize = 25;
    const CALLS: usize = 40;
    let keys: Vec<_> = (0..CLIENTS)
        .map(|n| format!("key-of-client-{n:02}"))
        .collect();
    let settings = format!(
        "api-keys: [{}]\ndisable-cooling: true\nrouting: {{strategy: round-robin}}",
        keys.join(", ")
    );
    for protocol in [Chat, Claude] {
        let accounts = [
            ("good", Behaviour::Answer),
            ("reset", Behaviour::ResetAfter(0)),
            ("limited", Failure::Overloaded.into()),
        ];
        let world = World::configured(accounts, |base| {
            let entries = ["good", "reset", "limited"].map(|name| Entry::new(protocol, name, base));
            config(&settings, &entries)
        })
        .await;
        let mut clients = tokio::task::JoinSet::new();
        for (number, key) in keys.iter().cloned().enumerate() {
            let client = world.gateway.client();
            clients.spawn(async move {
                let mut session = None;
                for call in 0..CALLS {
                    let own = format!("canary-{number:02}-{call:02}.");
                    let stream = (number + call) % 3 != 0;
                    let request = Call::say(protocol, MODEL, stream, &own).anonymous();
                    let connected = match session.take() {
                        Some(session) => session,
                        None => client.connect().await,
                    };
                    let mut reply = connected.open(request.key(protocol, &key)).await;
                    if stream && (number * 7 + call) % 5 == 0 {
                        // The client leaves, and its connection with it.
                        reply.until("scripted ").await;
                        continue;
                    }
                    let (reply, kept) = reply.finish_keeping().await;
                    let text = reply.text();
                    assert_eq!(reply.status, 200, "{own}: {text}");
                    assert!(text.contains(&own), "{own}: {text}");
                    let foreign = text.match_indices("canary-");
                    let foreign = foreign
                        .filter(|(at, _)| !text[*at..].starts_with(&own))
                        .count();
                    assert_eq!(foreign, 0, "{own}: {text}");
                    session = Some(kept);
                }
            });
        }
        while let Some(ended) = clients.join_next().await {
            ended.unwrap();
        }
    }
}
