//! Streams that go silent, or stay at work for ever.

use crate::streaming::{in_band, middle};
use cliproxy_core::Protocol::{self, Chat, Claude, Gemini, Responses};
use cliproxy_e2e::{Call, Entry, Gateway, World, config, soon};
use cliproxy_scripted_upstream::{
    Behaviour,
    grammar::{self, Outcome},
};
use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpListener},
    thread,
};

/// A stream that goes silent is given up after the configured time, with an error and a cancelled
/// call.
#[tokio::test]
async fn idle_timeout() {
    for protocol in Protocol::ALL {
        let stall = Behaviour::StallAfter(middle(protocol));
        let settings = "upstream: {idle-timeout: 500ms}";
        let world = World::start(protocol, settings, [("a", stall)]).await;
        let reply = world.gateway.send(Call::stream(protocol)).await;
        let (kind, message) = in_band(protocol, &reply.text());
        let expected = match protocol {
            Chat | Responses => "upstream_timeout",
            Claude => "timeout_error",
            Gemini => "DEADLINE_EXCEEDED",
        };
        assert_eq!(kind, expected, "{protocol}: {message}");
        world
            .wait_for("a cancelled call", |stats| stats.cancelled == 1)
            .await;
    }
}

/// Silence before the first event: another account may be quicker.
#[tokio::test]
async fn idle_before_the_first_event() {
    for protocol in Protocol::ALL {
        let accounts = [("a", Behaviour::StallAfter(0)), ("b", Behaviour::Answer)];
        let settings = "upstream: {idle-timeout: 500ms, unary-idle-timeout: 500ms}";
        let world = World::start(protocol, settings, accounts).await;
        let reply = world.gateway.send(Call::stream(protocol)).await;
        assert_eq!(
            reply.header("x-cliproxy-served-by"),
            "b",
            "{}",
            reply.text()
        );
        let outcome = grammar::check(protocol, &reply.body);
        assert_eq!(outcome, Ok(Outcome::Completed));
        world
            .wait_for("a cancelled call", |stats| stats.cancelled == 1)
            .await;
    }
}

/// Comments of an upstream pass through, and are no progress.
#[tokio::test]
async fn progress_timeout() {
    let first = "data: {\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\
                 \"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"scripted \"}}]}\n\n";
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (more, wanted) = std::sync::mpsc::channel();
    // An upstream that is at work for ever: a comment for each one that has reached the client.
    let upstream = thread::spawn(move || -> std::io::Result<()> {
        let (mut peer, _) = listener.accept()?;
        let mut request = [0; 4096];
        assert!(peer.read(&mut request)? > 0);
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
        peer.write_all(format!("{head}{first}").as_bytes())?;
        while wanted.recv().is_ok() {
            peer.write_all(b": working\n\n")?;
        }
        Ok(())
    });
    let entry = Entry::new(Chat, "a", &base);
    let gateway = Gateway::start(&config("upstream: {progress-timeout: 500ms}", &[entry])).await;
    let mut stream = gateway.open(Call::stream(Chat)).await;
    while soon("more of the stream", stream.chunk()).await.is_some() {
        // The upstream's side may be closed by now.
        let _gone = more.send(());
    }
    drop(more);
    let text = stream.seen_text();
    assert!(text.contains(": working\n\n"), "{text}");
    let (kind, message) = in_band(Chat, &text);
    assert_eq!(kind, "upstream_timeout", "{message}");
    assert!(message.contains("progress"), "{message}");
    // Whether the write that came too late failed is up to the kernel.
    let _written = upstream.join().unwrap();
}
