//! Reading along: streams, bodies, and that neither the split nor the method matters.

mod bodies;
mod streams;

use super::{Observed, ReplyTap, Seen};
use crate::{
    Failure,
    tests::{frame, split_frames},
};
use cliproxy_core::{Protocol, Usage};
use proptest::prelude::*;

/// What is left in the tap when a stream is over.
type Outcome = (Usage, bool, Option<u64>);

fn outcome(tap: &ReplyTap) -> Outcome {
    (tap.usage(), tap.finished(), tap.sequence())
}

fn failure(status: u16, code: Option<&str>, message: &str) -> Failure {
    Failure {
        status,
        code: code.map(str::to_owned),
        message: message.to_owned(),
        is_quoted: true,
    }
}

/// What [`ReplyTap::observe`] says where [`ReplyTap::frame`] says `seen`.
fn as_observed(seen: &Seen, frame: &str) -> Observed {
    match seen {
        Seen::Comment => Observed::Comment,
        Seen::Handshake if frame.contains("ping") => Observed::Comment,
        Seen::Handshake | Seen::Progress | Seen::Malformed => Observed::Progress,
        Seen::Terminal => Observed::Terminal,
        Seen::Failure(failure) => Observed::Failure(failure.clone()),
    }
}

/// Sends frames through both methods and compares what each says, and what is left.
#[track_caller]
fn check(protocol: Protocol, frames: &[(&str, Seen)], expected: Outcome) {
    let mut full = ReplyTap::new(protocol);
    let mut cheap = ReplyTap::new(protocol);
    for (text, seen) in frames {
        let frame = frame(&format!("{text}\n\n"));
        assert_eq!(full.frame(&frame), *seen, "{text}");
        assert_eq!(cheap.observe(&frame), as_observed(seen, text), "{text}");
    }
    assert_eq!(outcome(&full), expected);
    assert_eq!(outcome(&cheap), expected);
}

/// Streams of every protocol, with the oddities that upstreams have.
fn samples() -> Vec<(Protocol, String)> {
    let tables = [
        (Protocol::Chat, streams::chat()),
        (Protocol::Claude, streams::claude()),
        (Protocol::Gemini, streams::gemini()),
        (Protocol::Responses, streams::responses()),
    ];
    let join = |ends: &str, frames: &[(&str, Seen)]| -> String {
        frames
            .iter()
            .map(|(text, _)| text.replace('\n', ends) + ends + ends)
            .collect()
    };
    let tables = tables.iter();
    tables
        .flat_map(|(protocol, frames)| ["\n", "\r\n"].map(|ends| (*protocol, join(ends, frames))))
        .collect()
}

fn read(protocol: Protocol, stream: &[u8], cuts: &[usize]) -> (Vec<Seen>, Outcome) {
    let mut tap = ReplyTap::new(protocol);
    let frames = split_frames(stream, cuts);
    let seen = frames.iter().map(|frame| tap.frame(frame)).collect();
    let left = outcome(&tap);
    (seen, left)
}

proptest! {
    #[test]
    fn any_split_gives_the_same(
        sample in 0_usize..8,
        cuts in prop::collection::vec(any::<usize>(), 0..12),
    ) {
        let (protocol, stream) = samples().swap_remove(sample);
        let whole = read(protocol, stream.as_bytes(), &[]);
        prop_assert_eq!(read(protocol, stream.as_bytes(), &cuts), whole);
    }

    #[test]
    fn nothing_panics(
        protocol in prop::sample::select(Protocol::ALL.to_vec()),
        noise in prop::collection::vec(
            prop_oneof![
                Just("data: ".to_owned()), Just("event: error\n".to_owned()),
                Just("event: response.completed\n".to_owned()), Just("\n\n".to_owned()),
                Just("\"error\":".to_owned()), Just("\"usage\":{".to_owned()),
                Just("\"index\":".to_owned()), Just("\"finish_reason\":\"".to_owned()),
                Just("\"usageMetadata\":{\"promptTokenCount\":1e999}".to_owned()),
                Just("\"sequence_number\":99999999999999999999".to_owned()),
                Just("{".to_owned()), Just("}".to_owned()), Just("[".to_owned()),
                Just(",".to_owned()), any::<String>(),
            ],
            0..24,
        ),
        raw in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let mut bytes = noise.concat().into_bytes();
        bytes.extend(raw);
        let mut tap = ReplyTap::new(protocol);
        for frame in split_frames(&bytes, &[]) {
            tap.frame(&frame);
            tap.observe(&frame);
        }
        tap.body(&bytes);
        tap.response_ids();
        let usage = tap.usage();
        prop_assert!(usage.cache_read.saturating_add(usage.cache_write) <= usage.input);
    }
}
