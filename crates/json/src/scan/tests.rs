//! The grammar, against tables and against `serde_json`.

use proptest::prelude::*;
use serde_json::value::RawValue;

use super::MAX_DEPTH;
use crate::{Invalid, Value, generated};

#[test]
fn accepted() {
    let check = |text: &str| {
        let value = Value::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(value.raw(), text.trim(), "{text:?}");
    };
    for text in ["null", "true", "false", "{}", "[]", r#""""#, " { } ", "[ ]"] {
        check(text);
    }
    for number in [
        "0", "-0", "10", "0.5", "-1.25", "1e5", "1E+5", "0e-0", "1.0e00",
    ] {
        check(number);
        check(&format!("[{number}]"));
    }
    check("\r\n\t [1 , 2\n,[ ] ,{ \"a\" : { } , \"\" :\t[{}]} ] \n");
    // What is inside a string is not judged.
    check("\"\\q \\u12 \u{1} \u{0} \n\"");
    check(r#""\\\"""#);
    check(r#"["\\","\\\\",{"\\\"":"\""}]"#);
}

#[test]
fn refused() {
    let check = |text: &str, offset: usize, expected: &'static str| {
        let error = Value::parse(text).map(|value| value.span());
        assert_eq!(error, Err(Invalid::Syntax { offset, expected }), "{text:?}");
    };
    check("", 0, "a value");
    check("  ", 2, "a value");
    check("\u{feff}{}", 0, "a value");
    check("nul", 0, "true, false or null");
    check("True", 0, "a value");
    check("'a'", 0, "a value");
    check("NaN", 0, "a value");
    check("+1", 0, "a value");
    check(".5", 0, "a value");
    check("-", 1, "a digit");
    check("-a", 1, "a digit");
    check("1.", 2, "a digit");
    check("1.e5", 2, "a digit");
    check("1e", 2, "a digit");
    check("1e+", 3, "a digit");
    check("[", 1, "a value");
    check("[1", 2, "a comma or a closing bracket");
    check("[1,]", 3, "a value");
    check("[,1]", 1, "a value");
    check("[1}", 2, "a comma or a closing bracket");
    check("[1 2]", 3, "a comma or a closing bracket");
    check("[01]", 2, "a comma or a closing bracket");
    check("{", 1, "a member name");
    check("{1:2}", 1, "a member name");
    check(r#"{"a"}"#, 4, "a colon");
    check(r#"{"a":}"#, 5, "a value");
    check(r#"{"a":1,}"#, 7, "a member name");
    check(r#"{"a":1]"#, 6, "a comma or a closing brace");
    check(r#"{"a":1 "b":2}"#, 7, "a comma or a closing brace");
}

#[test]
fn unfinished_strings() {
    for text in [
        r#"""#,
        r#""abc"#,
        r#""\""#,
        r#""\"#,
        r#""\\\""#,
        r#"{"a"#,
        r#"["0123456789abcdef0123"#,
    ] {
        let expected = Invalid::Syntax {
            offset: text.len(),
            expected: "a closing quote",
        };
        assert_eq!(
            Value::parse(text).map(|value| value.span()),
            Err(expected),
            "{text:?}"
        );
    }
}

#[test]
fn text_after_the_document() {
    for (text, offset) in [
        ("{} {}", 3),
        ("1 2", 2),
        ("01", 1),
        ("nullx", 4),
        ("[1]/**/", 3),
        (r#""""x"#, 2),
        ("{}]", 2),
    ] {
        let error = Value::parse(text).map(|value| value.span());
        assert_eq!(error, Err(Invalid::Trailing { offset }), "{text:?}");
    }
}

#[test]
fn depth_is_limited_without_recursion() {
    let check = |open: &str, close: &str, levels: usize| {
        let text = format!("{}1{}", open.repeat(levels), close.repeat(levels));
        Value::parse(&text).map(|value| value.raw().len() == text.len())
    };
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}"), (r#"[{"a":"#, "}]")] {
        let levels = MAX_DEPTH / open.matches(['[', '{']).count();
        assert_eq!(check(open, close, levels), Ok(true));
        let offset = open.len() * levels;
        let limit = MAX_DEPTH;
        assert_eq!(
            check(open, close, levels + 1),
            Err(Invalid::TooDeep { offset, limit })
        );
        assert_eq!(
            check(open, close, 1_000_000),
            Err(Invalid::TooDeep { offset, limit })
        );
    }
}

#[test]
fn long_runs_of_backslashes() {
    for count in [0, 1, 2, 3, 30, 31, 1000, 1001] {
        let text = format!("\"{}\"", "\\".repeat(count));
        assert_eq!(Value::parse(&text).is_ok(), count % 2 == 0, "{count}");
        // Wherever the quotes fall among the words that are compared at once.
        let text = format!("[\"{}\\\"{}\"]", "x".repeat(count), "y".repeat(count / 2));
        assert_eq!(
            Value::parse(&text).map(|value| value.raw().len()),
            Ok(text.len())
        );
    }
}

/// The same structure with every string emptied, found by looking at one byte after the other.
fn without_string_content(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(character) = chars.next() {
        out.push(character);
        if character == '"' {
            while let Some(inner) = chars.next() {
                match inner {
                    '"' => {
                        out.push('"');
                        break;
                    }
                    '\\' => {
                        chars.next();
                    }
                    _ => {}
                }
            }
        }
    }
    out
}

/// One change: the character at a relative place is removed, replaced, or gets a neighbour.
fn mutate(text: &str, place: prop::sample::Index, kind: u8, new: char) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let at = place.index(chars.len());
    match kind {
        0 => {
            chars.remove(at);
        }
        1 => chars[at] = new,
        2 => chars.insert(at, new),
        _ => chars.truncate(at),
    }
    chars.into_iter().collect()
}

proptest! {
    #[test]
    fn agrees_with_serde_json(
        text in generated::value(),
        mutations in prop::collection::vec(
            (any::<prop::sample::Index>(), 0_u8..4, prop::sample::select(br#"{}[],:"\-+.eE019tfn u"#.to_vec())),
            0..4,
        ),
    ) {
        let mut text = text;
        for (place, kind, new) in mutations {
            if !text.is_empty() {
                text = mutate(&text, place, kind, char::from(new));
            }
        }
        let stripped = without_string_content(&text);
        let reference = serde_json::from_str::<&RawValue>(&stripped);
        prop_assert_eq!(Value::parse(&text).is_ok(), reference.is_ok(), "{:?}", text);
    }
}
