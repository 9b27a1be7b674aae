//! What of a body is settled for each account.

use super::{Account, Encoded, Mark};
use bytes::Bytes;
use cliproxy_json::Slices;

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
        let body = Encoded::new(pieces.clone(), marks);
        assert_eq!(body.finish(&account).body.to_bytes(), expected);
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
fn a_body_without_marks_is_shared() {
    let whole = Bytes::from_static(b"{}");
    let body = Encoded::new(whole.clone(), Vec::new());
    let finished = body.finish(&Account::default()).body.to_bytes();
    assert_eq!(finished.as_ptr(), whole.as_ptr());
}
