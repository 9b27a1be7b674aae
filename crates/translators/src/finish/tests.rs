//! What of a body is settled for each account.

use super::{Account, CACHE_KEY, Encoded, Mark};
use crate::profile::Params;
use bytes::Bytes;
use cliproxy_json::{Slices, Value};

/// Elements that only realm 1 or 2 can read are called `1` and `2`; the rest is anybody's.
fn marked(text: &'static str) -> Encoded {
    let sealed = text.bytes().enumerate().filter_map(|(at, byte)| {
        let realm = matches!(byte, b'1' | b'2').then(|| u32::from(byte - b'0'))?;
        Some(Mark::sealed(realm, at..at + 1, text.as_bytes()))
    });
    Encoded::new(Bytes::from_static(text.as_bytes()), sealed.collect())
}

#[test]
fn reasoning_of_another_account_is_cut_with_its_comma() {
    let check = |text: &'static str, realm: Option<u32>, expected: &str, cut: usize| {
        let account = Account {
            realm,
            ..Account::default()
        };
        let finished = marked(text).finish(&account);
        assert_eq!(finished.body.to_bytes(), expected, "{text} {realm:?}");
        assert_eq!(finished.cut, cut, "{text} {realm:?}");
    };
    check("[a,1,b]", None, "[a,1,b]", 0);
    check("[a,1,b]", Some(1), "[a,1,b]", 0);
    check("[a,1,b]", Some(2), "[a,b]", 1);
    check("[1,b]", Some(2), "[b]", 1);
    check("[1,1,b,1]", Some(2), "[b]", 3);
    check("[1,2,1,b]", Some(2), "[2,b]", 2);
    check("[a,1,1]", Some(2), "[a]", 2);
    check("[1,1]", Some(2), "[]", 2);
    check("[a,1,2,1,b]", Some(1), "[a,1,1,b]", 1);
    check("[a,b]", Some(1), "[a,b]", 0);
}

#[test]
fn what_the_account_knows_is_put_in() {
    let mut pieces = Slices::from(Bytes::from_static(b"{\"model\":\"m\""));
    pieces.push(Bytes::from_static(b",\"request\":{}}"));
    let check = |marks: Vec<Mark>, account: Account<'_>, expected: &str| {
        let finished = Encoded::new(pieces.clone(), marks).finish(&account);
        assert_eq!(finished.body.to_bytes(), expected);
        assert_eq!(finished.is_keyed, expected.contains(CACHE_KEY));
    };
    let project = Account {
        project: Some("a\"b"),
        ..Account::default()
    };
    let whole = r#"{"model":"m","request":{}}"#;
    check(Vec::new(), project, whole);
    check(vec![Mark::Project(12)], Account::default(), whole);
    let expected = r#"{"model":"m","project":"a\"b","request":{}}"#;
    check(vec![Mark::Project(12)], project, expected);
    let key = Account {
        cache_key: Some("k"),
        ..Account::default()
    };
    let expected = r#"{"model":"m","request":{},"prompt_cache_key":"k"}"#;
    check(vec![Mark::CacheKey(25)], key, expected);
}

#[test]
fn what_an_entry_renames_and_drops_leaves_the_marks_in_their_places() {
    let check = |text: &str, marks: Vec<Mark>, params: Params, expected: &str| {
        let before = Value::parse_bytes(text.as_bytes()).unwrap();
        let after = params.apply(before);
        let marks = Mark::of_renamed(marks, &params, before, &after);
        let account = Account {
            project: Some("p"),
            realm: Some(2),
            cache_key: Some("k"),
        };
        let body = Encoded::new(Bytes::from(after), marks);
        assert_eq!(body.finish(&account).body.to_bytes(), expected, "{text}");
    };
    let renamed = |old: &str, new: &str| Params::new(Vec::new(), vec![(old.into(), new.into())]);
    let dropped = |name: &str| Params::new(vec![name.into()], Vec::new());
    let text = r#"{"a":1,"model":"m","b":2,"input":[1,3]}"#;
    let sealed = || Mark::sealed(1, 34..35, text.as_bytes());
    let marks = || vec![Mark::CacheKey(18), sealed()];
    check(
        text,
        marks(),
        renamed("a", "longer"),
        r#"{"longer":1,"model":"m","prompt_cache_key":"k","b":2,"input":[3]}"#,
    );
    check(
        text,
        marks(),
        dropped("a"),
        r#"{"model":"m","prompt_cache_key":"k","b":2,"input":[3]}"#,
    );
    // The upstream does not take it, or not under that name.
    let without = r#"{"a":1,"model":"m","b":2,"input":[3]}"#;
    check(text, marks(), dropped("prompt_cache_key"), without);
    check(text, marks(), renamed("prompt_cache_key", "key"), without);
    check(
        r#"{"model":"m","a":1,"request":{}}"#,
        vec![Mark::Project(12)],
        dropped("a"),
        r#"{"model":"m","project":"p","request":{}}"#,
    );
}

#[test]
fn a_body_without_marks_is_shared() {
    let whole = Bytes::from_static(b"{}");
    let body = Encoded::new(whole.clone(), Vec::new());
    let finished = body.finish(&Account::default()).body.to_bytes();
    assert_eq!(finished.as_ptr(), whole.as_ptr());
}
