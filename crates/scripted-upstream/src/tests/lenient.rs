//! The benchmark's upstream: fast, and still well-formed.

use super::client::{body, generate, patched, path, request, send, start};
use crate::{
    Behaviour, Failure, Script,
    grammar::{Outcome, check, split},
};
use cliproxy_core::Protocol;
use http::HeaderValue;
use serde_json::json;

fn deltas(stream: &[u8]) -> usize {
    let events = split(stream);
    events
        .iter()
        .filter(|event| event.data.contains("scripted event"))
        .count()
}

#[tokio::test]
async fn streams_have_the_size_that_was_asked_for() {
    for lenient in [false, true] {
        let script = Script::new()
            .key("k", "account", Behaviour::Answer)
            .lenient(lenient);
        let upstream = start(script.events(200).event_bytes(40));
        for protocol in Protocol::ALL {
            let reply = generate(&upstream, protocol, true, &body(protocol, true)).await;
            assert_eq!(
                check(protocol, &reply.body),
                Ok(Outcome::Completed),
                "{protocol}"
            );
            // The text is whole in the events that close a Responses item.
            let repeated = if protocol == Protocol::Responses {
                4
            } else {
                0
            };
            assert_eq!(
                deltas(&reply.body),
                200 + repeated,
                "{protocol}, lenient: {lenient}"
            );
            let mut sized = request(protocol, path(protocol, true), "k", &body(protocol, true));
            sized
                .headers_mut()
                .insert("x-scripted-events", HeaderValue::from_static("3"));
            let reply = send(&upstream, sized).await.expect("a response");
            assert_eq!(
                deltas(&reply.body),
                3 + repeated,
                "{protocol}, lenient: {lenient}"
            );
        }
    }
}

#[tokio::test]
async fn nothing_is_checked_or_recorded() {
    let script = Script::new()
        .key("k", "account", Behaviour::Answer)
        .lenient(true);
    let upstream = start(script);
    for protocol in Protocol::ALL {
        let odd = patched(
            body(protocol, false),
            &json!({"nonsense": [1, 2, 3], "messages": 7}),
        );
        let reply = generate(&upstream, protocol, false, &odd).await;
        assert_eq!(reply.status, 200, "{protocol}");
        assert!(
            reply.json().to_string().contains("scripted reply"),
            "{protocol}"
        );
        let again = generate(&upstream, protocol, false, &odd).await;
        assert_eq!(again.body, reply.body, "prepared once");
    }
    assert_eq!(upstream.stats().hits("account"), 8);
    assert!(upstream.requests().is_empty());
}

#[tokio::test]
async fn keys_and_other_behaviours_still_count() {
    let script = Script::new()
        .key("k", "account", Failure::Internal)
        .lenient(true);
    let upstream = start(script);
    for protocol in Protocol::ALL {
        assert_eq!(
            generate(&upstream, protocol, true, &body(protocol, true))
                .await
                .status,
            500
        );
        let stranger = request(
            protocol,
            path(protocol, false),
            "nobody",
            &body(protocol, false),
        );
        let reply = send(&upstream, stranger).await.expect("a response");
        assert!(reply.status.is_client_error(), "{protocol}");
    }
}
