//! Whatever comes, a decoder tells an orderly reply, and one that ends.
//!
//! `Transcript` panics at an event out of order.

use super::{events, replies};
use crate::{
    hub::reply_decoder,
    reply::transcript::{self, Transcript},
};
use cliproxy_core::Protocol;
use cliproxy_json::Value as Json;
use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::{Value, json};
use std::sync::LazyLock;

pub(super) type Event = (Option<String>, String);

/// Every event and body of the fixtures.
static SEEDS: LazyLock<Vec<(Protocol, Event)>> = LazyLock::new(|| {
    let cases = replies().into_iter();
    let seeds = cases.flat_map(|(case, from, _)| {
        let input = &case.json["input"];
        let events = match case.text("direction") {
            "stream" => events(input),
            _ => vec![(None, input.to_string())],
        };
        events.into_iter().map(move |event| (from, event))
    });
    seeds.collect()
});

pub(super) static STREAMS: LazyLock<Vec<(Protocol, Vec<Event>)>> = LazyLock::new(|| {
    let cases = replies().into_iter();
    let streams = cases.filter(|(case, ..)| case.text("direction") == "stream");
    streams
        .map(|(case, from, _)| (from, events(&case.json["input"])))
        .collect()
});

pub(super) const PROTOCOLS: [Protocol; 4] = [
    Protocol::Chat,
    Protocol::Claude,
    Protocol::Gemini,
    Protocol::Responses,
];

/// How an event is spoiled.
#[derive(Clone, Debug)]
pub(super) enum Spoil {
    Nothing,
    /// Its data ends there.
    Cut(Index),
    /// One of its values becomes another.
    Replace(Index, Index),
}

pub(super) fn spoil() -> impl Strategy<Value = Spoil> {
    prop_oneof![
        6 => Just(Spoil::Nothing),
        1 => any::<Index>().prop_map(Spoil::Cut),
        6 => any::<(Index, Index)>().prop_map(|(place, value)| Spoil::Replace(place, value)),
    ]
}

pub(super) fn spoiled(data: &str, spoil: &Spoil) -> String {
    match spoil {
        Spoil::Nothing => data.to_owned(),
        Spoil::Cut(at) => {
            let cuts = data.char_indices().map(|(at, _)| at);
            let cuts: Vec<_> = cuts.chain([data.len()]).collect();
            data[..cuts[at.index(cuts.len())]].to_owned()
        }
        Spoil::Replace(place, value) => {
            let Ok(mut json) = serde_json::from_str(data) else {
                return data.to_owned();
            };
            let at = place.index(count(&json));
            replace(&mut json, &mut { at }, &strange(*value));
            json.to_string()
        }
    }
}

fn strange(index: Index) -> Value {
    let values = [
        json!(null),
        json!(true),
        json!(0),
        json!(1),
        json!(-1),
        json!(7e30),
        json!(""),
        json!("x"),
        json!("\\\""),
        json!([]),
        json!({}),
        json!(["x", {"text": "y"}]),
        json!({"type": "text", "text": "x"}),
        json!([{"index": 1, "id": "x", "name": "y", "function": {"name": "z", "arguments": "{"}}]),
        json!([{"type": "output_text", "text": "x"}, {"type": "refusal", "refusal": "y"}]),
    ];
    values[index.index(values.len())].clone()
}

fn count(json: &Value) -> usize {
    1 + match json {
        Value::Array(list) => list.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum::<usize>(),
        _ => 0,
    }
}

/// Replaces the value that is reached after `at` others.
fn replace(json: &mut Value, at: &mut usize, by: &Value) {
    let here = *at == 0;
    *at = at.wrapping_sub(1);
    if here {
        *json = by.clone();
        return;
    }
    match json {
        Value::Array(list) => list.iter_mut().for_each(|value| replace(value, at, by)),
        Value::Object(members) => members
            .values_mut()
            .for_each(|value| replace(value, at, by)),
        _ => {}
    }
}

pub(super) fn seed(protocol: Protocol, index: Index, own: bool) -> Event {
    let fits = |(from, _): &&(Protocol, Event)| !own || *from == protocol;
    let seeds: Vec<_> = SEEDS.iter().filter(fits).collect();
    seeds[index.index(seeds.len())].1.clone()
}

proptest! {
    #[test]
    fn any_stream_is_told_in_order_and_ends(
        protocol in proptest::sample::select(&PROTOCOLS),
        picked in vec((any::<Index>(), prop::bool::weighted(0.95), spoil()), 0..12),
    ) {
        let mut decoder = reply_decoder(protocol);
        let mut transcript = Transcript::default();
        for (index, own, spoil) in picked {
            let (name, data) = seed(protocol, index, own);
            decoder.event(name.as_deref(), &spoiled(&data, &spoil), &mut transcript);
        }
        decoder.eof(&mut transcript);
        prop_assert!(transcript.is_over(), "{}", transcript.text());
        prop_assert!(decoder.has_finished());
    }

    #[test]
    fn any_stream_with_holes_is_told_in_order_and_ends(
        case in any::<Index>(),
        spoils in vec((prop::bool::weighted(0.8), spoil()), 40),
    ) {
        let (protocol, events) = &STREAMS[case.index(STREAMS.len())];
        let mut decoder = reply_decoder(*protocol);
        let mut transcript = Transcript::default();
        for ((name, data), (stays, spoil)) in events.iter().zip(&spoils) {
            if *stays {
                decoder.event(name.as_deref(), &spoiled(data, spoil), &mut transcript);
            }
        }
        decoder.eof(&mut transcript);
        prop_assert!(transcript.is_over(), "{}", transcript.text());
    }

    #[test]
    fn any_body_is_told_in_order_and_ends(
        protocol in proptest::sample::select(&PROTOCOLS),
        index in any::<Index>(),
        spoils in vec(spoil(), 1..4),
    ) {
        let (_, mut data) = seed(protocol, index, true);
        for spoil in &spoils {
            data = spoiled(&data, spoil);
        }
        if Json::parse(&data).is_ok() {
            transcript::body(protocol, &data);
        }
    }
}
