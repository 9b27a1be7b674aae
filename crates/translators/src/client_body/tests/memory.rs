//! What reading a body takes at its peak.

use super::{
    conversations::{chat, claude, exchange, gemini, responses},
    properties::{client, fixture, values},
};
use crate::{
    client_body::pieces::MOST,
    hub::{self, ClientContext},
    request_ir::Tool,
};
use allocation_counter::measure;
use cliproxy_core::Protocol;
use cliproxy_json::Value as Json;
use proptest::{prelude::*, sample::Index};
use serde_json::Value;

/// What a body may take besides, however short it is.
const CONSTANT: u64 = 8 << 10;

/// What each piece of a body may take besides: the largest is a tool, and a list that doubles holds three
/// times what it has for a moment. There are [`MOST`] pieces and no more, so this is a constant as well.
const PIECE: u64 = 3 * size_of::<Tool<'_>>() as u64;

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
/// pieces take. Of `{"text":"a"}` the text is little.
pub(crate) fn allowed(length: usize, body: &Value) -> u64 {
    4 * length as u64 + PIECE * pieces(body).min(MOST.into()) + CONSTANT
}

/// No fewer than the pieces that a body has: the elements of its arrays, the objects that stand for an
/// array of themselves, and the members that declare a tool each.
fn pieces(body: &Value) -> u64 {
    match body {
        Value::Array(list) => list.len() as u64 + list.iter().map(pieces).sum::<u64>(),
        Value::Object(members) => {
            let tools = members.get("tools").and_then(Value::as_array);
            let tools = tools.into_iter().flatten().filter_map(Value::as_object);
            let declared: usize = tools.map(serde_json::Map::len).sum();
            1 + declared as u64 + members.values().map(pieces).sum::<u64>()
        }
        _ => 0,
    }
}

#[test]
fn bodies_of_the_shortest_pieces_are_refused_in_time() {
    let many = |piece: &str| vec![piece; 4 * MOST as usize].join(",");
    let check = |protocol, head: &str, piece: &str, tail: &str, place: &str| {
        let body = format!("{head}{}{tail}", many(piece));
        let parsed = Json::parse(&body).unwrap();
        let client = ClientContext::default();
        let mut read = None;
        let seen = measure(|| read = Some(hub::decode(protocol, parsed, &client)));
        let refusal = read.unwrap().unwrap_err();
        assert!(refusal.to_string().contains("100000"), "{refusal}");
        assert_eq!(refusal.param(parsed).as_deref(), Some(place), "{piece}");
        let allowed = 4 * body.len() as u64 + PIECE * u64::from(MOST);
        assert!(seen.bytes_max <= allowed, "{piece}: {}", seen.bytes_max);
    };
    use Protocol::{Chat, Claude, Gemini, Responses};
    let user = r#"{"messages":[{"role":"user","content":["#;
    check(Chat, user, r#""""#, "]}]}", "messages.0.content.99999");
    let message = r#"{"role":"user"}"#;
    check(Chat, r#"{"messages":["#, message, "]}", "messages.100000");
    // Two pieces each.
    let message = r#"{"role":"user","content":[""]}"#;
    check(Chat, r#"{"messages":["#, message, "]}", "messages.50000");
    let tool = r#"{"name":""}"#;
    check(
        Chat,
        r#"{"messages":[],"tools":["#,
        tool,
        "]}",
        "tools.100000",
    );
    check(
        Chat,
        r#"{"messages":[],"functions":["#,
        tool,
        "]}",
        "functions.100000",
    );
    let block = r#"{"type":"text","text":""}"#;
    check(Claude, user, block, "]}]}", "messages.0.content.99999");
    let system = r#"{"messages":[],"system":["#;
    check(Claude, system, block, "]}", "system.100000");
    let result = r#"{"type":"tool_result","tool_use_id":"","content":[]}"#;
    check(Claude, user, result, "]}]}", "messages.0.content.99999");
    check(Gemini, r#"{"contents":["#, "{}", "]}", "contents.100000");
    let part = r#"{"text":""}"#;
    let parts = r#"{"contents":[{"parts":["#;
    check(Gemini, parts, part, "]}]}", "contents.0.parts.99999");
    check(
        Gemini,
        r#"{"contents":["#,
        r#"{"parts":{"text":""}}"#,
        "]}",
        "contents.50000",
    );
    let tools = r#"{"contents":[],"tools":[{"a":0,"#;
    check(Gemini, tools, r#""a":0"#, "}]}", "tools.0.a");
    let item = r#"{"type":""}"#;
    check(Responses, r#"{"input":["#, item, "]}", "input.100000");
    let item = r#"{"type":"additional_tools","tools":[{"name":""}]}"#;
    check(Responses, r#"{"input":["#, item, "]}", "input.50000");
}

#[test]
fn what_is_only_moved_is_not_counted() {
    let numbers = vec!["0"; 2 * MOST as usize].join(",");
    let check = |protocol, head: &str, tail: &str| {
        let body = format!("{head}[{numbers}]{tail}");
        let parsed = Json::parse(&body).unwrap();
        let read = hub::decode(protocol, parsed, &ClientContext::default());
        assert!(read.is_ok(), "{head}");
    };
    check(
        Protocol::Chat,
        r#"{"messages":[],"tools":[{"type":"function","name":"f","parameters":{"enum":"#,
        "}}]}",
    );
    check(
        Protocol::Claude,
        r#"{"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"i","name":"f","input":{"a":"#,
        "}}]}]}",
    );
}

proptest! {
    #[test]
    fn a_body_is_read_in_four_times_its_length_and_room_for_its_pieces(
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
