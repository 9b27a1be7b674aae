//! A conversation stays with the account that holds its prompt cache.

use cliproxy_core::Protocol::{self, Chat, Claude, Gemini, Responses};
use cliproxy_e2e::{Call, Entry, MODEL, Reply, World, body, config};
use cliproxy_scripted_upstream::{Behaviour, Failure};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};

const KEYS: &str = "api-keys: [e2e-client-key, {name: other, key: e2e-other-key}]";

/// Four accounts, sessions stick.
async fn world(protocol: Protocol) -> World {
    with(protocol, "routing: {session-affinity: true}").await
}

async fn with(protocol: Protocol, routing: &str) -> World {
    let names = ["a", "b", "c", "d"];
    let accounts = names.map(|name| (name, Behaviour::Answer));
    World::configured(accounts, |base| {
        let settings = format!("{routing}\n{KEYS}");
        config(
            &settings,
            &names.map(|name| Entry::new(protocol, name, base)),
        )
    })
    .await
}

/// Sends a request; who served it, and what became of its session.
async fn send(world: &World, call: Call) -> (String, String) {
    let reply = world.gateway.send(call).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let header = |name| reply.header(name).to_owned();
    (
        header("x-cliproxy-served-by"),
        header("x-cliproxy-affinity"),
    )
}

/// Requests of one session go to one account, whatever else is going on.
async fn sticks(protocol: Protocol, what: &str, session: impl Fn(usize) -> Call) {
    let world = world(protocol).await;
    let (first, word) = send(&world, session(0)).await;
    assert_eq!(word, "new", "{what}");
    for turn in 1..5 {
        // Somebody else's conversation moves the rotation on.
        let noise = Call::say(protocol, MODEL, false, &format!("{what}, noise {turn}"));
        send(&world, noise).await;
        let (served, word) = send(&world, session(turn)).await;
        assert_eq!(
            (served.as_str(), word.as_str()),
            (first.as_str(), "hit"),
            "{protocol} {what} {turn}"
        );
    }
    world.assert_clean();
}

#[tokio::test]
async fn sessions_by_header() {
    for protocol in Protocol::ALL {
        for name in [
            "x-claude-code-session-id",
            "session-id",
            "session_id",
            "x-session-id",
            "x-session-affinity",
            "x-amp-thread-id",
        ] {
            let turn = |turn| {
                let text = format!("turn {turn}");
                Call::say(protocol, MODEL, turn % 2 == 1, &text).header(name, "s-1")
            };
            sticks(protocol, name, turn).await;
        }
    }
}

#[tokio::test]
async fn sessions_by_body() {
    let check = async |protocol: Protocol, what: &str, member: Value| {
        let turn = |turn| {
            let mut body = body(protocol, MODEL, false, &format!("turn {turn}"));
            let (name, value) = member.as_object().unwrap().iter().next().unwrap();
            body[name] = value.clone();
            Call::unary(protocol).json(&body)
        };
        sticks(protocol, what, turn).await;
    };
    check(Chat, "prompt_cache_key", json!({"prompt_cache_key": "k"})).await;
    check(
        Responses,
        "prompt_cache_key",
        json!({"prompt_cache_key": "k"}),
    )
    .await;
    check(
        Claude,
        "user_id",
        json!({"metadata": {"user_id": "someone"}}),
    )
    .await;
    let user = "user_0_account_0_session_6f2c1a0e-1111-4222-8333-444455556666";
    check(
        Claude,
        "session in user_id",
        json!({"metadata": {"user_id": user}}),
    )
    .await;
}

/// Without any id, the opening of the conversation tells.
#[tokio::test]
async fn derived_sessions() {
    let said = |role: &str, text: String| json!({"role": role, "content": text});
    for protocol in [Chat, Claude, Responses] {
        let turn = |turn: usize| {
            let mut messages = vec![said("user", "the opening".to_owned())];
            for past in 0..turn {
                messages.push(said("assistant", format!("answer {past}")));
                messages.push(said("user", format!("question {past}")));
            }
            let mut body = body(protocol, MODEL, false, "");
            let name = if protocol == Responses {
                "input"
            } else {
                "messages"
            };
            body[name] = messages.into();
            Call::unary(protocol).json(&body)
        };
        sticks(protocol, "derived", turn).await;
    }
    let said = |role: &str, text: String| json!({"role": role, "parts": [{"text": text}]});
    let turn = |turn: usize| {
        let mut contents = vec![said("user", "the opening".to_owned())];
        for past in 0..turn {
            contents.push(said("model", format!("answer {past}")));
            contents.push(said("user", format!("question {past}")));
        }
        Call::unary(Gemini).json(&json!({"contents": contents}))
    };
    sticks(Gemini, "derived", turn).await;
}

fn in_session(protocol: Protocol) -> Call {
    Call::unary(protocol).header("x-session-id", "s-1")
}

/// The account of the session is out for long: the session moves, and stays where it went.
#[tokio::test]
async fn long_blocks_move_a_session() {
    for protocol in Protocol::ALL {
        let world = world(protocol).await;
        let (first, _) = send(&world, in_session(protocol)).await;
        let limit = Failure::RateLimit {
            retry_after: Duration::from_secs(600),
        };
        world
            .upstream
            .rewrite(&first, [limit.into(), Behaviour::Answer]);
        let (second, word) = send(&world, in_session(protocol)).await;
        assert_ne!(second, first, "{protocol}");
        assert_eq!(word, "moved: quota", "{protocol}");
        for _ in 0..5 {
            let (served, word) = send(&world, in_session(protocol)).await;
            assert_eq!(
                (served.as_str(), word.as_str()),
                (second.as_str(), "hit"),
                "{protocol}"
            );
        }
    }
}

/// The account of the session is out for a moment: another one stands in, always the same, and then
/// the session returns to its cache.
#[tokio::test]
async fn short_blocks_are_sat_out() {
    for protocol in Protocol::ALL {
        let world = world(protocol).await;
        let (first, _) = send(&world, in_session(protocol)).await;
        let limit = Failure::RateLimit {
            retry_after: Duration::from_secs(2),
        };
        world
            .upstream
            .rewrite(&first, [limit.into(), Behaviour::Answer]);
        let (second, word) = send(&world, in_session(protocol)).await;
        assert_ne!(second, first, "{protocol}");
        assert_eq!(word, "moved: short block", "{protocol}");
        let returns = async {
            loop {
                let (served, _) = send(&world, in_session(protocol)).await;
                if served == first {
                    return;
                }
                assert_eq!(served, second, "one account stands in");
            }
        };
        cliproxy_e2e::soon("the session returns", returns).await;
        let (served, word) = send(&world, in_session(protocol)).await;
        assert_eq!(
            (served.as_str(), word.as_str()),
            (first.as_str(), "hit"),
            "{protocol}"
        );
    }
}

/// Two clients that use the same session id are two sessions.
#[tokio::test]
async fn client_keys_are_independent() {
    for protocol in Protocol::ALL {
        let world = world(protocol).await;
        let other = || {
            in_session(protocol)
                .anonymous()
                .key(protocol, "e2e-other-key")
        };
        let (mine, word) = send(&world, in_session(protocol)).await;
        assert_eq!(word, "new");
        let (theirs, word) = send(&world, other()).await;
        assert_eq!(word, "new", "{protocol}");
        assert_ne!(mine, theirs, "{protocol}: the rotation has moved on");
        for _ in 0..3 {
            assert_eq!(send(&world, in_session(protocol)).await.0, mine);
            assert_eq!(send(&world, other()).await.0, theirs);
        }
    }
}

/// Many conversations are spread over the accounts.
#[tokio::test]
async fn sessions_are_spread() {
    let world = world(Chat).await;
    let mut accounts = Vec::new();
    for session in 0..8 {
        let call = Call::unary(Chat).header("x-session-id", &format!("s-{session}"));
        accounts.push(send(&world, call).await.0);
    }
    assert_eq!(
        accounts[..4].iter().collect::<BTreeSet<_>>().len(),
        4,
        "{accounts:?}"
    );
    assert_eq!(accounts[..4], accounts[4..]);
}

/// Off unless the configuration says otherwise.
#[tokio::test]
async fn off_by_configuration() {
    for routing in ["", "routing: {session-affinity: false}"] {
        let world = with(Chat, routing).await;
        let mut served = BTreeSet::new();
        for _ in 0..4 {
            let (account, word) = send(&world, in_session(Chat)).await;
            assert_eq!(word, "");
            served.insert(account);
        }
        assert_eq!(served.len(), 4);
    }
}

/// A response lives in one account: what refers to it goes there, with or without sessions.
#[tokio::test]
async fn stored_responses_are_pinned() {
    for routing in ["", "routing: {session-affinity: true}"] {
        for stream in [false, true] {
            let world = with(Responses, routing).await;
            let (mut id, maker) = stored(
                &world
                    .gateway
                    .send(Call::generate(Responses, MODEL, stream))
                    .await,
            );
            for turn in 0..6 {
                let mut body = body(Responses, MODEL, stream, &format!("turn {turn}"));
                body["previous_response_id"] = id.clone().into();
                let reply = world.gateway.send(Call::unary(Responses).json(&body)).await;
                assert_eq!(reply.header("x-cliproxy-affinity"), "pinned");
                let (next, served) = stored(&reply);
                assert_eq!(served, maker, "{routing} {turn}");
                id = next;
            }
            // Another client does not know of it, so that nobody can be made to use its account.
            let mut body = body(Responses, MODEL, false, "hi");
            body["previous_response_id"] = id.into();
            let call = Call::unary(Responses)
                .anonymous()
                .key(Responses, "e2e-other-key");
            let foreign = world.gateway.send(call.json(&body)).await;
            assert_ne!(foreign.header("x-cliproxy-affinity"), "pinned");
        }
    }
}

/// The id of a stored response, and who stored it.
fn stored(reply: &Reply) -> (String, String) {
    assert_eq!(reply.status, 200, "{}", reply.text());
    let text = reply.text();
    let (_, rest) = text.split_once("\"id\":\"resp_").expect("an id");
    let id = rest.split('"').next().unwrap();
    (
        format!("resp_{id}"),
        reply.header("x-cliproxy-served-by").to_owned(),
    )
}

/// The account that made a response is out: the request fails with its hint, since no other account
/// could answer it.
#[tokio::test]
async fn pinned_requests_do_not_wander() {
    let world = with(Responses, "").await;
    let (id, maker) = stored(&world.gateway.send(Call::unary(Responses)).await);
    let limit = Failure::RateLimit {
        retry_after: Duration::from_secs(600),
    };
    world.upstream.rewrite(&maker, [limit.into()]);
    let mut body = body(Responses, MODEL, false, "more");
    body["previous_response_id"] = id.into();
    for _ in 0..2 {
        let reply = world.gateway.send(Call::unary(Responses).json(&body)).await;
        assert_eq!(
            (reply.status, reply.header("retry-after")),
            (429, "600"),
            "{}",
            reply.text()
        );
    }
}
