//! From an upstream's bytes to a client's: whatever comes, the client reads a whole stream, and the same
//! one however the bytes were cut.

use super::properties::{Event, PROTOCOLS, STREAMS, seed, spoil, spoiled};
use crate::{
    hub::StreamTranslation,
    reply::{ReplyContext, grammar, properties::client},
    vectors::reply::events,
};
use cliproxy_core::Protocol;
use cliproxy_sse::Framer;
use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::Value;
use std::{fmt::Write as _, mem, sync::Arc};

/// What the client gets of a stream whose events are these.
fn translated(upstream: Protocol, cx: &ReplyContext, told: &[Event]) -> Vec<Value> {
    let mut translation = StreamTranslation::new(upstream, Arc::new(cx.clone()));
    for (name, data) in told {
        translation.event(name.as_deref(), data);
    }
    translation.eof();
    match events(mem::take(translation.out())).unwrap() {
        Value::Array(events) => events,
        other => panic!("{other}"),
    }
}

/// The same, of bytes that arrive in pieces which end at `cuts`.
fn of_bytes(upstream: Protocol, cx: &ReplyContext, bytes: &[u8], cuts: &[usize]) -> Vec<u8> {
    let mut translation = StreamTranslation::new(upstream, Arc::new(cx.clone()));
    let mut framer = Framer::new(1 << 20);
    let mut out = Vec::new();
    let ends = cuts.iter().copied().chain([bytes.len()]);
    let mut begin = 0;
    for end in ends {
        framer.push(bytes[begin..end].to_vec().into());
        begin = end;
        while let Some(frame) = framer.next_frame().unwrap() {
            let name = frame.event().map(|name| str::from_utf8(name).unwrap());
            if let Some(data) = frame.data() {
                translation.event(name, str::from_utf8(&data).unwrap());
            }
            out.append(translation.out());
        }
    }
    translation.eof();
    out.append(translation.out());
    out
}

/// A stream as its bytes. Lines end as `end` says; a comment stands before every event.
fn as_bytes(told: &[Event], end: &str) -> Vec<u8> {
    let mut text = String::new();
    for (name, data) in told {
        write!(text, ": ping{end}").unwrap();
        if let Some(name) = name {
            write!(text, "event: {name}{end}").unwrap();
        }
        write!(text, "data: {data}{end}{end}").unwrap();
    }
    text.into_bytes()
}

proptest! {
    #[test]
    fn a_client_reads_a_whole_stream_whatever_its_upstream_sends(
        upstream in proptest::sample::select(&PROTOCOLS),
        cx in client(),
        picked in vec((any::<Index>(), prop::bool::weighted(0.95), spoil()), 0..12),
    ) {
        let told: Vec<_> = picked.iter().map(|(index, own, spoil)| {
            let (name, data) = seed(upstream, *index, *own);
            (name, spoiled(&data, spoil))
        }).collect();
        let events = translated(upstream, &cx, &told);
        if let Err(wrong) = grammar::check(cx.client, &events) {
            prop_assert!(false, "{wrong}\n{told:#?}\n{events:#?}");
        }
    }

    #[test]
    fn a_client_reads_a_whole_stream_whatever_is_missing_of_its_upstreams(
        case in any::<Index>(),
        cx in client(),
        spoils in vec((prop::bool::weighted(0.8), spoil()), 40),
    ) {
        let (upstream, whole) = &STREAMS[case.index(STREAMS.len())];
        let told: Vec<_> = whole.iter().zip(&spoils).filter(|(_, (stays, _))| *stays)
            .map(|((name, data), (_, spoil))| (name.clone(), spoiled(data, spoil)))
            .collect();
        let events = translated(*upstream, &cx, &told);
        if let Err(wrong) = grammar::check(cx.client, &events) {
            prop_assert!(false, "{wrong}\n{told:#?}\n{events:#?}");
        }
    }

    #[test]
    fn no_way_to_cut_a_stream_changes_what_the_client_reads(
        case in any::<Index>(),
        cx in client(),
        cuts in vec(any::<Index>(), 0..24),
        spoils in vec(spoil(), 40),
        end in proptest::sample::select(&["\n", "\r\n", "\r"][..]),
    ) {
        let (upstream, whole) = &STREAMS[case.index(STREAMS.len())];
        let told: Vec<_> = whole.iter().zip(&spoils)
            .map(|((name, data), spoil)| (name.clone(), spoiled(data, spoil)))
            .collect();
        let bytes = as_bytes(&told, end);
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.sort_unstable();
        let whole = of_bytes(*upstream, &cx, &bytes, &[]);
        prop_assert_eq!(of_bytes(*upstream, &cx, &bytes, &cuts), whole);
    }
}
