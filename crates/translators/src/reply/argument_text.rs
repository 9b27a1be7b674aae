//! Arguments that come as a JSON value, where they are told as text.

use crate::json_str::JsonStr;
use cliproxy_json::{Value, escape_into};

/// The text of a value without whitespace between its tokens, as it stands between the quotes of a
/// JSON string.
pub(crate) fn argument_text(value: Value<'_>) -> JsonStr<'static> {
    let text = value.raw();
    let mut out = Vec::with_capacity(text.len() + text.len() / 4);
    let (mut kept, mut in_string, mut escaped) = (0, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_string = !in_string,
            b' ' | b'\t' | b'\r' | b'\n' if !in_string => {
                escape_into(&mut out, &text[kept..at]);
                kept = at + 1;
            }
            _ => {}
        }
    }
    escape_into(&mut out, &text[kept..]);
    // Escaping replaces ASCII by ASCII, so what was UTF-8 still is.
    JsonStr::written(String::from_utf8(out).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::argument_text;
    use cliproxy_json::Value;

    #[test]
    fn whitespace_between_tokens_is_left_out() {
        let check = |json, text: &str| {
            let value = Value::parse(json).unwrap();
            assert_eq!(argument_text(value).decoded(), text, "{json}");
        };
        check(r#"{"a":1}"#, r#"{"a":1}"#);
        check(
            "{ \"a b\" :\n[1 , 2.0],\t\"c\":\" \\\" \" }",
            r#"{"a b":[1,2.0],"c":" \" "}"#,
        );
        check(r#"{"ü":"\u00e9\n"}"#, r#"{"ü":"\u00e9\n"}"#);
    }
}
