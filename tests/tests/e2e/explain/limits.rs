//! How much one request may be tried.

use super::{attempts, explained, signed, world};
use crate::shape::error_of;
use cliproxy_core::Protocol::{self, Chat};
use cliproxy_e2e::{Call, MODEL, World};
use cliproxy_scripted_upstream::{
    Behaviour, Failure,
    grammar::{self, Outcome},
};
use std::time::{Duration, Instant};

fn failing() -> Behaviour {
    Failure::Unavailable.into()
}

/// All accounts, rounds and fallbacks together.
#[tokio::test]
async fn attempts_of_one_request() {
    let own = "[{name: scripted-1}]";
    for protocol in Protocol::ALL {
        for (most, status, tried) in [(1, 503, 1), (2, 503, 2), (3, 200, 3), (0, 200, 3)] {
            let settings = format!(
                "max-attempts: {most}\nrequest-retry: 0\nfallbacks: {{scripted-1: [{{model: spare}}]}}"
            );
            let accounts = [
                ("a", vec![failing()], own),
                ("b", vec![failing()], own),
                ("c", vec![Behaviour::Answer], "[{name: spare}]"),
            ];
            let world = world(protocol, &settings, accounts).await;
            let reply = world.gateway.send(Call::unary(protocol)).await;
            assert_eq!(reply.status, status, "{protocol} {most}");
            let [_, attempted, _] = signed(&reply);
            assert_eq!(attempted, tried.to_string(), "{protocol} {most}");
            let asked = ["a", "b", "c"].map(|name| world.hits(name));
            assert_eq!(asked.iter().sum::<u64>(), tried, "{protocol} {most}");
            // A fallback that may not be tried is not begun.
            let explained = explained(&world.gateway, &reply);
            let steps = explained["steps"].as_array().unwrap();
            assert_eq!(steps.len(), if tried > 2 { 2 } else { 1 }, "{explained}");
        }
        // Rounds count too.
        let settings = "max-attempts: 3\nrequest-retry: 9\ndisable-cooling: true";
        let world = World::start(protocol, settings, [("a", failing())]).await;
        let reply = world.gateway.send(Call::unary(protocol)).await;
        assert_eq!((reply.status, world.hits("a")), (503, 3), "{protocol}");
    }
}

/// Whoever has not begun to reply in time is given up, whatever could still be tried.
#[tokio::test]
async fn a_deadline_until_the_reply_begins() {
    for protocol in Protocol::ALL {
        let silent = Behaviour::HeaderDelay(Duration::MAX);
        let accounts = [("a", silent), ("b", Behaviour::Answer)];
        let world = World::start(protocol, "request-deadline: 200ms", accounts).await;
        for call in [Call::unary(protocol), Call::stream(protocol)] {
            let reply = world.gateway.send(call).await;
            let error = error_of(protocol, 504, &reply);
            let named = error.message.contains("request-deadline");
            assert!(named, "{protocol}: {}", error.message);
            let explained = explained(&world.gateway, &reply);
            assert_eq!(explained["status"], 504, "{explained}");
            let total = explained["total_ms"].as_u64().unwrap();
            assert!((200..30_000).contains(&total), "{explained}");
            let waited_for = [("a".to_owned(), "transport".to_owned())];
            assert_eq!(attempts(&explained["steps"][0]), waited_for);
        }
        assert_eq!(world.hits("b"), 0, "{protocol}");
    }
}

/// A reply that has begun may take longer than the deadline.
#[tokio::test]
async fn a_reply_that_has_begun_is_not_cut() {
    let interval = Duration::from_millis(300);
    let paced = [("a", Behaviour::Paced { interval })];
    let world = World::start(Chat, "request-deadline: 1500ms", paced).await;
    let begun = Instant::now();
    let call = Call::say(Chat, MODEL, true, &"many words ".repeat(15));
    let reply = world.gateway.send(call).await;
    assert!(begun.elapsed() > Duration::from_millis(1_500));
    let outcome = grammar::check(Chat, &reply.body);
    assert_eq!(outcome, Ok(Outcome::Completed), "{}", reply.text());
}
