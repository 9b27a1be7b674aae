//! Arguments that come as a JSON value, where they are told as text.

use crate::{compact::compact, json_str::JsonStr};
use cliproxy_json::Value;

/// The text of a value without whitespace between its tokens, as it stands between the quotes of a
/// JSON string.
pub(crate) fn argument_text(value: Value<'_>) -> JsonStr<'static> {
    JsonStr::plain(&compact(value.raw()))
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
