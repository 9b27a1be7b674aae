//! Which text is the input, in pieces cut anywhere.

use super::FreeformInput;
use proptest::prelude::*;

/// What each piece adds, decoded.
fn inputs(pieces: &[&str]) -> Vec<String> {
    let mut input = FreeformInput::default();
    let added = pieces.iter().map(|piece| {
        let mut out = b"\"".to_vec();
        input.push(piece, &mut out);
        out.push(b'"');
        serde_json::from_slice(&out).unwrap()
    });
    added.collect()
}

#[track_caller]
fn check(arguments: &str, expected: &str) {
    assert_eq!(inputs(&[arguments]).concat(), expected, "{arguments}");
}

#[test]
fn the_own_member_of_the_object_is_the_input() {
    check(r#"{"input":"a\n\"b\" \\ é"}"#, "a\n\"b\" \\ é");
    check(
        r#" {"a":[{"input":"no"}],"b":"}","input" : "yes"} more"#,
        "yes",
    );
    check(r#"{"\u0069nput":"yes"}"#, "yes");
    check(
        r#"{"inputs":"no","inpu":"no","":"no","input":"yes"}"#,
        "yes",
    );
    check(r#"{"input":"first","input":"second"}"#, "first");
    check(r#"{"input":"","a":1}"#, "");
    check(r#"{"a":"input"}"#, "");
    check("{}", "");
    // Models forget to double backslashes, and leave line ends as they are.
    check("{\"input\":\"\\d+\n\"}", "\\d+\n");
}

#[test]
fn a_value_that_is_no_text_is_taken_as_it_is_written() {
    check(r#"{"input":{"a":["}"]},"b":1}"#, r#"{"a":["}"]}"#);
    check(r#"{"input": [1, "é"] }"#, r#"[1, "é"]"#);
    check(r#"{"input":12}"#, "12");
    check(r#"{"input":true,"b":1}"#, "true");
    check(r#"{"input":null,"b":1}"#, "");
}

#[test]
fn arguments_that_are_no_object_are_the_input() {
    check("plain text", "plain text");
    check(" \n*** Begin\n\"x\"", " \n*** Begin\n\"x\"");
    check("[1]", "[1]");
    check(" \n", "");
}

#[test]
fn what_is_not_complete_is_held() {
    let check = |pieces: &[&str], expected: &[&str]| assert_eq!(inputs(pieces), expected);
    check(
        &[r#"{"inp"#, r#"ut":"a\ud8"#, "3d", r"\ude", "00b"],
        &["", "a", "", "", "😀b"],
    );
    check(&[" ", "\n", "a", " "], &["", "", " \na", " "]);
    check(&[r#"{"input":"cut\u00"#], &["cut"]);
}

#[test]
fn escaped_pieces_stay_escaped() {
    let check = |pieces: &[&str], expected: &str| {
        let mut input = FreeformInput::default();
        let mut out = Vec::new();
        for piece in pieces {
            input.push_escaped(piece, &mut out);
        }
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    };
    check(
        &[r#"{\"input\":\"a\\nb \\\"c\\\" \ud83d"#, r#"\ude00\"}"#],
        r#"a\nb \"c\" 😀"#,
    );
    check(
        &[r"{\u0022input\u0022:\u0022a\", r"\", r"\\\u0022}"],
        r"a\\",
    );
    check(&[r#"say \"hi\"\"#, "n"], r#"say \"hi\"\n"#);
}

proptest! {
    #[test]
    fn cuts_change_nothing(
        input in any::<String>(),
        other in any::<String>(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let arguments = serde_json::json!({ "other": [other, {"input": 1}], "input": input });
        let arguments = arguments.to_string();
        let escaped = serde_json::to_string(&arguments).unwrap();
        let escaped = &escaped[1..escaped.len() - 1];
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(escaped.len() + 1)).collect();
        cuts.extend([0, escaped.len()]);
        cuts.retain(|&cut| escaped.is_char_boundary(cut));
        cuts.sort_unstable();
        let mut reader = FreeformInput::default();
        let mut out = b"\"".to_vec();
        for cut in cuts.windows(2) {
            reader.push_escaped(&escaped[cut[0]..cut[1]], &mut out);
        }
        out.push(b'"');
        let found: String = serde_json::from_slice(&out).unwrap();
        prop_assert_eq!(found, input);
    }

    #[test]
    fn whatever_comes_the_input_can_stand_in_a_string(
        pieces in prop::collection::vec(
            r#"([{}\[\]"\\,: n\n]|\\u|d83d|input|"input":"|é){0,12}"#,
            0..4,
        ),
    ) {
        let whole = pieces.concat();
        let pieces: Vec<_> = pieces.iter().map(String::as_str).collect();
        prop_assert_eq!(inputs(&pieces).concat(), inputs(&[&whole]).concat());
    }
}
