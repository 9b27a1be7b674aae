//! Writing JSON strings.

use bytes::Bytes;

/// Appends `text` as it stands between the quotes of a JSON string, without the quotes.
///
/// Only what must be escaped is: the quote, the backslash and the control characters below U+0020.
///
/// ```
/// let mut out = b"\"say ".to_vec();
/// cliproxy_json::escape_into(&mut out, "\"hi\"\n");
/// out.push(b'"');
/// assert_eq!(out, br#""say \"hi\"\n""#);
/// ```
pub fn escape_into(out: &mut Vec<u8>, text: &str) {
    out.reserve(text.len());
    let mut rest = text.as_bytes();
    while let Some(run) = rest.iter().position(|&byte| must_escape(byte)) {
        out.extend_from_slice(&rest[..run]);
        match rest[run] {
            b'"' => out.extend_from_slice(br#"\""#),
            b'\\' => out.extend_from_slice(br"\\"),
            b'\n' => out.extend_from_slice(br"\n"),
            b'\r' => out.extend_from_slice(br"\r"),
            b'\t' => out.extend_from_slice(br"\t"),
            0x08 => out.extend_from_slice(br"\b"),
            0x0c => out.extend_from_slice(br"\f"),
            control => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                let (high, low) = (control >> 4, control & 15);
                out.extend_from_slice(br"\u00");
                out.extend([HEX[usize::from(high)], HEX[usize::from(low)]]);
            }
        }
        rest = &rest[run + 1..];
    }
    out.extend_from_slice(rest);
}

/// Appends `text` as a JSON string, quotes included.
pub fn quote_into(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    escape_into(out, text);
    out.push(b'"');
}

/// `text` as a JSON string, quotes included.
#[must_use]
pub fn quoted(text: &str) -> Bytes {
    let mut out = Vec::with_capacity(text.len() + 2);
    quote_into(&mut out, text);
    Bytes::from(out)
}

fn must_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{escape_into, quoted};
    use crate::Value;

    #[test]
    fn only_what_must_be_escaped_is() {
        let check = |text: &str, expected: &str| assert_eq!(quoted(text), expected);
        check("", r#""""#);
        check(
            "a/b é 文 😀 \u{7f} \u{2028}",
            "\"a/b é 文 😀 \u{7f} \u{2028}\"",
        );
        check("\"\\\n\r\t\u{8}\u{c}", r#""\"\\\n\r\t\b\f""#);
        check("\0\u{1}\u{1f}", r#""\u0000\u0001\u001f""#);
    }

    #[test]
    fn escaping_appends() {
        let mut out = b"{\"k\":\"".to_vec();
        escape_into(&mut out, "a\"");
        escape_into(&mut out, "b");
        assert_eq!(out, br#"{"k":"a\"b"#);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_the_same(text in any::<String>()) {
            let written = quoted(&text);
            let read: String = serde_json::from_slice(&written).unwrap();
            prop_assert_eq!(&read, &text);
            let value = Value::parse_bytes(&written).unwrap();
            prop_assert!(value.as_str().is_some_and(|read| read == text));
        }
    }
}
