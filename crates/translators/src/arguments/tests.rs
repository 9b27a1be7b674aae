//! Which object is made of which text, and that one always is.

use super::{object, object_or_empty};
use proptest::prelude::*;
use std::borrow::Cow;

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(object(text), expected, "{text}");
}

#[test]
fn an_object_is_passed_on_as_it_is_spelled() {
    let text = r#" { "a" : 1.0, "b":[1e3, "\u00e9"], "a": -0 } "#;
    let passed = object(text);
    assert!(matches!(passed, Cow::Borrowed(_)));
    assert_eq!(passed, text.trim());
}

#[test]
fn other_json_is_put_into_an_object() {
    check("", "{}");
    check(" \n\t\r", "{}");
    check(" null ", "{}");
    check("true", r#"{"value":true}"#);
    check("1.0", r#"{"value":1.0}"#);
    check(r#" "a\n" "#, r#"{"value":"a\n"}"#);
    check(r#"[{"a":1}]"#, r#"{"value":[{"a":1}]}"#);
}

#[test]
fn single_quotes_become_double_ones() {
    check("{'a': 'b'}", r#"{"a": "b"}"#);
    check("{'a': \"it's\"}", r#"{"a": "it's"}"#);
    check(r#"{'a': 'say "hi"'}"#, r#"{"a": "say \"hi\""}"#);
    check(
        r#"{'a': 'it\'s \"so\" \\ \n'}"#,
        r#"{"a": "it's \"so\" \\ \n"}"#,
    );
    check("'a'", r#"{"value":"a"}"#);
}

#[test]
fn trailing_commas_are_dropped() {
    check(r#"{"a":1,}"#, r#"{"a":1}"#);
    check(r#"{"a":[1,2, ] , }"#, r#"{"a":[1,2] }"#);
    check(r#"{"a":",}"}"#, r#"{"a":",}"}"#);
}

#[test]
fn what_is_open_is_closed() {
    check("{", "{}");
    check(r#"{"a":"x"#, r#"{"a":"x"}"#);
    check(r#"{"a":[{"b":[1,"#, r#"{"a":[{"b":[1]}]}"#);
    check(r#"{"a":"x\"#, r#"{"a":"x"}"#);
    check(r#"{"a":"x\u00e"#, r#"{"a":"x"}"#);
    check(r#"{"a":"x\u00e9"#, r#"{"a":"x\u00e9"}"#);
    check(r#"{'a':'x\u"#, r#"{"a":"x"}"#);
    check("[1,2", r#"{"value":[1,2]}"#);
    check(r#"{"a":"ü"#, r#"{"a":"ü"}"#);
}

#[test]
fn strings_that_are_not_json_are_escaped() {
    check(r#"{"a":"\d+\ué\u12"}"#, r#"{"a":"\\d+\\ué\\u12"}"#);
    check("{\"a\":\"b\n\tc\"\n}", "{\"a\":\"b\\u000a\\u0009c\"\n}");
    check("[\"\\d\"", r#"{"value":["\\d"]}"#);
}

#[test]
fn any_other_text_is_kept_as_it_is() {
    for (text, escaped) in [
        ("hello", "hello"),
        ("{a:1}", "{a:1}"),
        (r#"{"a":"#, r#"{\"a\":"#),
        (r#"{"a":tru"#, r#"{\"a\":tru"#),
        (r#"{"a":1}}"#, r#"{\"a\":1}}"#),
        (r#"{"a":[1}"#, r#"{\"a\":[1}"#),
        (r#"{"a":1} {"b":2}"#, r#"{\"a\":1} {\"b\":2}"#),
        ("{'a': 'it's'}", "{'a': 'it's'}"),
        (" x\u{1}", " x\\u0001"),
    ] {
        check(text, &format!(r#"{{"_raw":"{escaped}"}}"#));
    }
}

#[test]
fn nothing_is_kept_of_it_for_those_who_ask_so() {
    for (text, expected) in [
        (r#"{"a":1,"b"#, "{}"),
        ("hello", "{}"),
        (r#"{"a":"x"#, r#"{"a":"x"}"#),
        ("5", r#"{"value":5}"#),
    ] {
        assert_eq!(object_or_empty(text), expected, "{text}");
    }
}

#[test]
fn a_deep_or_long_text_is_mended_in_one_pass() {
    let many = 200_000;
    for text in ["[".repeat(many), "{'a':".repeat(many), ", ".repeat(many)] {
        assert!(object(&text).starts_with(r#"{"_raw":""#));
    }
    let list = format!("[{}", "1, ".repeat(many));
    assert!(object(&list).starts_with(r#"{"value":[1, 1"#));
    let text = format!("{{'a':'{}", r"\'".repeat(many));
    assert_eq!(object(&text).len(), r#"{"a":""}"#.len() + many);
}

proptest! {
    #[test]
    fn whatever_comes_an_object_comes_out(
        text in r#"([{}\[\],:'"\\ \n]|[a-z]|é|null|\\u00e|1){0,30}"#,
    ) {
        let made = object(&text);
        let value: Result<serde_json::Value, _> = serde_json::from_str(&made);
        prop_assert!(value.is_ok_and(|value| value.is_object()), "{made}");
    }

    #[test]
    fn a_cut_object_keeps_what_it_had(
        words in prop::collection::vec("[a-z\\\\\"'é]{0,6}", 1..5),
        cut in any::<prop::sample::Index>(),
    ) {
        let full = serde_json::json!({ "a": words }).to_string();
        let start = r#"{"a":["#.len();
        let cut = full.floor_char_boundary(start + cut.index(full.len() - start));
        let made: serde_json::Value = serde_json::from_str(&object(&full[..cut])).unwrap();
        let kept = made["a"].as_array().unwrap();
        for (index, (kept, word)) in kept.iter().zip(&words).enumerate() {
            let kept = kept.as_str().unwrap();
            prop_assert!(word.starts_with(kept), "{index} {kept} {word}");
        }
    }
}
