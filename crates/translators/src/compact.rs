//! JSON without the white space between its tokens.

use memchr::memchr2;
use std::borrow::Cow;

/// The same value in its shortest spelling; numbers and strings stay as they are spelled.
///
/// `json` is valid. Borrowed if there is nothing to leave out.
pub(crate) fn compact<'a>(json: impl Into<Cow<'a, str>>) -> Cow<'a, str> {
    let json = json.into();
    let bytes = json.as_bytes();
    let mut kept = String::new();
    let (mut at, mut copied) = (0, 0);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => at = behind_string(bytes, at),
            b' ' | b'\t' | b'\n' | b'\r' => {
                kept.push_str(&json[copied..at]);
                at += 1;
                copied = at;
            }
            _ => at += 1,
        }
    }
    if copied == 0 {
        return json;
    }
    kept.push_str(&json[copied..]);
    Cow::Owned(kept)
}

/// The same value without a line break, for an event of a stream: there a line break ends the field.
/// Borrowed if it has none.
///
/// `json` is valid, so a line break stands between tokens; within a string it is escaped.
pub(crate) fn one_line<'a>(json: impl Into<Cow<'a, str>>) -> Cow<'a, str> {
    let json = json.into();
    match memchr2(b'\n', b'\r', json.as_bytes()) {
        Some(_) => compact(json),
        None => json,
    }
}

/// Where the string ends whose first quote is at `quote`.
fn behind_string(bytes: &[u8], quote: usize) -> usize {
    let mut at = quote + 1;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += found;
        if bytes[at] == b'"' {
            return at + 1;
        }
        at += 2;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::{compact, one_line};
    use std::borrow::Cow;

    #[test]
    fn only_what_stands_between_tokens_is_left_out() {
        let cases = [
            ("{}", "{}"),
            (r#"{"a":[1.0,"x y"]}"#, r#"{"a":[1.0,"x y"]}"#),
            (" { \"a\" : [ 1 , 2 ]\n} ", r#"{"a":[1,2]}"#),
            (r#"{"a b": "\" \\"  , "c":1}"#, r#"{"a b":"\" \\","c":1}"#),
            (
                " { \"a b\" :\t[ 1.0 ,\r\n\"\\\" \\\\\" ] } ",
                r#"{"a b":[1.0,"\" \\"]}"#,
            ),
            ("\"ä ö\"\n", "\"ä ö\""),
        ];
        for (json, expected) in cases {
            assert_eq!(compact(json), expected);
        }
        assert!(matches!(compact("[1]"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_value_without_a_line_break_stays_as_it_is_spelled() {
        let spaced = r#"{ "a": "\n" }"#;
        assert!(matches!(one_line(spaced), Cow::Borrowed(text) if text == spaced));
        assert_eq!(one_line("{\r \"a\": \"\\n\"}"), r#"{"a":"\n"}"#);
    }
}
