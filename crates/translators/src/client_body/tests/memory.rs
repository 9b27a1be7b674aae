//! What reading a body takes at its peak.

use super::{
    conversations::{chat, claude, exchange, gemini, responses},
    properties::{client, fixture, values},
};
use crate::hub;
use allocation_counter::measure;
use cliproxy_core::Protocol;
use cliproxy_json::Value as Json;
use proptest::{prelude::*, sample::Index};
use serde_json::Value;

/// What a body may take besides, however short it is.
const CONSTANT: u64 = 8 << 10;

/// What each value of a body may take besides: a part, what it points to, and the room that a list takes
/// ahead of what comes.
const VALUE: u64 = 320;

/// How long a body is made: long enough for the constant to hide nothing.
const LENGTH: usize = 16 << 10;

fn count(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(count).sum::<usize>(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

/// The array that comes `at`-th.
fn array<'v>(value: &'v mut Value, at: &mut usize) -> Option<&'v mut Vec<Value>> {
    match value {
        Value::Array(list) => {
            if *at == 0 {
                return Some(list);
            }
            *at -= 1;
            list.iter_mut().find_map(|it| array(it, at))
        }
        Value::Object(members) => members.values_mut().find_map(|it| array(it, at)),
        _ => None,
    }
}

/// Makes a body long by repeating an element of one of its arrays.
pub(crate) fn lengthen(body: &mut Value, at: Index, which: Index, strange: Option<Value>) {
    let arrays = count(body);
    if arrays == 0 {
        return;
    }
    let Some(list) = array(body, &mut at.index(arrays)) else {
        return;
    };
    list.extend(strange);
    if !list.is_empty() {
        let again = list[which.index(list.len())].clone();
        let times = LENGTH / (again.to_string().len() + 1);
        list.extend(std::iter::repeat_n(again, times));
    }
}

/// The length of a body, and the most that is allocated at once while it is read.
fn peak(protocol: Protocol, body: &Value) -> (usize, u64) {
    let client = client(protocol, body);
    let text = body.to_string();
    let parsed = Json::parse(&text).unwrap();
    let seen = measure(|| drop(hub::decode(protocol, parsed, &client)));
    (text.len(), seen.bytes_max)
}

/// The most that may be allocated at once for a body of this length: a multiple of it, and what its
/// values take. Of `{"text":"a"}` the text is little.
pub(crate) fn allowed(length: usize, body: &Value) -> u64 {
    4 * length as u64 + VALUE * values_of(body) + CONSTANT
}

/// How many values a body has, in all.
fn values_of(body: &Value) -> u64 {
    1 + match body {
        Value::Array(list) => list.iter().map(values_of).sum(),
        Value::Object(members) => members.values().map(values_of).sum::<u64>(),
        _ => 0,
    }
}

proptest! {
    #[test]
    fn a_body_is_read_in_a_multiple_of_its_length(
        which in any::<Index>(),
        (at, element) in any::<(Index, Index)>(),
        strange in proptest::option::of(values()),
    ) {
        let (protocol, _, body) = fixture(which);
        let mut body = body.clone();
        lengthen(&mut body, at, element, strange);
        let (length, peak) = peak(protocol, &body);
        let allowed = allowed(length, &body);
        prop_assert!(peak <= allowed, "{peak} of {length}, not {allowed}: {body}");
    }

    #[test]
    fn a_body_of_long_texts_is_read_in_four_times_its_length(
        said in proptest::collection::vec(exchange(), 1..8),
        length in 200..2000_usize,
    ) {
        let mut said = said;
        for it in &mut said {
            it.asked.push_str(&"a".repeat(length));
            it.calls.iter_mut().for_each(|(_, gave)| gave.push_str(&"é".repeat(length)));
        }
        for (protocol, body) in [
            (Protocol::Chat, chat(&said)),
            (Protocol::Claude, claude(&said)),
            (Protocol::Gemini, gemini(&said)),
            (Protocol::Responses, responses(&said)),
        ] {
            let (length, peak) = peak(protocol, &body);
            prop_assert!(peak <= 4 * length as u64 + CONSTANT, "{protocol}: {peak} of {length}");
        }
    }
}
