//! Edits, against tables.

use crate::{Body, Edit, Invalid, Path, Raw, apply};
use bytes::Bytes;

mod properties;

fn body(text: &str) -> Body {
    Body::new(Bytes::copy_from_slice(text.as_bytes())).unwrap()
}

fn path(text: &str) -> Path {
    text.parse()
        .unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

fn raw(text: &str) -> Raw {
    Raw::json(text.to_owned()).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

/// `-path`, `path=json` or `path?=json`, for remove, set and set if absent.
fn edit(text: &str) -> Edit {
    if let Some(removed) = text.strip_prefix('-') {
        return Edit::Remove(path(removed));
    }
    let (target, value) = text.split_once('=').unwrap();
    match target.strip_suffix('?') {
        Some(target) => Edit::SetIfAbsent(path(target), raw(value)),
        None => Edit::Set(path(target), raw(value)),
    }
}

fn edited(text: &str, edits: &[&str]) -> String {
    let edits: Vec<_> = edits.iter().map(|text| edit(text)).collect();
    let slices = apply(&body(text), &edits).unwrap();
    String::from_utf8(slices.to_bytes().to_vec()).unwrap()
}

#[test]
fn remove() {
    let check = |text, edits: &[&str], expected| {
        assert_eq!(edited(text, edits), expected, "{text} {edits:?}");
    };
    check(r#"{"a":1}"#, &["-a"], "{}");
    check(r#"{ "a" : 1 }"#, &["-a"], "{  }");
    check(r#"{"a":1, "b":2}"#, &["-a"], r#"{"b":2}"#);
    check(r#"{"a":1 , "b":2}"#, &["-b"], r#"{"a":1}"#);
    check(
        "{\n \"a\":1,\n \"b\":2,\n \"c\":3\n}",
        &["-b"],
        "{\n \"a\":1,\n \"c\":3\n}",
    );
    check(r#"{"a":1,"b":2,"c":3}"#, &["-a", "-c"], r#"{"b":2}"#);
    check(r#"{"a":1,"b":2,"c":3}"#, &["-c", "-b", "-a"], "{}");
    check(r#" {"a":{"b":1,"c":2}} "#, &["-a.b"], r#" {"a":{"c":2}} "#);
    check(
        r#"{"a":1,"b":2}"#,
        &["-c", "-a.b", "-b.0"],
        r#"{"a":1,"b":2}"#,
    );
    check(r#"{"a":1,"b":2,"\u0061":3}"#, &["-a"], r#"{"b":2}"#);
    check(
        r#"{"a":{"x":1},"a":{"x":1,"y":2}}"#,
        &["-a.x"],
        r#"{"a":{},"a":{"y":2}}"#,
    );
    check(r#"{"a":[1,2,3]}"#, &["-a.0"], r#"{"a":[2,3]}"#);
    check(r#"{"a":[1,2,3]}"#, &["-a.0", "-a.0"], r#"{"a":[3]}"#);
    check(r#"{"a":[1,2,3]}"#, &["-a.-1"], r#"{"a":[1,2]}"#);
    check(r#"{"a":[{"x":1}]}"#, &["-a.-1.x"], r#"{"a":[{}]}"#);
    check(r#"{"a":[]}"#, &["-a.-1", "-a.0", "-a.x"], r#"{"a":[]}"#);
    check(
        r#"{"a":[1,2]}"#,
        &["-a.7", "-a.x", "-a.:0"],
        r#"{"a":[1,2]}"#,
    );
    check(
        r#"{"user.id":1,"user":{"id":2}}"#,
        &[r"-user\.id"],
        r#"{"user":{"id":2}}"#,
    );
}

#[test]
fn set() {
    let check = |text, edits: &[&str], expected| {
        assert_eq!(edited(text, edits), expected, "{text} {edits:?}");
    };
    check("{}", &["a=1"], r#"{"a":1}"#);
    check("{ }", &["a=1"], r#"{"a":1 }"#);
    check("{}", &["a.b=1"], r#"{"a":{"b":1}}"#);
    check(
        "{}",
        &["a.b=1", "a.c=[2]", "a.c.-1={}"],
        r#"{"a":{"b":1,"c":[2,{}]}}"#,
    );
    check(r#"{"a":1}"#, &["a=2"], r#"{"a":2}"#);
    check(
        r#"{"a" : 1 , "z":-0}"#,
        &["a= 1e5 "],
        r#"{"a" : 1e5 , "z":-0}"#,
    );
    check(r#"{"a":1}"#, &["b=2", "c=3"], r#"{"a":1,"b":2,"c":3}"#);
    check(r#"{"a":1}"#, &["-a", "b=2"], r#"{"b":2}"#);
    check(r#"{"a":1}"#, &["a=1", "a=2"], r#"{"a":2}"#);
    check(r#"{"a":1,"b":2}"#, &["-a", "a=3"], r#"{"b":2,"a":3}"#);
    check(
        r#"{"a":1,"b":0,"\u0061":2,"a":3}"#,
        &["a=9"],
        r#"{"a":9,"b":0}"#,
    );
    check(r#"{"a":{},"a":{"b":1}}"#, &["a.b=2"], r#"{"a":{"b":2}}"#);
    check("{}", &[r"a\.b=1", r#"q"=2"#], r#"{"a.b":1,"q\"":2}"#);
    check("{}", &["0=1"], r#"{"0":1}"#);
    check("{}", &[":-1=2"], r#"{"-1":2}"#);
    check(
        r#"{"m":[{"c":1},{"c":2}]}"#,
        &["m.1.c=3"],
        r#"{"m":[{"c":1},{"c":3}]}"#,
    );
    check(r#"{"m":{"0":1}}"#, &["m.0=2"], r#"{"m":{"0":2}}"#);
    check(
        r#"{"a":{"b":null}}"#,
        &["a.b.c=1"],
        r#"{"a":{"b":{"c":1}}}"#,
    );
    // Arrays: appended to, padded, made where an index comes next; keys in them are not possible.
    check(r#"{"tools":[1]}"#, &["tools.-1=2"], r#"{"tools":[1,2]}"#);
    check(r#"{"tools":[ ]}"#, &["tools.-1=2"], r#"{"tools":[2 ]}"#);
    check("{}", &["tools.-1=1", "tools.-1=2"], r#"{"tools":[1,2]}"#);
    check(
        "{}",
        &["a.2=1", "b.:2=1"],
        r#"{"a":[null,null,1],"b":{"2":1}}"#,
    );
    check(
        r#"{"stop":["a"]}"#,
        &["stop.2=\"z\""],
        r#"{"stop":["a",null,"z"]}"#,
    );
    check(
        r#"{"stop":["a"]}"#,
        &["stop.k=1", "stop.:0=1"],
        r#"{"stop":["a"]}"#,
    );
    check(
        r#"{"stop":[],"stop":[1]}"#,
        &["stop.k=1"],
        r#"{"stop":[],"stop":[1]}"#,
    );
    check(
        r#"{"max_tokens":5}"#,
        &["max_tokens.x=1"],
        r#"{"max_tokens":{"x":1}}"#,
    );
    check(r#"{"a":5}"#, &["a.1=1", "a.0.b=2"], r#"{"a":[{"b":2},1]}"#);
    check(
        "{}",
        &["a=[null]", "a.1=1", "a.0.x=2"],
        r#"{"a":[{"x":2},1]}"#,
    );
}

#[test]
fn set_if_absent() {
    let check = |text, edits: &[&str], expected| {
        assert_eq!(edited(text, edits), expected, "{text} {edits:?}");
    };
    check("{}", &["a.b?=1"], r#"{"a":{"b":1}}"#);
    check("{}", &["a?=1", "a?=2"], r#"{"a":1}"#);
    check(r#"{"a":{"b":null}}"#, &["a.b?=1"], r#"{"a":{"b":null}}"#);
    check(r#"{"a":{"b":{}}}"#, &["a.b.c?=1"], r#"{"a":{"b":{"c":1}}}"#);
    check(
        r#"{"a":[1]}"#,
        &["a.0?=2", "a.1?=3", "a.-1?=4"],
        r#"{"a":[1,3,4]}"#,
    );
    check(r#"{"a":1}"#, &["a.b?=2"], r#"{"a":{"b":2}}"#);
    check(
        r#"{"a":[null]}"#,
        &["a.0.b?=2", "a.x?=1"],
        r#"{"a":[{"b":2}]}"#,
    );
    check("{}", &["a.1=0", "a.0.b?=2"], r#"{"a":[{"b":2},0]}"#);
}

#[test]
fn everything_else_keeps_its_bytes() {
    let text = "\t{ \"n\" : [12345678901234567890, 1.0e2 ,-0],\"s\":\"\\u0041\\/\" , \"deep\":{\"x\" :{ }}\n}\n";
    assert_eq!(edited(text, &[]), text);
    assert_eq!(edited(text, &["-none", "-n.9", "-deep.y.z"]), text);
    assert_eq!(
        edited(text, &["deep.x.new=1"]),
        text.replace("{ }", "{\"new\":1 }")
    );
}

#[test]
fn unchanged_parts_share_the_received_bytes() {
    let text = r#"{"model":"m","messages":[1,2,3],"tail":true}"#;
    let body = body(text);
    let long = Raw::string(&"x".repeat(600));
    let edits = [edit("model=\"n\""), Edit::Set(path("long"), long.clone())];
    let slices = apply(&body, &edits).unwrap();
    let pieces: Vec<_> = slices.iter().collect();
    let lens: Vec<_> = pieces.iter().map(|piece| piece.len()).collect();
    assert_eq!(lens, [9, 3, text.len() - 13, 8, 602, 1]);
    assert_eq!(pieces[2].as_ptr(), body.raw()[12..].as_ptr());
    assert_eq!(pieces[4].as_ptr(), long.as_bytes().as_ptr());
    let untouched = apply(&body, &[edit("-none")]).unwrap();
    assert_eq!(untouched.iter().count(), 1);
}

#[test]
fn what_is_looked_into_is_bounded() {
    let limit = 1 << 16;
    // Two members at the top, and the rest in one list or in several that have the same name.
    let one = |items: usize| format!(r#"{{"a":[{}],"b":1}}"#, vec!["0"; items].join(","));
    let last = one(limit - 2);
    assert_eq!(edited(&last, &["a.0=1"]).len(), last.len());
    let large = one(limit - 1);
    let lists = vec![r#""a":[0,0,0,0,0,0,0,0,0]"#; limit / 10 + 1];
    let several = format!(r#"{{"m":{{{}}}}}"#, lists.join(","));
    for (text, path) in [(&large, "-a.0"), (&several, "-m.a.0")] {
        let error = apply(&body(text), &[edit(path)]).err();
        assert_eq!(error, Some(Invalid::TooManyMembers { limit }), "{path}");
    }
    assert_eq!(edited(&large, &["-a"]), r#"{"b":1}"#);
}

#[test]
fn many_members_of_one_name() {
    let text = format!("{{\"m\":{{{}}}}}", vec!["\"x\":1"; 65_000].join(","));
    assert_eq!(edited(&text, &["-m.x"]), r#"{"m":{}}"#);
    assert_eq!(edited(&text, &["m.x=2"]), r#"{"m":{"x":2}}"#);
}

#[test]
fn the_whole_document_is_not_edited() {
    let body = body(r#"{"a":1}"#);
    let whole = || Path::keys(&[]);
    let edits = [
        Edit::Remove(whole()),
        Edit::Set(whole(), Raw::from(true)),
        Edit::SetIfAbsent(whole(), Raw::from(true)),
    ];
    assert_eq!(apply(&body, &edits).unwrap().to_bytes(), *body.raw());
}

#[test]
fn raw_values() {
    let check = |raw: Raw, text: &str| assert_eq!(raw.as_bytes(), text);
    check(Raw::from("a \"b\"\n"), r#""a \"b\"\n""#);
    check(Raw::from(true), "true");
    check(Raw::from(false), "false");
    check(Raw::from(-5_i64), "-5");
    check(Raw::from(u64::MAX), "18446744073709551615");
    check(raw(" [1.0] "), "[1.0]");
    for text in ["", "{bad", "1 2", "{} }"] {
        assert!(Raw::json(text).is_err(), "{text}");
    }
    assert_eq!(format!("{:?}", Raw::from("secret")), "Raw(8 bytes)");
}
