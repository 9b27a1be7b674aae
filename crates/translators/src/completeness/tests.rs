//! Where values are complete, in pieces cut anywhere.

use super::Completeness;
use proptest::prelude::*;

fn is_complete(text: &str) -> bool {
    let mut completeness = Completeness::default();
    completeness.push(text)
}

#[test]
fn a_value_is_complete_at_its_last_byte() {
    for text in [
        r#"{"a":[1,{"b":"}"}],"c":"\"}"}"#,
        "[]",
        r#""a\"b""#,
        "true",
        "false",
        "null",
    ] {
        assert!(is_complete(text), "{text}");
        assert!(is_complete(&format!(" \n{text}\t ")), "{text}");
        for cut in 0..text.len() {
            assert!(!is_complete(&text[..cut]), "{}", &text[..cut]);
        }
    }
}

#[test]
fn a_number_is_complete_wherever_it_could_end() {
    let check = |text, expected| assert_eq!(is_complete(text), expected, "{text}");
    for text in ["0", "-0", "12", "1.5", "1e3", "1E+30", "-1.20e-3", "7 "] {
        check(text, true);
    }
    for text in ["-", "1.", "1e", "1e+", "01", "1x", "- 1", "1. "] {
        check(text, false);
    }
}

#[test]
fn what_is_no_json_is_never_complete() {
    for text in ["", " ", "hello", "truex", "nul l", "'a'", "}"] {
        assert!(!is_complete(text), "{text}");
    }
}

#[test]
fn escaped_pieces_are_read_through_their_escapes() {
    let check = |pieces: &[&str], expected: &[bool]| {
        let mut completeness = Completeness::default();
        let found = pieces.iter().map(|piece| completeness.push_escaped(piece));
        assert_eq!(found.collect::<Vec<_>>(), expected, "{pieces:?}");
    };
    check(&[r#"{\"a\":\"}"#, r#"\"}"#], &[false, true]);
    // A quote that the value itself escapes.
    check(
        &[r#"{\"a\":\"\\"#, r#"\"}"#, r#"\"}"#],
        &[false, false, true],
    );
    check(
        &[r"{\u0022a\", r"u0022:\u007b}", r"\u007d"],
        &[false, false, true],
    );
    check(&[r#"{\"a\":\"\ud83d"#, r#"\ude00}\"}"#], &[false, true]);
}

#[test]
fn what_is_behind_the_value_is_cut() {
    let check = |pieces: &[&str], expected: &[&str]| {
        let mut completeness = Completeness::default();
        let found = pieces.iter().map(|piece| completeness.cut_escaped(piece));
        assert_eq!(found.collect::<Vec<_>>(), expected, "{pieces:?}");
        assert!(completeness.is_complete(), "{pieces:?}");
    };
    let value = r#"{\"a\":\"}\"}"#;
    check(&[value, value], &[value, ""]);
    check(&[&format!("{value}{value}"), "x"], &[value, ""]);
    check(
        &[&value[..9], &format!("{}x", &value[9..])],
        &[&value[..9], &value[9..]],
    );
    check(&[r"{}\u000a", r" \n", "é"], &[r"{}\u000a", r" \n", ""]);
    check(&[r"{\u007dé"], &[r"{\u007d"]);
    check(&[r#"\"a\"b"#], &[r#"\"a\""#]);
    // A number may grow.
    check(&["1", "2"], &["1", "2"]);
    check(&["1 ", "2"], &["1 ", ""]);
    // Brackets in such strings are not told from others.
    check(&["{'a':'}", "'}"], &["{'a':'}", "'}"]);
}

proptest! {
    #[test]
    fn cuts_change_nothing(
        text in r#"([{}\[\]"\\,:a1 -]|\\"|true|é){0,30}"#,
        cut in any::<prop::sample::Index>(),
    ) {
        let escaped = serde_json::to_string(&text).unwrap();
        let escaped = &escaped[1..escaped.len() - 1];
        let cut = escaped.floor_char_boundary(cut.index(escaped.len() + 1));
        let mut completeness = Completeness::default();
        completeness.push_escaped(&escaped[..cut]);
        prop_assert_eq!(completeness.push_escaped(&escaped[cut..]), is_complete(&text));
    }

    #[test]
    fn valid_json_is_complete(
        words in prop::collection::vec(any::<String>(), 0..4),
        number in any::<f64>(),
    ) {
        let text = serde_json::json!({ "a": words, "b": [number, null] }).to_string();
        prop_assert!(is_complete(&text));
        prop_assert!(!is_complete(&text[..text.len() - 1]));
    }
}
