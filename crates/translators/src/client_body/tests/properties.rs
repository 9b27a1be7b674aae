//! What no body can do, and what no order of members changes.

use super::{conversation, settings, tools};
use crate::{
    hub::{self, ClientContext},
    request_ir::Request,
};
use cliproxy_core::Protocol;
use proptest::{
    prelude::*,
    sample::{Index, select},
};
use serde_json::Value;
use std::{fmt::Write as _, fs, path::Path, sync::LazyLock};

/// The request cases of all pairs: the client's protocol, and its body.
pub(super) static FIXTURES: LazyLock<Vec<(Protocol, Value)>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let folders = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let files = folders.filter(|path| path.is_dir());
    let files = files.flat_map(|folder| fs::read_dir(folder).unwrap());
    let mut files: Vec<_> = files.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let cases = files.iter().filter_map(|file| {
        let case: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        let from = case["from"].as_str()?;
        let protocol = Protocol::ALL.into_iter().find(|it| it.as_str() == from)?;
        (case["direction"] == "request").then(|| (protocol, case["input"].clone()))
    });
    cases.collect()
});

pub(super) fn client(protocol: Protocol, body: &Value) -> ClientContext<'static> {
    ClientContext {
        is_enveloped: protocol == Protocol::Gemini && body.get("request").is_some(),
        ..ClientContext::default()
    }
}

fn all(request: &Request<'_>) -> String {
    let rendered = [conversation(request), tools(request), settings(request)];
    rendered.join("\n")
}

fn decode(protocol: Protocol, text: &str, client: &ClientContext<'_>) -> Result<String, String> {
    let body = cliproxy_json::Value::parse(text).unwrap();
    match hub::decode(protocol, body, client) {
        Ok(request) => {
            let places = request.unknown.iter().filter_map(|place| place.path(body));
            let mut unknown: Vec<_> = places.collect();
            unknown.sort();
            Ok(format!("{}\n{unknown:?}", all(&request)))
        }
        Err(rejection) => Err(format!("{rejection} at {:?}", rejection.param(body))),
    }
}

#[test]
fn every_body_of_the_fixtures_is_read() {
    assert!(FIXTURES.len() > 50, "{}", FIXTURES.len());
    for (protocol, body) in &*FIXTURES {
        let read = decode(*protocol, &body.to_string(), &client(*protocol, body));
        assert!(read.is_ok(), "{protocol}: {read:?} {body}");
    }
}

/// Writes a value with the members of its objects in an order that `seed` decides.
fn shuffled(value: &Value, seed: &mut u64, out: &mut String) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            for at in (1..members.len()).rev() {
                *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                members.swap(at, (*seed >> 33) as usize % (at + 1));
            }
            out.push('{');
            for (at, (name, value)) in members.into_iter().enumerate() {
                let comma = if at > 0 { ", " } else { "" };
                write!(out, "{comma}{} : ", Value::from(name.as_str())).unwrap();
                shuffled(value, seed, out);
            }
            out.push('}');
        }
        Value::Array(elements) => {
            out.push('[');
            for (at, value) in elements.iter().enumerate() {
                out.push_str(if at > 0 { " ," } else { "" });
                shuffled(value, seed, out);
            }
            out.push(']');
        }
        value => write!(out, "{value}").unwrap(),
    }
}

/// Names and words that mean something in some protocol.
const WORDS: [&str; 60] = [
    "messages",
    "contents",
    "input",
    "instructions",
    "system",
    "tools",
    "tool_choice",
    "role",
    "content",
    "type",
    "text",
    "parts",
    "user",
    "assistant",
    "model",
    "tool",
    "developer",
    "function",
    "image_url",
    "url",
    "file",
    "file_data",
    "source",
    "data",
    "base64",
    "thinking",
    "signature",
    "redacted_thinking",
    "tool_use",
    "tool_result",
    "tool_use_id",
    "id",
    "name",
    "arguments",
    "function_call",
    "function_call_output",
    "call_id",
    "output",
    "reasoning",
    "summary",
    "encrypted_content",
    "functionCall",
    "functionResponse",
    "response",
    "inlineData",
    "thought",
    "thought_signature",
    "generation_config",
    "thinkingConfig",
    "stop",
    "response_format",
    "json_schema",
    "schema",
    "document",
    "search_result",
    "server_tool_use",
    "web_search_tool_result",
    "namespace",
    "functionDeclarations",
    "local_shell_call",
];

pub(super) fn values() -> impl Strategy<Value = Value> {
    let word = || select(&WORDS[..]).prop_map(Value::from);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        word(),
        word(),
        ".{0,6}".prop_map(Value::from),
        Just(Value::from("data:image/png;base64,iVBO")),
        Just(Value::from("gw1:oa:enc:rs_1:x")),
        Just(Value::from("Z3cxOmFuOnNpZzpFcVFCQ2tZSQ==")),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        let name = select(&WORDS[..]).prop_map(str::to_owned);
        let members = proptest::collection::vec((name, inner.clone()), 0..6);
        prop_oneof![
            proptest::collection::vec(inner, 0..4).prop_map(Value::from),
            members.prop_map(|members| members.into_iter().collect::<Value>()),
        ]
    })
}

/// Puts `what` in the place of the value that comes `at`-th.
pub(super) fn replace(value: &mut Value, at: &mut usize, what: &Value) {
    if *at == 0 {
        *value = what.clone();
        *at = usize::MAX;
        return;
    }
    *at -= 1;
    match value {
        Value::Object(members) => members.values_mut().for_each(|it| {
            if *at != usize::MAX {
                replace(it, at, what);
            }
        }),
        Value::Array(elements) => elements.iter_mut().for_each(|it| {
            if *at != usize::MAX {
                replace(it, at, what);
            }
        }),
        _ => {}
    }
}

/// One of the bodies, and who sends it.
pub(super) fn fixture(index: Index) -> (Protocol, ClientContext<'static>, &'static Value) {
    let (protocol, body) = &FIXTURES[index.index(FIXTURES.len())];
    (*protocol, client(*protocol, body), body)
}

proptest! {
    #[test]
    fn the_order_of_members_changes_nothing(which: Index, mut seed: u64) {
        let (protocol, client, body) = fixture(which);
        let mut text = String::new();
        shuffled(body, &mut seed, &mut text);
        let read = decode(protocol, &text, &client);
        prop_assert_eq!(read, decode(protocol, &body.to_string(), &client), "{}", text);
    }

    #[test]
    fn a_body_with_another_value_in_it_is_read_or_refused(
        which: Index,
        at: Index,
        what in values(),
    ) {
        let (protocol, client, body) = fixture(which);
        let mut body = body.clone();
        replace(&mut body, &mut at.index(400), &what);
        let text = body.to_string();
        // The same twice: what is read does not depend on anything but the body.
        prop_assert_eq!(decode(protocol, &text, &client), decode(protocol, &text, &client));
    }

    #[test]
    fn no_value_makes_a_decoder_panic(value in values()) {
        let text = value.to_string();
        for protocol in Protocol::ALL {
            for is_enveloped in [false, true] {
                let client = ClientContext { is_enveloped, ..ClientContext::default() };
                let read = decode(protocol, &text, &client);
                prop_assert_eq!(read, decode(protocol, &text, &client));
            }
        }
    }
}
