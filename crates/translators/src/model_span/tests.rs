//! Only the name changes, and only where a protocol has it.

use super::{Part, model_spans, rename};
use bytes::Bytes;
use cliproxy_core::Protocol;
use proptest::prelude::*;
use serde_json::{Value, json};

/// `None` means that the source is forwarded as it is.
#[track_caller]
fn check(protocol: Protocol, part: Part, source: &str, expected: Option<&str>) {
    let source = Bytes::from(source.to_owned());
    let renamed = rename(protocol, &source, part, "alias").map(|slices| slices.to_bytes());
    let text = |bytes: Bytes| String::from_utf8(bytes.to_vec()).unwrap();
    assert_eq!(
        renamed.map(text).as_deref(),
        expected,
        "{protocol} {source:?}"
    );
}

#[test]
fn bodies() {
    let check = |protocol, source, expected| check(protocol, Part::Body, source, expected);
    for protocol in [Protocol::Chat, Protocol::Claude, Protocol::Responses] {
        check(
            protocol,
            r#"{"id":"a\"{","meta":{"model":"keep"}, "model" : "real" ,"n":1.0}"#,
            Some(r#"{"id":"a\"{","meta":{"model":"keep"}, "model" : "alias" ,"n":1.0}"#),
        );
        check(
            protocol,
            r#"{"text":"\"model\":\"keep\"","object":"model","model":"real"}"#,
            Some(r#"{"text":"\"model\":\"keep\"","object":"model","model":"alias"}"#),
        );
        check(
            protocol,
            r#"{"model":"a","model":"b"}"#,
            Some(r#"{"model":"alias","model":"alias"}"#),
        );
        for same in [
            "{}",
            "",
            r#"{"model":"alias"}"#,
            r#"{"model":null}"#,
            r#"{"model":["real"]}"#,
            r#"{"response":{"model":"keep"},"message":{"model":"keep"}}"#,
            r#"["model","x"]"#,
            r#"[{"x":{"model":"keep"}}]"#,
            r#"{"model":"#,
            r#"{"model":"re"#,
        ] {
            check(protocol, same, None);
        }
    }
    check(
        Protocol::Gemini,
        r#"{"model":"keep","modelVersion":"real"}"#,
        Some(r#"{"model":"keep","modelVersion":"alias"}"#),
    );
    check(
        Protocol::Gemini,
        "[{\"modelVersion\":\"a\"}\n,\r\n{\"modelVersion\":\"b\"}]",
        Some("[{\"modelVersion\":\"alias\"}\n,\r\n{\"modelVersion\":\"alias\"}]"),
    );
}

#[test]
fn events() {
    let check = |protocol, source, expected| check(protocol, Part::Event, source, expected);
    check(
        Protocol::Chat,
        "data: {\"model\":\"real\",\"choices\":[]}\n\n",
        Some("data: {\"model\":\"alias\",\"choices\":[]}\n\n"),
    );
    check(
        Protocol::Chat,
        ": c\nid: 1\ndata:{\"a\":{\"model\":\"keep\"},\r\ndata: \"model\":\r\ndata:  \"real\"}\r\n\r\n",
        Some(
            ": c\nid: 1\ndata:{\"a\":{\"model\":\"keep\"},\r\ndata: \"model\":\r\ndata:  \"alias\"}\r\n\r\n",
        ),
    );
    check(
        Protocol::Claude,
        "event: message_start\ndata: {\"model\":\"keep\",\"message\":{\"model\":\"real\"}}\n\n",
        Some(
            "event: message_start\ndata: {\"model\":\"keep\",\"message\":{\"model\":\"alias\"}}\n\n",
        ),
    );
    check(
        Protocol::Responses,
        "event: response.created\ndata: {\"response\":{\"tools\":[{\"model\":\"keep\"}],\"model\":\"real\"}}\n\n",
        Some(
            "event: response.created\ndata: {\"response\":{\"tools\":[{\"model\":\"keep\"}],\"model\":\"alias\"}}\n\n",
        ),
    );
    check(
        Protocol::Gemini,
        "data: {\"candidates\":[],\"modelVersion\": \"real\"}\r\n\r\n",
        Some("data: {\"candidates\":[],\"modelVersion\": \"alias\"}\r\n\r\n"),
    );
    for protocol in Protocol::ALL {
        for same in [
            ": \"model\":\"x\"\n\n",
            "model: {\"model\":\"x\"}\n\n",
            "data: [DONE]\n\n",
            "data: {\"x\":[{\"model\":\"keep\",\"modelVersion\":\"keep\"}]}\n\n",
            "data: {\"x\":\"\\\"model\\\":\\\"keep\\\"\"}\n\n",
        ] {
            check(protocol, same, None);
        }
    }
}

#[test]
fn spans_are_given_with_their_quotes() {
    let json = br#"{"model":"a\"b"}"#;
    let mut spans = model_spans(Protocol::Chat, json, Part::Body);
    assert_eq!(spans.next(), Some(9..15));
    assert_eq!(spans.next(), None);
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<i32>().prop_map(Value::from),
        "[\"\\\\{}\\[\\]:, a-zé]{0,12}".prop_map(Value::from),
        Just(Value::from("model")),
        Just(Value::from("\"model\":\"x\"")),
    ]
}

fn tree() -> impl Strategy<Value = Value> {
    let key = prop_oneof![
        Just("model".to_owned()),
        Just("modelVersion".to_owned()),
        Just("message".to_owned()),
        Just("response".to_owned()),
        "[a-z\"{\\[]{0,4}",
    ];
    leaf().prop_recursive(4, 32, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// What renaming means, said in terms of a parsed document.
fn renamed_tree(protocol: Protocol, part: Part, document: &mut Value) {
    let (holder, key) = match (protocol, part) {
        (Protocol::Claude, Part::Event) => (Some("message"), "model"),
        (Protocol::Responses, Part::Event) => (Some("response"), "model"),
        (Protocol::Gemini, _) => (None, "modelVersion"),
        (Protocol::Chat, _) | (_, Part::Body) => (None, "model"),
    };
    let rename = |document: &mut Value| {
        let object = match holder {
            Some(key) => document
                .as_object_mut()
                .and_then(|object| object.get_mut(key)),
            None => Some(document),
        };
        let members = object.and_then(Value::as_object_mut);
        if let Some(name @ Value::String(_)) = members.and_then(|members| members.get_mut(key)) {
            *name = json!("alias");
        }
    };
    match document {
        Value::Array(documents) => documents.iter_mut().for_each(rename),
        single => rename(single),
    }
}

proptest! {
    #[test]
    fn only_the_names_change(
        protocol in prop::sample::select(Protocol::ALL.to_vec()),
        part in prop::sample::select(vec![Part::Body, Part::Event]),
        mut document in tree(),
        is_pretty in any::<bool>(),
    ) {
        let json = if is_pretty {
            serde_json::to_string_pretty(&document)
        } else {
            serde_json::to_string(&document)
        };
        let json = json.unwrap();
        let source: Bytes = match part {
            Part::Body => json.into(),
            Part::Event => format!("data: {}\n\n", json.replace('\n', "\ndata: ")).into(),
        };
        let slices = rename(protocol, &source, part, "alias");
        let shown = slices.map_or_else(|| source.clone(), |slices| slices.to_bytes());
        let shown = String::from_utf8(shown.to_vec()).unwrap();
        let shown = shown.replace("data: ", "");
        renamed_tree(protocol, part, &mut document);
        prop_assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), document);
    }

    #[test]
    fn nothing_panics(
        protocol in prop::sample::select(Protocol::ALL.to_vec()),
        text in "(data: |\"model\":|\"modelVersion\": ?\"|[\"{}\\[\\]\\\\,\r\n]|response|message|é){0,24}",
    ) {
        let source = Bytes::from(text);
        for part in [Part::Body, Part::Event] {
            let spans = model_spans(protocol, &source, part);
            let ends: Vec<_> = spans.flat_map(|span| [span.start, span.end]).collect();
            prop_assert!(ends.is_sorted());
            if let Some(slices) = rename(protocol, &source, part, "alias") {
                let shown = slices.to_bytes();
                prop_assert!(shown.windows(7).any(|name| name == b"\"alias\""));
            }
        }
    }
}
