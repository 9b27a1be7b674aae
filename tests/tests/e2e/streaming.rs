//! Streams that do not go as they should.

use crate::shape::error_in;
use cliproxy_core::Protocol::{self, Chat, Claude, Gemini, Responses};
use cliproxy_e2e::{Call, Entry, MODEL, World, config, soon};
use cliproxy_scripted_upstream::{
    Behaviour,
    grammar::{self, Outcome},
};
use serde_json::Value;
use std::time::Duration;

const KEEP_ALIVE: &str = ": keep-alive\n\n";

/// How many events reach a client before something happens in the middle of a text.
pub(crate) const fn middle(protocol: Protocol) -> usize {
    match protocol {
        Chat => 3,
        Claude => 5,
        Gemini => 3,
        Responses => 6,
    }
}

/// The data of the events.
fn events(text: &str) -> Vec<Value> {
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    data.map(|data| serde_json::from_str(data).unwrap_or_else(|error| panic!("{error}: {data}")))
        .collect()
}

/// The type and the message of the error that ends a stream, and nothing after it.
pub(crate) fn in_band(protocol: Protocol, text: &str) -> (String, String) {
    assert!(text.contains("scripted "), "{protocol}: {text}");
    for end in ["[DONE]", "message_stop", "response.completed", "\"STOP\""] {
        assert!(!text.contains(end), "{protocol}: {text}");
    }
    let events = events(text);
    let last = events.last().expect("an event");
    let outcome = grammar::check(protocol, text.as_bytes());
    assert_eq!(outcome, Ok(Outcome::Failed), "{protocol}: {text}");
    if protocol == Responses {
        let error = &last["response"]["error"];
        let part = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
        return (part("code"), part("message"));
    }
    let error = error_in(protocol, last);
    (error.code.unwrap_or(error.kind), error.message)
}

/// A stream that breaks off ends with one error in the client's protocol, and its account is not
/// left for it.
#[tokio::test]
async fn streams_that_break_off() {
    for protocol in Protocol::ALL {
        let events = middle(protocol);
        for behaviour in [
            Behaviour::TruncateAfter(events),
            Behaviour::ResetAfter(events),
        ] {
            let accounts = [
                ("a", vec![behaviour.clone(), Behaviour::Answer]),
                ("b", vec![]),
            ];
            let world = World::queued(protocol, "", accounts).await;
            let reply = world.gateway.send(Call::stream(protocol)).await;
            assert_eq!((reply.status, reply.whole), (200, true), "{behaviour:?}");
            assert_eq!(reply.header("x-cliproxy-attempts"), "1");
            let (kind, message) = in_band(protocol, &reply.text());
            let expected = match protocol {
                Chat | Responses => "bad_gateway",
                Claude => "api_error",
                Gemini => "UNAVAILABLE",
            };
            assert_eq!(kind, expected, "{protocol} {behaviour:?}: {message}");
            assert_eq!(
                world.hits("b"),
                0,
                "a stream that has begun does not start over"
            );
            let line = world.gateway.logged("ending=\"interrupted\"").await;
            assert!(line.contains("status=200"), "{line}");
            let next = world.gateway.send(Call::stream(protocol)).await;
            assert_eq!(
                next.header("x-cliproxy-served-by"),
                "a",
                "{protocol} {behaviour:?}"
            );
        }
    }
}

/// A stream that breaks off inside an event: the client gets whole events and the error, and no half
/// of an event in between, which would keep it from reading the error.
#[tokio::test]
async fn streams_that_break_off_inside_an_event() {
    for protocol in Protocol::ALL {
        let healthy = World::start(protocol, "", [("a", Behaviour::Answer)]).await;
        let whole = healthy.gateway.send(Call::stream(protocol)).await.body;
        let text = String::from_utf8_lossy(&whole);
        let blank = if protocol == Gemini {
            "\r\n\r\n"
        } else {
            "\n\n"
        };
        let first = text.find("scripted ").unwrap();
        let first_end = first + text[first..].find(blank).unwrap() + blank.len();
        let second_end = first_end + text[first_end..].find(blank).unwrap();
        for cut in [
            first_end + 1,
            first_end + 9,
            second_end - 1,
            second_end + blank.len() - 1,
        ] {
            let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
            let raw = Behaviour::Raw([&head[..], &whole[..cut]].concat().into());
            let world = World::start(protocol, "", [("a", raw)]).await;
            let reply = world.gateway.send(Call::stream(protocol)).await;
            assert_eq!((reply.status, reply.whole), (200, true), "{protocol} {cut}");
            in_band(protocol, &reply.text());
            // An event that lacks nothing but a part of its end is no half.
            let sent = if cut < second_end {
                first_end
            } else {
                second_end
            };
            assert!(reply.body.starts_with(&whole[..sent]), "{protocol} {cut}");
        }
    }
}

/// The last event of a stream may lack its blank line. It counts, and the client gets the blank line
/// that makes it an event to every parser; one that is cut inside its data does not.
#[tokio::test]
async fn last_events_without_their_end() {
    for protocol in Protocol::ALL {
        let healthy = World::start(protocol, "", [("a", Behaviour::Answer)]).await;
        let whole = healthy.gateway.send(Call::stream(protocol)).await.body;
        let end = whole.trim_ascii_end().len();
        for (cut, expected) in [(end, Outcome::Completed), (end - 2, Outcome::Failed)] {
            // A chat stream is complete before its last event.
            if protocol == Chat && expected == Outcome::Failed {
                continue;
            }
            let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
            let raw = Behaviour::Raw([&head[..], &whole[..cut]].concat().into());
            let world = World::start(protocol, "", [("a", raw)]).await;
            let reply = world.gateway.send(Call::stream(protocol)).await;
            let text = reply.text();
            match protocol {
                // Its items were finished, and the error does not repeat them.
                Responses if expected == Outcome::Failed => {
                    assert!(text.contains("event: response.failed\n"), "{text}");
                    assert!(!text.contains("response.completed"), "{text}");
                }
                _ => assert_eq!(
                    grammar::check(protocol, &reply.body),
                    Ok(expected),
                    "{text}"
                ),
            }
        }
    }
}

/// The upstream's own error inside a stream passes through; the stream ends with it.
#[tokio::test]
async fn errors_of_the_upstream_pass_through() {
    for protocol in Protocol::ALL {
        let behaviour = Behaviour::ErrorEventAt(middle(protocol));
        let world = World::start(protocol, "", [("a", behaviour), ("b", Behaviour::Answer)]).await;
        let reply = world.gateway.send(Call::stream(protocol)).await;
        let (_, message) = in_band(protocol, &reply.text());
        assert!(
            message.to_lowercase().contains("overloaded"),
            "{protocol}: {message}"
        );
        assert_eq!(world.hits("b"), 0);
        // An overloaded upstream rests.
        let next = world.gateway.send(Call::stream(protocol)).await;
        assert_eq!(next.header("x-cliproxy-served-by"), "b", "{protocol}");
    }
}

/// An event in the middle that is not JSON is not the gateway's to judge.
#[tokio::test]
async fn malformed_events_pass_through() {
    for protocol in Protocol::ALL {
        let behaviour = Behaviour::MalformedAt(middle(protocol));
        let world = World::start(protocol, "", [("a", behaviour)]).await;
        let reply = world.gateway.send(Call::stream(protocol)).await;
        assert!(
            reply.text().contains("this event is not JSON"),
            "{}",
            reply.text()
        );
    }
}

/// The first event is there while the upstream is silent, and then comments keep the connection.
#[tokio::test]
async fn keep_alive() {
    for protocol in Protocol::ALL {
        let stall = Behaviour::StallAfter(middle(protocol));
        let settings = "streaming: {keepalive-seconds: 1}";
        let world = World::start(protocol, settings, [("a", stall)]).await;
        let mut stream = world.gateway.open(Call::stream(protocol)).await;
        stream.until("scripted ").await;
        assert!(
            !stream.seen_text().contains(KEEP_ALIVE),
            "{}",
            stream.seen_text()
        );
        stream.until(KEEP_ALIVE).await;
        stream.until(&KEEP_ALIVE.repeat(2)).await;
    }
}

/// A client that leaves takes the upstream's call with it, and nobody's health suffers.
#[tokio::test]
async fn a_client_leaves() {
    for protocol in Protocol::ALL {
        let stall = Behaviour::StallAfter(middle(protocol));
        let accounts = [("a", vec![stall, Behaviour::Answer]), ("b", vec![])];
        let world = World::queued(protocol, "", accounts).await;
        let mut stream = world.gateway.open(Call::stream(protocol)).await;
        stream.until("scripted ").await;
        assert_eq!(world.upstream.stats().streams, 1);
        drop(stream);
        world
            .wait_for("a cancelled stream", |stats| stats.cancelled == 1)
            .await;
        world.gateway.logged("ending=\"cancelled\"").await;
        let next = world.gateway.send(Call::stream(protocol)).await;
        assert_eq!(next.header("x-cliproxy-served-by"), "a", "{protocol}");
    }
}

/// The same before the reply has begun, streamed or not.
#[tokio::test]
async fn a_client_leaves_early() {
    for protocol in Protocol::ALL {
        for stream in [false, true] {
            let never = Behaviour::HeaderDelay(Duration::MAX);
            let accounts = [("a", vec![never, Behaviour::Answer]), ("b", vec![])];
            let world = World::queued(protocol, "", accounts).await;
            let call = || Call::generate(protocol, MODEL, stream);
            {
                let mut open = std::pin::pin!(world.gateway.open(call()));
                tokio::select! {
                    reply = &mut open => panic!("{reply:?}"),
                    _ = world.wait_for("a request", |stats| stats.received == 1) => {}
                }
            }
            world
                .wait_for("a cancelled call", |stats| stats.cancelled == 1)
                .await;
            let line = world.gateway.logged("ending=\"cancelled\"").await;
            assert!(line.contains("status=499"), "{line}");
            let next = world.gateway.send(call()).await;
            assert_eq!(next.header("x-cliproxy-served-by"), "a", "{protocol}");
            assert_eq!(world.hits("b"), 0);
        }
    }
}

/// What the upstream has sent is with the client before more of it arrives.
#[tokio::test]
async fn nothing_is_held_back() {
    for protocol in Protocol::ALL {
        let interval = Duration::from_secs(20);
        let world = World::start(protocol, "", [("a", Behaviour::Paced { interval })]).await;
        // Handshakes are waited through, at most two seconds of them; then the head comes.
        let stream = soon(
            "the head of the reply",
            world.gateway.open(Call::stream(protocol)),
        )
        .await;
        assert_eq!(stream.status, 200, "{protocol}");
    }
}

/// A stream of many events arrives complete and in order, however it was cut on the way.
#[tokio::test]
async fn long_streams() {
    for protocol in Protocol::ALL {
        let world = World::configured([("a", Behaviour::Answer)], |base| {
            let size = "headers: {x-scripted-events: '5000', x-scripted-event-bytes: '100'}";
            config("", &[Entry::new(protocol, "a", base).with(size)])
        })
        .await;
        let reply = world.gateway.send(Call::stream(protocol)).await;
        let outcome = grammar::check(protocol, &reply.body);
        assert_eq!(outcome, Ok(Outcome::Completed), "{protocol}");
        assert!(
            reply.body.len() > 500_000,
            "{protocol}: {}",
            reply.body.len()
        );
    }
}

/// Many clients at once, some of which leave: the others get their own streams to the end.
#[tokio::test]
async fn many_streams_at_once() {
    let world = World::start(Chat, "", [("a", Behaviour::Answer)]).await;
    let mut streams = Vec::new();
    for number in 0..40 {
        let text = format!("client number {number:02}.");
        let call = Call::say(Chat, MODEL, true, &text);
        streams.push((text, world.gateway.open(call).await));
    }
    for (place, (text, stream)) in streams.into_iter().enumerate() {
        if place % 3 == 0 {
            continue;
        }
        let reply = stream.finish().await;
        assert_eq!(grammar::check(Chat, &reply.body), Ok(Outcome::Completed));
        let number = text.rsplit(' ').next().unwrap();
        assert!(reply.text().contains(number), "{text}: {}", reply.text());
    }
}
