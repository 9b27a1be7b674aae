//! What affinity did, in the words of the response header.

use super::{asked, explained, in_session, limit, signed, text, told};
use crate::reload::reloaded;
use cliproxy_core::Protocol::{self, Chat, Responses};
use cliproxy_e2e::{Call, Entry, MODEL, Reply, World, body, config};
use cliproxy_scripted_upstream::{Behaviour, Failure, Script, Upstream};
use http::{HeaderMap, StatusCode};

const ROUTING: &str = "routing: {session-affinity: true}";
const NAMES: [&str; 2] = ["a", "b"];

/// Two accounts, of which the first is preferred.
async fn pair(protocol: Protocol, settings: &str) -> World {
    let accounts = NAMES.map(|name| (name, Behaviour::Answer));
    World::start(protocol, settings, accounts).await
}

/// The header of a reply, and what is told of it afterwards, have the same word.
#[track_caller]
fn check(world: &World, reply: &Reply, by: &str, word: &str) {
    assert_eq!(reply.status, 200, "{word}: {}", reply.text());
    let [served, _, said] = signed(reply);
    assert_eq!((served, said), (by, word));
    let explained = explained(&world.gateway, reply);
    let told = match word {
        "" => "-",
        word => word,
    };
    assert_eq!(explained["steps"][0]["affinity"], told, "{explained}");
}

/// A session moves, for one reason or another, and either stays where it went or not.
#[tokio::test]
async fn a_session_that_moves() {
    let gone = Behaviour::Status {
        status: StatusCode::BAD_REQUEST,
        headers: HeaderMap::new(),
        body: r#"{"error": {"message": "The requested model is not supported."}}"#.into(),
    };
    // The word, and whether the account that has failed is still the session's own.
    let cases: [(Behaviour, &str, bool); 9] = [
        (limit(3), "moved: short block", true),
        (Failure::Unavailable.into(), "moved: short block", true),
        (limit(600), "moved: quota", false),
        (Failure::Unauthorized.into(), "moved: auth", false),
        (Failure::Forbidden.into(), "moved: forbidden", false),
        (Failure::Billing.into(), "moved: forbidden", false),
        (Failure::ModelNotFound.into(), "moved: not found", false),
        (gone, "moved: model unavailable", false),
        (Behaviour::ResetAfter(0), "moved: failed once", true),
    ];
    for protocol in Protocol::ALL {
        for (failure, word, is_own) in &cases {
            let world = pair(protocol, ROUTING).await;
            let gateway = &world.gateway;
            let ask = async || gateway.send(in_session(protocol, "s")).await;
            check(&world, &ask().await, "a", "new");
            check(&world, &ask().await, "a", "hit");
            let queue = [failure.clone(), Behaviour::Answer];
            world.upstream.rewrite("a", queue);
            check(&world, &ask().await, "b", word);
            // What keeps it back is over.
            told(gateway, &["reset", "a"]);
            let next = if *is_own { "a" } else { "b" };
            check(&world, &ask().await, next, "hit");
        }
    }
}

/// Longer than a moment, but not because of the account.
#[tokio::test]
async fn a_session_whose_upstream_fails_for_long() {
    let settings = format!("{ROUTING}\ntransient-error-cooldown-seconds: 120");
    let world = pair(Chat, &settings).await;
    let ask = async || world.gateway.send(in_session(Chat, "s")).await;
    check(&world, &ask().await, "a", "new");
    let queue = [Failure::Unavailable.into(), Behaviour::Answer];
    world.upstream.rewrite("a", queue);
    check(&world, &ask().await, "b", "moved: upstream");
}

/// The account is well, but three others of its upstream have failed: that one is passed over.
#[tokio::test]
async fn a_session_whose_upstream_rests() {
    let names = ["a", "b", "c", "d"];
    let accounts = names.map(|name| (name, Behaviour::Answer));
    let reserve = Upstream::start(Script::new().key("sk-z", "z", Behaviour::Answer)).unwrap();
    let world = World::configured(accounts, |base| {
        let entries = names.map(|name| Entry::new(Chat, name, base).with("priority: 1"));
        let reserve = Entry::new(Chat, "z", &reserve.base_url());
        config(ROUTING, &[&entries[..], &[reserve]].concat())
    })
    .await;
    let ask = async |session: &str| world.gateway.send(in_session(Chat, session)).await;
    let mut owners = Vec::new();
    for session in names {
        let owner = signed(&ask(session).await)[0].to_owned();
        world
            .upstream
            .rewrite(&owner, [Failure::Unavailable.into()]);
        owners.push(owner);
    }
    for session in &names[..3] {
        check(&world, &ask(session).await, "z", "moved: short block");
    }
    let last = ask(names[3]).await;
    check(&world, &last, "z", "moved: upstream at rest");
    assert_eq!(world.hits(&owners[3]), 1, "it was not asked again");
    let status = asked(&world.gateway, &["status"]);
    let rests = &status["upstreams"][0];
    assert!(text(&rests["upstream"]).starts_with(&world.upstream.base_url()));
}

/// Back to the higher priority, where the operator wants that.
#[tokio::test]
async fn a_session_that_goes_back() {
    for (failback, by, word) in [(true, "a", "moved: priority"), (false, "b", "hit")] {
        let routing = format!(
            "routing: {{session-affinity: true, session-affinity-priority-failback: {failback}}}"
        );
        let world = pair(Chat, &routing).await;
        let ask = async || world.gateway.send(in_session(Chat, "s")).await;
        check(&world, &ask().await, "a", "new");
        let queue = [limit(600), Behaviour::Answer];
        world.upstream.rewrite("a", queue);
        check(&world, &ask().await, "b", "moved: quota");
        told(&world.gateway, &["reset", "a"]);
        check(&world, &ask().await, by, word);
        check(&world, &ask().await, by, "hit");
    }
}

#[tokio::test]
async fn a_session_whose_account_is_gone() {
    let world = pair(Chat, ROUTING).await;
    let (gateway, base) = (&world.gateway, world.upstream.base_url());
    let ask = async || gateway.send(in_session(Chat, "s")).await;
    check(&world, &ask().await, "a", "new");
    let left = config(ROUTING, &[Entry::new(Chat, "b", &base)]);
    reloaded(gateway, || gateway.rewrite(&left)).await;
    check(&world, &ask().await, "b", "moved: credential gone");
    check(&world, &ask().await, "b", "hit");
}

/// State at a provider is no matter of sessions, and without sessions there is no word.
#[tokio::test]
async fn without_sessions() {
    let world = pair(Responses, "").await;
    let first = world.gateway.send(Call::unary(Responses)).await;
    check(&world, &first, "a", "");
    let mut body = body(Responses, MODEL, false, "more");
    body["previous_response_id"] = first.json()["id"].clone();
    let reply = world.gateway.send(Call::unary(Responses).json(&body)).await;
    check(&world, &reply, "a", "pinned");
}
