//! What reading a reply takes at its peak.

use super::properties::{Event, PROTOCOLS, STREAMS, seed, spoil, spoiled};
use crate::{
    client_body::tests::memory::{allowed, lengthen},
    hub::reply_decoder,
    reply,
};
use allocation_counter::measure;
use cliproxy_core::Protocol;
use cliproxy_json::Value as Json;
use proptest::{collection::vec, prelude::*, sample::Index};

/// What a reply may take besides, however short it is.
const CONSTANT: u64 = 8 << 10;

/// The length of a stream, and the most that its decoder holds at once.
fn peak(protocol: Protocol, told: &[Event]) -> (u64, u64) {
    // Of an event without a type the name says what it is.
    let length = |(name, data): &Event| data.len() + name.as_ref().map_or(0, String::len);
    let length: usize = told.iter().map(length).sum();
    let seen = measure(|| {
        let mut decoder = reply_decoder(protocol);
        let mut sink = |event: reply::Event<'_>| drop(event);
        for (name, data) in told {
            decoder.event(name.as_deref(), data, &mut sink);
        }
        decoder.eof(&mut sink);
    });
    (length as u64, seen.bytes_max)
}

proptest! {
    #[test]
    fn a_stream_is_read_in_a_multiple_of_its_length(
        protocol in proptest::sample::select(&PROTOCOLS),
        picked in vec((any::<Index>(), prop::bool::weighted(0.95), spoil()), 0..12),
        times in 1..40_usize,
    ) {
        let told = picked.iter().map(|(index, own, spoil)| {
            let (name, data) = seed(protocol, *index, *own);
            (name, spoiled(&data, spoil))
        });
        let told: Vec<_> = told.collect();
        let told: Vec<_> = told.iter().cycle().take(told.len() * times).cloned().collect();
        let (length, peak) = peak(protocol, &told);
        prop_assert!(peak <= 4 * length + CONSTANT, "{protocol}: {peak} of {length}");
    }

    #[test]
    fn a_whole_stream_is_read_in_a_multiple_of_its_length(
        case in any::<Index>(),
        times in vec(1..20_usize, 40),
    ) {
        let (protocol, events) = &STREAMS[case.index(STREAMS.len())];
        let told = events.iter().zip(times);
        let told: Vec<_> = told.flat_map(|(event, times)| std::iter::repeat_n(event.clone(), times)).collect();
        let (length, peak) = peak(*protocol, &told);
        prop_assert!(peak <= 4 * length + CONSTANT, "{protocol}: {peak} of {length}");
    }

    #[test]
    fn a_body_is_read_in_a_multiple_of_its_length(
        protocol in proptest::sample::select(&PROTOCOLS),
        index in any::<Index>(),
        (at, element) in any::<(Index, Index)>(),
        spoils in vec(spoil(), 0..3),
    ) {
        let (_, mut data) = seed(protocol, index, true);
        if let Ok(mut long) = serde_json::from_str(&data) {
            lengthen(&mut long, at, element, None);
            data = long.to_string();
        }
        for spoil in &spoils {
            data = spoiled(&data, spoil);
        }
        if let Ok(body) = Json::parse(&data) {
            let mut sink = |event: reply::Event<'_>| drop(event);
            let seen = measure(|| reply_decoder(protocol).body(body, &mut sink));
            let allowed = allowed(data.len(), &serde_json::from_str(&data).unwrap());
            prop_assert!(seen.bytes_max <= allowed, "{protocol}: {} of {data}", seen.bytes_max);
        }
    }
}
