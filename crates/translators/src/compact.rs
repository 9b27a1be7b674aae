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
    use super::compact;
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
}
