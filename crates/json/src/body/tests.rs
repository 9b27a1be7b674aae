//! What makes a body, and what its head says.

use bytes::Bytes;
use proptest::prelude::*;

use super::MAX_MEMBERS;
use crate::{Body, Flag, Invalid};

fn body(text: &str) -> Result<Body, Invalid> {
    Body::new(Bytes::copy_from_slice(text.as_bytes()))
}

#[test]
fn only_objects_are_bodies() {
    let syntax = |offset, expected| Invalid::Syntax { offset, expected };
    let check = |text: &[u8], expected: Result<usize, Invalid>| {
        let members =
            Body::new(Bytes::copy_from_slice(text)).map(|body| body.head().members().count());
        assert_eq!(members, expected, "{:?}", String::from_utf8_lossy(text));
    };
    check(b"{}", Ok(0));
    check(b" \n{ } ", Ok(0));
    check(br#"{"a":{"b":1,"c":2},"d":[{"e":3}]}"#, Ok(2));
    check(b"", Err(syntax(0, "an object")));
    check(b"  ", Err(syntax(2, "an object")));
    check(b"\xef\xbb\xbf{}", Err(syntax(0, "an object")));
    check(b"<html>", Err(syntax(0, "an object")));
    for other in ["[]", "\"{}\"", "null", "true", "1", "-1"] {
        check(other.as_bytes(), Err(Invalid::NotObject));
    }
    check(b"{", Err(syntax(1, "a member name")));
    check(br#"{"a":1"#, Err(syntax(6, "a comma or a closing brace")));
    check(br#"{"a":1,}"#, Err(syntax(7, "a member name")));
    check(br#"{"a" 1}"#, Err(syntax(5, "a colon")));
    check(br#"{"a":[}"#, Err(syntax(6, "a value")));
    check(b"{}{}", Err(Invalid::Trailing { offset: 2 }));
    check(b"{} x", Err(Invalid::Trailing { offset: 3 }));
    check(b"{\"a\":\"\xff\"}", Err(Invalid::NotUtf8 { offset: 6 }));
    check(b"{\"a\":\"\xc3\"}", Err(Invalid::NotUtf8 { offset: 6 }));
}

#[test]
fn limits() {
    let nested = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
    assert!(body(&nested(511)).is_ok());
    let too_deep = Invalid::TooDeep {
        offset: 5 + 511,
        limit: 512,
    };
    assert_eq!(body(&nested(512)).err(), Some(too_deep));
    assert_eq!(body(&nested(2_000_000)).err(), Some(too_deep));

    let wide = |count: usize| format!("{{{}}}", vec!["\"a\":1"; count].join(","));
    assert_eq!(
        body(&wide(MAX_MEMBERS)).unwrap().head().count("a"),
        MAX_MEMBERS
    );
    let too_many = Invalid::TooManyMembers { limit: MAX_MEMBERS };
    assert_eq!(body(&wide(MAX_MEMBERS + 1)).err(), Some(too_many));
}

#[test]
fn head() {
    let check = |text: &str, key: &str, value: Option<&str>, count: usize, flag: Flag| {
        let body = body(text).unwrap();
        let head = body.head();
        assert_eq!(
            head.get(key).map(|value| value.raw()),
            value,
            "{text} {key}"
        );
        assert_eq!(head.count(key), count, "{text} {key}");
        assert_eq!(head.flag(key), flag, "{text} {key}");
    };
    check("{}", "stream", None, 0, Flag::Absent);
    check(r#"{"stream":true}"#, "stream", Some("true"), 1, Flag::True);
    check(
        r#"{"stream" : false }"#,
        "stream",
        Some("false"),
        1,
        Flag::False,
    );
    check(r#"{"stream":null}"#, "stream", Some("null"), 1, Flag::Other);
    check(
        r#"{"stream":"true"}"#,
        "stream",
        Some(r#""true""#),
        1,
        Flag::Other,
    );
    check(r#"{"streams":true}"#, "stream", None, 0, Flag::Absent);
    check(
        r#"{"model":"a","model":"b"}"#,
        "model",
        Some(r#""a""#),
        2,
        Flag::Other,
    );
    check(
        r#"{"mod\u0065l":"a","model":"b"}"#,
        "model",
        Some(r#""a""#),
        2,
        Flag::Other,
    );
    check(
        r#"{"x":{"model":"no"},"y":"\"model\":1"}"#,
        "model",
        None,
        0,
        Flag::Absent,
    );
}

#[test]
fn replacing_a_span_copies_nothing() {
    let received = Bytes::from_static(br#"{"model":"f\u0061st","n":1.0}"#);
    let body = Body::new(received).unwrap();
    let model = body.head().get("model").unwrap();
    assert_eq!(model.as_str().as_deref(), Some("fast"));

    let with = Bytes::from_static(br#""gpt-5.4""#);
    let sent = body.replace(model.span(), with.clone());
    assert_eq!(sent.to_bytes(), r#"{"model":"gpt-5.4","n":1.0}"#);
    assert_eq!(sent.len(), sent.to_bytes().len());
    let places: Vec<_> = sent.iter().map(|piece| piece.as_ptr()).collect();
    let raw = body.raw();
    let expected = [
        raw.as_ptr(),
        with.as_ptr(),
        raw[model.span().end..].as_ptr(),
    ];
    assert_eq!(places, expected);

    // Spans of some other body do not make it panic.
    assert_eq!(body.replace(1000..2000, Bytes::new()).to_bytes(), raw);
    assert_eq!(body.replace(0..raw.len(), Bytes::new()).len(), 0);
}

#[test]
fn a_body_takes_over_a_buffer_that_nobody_else_holds() {
    let received = Bytes::from(br#"{"a":1}"#.to_vec());
    let place = received.as_ptr();
    let body = Body::new(received).unwrap();
    let copy = body.clone();
    assert_eq!((body.raw().as_ptr(), copy.raw().as_ptr()), (place, place));
}

#[test]
fn debug_shows_no_content() {
    let body = body(r#"{"model":"secret"}"#).unwrap();
    assert_eq!(format!("{body:?}"), "Body { len: 18, members: 1 }");
    assert_eq!(format!("{:?}", body.head()), "Head { members: 1 }");
    let slices = body.replace(0..1, Bytes::from_static(b"{"));
    assert_eq!(format!("{slices:?}"), "Slices[1, 17]");
}

/// Members that say `model`, and some that only look like it.
fn member() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "model",
        r"mod\u0065l",
        r"\u006dodel",
        "Model",
        "models",
        r"model\u0000",
        r"\\model",
        "x",
    ]);
    let value = prop::sample::select(vec![
        r#""a""#,
        r#""\u0062""#,
        r#"{"model":"no"}"#,
        r#"["model"]"#,
        "null",
        r#""\"model\":1""#,
    ]);
    (name, value).prop_map(|(name, value)| format!(r#""{name}": {value}"#))
}

proptest! {
    /// A tree keeps the last of several members; where there is one, both readings are the same.
    #[test]
    fn the_head_names_the_members_that_a_tree_names(
        members in prop::collection::vec(member(), 0..5),
    ) {
        let text = format!("{{{}}}", members.join(","));
        let tree: serde_json::Value = serde_json::from_str(&text).unwrap();
        let body = body(&text).unwrap();
        let head = body.head();
        let found = tree.get("model");
        prop_assert_eq!(head.count("model") > 0, found.is_some());
        if head.count("model") == 1 {
            let read: serde_json::Value = serde_json::from_str(head.get("model").unwrap().raw()).unwrap();
            prop_assert_eq!(Some(&read), found);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(raw in prop::collection::vec(any::<u8>(), 0..64), cut in 0_usize..40) {
        let mut text = br#"{"model":"m","list":[1,{"a":"\ud800"}]}"#.to_vec();
        text.splice(cut.min(text.len()).., raw);
        if let Ok(body) = Body::new(Bytes::from(text.clone())) {
            prop_assert_eq!(body.raw(), &text);
            prop_assert!(body.head().members().all(|(_, value)| !value.raw().is_empty()));
        }
    }
}
