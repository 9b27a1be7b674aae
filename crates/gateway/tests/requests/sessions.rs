//! Sessions that stay where their prompt cache is, and state that only one credential has.

use crate::rig::{Ask, Rig, entries, soon, upstream};
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::{Behaviour, Failure, Script, Upstream};
use serde_json::json;
use std::{collections::BTreeSet, time::Duration};
use tokio::task::JoinSet;

fn sticky(upstream: &Upstream, protocol: Protocol, keys: &str, more: &str) -> Rig {
    let entries = entries(upstream, protocol, keys);
    Rig::new(&format!(
        "routing: {{session-affinity: true}}\n{more}\n{entries}"
    ))
}

/// `a` is preferred; the others take turns.
fn first_a(upstream: &Upstream, protocol: Protocol, keys: &str) -> Rig {
    let entries = entries(upstream, protocol, keys).replace("name: a,", "name: a, priority: 1,");
    Rig::new(&format!(
        "routing: {{session-affinity: true}}\nrequest-retry: 0\n{entries}"
    ))
}

fn in_session(id: &str) -> Ask {
    Ask::new(Protocol::Claude, "m", false).header("x-session-id", id)
}

#[tokio::test]
async fn a_session_stays() {
    let upstream = upstream([Behaviour::Answer, Behaviour::Answer, Behaviour::Answer]);
    let rig = sticky(&upstream, Protocol::Claude, "abc", "");
    let first = rig.send(&in_session("one")).await;
    assert_eq!(first.header("x-cliproxy-affinity"), "new");
    let own = first.header("x-cliproxy-served-by").to_owned();
    for _ in 0..5 {
        let next = rig.send(&in_session("one")).await;
        assert_eq!(next.header("x-cliproxy-affinity"), "hit");
        assert_eq!(next.header("x-cliproxy-served-by"), own);
    }
    let mut others = BTreeSet::new();
    for session in ["two", "three"] {
        others.extend(rig.served(&in_session(session), 2).await);
    }
    assert_eq!(others.len(), 2, "other sessions take the others");
    assert!(!others.contains(&own));
}

#[tokio::test]
async fn the_first_requests_of_a_session_agree() {
    let upstream = upstream((0..8).map(|_| Behaviour::Answer));
    let rig = sticky(&upstream, Protocol::Claude, "abcdefgh", "");
    let rig = std::sync::Arc::new(rig);
    let mut racers = JoinSet::new();
    for _ in 0..32 {
        let rig = std::sync::Arc::clone(&rig);
        racers.spawn(async move { rig.served(&in_session("one"), 1).await.remove(0) });
    }
    let served: BTreeSet<_> = soon(racers.join_all()).await.into_iter().collect();
    assert_eq!(served.len(), 1, "{served:?}");
}

#[tokio::test]
async fn a_passing_failure_is_sat_out_elsewhere() {
    // `a` is limited for a second: somebody stands in, and then the session is back.
    let limited = Failure::RateLimit {
        retry_after: Duration::from_secs(1),
    };
    let script = Script::new()
        .queue(
            "a",
            "a",
            [Behaviour::Answer, limited.into(), Behaviour::Answer],
        )
        .key("b", "b", Behaviour::Answer)
        .key("c", "c", Behaviour::Answer);
    let upstream = Upstream::start(script).unwrap();
    let rig = first_a(&upstream, Protocol::Claude, "abc");
    assert_eq!(rig.served(&in_session("one"), 1).await, ["a"]);
    let moved = rig.send(&in_session("one")).await;
    assert_eq!(moved.header("x-cliproxy-affinity"), "moved: short block");
    let stand_in = moved.header("x-cliproxy-served-by").to_owned();
    let other = rig.served(&in_session("two"), 1).await.remove(0);
    assert_ne!(
        other, stand_in,
        "moving takes one turn of the rotation, not two"
    );
    let back = async {
        loop {
            let served = rig.served(&in_session("one"), 1).await.remove(0);
            if served == "a" {
                return;
            }
            assert_eq!(served, stand_in);
        }
    };
    soon(Box::pin(back)).await;
    assert_eq!(rig.served(&in_session("one"), 2).await, ["a", "a"]);
}

#[tokio::test]
async fn a_rest_that_ends_early_ends_the_stand_in() {
    let limited = Failure::RateLimit {
        retry_after: Duration::from_secs(50),
    };
    let queue = [Behaviour::Answer, limited.into(), Behaviour::Answer];
    let script = Script::new()
        .queue("a", "a", queue)
        .key("b", "b", Behaviour::Answer);
    let upstream = Upstream::start(script).unwrap();
    let rig = first_a(&upstream, Protocol::Claude, "ab");
    let served = rig.served(&in_session("one"), 3).await;
    assert_eq!(served, ["a", "b", "b"]);
    rig.gateway.reset("a", None).unwrap();
    let back = rig.send(&in_session("one")).await;
    assert_eq!(back.header("x-cliproxy-served-by"), "a");
    assert_eq!(back.header("x-cliproxy-affinity"), "hit");
}

#[tokio::test]
async fn a_lasting_failure_moves_the_session() {
    let check = async |failure: Failure, word: &str| {
        let script = Script::new()
            .queue("a", "a", [Behaviour::Answer, failure.into()])
            .key("b", "b", Behaviour::Answer)
            .key("c", "c", Behaviour::Answer);
        let upstream = Upstream::start(script).unwrap();
        let rig = first_a(&upstream, Protocol::Claude, "abc");
        rig.served(&in_session("one"), 1).await;
        let moved = rig.send(&in_session("one")).await;
        assert_eq!(moved.header("x-cliproxy-affinity"), word);
        let next = rig.send(&in_session("one")).await;
        assert_eq!(next.header("x-cliproxy-affinity"), "hit");
        let served = "x-cliproxy-served-by";
        assert_eq!(next.header(served), moved.header(served));
    };
    check(Failure::Unauthorized, "moved: auth").await;
    check(Failure::Billing, "moved: forbidden").await;
    check(Failure::ModelNotFound, "moved: not found").await;
    let retry_after = Duration::from_secs(600);
    check(Failure::RateLimit { retry_after }, "moved: quota").await;
}

#[tokio::test]
async fn clients_do_not_share_sessions() {
    let upstream = upstream([Behaviour::Answer, Behaviour::Answer]);
    let keys = "api-keys: [key-of-alice-0123456789, key-of-bob-0123456789]";
    let rig = sticky(&upstream, Protocol::Claude, "ab", keys);
    let of = |key| in_session("one").header("x-api-key", key);
    let alice = rig.served(&of("key-of-alice-0123456789"), 2).await;
    let bob = rig.served(&of("key-of-bob-0123456789"), 2).await;
    assert_eq!((alice[0] == alice[1], bob[0] == bob[1]), (true, true));
    assert_ne!(alice[0], bob[0]);
}

#[tokio::test]
async fn off_means_off() {
    let upstream = upstream([Behaviour::Answer, Behaviour::Answer]);
    let rig = Rig::new(&entries(&upstream, Protocol::Claude, "ab"));
    let served = rig.served(&in_session("one"), 4).await;
    assert_ne!(served[0], served[1]);
    assert_eq!(served[..2], served[2..]);
    let answer = rig.send(&in_session("one")).await;
    assert_eq!(answer.header("x-cliproxy-affinity"), "");
}

#[tokio::test]
async fn a_response_is_continued_where_it_was_made() {
    for stream in [false, true] {
        let upstream = upstream([Behaviour::Answer, Behaviour::Answer, Behaviour::Answer]);
        let rig = Rig::new(&entries(&upstream, Protocol::Responses, "abc"));
        let first = rig.send(&Ask::new(Protocol::Responses, "m", stream)).await;
        let maker = first.header("x-cliproxy-served-by").to_owned();
        let text = first.text();
        let start = text.find("\"resp_").unwrap() + 1;
        let id = text[start..].split('"').next().unwrap();
        let body = json!({"model": "m", "input": "more", "previous_response_id": id});
        for _ in 0..4 {
            let ask = Ask::new(Protocol::Responses, "m", false);
            let next = rig.send(&ask.with_body(body.to_string())).await;
            assert_eq!(next.status, 200, "{}", next.text());
            assert_eq!(next.header("x-cliproxy-affinity"), "pinned");
            assert_eq!(next.header("x-cliproxy-served-by"), maker);
        }
    }
}

#[tokio::test]
async fn a_pin_is_never_served_by_another() {
    let script = Script::new()
        .queue("a", "a", [Behaviour::Answer, Failure::Internal.into()])
        .key("b", "b", Behaviour::Answer);
    let upstream = Upstream::start(script).unwrap();
    let rig = first_a(&upstream, Protocol::Responses, "ab");
    let first = rig.send(&Ask::new(Protocol::Responses, "m", false)).await;
    let id = first.json()["id"].as_str().unwrap().to_owned();
    let body = json!({"model": "m", "input": "more", "previous_response_id": id});
    let ask = Ask::new(Protocol::Responses, "m", false).with_body(body.to_string());
    assert_eq!(rig.send(&ask).await.status, 500);
    let answer = rig.send(&ask).await;
    assert_eq!(answer.status, 429, "its maker rests");
    let holder = "The credential that holds the state this request refers to";
    assert_eq!(
        answer.json()["error"]["message"],
        format!(
            "{holder}, for model m, is cooling down via provider codex (last upstream error: \
             upstream)"
        )
    );
    assert_eq!(upstream.stats().hits("b"), 0);
}
