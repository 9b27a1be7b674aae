//! Text of others, without what a terminal would obey.

use serde_json::Value;
use std::fmt::Write as _;

/// A text as one line on which nothing moves the cursor, changes colours or turns the direction of
/// writing: what is not printed as itself is shown as an escape.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            // Printed as they are, though Rust would escape them.
            '\\' | '\'' | '"' => plain.push(character),
            character => plain.extend(character.escape_debug()),
        }
    }
    plain
}

/// JSON over several lines. In strings, too, nothing is left that a terminal would obey; what JSON
/// itself leaves alone is escaped as JSON does.
pub(crate) fn json(value: &Value) -> String {
    let text = format!("{value:#}");
    let mut json = String::with_capacity(text.len());
    for character in text.chars() {
        // Outside strings there is only ASCII, and of its controls only the end of a line.
        if character == '\n'
            || character == ' '
            || character.is_ascii_graphic()
            || is_text(character)
        {
            json.push(character);
        } else {
            let mut halves = [0; 2];
            for half in character.encode_utf16(&mut halves) {
                // Writing to a `String` cannot fail.
                let _ = write!(json, "\\u{half:04x}");
            }
        }
    }
    json
}

/// Whether Rust would print a character as it is.
fn is_text(character: char) -> bool {
    character.escape_debug().eq([character])
}

#[cfg(test)]
mod tests {
    use super::{json, plain};
    use serde_json::Value;

    #[test]
    fn nothing_that_a_terminal_obeys() {
        let check = |text: &str, expected: &str| assert_eq!(plain(text), expected);
        check("claude-sonnet-4-5 (é, 模型)", "claude-sonnet-4-5 (é, 模型)");
        check(r#"it's "fine" \o/"#, r#"it's "fine" \o/"#);
        check("a\nb\r\tc", r"a\nb\r\tc");
        check("\u{1b}[31mred\u{1b}[0m", r"\u{1b}[31mred\u{1b}[0m");
        check("\u{9b}31m \u{7f}", r"\u{9b}31m \u{7f}");
        check("abc\u{202e}dcb", r"abc\u{202e}dcb");
        check("a\u{200b}b\u{2028}c\0", r"a\u{200b}b\u{2028}c\0");
        check("", "");
    }

    #[test]
    fn json_stays_what_it_says() {
        let check = |text: &str, escaped: &str| {
            let value = Value::from(vec![text]);
            let shown = json(&value);
            assert_eq!(shown, format!("[\n  \"{escaped}\"\n]"));
            assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), value);
        };
        check("é \"x\"", "é \\\"x\\\"");
        check("\u{1b}[0m\n", "\\u001b[0m\\n");
        check("\u{9b}1m\u{7f}", "\\u009b1m\\u007f");
        check("\u{202e}x\u{2028}", "\\u202ex\\u2028");
        check("\u{e0001}", "\\udb40\\udc01");
    }
}
