//! What values say, and that walking a document finds exactly what is there.

use std::{borrow::Cow, fmt};

use bytes::Bytes;
use proptest::prelude::*;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{Body, Kind, Value, generated};

fn parse(text: &str) -> Value<'_> {
    Value::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

#[test]
fn kinds_and_scalars() {
    use Kind::{Array, Bool, Null, Number, Object, String};
    let check = |text, kind, bool, unsigned, signed, float| {
        let value = parse(text);
        assert_eq!(value.kind(), kind, "{text}");
        assert_eq!(value.is_null(), kind == Null, "{text}");
        assert_eq!(value.as_bool(), bool, "{text}");
        assert_eq!(value.as_u64(), unsigned, "{text}");
        assert_eq!(value.as_i64(), signed, "{text}");
        assert_eq!(value.as_f64(), float, "{text}");
        assert_eq!(value.as_str().is_some(), kind == String, "{text}");
    };
    check("null", Null, None, None, None, None);
    check("true", Bool, Some(true), None, None, None);
    check("false", Bool, Some(false), None, None, None);
    check("{}", Object, None, None, None, None);
    check("[1]", Array, None, None, None, None);
    check(r#""1""#, String, None, None, None, None);
    check(r#""true""#, String, None, None, None, None);
    check("0", Number, None, Some(0), Some(0), Some(0.0));
    check("-3", Number, None, None, Some(-3), Some(-3.0));
    check("1.0", Number, None, None, None, Some(1.0));
    check("1e3", Number, None, None, None, Some(1000.0));
    check("1e999", Number, None, None, None, None);
    let max = u64::MAX;
    check(
        "18446744073709551615",
        Number,
        None,
        Some(max),
        None,
        Some(max as f64),
    );
    check(
        "18446744073709551616",
        Number,
        None,
        None,
        None,
        Some(max as f64),
    );
}

#[test]
fn strings() {
    let check = |text: &str, decoded: &str| {
        let value = parse(text);
        assert_eq!(value.as_str().as_deref(), Some(decoded), "{text}");
        assert_eq!(value.escaped(), Some(&text[1..text.len() - 1]), "{text}");
        let borrowed = matches!(value.as_str(), Some(Cow::Borrowed(_)));
        assert_eq!(borrowed, !text.contains('\\'), "{text}");
    };
    check(r#""""#, "");
    check(r#""plain ünïcödé""#, "plain ünïcödé");
    check("\"a raw\nline\"", "a raw\nline");
    check(r#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t");
    check(r#""a\u00e9\u00E9b""#, "aééb");
    check(r#""\ud83d\ude00""#, "😀");
    check(r#""\ud83d""#, "\u{fffd}");
    check(r#""\ude00\ud83d""#, "\u{fffd}\u{fffd}");
    check(r#""\ud83d\n""#, "\u{fffd}\n");
    check(r#""\ud83d\u0041""#, "\u{fffd}A");
    check(r#""\ud83d\ud83d\ude00""#, "\u{fffd}😀");
    // What RFC 8259 does not know, and the pass lets through.
    check(r#""a\qb""#, "a\u{fffd}b");
    check(r#""a\üb""#, "a\u{fffd}b");
    check(r#""\u12""#, "\u{fffd}12");
    check(r#""\u+123""#, "\u{fffd}+123");
    check(r#""\u12ü""#, "\u{fffd}12ü");
}

#[test]
fn members_by_name() {
    let check = |text: &str, path: &[&str], expected: Option<&str>| {
        assert_eq!(
            parse(text).at(path).map(|value| value.raw()),
            expected,
            "{text} {path:?}"
        );
    };
    check(r#"{"a":1}"#, &[], Some(r#"{"a":1}"#));
    check(r#"{"a":1}"#, &["a"], Some("1"));
    check(r#"{"a":1}"#, &["b"], None);
    check(r#"{"a":1}"#, &["a", "b"], None);
    check(r#"{"a":{"b":[2]}}"#, &["a", "b"], Some("[2]"));
    check(r#"{"b":{"a":1},"a":"x"}"#, &["a"], Some(r#""x""#));
    check(r#"{"x":"\"a\":5","a":6}"#, &["a"], Some("6"));
    check(r#"{"a":1,"a":2}"#, &["a"], Some("1"));
    check(r#"{"mod\u0065l":1}"#, &["model"], Some("1"));
    check(r#"{"mod\\u0065l":1}"#, &["model"], None);
    check(r#"{"mod\u0065l":1}"#, &[r"mod\u0065l"], None);
    check(r#"{"\"\\":1}"#, &["\"\\"], Some("1"));
    check(r#"[{"a":1}]"#, &["a"], None);
    check(r#""a""#, &["a"], None);
    check(r#"{"":1}"#, &[""], Some("1"));
}

#[test]
fn other_kinds_have_neither_members_nor_elements() {
    for text in [
        "1",
        r#""[1]""#,
        r#""{\"a\":1}""#,
        "null",
        "{}",
        "[]",
        "[ ]",
        "{ }",
    ] {
        let value = parse(text);
        assert_eq!(
            (value.members().count(), value.elements().count()),
            (0, 0),
            "{text}"
        );
    }
    assert_eq!(parse("[1]").members().count(), 0);
    assert_eq!(parse(r#"{"a":1}"#).elements().count(), 0);
}

#[test]
fn debug_shows_no_content() {
    let value = parse(r#" {"key":["secret"]}"#);
    assert_eq!(format!("{value:?}"), "Object@1..19");
    assert_eq!(format!("{:?}", value.members()), "Members@2");
    let list = value
        .at(&["key"])
        .map(|list| format!("{:?} {:?}", list, list.elements()));
    assert_eq!(list.as_deref(), Some("Array@8..18 Elements@9"));
}

/// The members of an object with their text, as `serde_json` sees them.
struct Pairs<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

/// Walks both readings of `document` side by side; returns how many values there were.
fn compare(document: &str, value: Value<'_>, reference: &str) -> usize {
    assert_eq!(value.raw(), reference);
    assert_eq!(&document[value.span()], reference);
    let mut count = 1;
    match value.kind() {
        Kind::Object => {
            let Pairs(expected) = serde_json::from_str(reference).unwrap();
            let members: Vec<_> = value.members().collect();
            assert_eq!(members.len(), expected.len());
            for ((key, value), (name, reference)) in members.into_iter().zip(expected) {
                assert_eq!(key, name);
                count += compare(document, value, reference.get());
            }
        }
        Kind::Array => {
            let expected: Vec<&RawValue> = serde_json::from_str(reference).unwrap();
            let elements: Vec<_> = value.elements().collect();
            assert_eq!(elements.len(), expected.len());
            for (value, reference) in elements.into_iter().zip(expected) {
                count += compare(document, value, reference.get());
            }
        }
        Kind::String => {
            let expected: String = serde_json::from_str(reference).unwrap();
            assert_eq!(value.as_str().as_deref(), Some(&*expected));
        }
        Kind::Number => assert_eq!(value.as_f64(), serde_json::from_str(reference).ok()),
        Kind::Bool => assert_eq!(value.as_bool(), serde_json::from_str(reference).ok()),
        Kind::Null => assert_eq!(reference, "null"),
    }
    count
}

#[test]
fn a_document_with_more_long_values_than_are_remembered() {
    let long = format!(r#"{{"text":["{}",[[]]]}}"#, "x".repeat(100));
    let document = format!(
        r#"{{"list":[{}],"last":{long}}}"#,
        vec![long.as_str(); 30_000].join(",")
    );
    let body = Body::new(Bytes::from(document)).unwrap();
    let list = body.head().get("list").unwrap();
    assert_eq!(
        list.elements().filter(|value| value.raw() == long).count(),
        30_000
    );
    assert_eq!(
        body.root()
            .at(&["last", "text"])
            .unwrap()
            .elements()
            .count(),
        2
    );
    assert_eq!(body.head().get("last").unwrap().raw(), long);
}

proptest! {
    #[test]
    fn every_value_is_where_it_says(text in generated::object()) {
        let body = Body::new(Bytes::from(text.clone())).unwrap();
        let found = compare(&text, body.root(), text.trim());
        prop_assert_eq!(compare(&text, Value::parse(&text).unwrap(), text.trim()), found);

        let by_head: Vec<_> = body.head().members().map(|(key, value)| (key, value.span())).collect();
        let by_root: Vec<_> = body.root().members().map(|(key, value)| (key, value.span())).collect();
        prop_assert_eq!(&by_head, &by_root);
        for (key, span) in by_head {
            let value = body.head().get(&key).unwrap();
            prop_assert_eq!(value.span(), span.clone());
            compare(&text, value, &text[span]);
        }
    }
}
