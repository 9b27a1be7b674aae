//! What comes after the first user message counts for nothing, and is not looked at.

use super::opening;
use crate::{key::Scope, opening::Opening, source::Source};
use bytes::Bytes;
use cliproxy_core::{
    KeyDigest,
    Protocol::{self, Chat, Claude, Gemini, Responses},
};
use cliproxy_json::{Body, quoted};
use proptest::prelude::*;

/// The member that holds the conversation.
const fn member(protocol: Protocol) -> &'static str {
    match protocol {
        Chat | Claude => "messages",
        Gemini => "contents",
        Responses => "input",
    }
}

fn said(protocol: Protocol, role: &str, text: &str) -> String {
    let text = String::from_utf8(quoted(text).to_vec()).unwrap();
    match protocol {
        Chat | Claude => format!(r#"{{"role":"{role}","content":{text}}}"#),
        Gemini => format!(r#"{{"role":"{role}","parts":[{{"text":{text}}}]}}"#),
        Responses => {
            format!(r#"{{"role":"{role}","content":[{{"type":"input_text","text":{text}}}]}}"#)
        }
    }
}

fn body(protocol: Protocol, conversation: &[String], more: &str) -> String {
    let member = member(protocol);
    let conversation = conversation.join(",");
    format!(r#"{{"{member}":[{conversation}]{more}}}"#)
}

fn later(protocol: Protocol) -> impl Strategy<Value = String> {
    prop_oneof![
        ("user|assistant|model|system|developer|tool", "\\PC{0,40}")
            .prop_map(move |(role, text)| said(protocol, &role, &text)),
        Just(r#"{"type":"reasoning","summary":[],"encrypted_content":"AAAA"}"#.to_owned()),
        Just(r#"{"type":"function_call_output","call_id":"c","output":"r"}"#.to_owned()),
        Just(r#"{"role":"user","parts":[{"functionResponse":{"name":"f"}}]}"#.to_owned()),
        Just(r#"{"role":"user","content":[{"type":"tool_result","content":"r"}]}"#.to_owned()),
        "null|7|\"text\"|\\[\\[\\]\\]|\\{\\}",
    ]
}

proptest! {
    #[test]
    fn a_conversation_keeps_its_key_however_it_goes_on(
        (protocol, later, cut) in prop::sample::select(Protocol::ALL.to_vec())
            .prop_flat_map(|protocol| (Just(protocol), prop::collection::vec(later(protocol), 0..8), 0..8usize)),
        first in "\\PC{1,80}",
        more in prop::sample::select(vec!["", r#","tools":[{"name":"f"}]"#, r#","temperature":1,"model":"n""#]),
    ) {
        let mut conversation = vec![said(protocol, "developer", "S"), said(protocol, "user", &first)];
        let start = opening(protocol, &body(protocol, &conversation, ""));
        prop_assert!(start.is_some());

        let other = said(protocol, "user", &format!("{first}."));
        let otherwise = opening(protocol, &body(protocol, &[conversation[0].clone(), other], ""));
        prop_assert_ne!(otherwise, start);

        conversation.extend(later);
        prop_assert_eq!(opening(protocol, &body(protocol, &conversation, more)), start);
        conversation.truncate(2 + cut);
        prop_assert_eq!(opening(protocol, &body(protocol, &conversation, more)), start);
    }
}

/// How many elements of a long conversation are read, of which the third is the first user message.
fn steps(protocol: Protocol) -> usize {
    let mut conversation = vec![
        said(protocol, "developer", "S"),
        said(protocol, "assistant", "Hello"),
        said(protocol, "user", "Hello"),
    ];
    conversation.extend((0..1000).map(|turn| said(protocol, "user", &format!("{turn}"))));
    let body = Body::new(Bytes::from(body(protocol, &conversation, ""))).unwrap();
    let elements = body.head().get(member(protocol)).unwrap().elements();
    let mut steps = 0;
    let counted = elements.inspect(|_| steps += 1);
    let scope = Scope::new(&[0; 32], &KeyDigest::ANONYMOUS, protocol);
    let mut opening = Opening(scope.of(Source::Derived));
    let opened = match protocol {
        Chat | Claude => opening.messages(counted),
        Gemini => opening.contents(counted),
        Responses => opening.items(counted),
    };
    assert!(opened, "{protocol}");
    steps
}

#[test]
fn the_walk_ends_with_the_first_user_message() {
    for protocol in Protocol::ALL {
        assert_eq!(steps(protocol), 3, "{protocol}");
    }
}
