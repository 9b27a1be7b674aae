//! The JSON reader: it accepts what `serde_json` accepts, finds every value where it is, and reads
//! the same model out of a body as a parser that builds a tree.

use crate::tree::{Pairs, depth, without_text};
use bytes::Bytes;
use cliproxy_core::Protocol;
use cliproxy_json::{Body, Flag, Invalid, Kind, Value, quoted};
use cliproxy_translators::{RequestError, requested_model, wants_stream};
use serde_json::{Value as Tree, value::RawValue};

/// How deeply the gateway accepts arrays and objects.
const MAX_DEPTH: usize = 512;
/// How many members the gateway accepts at the top of a body.
const MAX_MEMBERS: usize = 4096;
/// The comparison reads each level anew, which is quadratic.
const COMPARED: usize = 64 << 10;

/// Checks one text.
pub fn check(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        let offset = str::from_utf8(data).map_or_else(|error| error.valid_up_to(), str::len);
        let refused = Invalid::NotUtf8 { offset };
        assert_eq!(Value::parse_bytes(data).err(), Some(refused));
        let body = Body::new(Bytes::copy_from_slice(data)).err();
        assert_eq!(body, Some(refused));
        return;
    };
    let parsed = Value::parse(text);
    let structure = without_text(text);
    let is_json = serde_json::from_str::<&RawValue>(&structure).is_ok();
    let too_deep = depth(&structure) > MAX_DEPTH;
    assert_eq!(parsed.is_ok(), is_json && !too_deep, "{:?}", parsed.err());
    if let Err(Invalid::TooDeep { .. }) = parsed {
        assert!(too_deep);
    }
    if let Ok(value) = parsed {
        walk(text, value);
        if text.len() <= COMPARED && serde_json::from_str::<&RawValue>(text).is_ok() {
            compare(value, text.trim_matches([' ', '\t', '\r', '\n']));
        }
    }
    body(text, parsed.ok());
    written(text);
}

/// A body is an object that is not too wide, and says the same as the value.
fn body(text: &str, value: Option<Value<'_>>) {
    let object = value.filter(|value| value.kind() == Kind::Object);
    let members = object.map_or(0, |object| object.members().count());
    let body = match Body::new(Bytes::copy_from_slice(text.as_bytes())) {
        Ok(body) => body,
        Err(Invalid::TooManyMembers { .. }) => {
            assert!(members > MAX_MEMBERS || value.is_none());
            return;
        }
        Err(_) => return assert!(object.is_none(), "an object was refused"),
    };
    assert!(object.is_some() && members <= MAX_MEMBERS);
    assert_eq!(body.raw(), text.as_bytes());
    walk(text, body.root());
    let spans = |value: Value<'_>| -> Vec<_> {
        let members = value.members();
        members
            .map(|(key, value)| (key.into_owned(), value.span()))
            .collect()
    };
    let head = body.head();
    let by_head: Vec<_> = head
        .members()
        .map(|(key, value)| (key.into_owned(), value.span()))
        .collect();
    assert_eq!(Some(&by_head), object.map(spans).as_ref());
    assert_eq!(by_head, spans(body.root()));
    if let Ok(Tree::Object(tree)) = serde_json::from_str(text) {
        same_model(&body, &tree);
    }
}

/// What routes a request is what a parser that builds a tree finds: the model that is allowed and
/// counted is the one that answers.
fn same_model(body: &Body, tree: &serde_json::Map<String, Tree>) {
    let head = body.head();
    let flag = match (head.count("stream"), tree.get("stream")) {
        (0, None) => Flag::Absent,
        (1, Some(Tree::Bool(true))) => Flag::True,
        (1, Some(Tree::Bool(false))) => Flag::False,
        (1, Some(_)) => Flag::Other,
        (count, found) => {
            assert!(count > 1 && found.is_some());
            head.flag("stream")
        }
    };
    assert_eq!(head.flag("stream"), flag);
    let model = requested_model(Protocol::Chat, &head);
    match (&model, tree.get("model")) {
        (Ok(model), Some(Tree::String(found))) => assert_eq!(model.text, *found),
        (Err(RequestError::DuplicateModel), Some(_)) => assert!(head.count("model") > 1),
        (Err(RequestError::MissingModel), None | Some(Tree::Null)) => {}
        (Err(RequestError::MissingModel), Some(Tree::String(found))) => assert!(found.is_empty()),
        (Err(RequestError::ModelNotText), Some(found)) => assert!(!found.is_string()),
        (model, found) => panic!("{model:?} is not {found:?}"),
    }
    assert_eq!(wants_stream(Protocol::Chat, &head), flag);
    let Ok(model) = model else { return };
    let sent = body.replace(model.span, quoted("up\"stream")).to_bytes();
    let mut expected = tree.clone();
    expected.insert("model".to_owned(), Tree::from("up\"stream"));
    let sent: Tree = serde_json::from_slice(&sent).unwrap();
    assert_eq!(sent, Tree::Object(expected));
}

/// Every value inside stands within its parent, after its sibling.
fn walk(document: &str, value: Value<'_>) {
    let span = value.span();
    assert_eq!(&document[span.clone()], value.raw());
    let mut at = span.start + 1;
    let mut inside = |value: Value<'_>| {
        let inner = value.span();
        assert!(at <= inner.start && inner.end < span.end);
        at = inner.end;
        // Reading what a value says never fails either.
        let _ = (
            value.as_str(),
            value.as_f64(),
            value.as_u64(),
            value.as_i64(),
        );
        walk(document, value);
    };
    value.members().for_each(|(_, value)| inside(value));
    value.elements().for_each(inside);
}

/// Walks both readings side by side.
fn compare(value: Value<'_>, reference: &str) {
    assert_eq!(value.raw(), reference);
    match value.kind() {
        Kind::Object => {
            let Pairs(expected) = serde_json::from_str(reference).unwrap();
            assert_eq!(value.members().count(), expected.len());
            for ((key, value), (name, reference)) in value.members().zip(expected) {
                same_text(&key, name.get());
                compare(value, reference.get());
            }
        }
        Kind::Array => {
            let expected: Vec<&RawValue> = serde_json::from_str(reference).unwrap();
            assert_eq!(value.elements().count(), expected.len());
            for (value, reference) in value.elements().zip(expected) {
                compare(value, reference.get());
            }
        }
        Kind::String => same_text(&value.as_str().unwrap(), reference),
        Kind::Number => {
            same_number(value.as_f64(), serde_json::from_str(reference).ok());
            let whole = serde_json::from_str::<u64>(reference).ok();
            // `-0` is the one spelling on which the two differ.
            assert!(value.as_u64() == whole || reference == "-0");
        }
        Kind::Bool => assert_eq!(value.as_bool(), serde_json::from_str(reference).ok()),
        Kind::Null => assert_eq!(reference, "null"),
    }
}

/// A half of a surrogate pair is refused by `serde_json`, and becomes U+FFFD here.
fn same_text(text: &str, reference: &str) {
    match serde_json::from_str::<String>(reference) {
        Ok(expected) => assert_eq!(text, expected),
        Err(_) => assert!(text.contains('\u{fffd}'), "{reference}"),
    }
}

/// `serde_json` may be off by one in the last place, as it is built here.
fn same_number(number: Option<f64>, reference: Option<f64>) {
    let difference = number.zip(reference).map(|(one, other)| one - other);
    let accepted = number.map(|number| number.abs() * f64::EPSILON * 2.0);
    assert_eq!(number.is_some(), reference.is_some());
    assert!(
        difference.map(f64::abs) <= accepted,
        "{number:?} {reference:?}"
    );
}

/// Any text can be written, and reads the same.
fn written(text: &str) {
    let written = quoted(text);
    let read: String = serde_json::from_slice(&written).unwrap();
    assert_eq!(read, text);
    let value = Value::parse_bytes(&written).unwrap();
    assert_eq!(value.as_str().unwrap(), text);
}
