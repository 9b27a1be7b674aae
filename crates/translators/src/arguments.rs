//! Arguments of a tool call where they have to be a JSON object.
//!
//! Chat and Responses carry arguments as text, which a model may have written badly or not to its end.
//! Claude and Gemini take an object, so one is made of any text:
//!
//! | the text is | the object |
//! |---|---|
//! | a JSON object | itself, as it is spelled |
//! | empty, blank or `null` | `{}` |
//! | any other JSON value `x` | `{"value":x}` |
//! | JSON but for what is mended | what it is then, as above |
//! | anything else | `{"_raw":"the text"}`; in a whole reply for a Claude client `{}` |
//!
//! Mended are the slips of models, in one pass:
//!
//! - single quotes around a string become double ones, trailing commas are dropped;
//! - strings and brackets that nothing closes are closed, an escape that is cut off is dropped;
//! - in a string, a control character is escaped, and a backslash that makes no escape (`\d`) is doubled.
//!
//! No content is guessed: a key without a value stays text that is not JSON.

use cliproxy_json::{Kind, Value, quote_into};
use memchr::memchr;
use std::{borrow::Cow, fmt::Write as _};

#[cfg(test)]
mod tests;

/// The text of a JSON object that says what the argument text says.
///
/// `text` is decoded, as it stands in the tool call and not in the document around it. Linear time.
pub(crate) fn object(text: &str) -> Cow<'_, str> {
    mended(text).unwrap_or_else(|| Cow::Owned(raw(text)))
}

/// The same, but of a text that is not JSON and cannot be mended nothing is kept: `{}`. For callers who
/// would take `_raw` for an argument of the tool.
pub(crate) fn object_or_empty(text: &str) -> Cow<'_, str> {
    mended(text).unwrap_or(Cow::Borrowed("{}"))
}

fn mended(text: &str) -> Option<Cow<'_, str>> {
    if text.bytes().all(is_whitespace) {
        return Some(Cow::Borrowed("{}"));
    }
    if let Ok(value) = Value::parse(text)
        && strings_hold(value.raw())
    {
        return Some(object_of(value));
    }
    let mended = mend(text)?;
    let value = Value::parse(&mended).ok()?;
    Some(Cow::Owned(object_of(value).into_owned()))
}

fn object_of(value: Value<'_>) -> Cow<'_, str> {
    match value.kind() {
        Kind::Object => Cow::Borrowed(value.raw()),
        Kind::Null => Cow::Borrowed("{}"),
        _ => Cow::Owned(format!(r#"{{"value":{}}}"#, value.raw())),
    }
}

fn raw(text: &str) -> String {
    let mut object = br#"{"_raw":"#.to_vec();
    quote_into(&mut object, text);
    object.push(b'}');
    String::from_utf8_lossy(&object).into_owned()
}

/// The text with quotes, commas and brackets put right; what else is wrong with it stays wrong.
///
/// `None` if brackets do not match.
fn mend(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len() + 8);
    let mut open = Vec::new();
    // Where the last comma is, if nothing but whitespace has followed.
    let mut comma = None;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if matches!(byte, b'}' | b']') {
            out.truncate(comma.unwrap_or(out.len()));
        }
        if !is_whitespace(byte) {
            comma = (byte == b',').then_some(out.len());
        }
        at = match byte {
            b'"' | b'\'' => mend_string(text, at, &mut out),
            b'{' | b'[' | b'}' | b']' | b',' => {
                match byte {
                    b'{' => open.push('}'),
                    b'[' => open.push(']'),
                    b',' => {}
                    _ if open.pop() == Some(char::from(byte)) => {}
                    _ => return None,
                }
                out.push(char::from(byte));
                at + 1
            }
            _ => {
                let ends =
                    |byte: &u8| matches!(byte, b'"' | b'\'' | b'{' | b'}' | b'[' | b']' | b',');
                let run = bytes[at..].iter().position(ends);
                let end = run.map_or(bytes.len(), |run| at + run);
                let run = &text[at..end];
                if !run.bytes().all(is_whitespace) {
                    comma = None;
                }
                out.push_str(run);
                end
            }
        };
    }
    out.truncate(comma.unwrap_or(out.len()));
    out.extend(open.iter().rev());
    Some(out)
}

/// Copies the string whose quote, of either kind, stands at `start`, and returns where it ends.
fn mend_string(text: &str, start: usize, out: &mut String) -> usize {
    let bytes = text.as_bytes();
    let quote = bytes[start];
    let mut at = start + 1;
    out.push('"');
    loop {
        let stops = |&byte: &u8| byte == quote || matches!(byte, b'"' | b'\\' | ..0x20);
        let run = bytes[at..].iter().position(stops);
        let end = run.map_or(bytes.len(), |run| at + run);
        out.push_str(&text[at..end]);
        at = end;
        match bytes.get(at) {
            None => break,
            Some(&byte) if byte == quote => {
                at += 1;
                break;
            }
            Some(b'\\') => match Escape::read(&bytes[at..]) {
                Escape::Whole(len) => {
                    out.push_str(&text[at..at + len]);
                    at += len;
                }
                // JSON has none for a single quote.
                Escape::Wrong if bytes[at + 1] == b'\'' => {
                    out.push('\'');
                    at += 2;
                }
                Escape::Wrong => {
                    out.push_str(r"\\");
                    at += 1;
                }
                Escape::Cut => at = bytes.len(),
            },
            Some(b'"') => {
                out.push_str("\\\"");
                at += 1;
            }
            Some(control) => {
                // `write!` into a string does not fail.
                let _ = write!(out, "\\u{control:04x}");
                at += 1;
            }
        }
    }
    out.push('"');
    at
}

/// Whether the strings of a JSON text say what they say by the grammar, which is checked for
/// everything else only.
fn strings_hold(text: &str) -> bool {
    let mut rest = text.as_bytes();
    while let Some(quote) = memchr(b'"', rest) {
        let mut at = quote + 1;
        loop {
            at += match rest.get(at) {
                Some(b'"') => break,
                Some(b'\\') => match Escape::read(&rest[at..]) {
                    Escape::Whole(len) => len,
                    Escape::Wrong | Escape::Cut => return false,
                },
                Some(0x20..) => 1,
                Some(_) | None => return false,
            };
        }
        rest = &rest[at + 1..];
    }
    true
}

/// What a backslash in a string begins.
enum Escape {
    /// An escape of that many bytes.
    Whole(usize),
    /// One that the end of the text cuts off.
    Cut,
    /// None that JSON knows.
    Wrong,
}

impl Escape {
    /// `rest` begins with the backslash.
    fn read(rest: &[u8]) -> Self {
        match rest.get(1) {
            None => Self::Cut,
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Self::Whole(2),
            Some(b'u') => {
                let digits = rest[2..].iter().take(4);
                match digits.take_while(|byte| byte.is_ascii_hexdigit()).count() {
                    4 => Self::Whole(6),
                    digits if rest.len() == 2 + digits => Self::Cut,
                    _ => Self::Wrong,
                }
            }
            Some(_) => Self::Wrong,
        }
    }
}

fn is_whitespace(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}
