//! Reading along with a reply, as a stream and as one document, in all four protocols.

use crate::split::splits;
use bytes::Bytes;
use cliproxy_core::{Protocol, Usage};
use cliproxy_json::Value;
use cliproxy_sse::{Frame, Framer};
use cliproxy_translators::{
    BodySeen, Observed, Part, ReplyTap, Seen, is_usage_chunk, model_spans, rename,
};

/// What the client asked for. Longer than most names, and with something to escape.
const ALIAS: &str = "the \"client's\" model";

/// Checks one reply.
pub fn check(data: &[u8]) {
    let whole = Bytes::copy_from_slice(data);
    for protocol in Protocol::ALL {
        let frames = frames([whole.clone()]);
        let read = stream(protocol, &frames);
        for chunks in splits(data).skip(1).take(3) {
            assert!(
                stream(protocol, &self::frames(chunks)) == read,
                "the chunks matter"
            );
        }
        for frame in &frames {
            renamed_event(protocol, frame);
        }
        document(protocol, &whole);
    }
}

fn frames(chunks: impl IntoIterator<Item = Bytes>) -> Vec<Frame> {
    let mut framer = Framer::new(usize::MAX);
    chunks.into_iter().for_each(|chunk| framer.push(chunk));
    std::iter::from_fn(|| framer.finish()).collect()
}

type Outcome = (Vec<Seen>, Usage, bool, Option<u64>);

/// What the full reading says; the cheap one must come to the same end.
fn stream(protocol: Protocol, frames: &[Frame]) -> Outcome {
    let (mut full, mut cheap) = (ReplyTap::new(protocol), ReplyTap::new(protocol));
    let mut seen = Vec::new();
    for frame in frames {
        let here = full.frame(frame);
        let agree = match (&here, cheap.observe(frame)) {
            (Seen::Failure(full), Observed::Failure(cheap)) => *full == cheap,
            (Seen::Failure(_), _) | (_, Observed::Failure(_)) => false,
            (Seen::Terminal, cheap) | (_, cheap @ Observed::Terminal) => {
                here == Seen::Terminal && cheap == Observed::Terminal
            }
            _ => true,
        };
        assert!(agree, "{here:?}");
        seen.push(here);
        // A chunk that is kept from the client, or not, in any case without failing.
        let _ = is_usage_chunk(frame);
    }
    plausible(full.usage());
    assert_eq!(full.usage(), cheap.usage());
    assert_eq!(full.finished(), cheap.finished());
    assert_eq!(full.sequence(), cheap.sequence());
    assert_eq!(full.response_ids(), cheap.response_ids());
    (seen, full.usage(), full.finished(), full.sequence())
}

fn document(protocol: Protocol, body: &Bytes) {
    let mut tap = ReplyTap::new(protocol);
    let seen = tap.body(body);
    plausible(tap.usage());
    let document = Value::parse_bytes(body);
    assert_eq!(seen == BodySeen::Malformed, document.is_err());
    if document.is_err() {
        return;
    }
    let mut at = 0;
    let mut expected = Vec::new();
    for span in model_spans(protocol, body, Part::Body) {
        let name = Value::parse_bytes(&body[span.clone()]).unwrap();
        assert!(name.as_str().is_some(), "a model that is no string");
        expected.extend_from_slice(&body[at..span.start]);
        expected.extend_from_slice(&cliproxy_json::quoted(ALIAS));
        at = span.end;
    }
    expected.extend_from_slice(&body[at..]);
    match rename(protocol, body, Part::Body, ALIAS) {
        Some(renamed) => assert_eq!(renamed.to_bytes(), expected),
        None => assert_eq!(*body, expected),
    }
    Value::parse_bytes(&expected).unwrap();
}

/// Renaming changes the data of an event, and nothing else of it.
fn renamed_event(protocol: Protocol, frame: &Frame) {
    let Some(renamed) = rename(protocol, frame.raw(), Part::Event, ALIAS) else {
        return;
    };
    let renamed = frames([renamed.to_bytes()]);
    let [renamed] = &renamed[..] else {
        panic!("one event became {}", renamed.len());
    };
    assert_eq!(renamed.event(), frame.event());
    assert_eq!(renamed.is_terminated(), frame.is_terminated());
    let (before, after) = (frame.data().unwrap(), renamed.data().unwrap());
    if Value::parse_bytes(&before).is_ok() {
        Value::parse_bytes(&after).unwrap();
    }
}

/// A part is never more than the whole. (Reasoning is not held to it: some hosts count it apart.)
fn plausible(usage: Usage) {
    assert!(
        usage.cache_read.saturating_add(usage.cache_write) <= usage.input,
        "{usage:?}"
    );
}
