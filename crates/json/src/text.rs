//! What the inside of a JSON string means.

use std::borrow::Cow;

use memchr::memchr;

/// Decodes the text between the quotes of a string; borrowed when there is no escape in it.
///
/// A surrogate without its partner and an escape that RFC 8259 does not know become U+FFFD.
#[must_use]
pub fn decoded(escaped: &str) -> Cow<'_, str> {
    let Some(first) = memchr(b'\\', escaped.as_bytes()) else {
        return Cow::Borrowed(escaped);
    };
    let mut out = String::with_capacity(escaped.len());
    out.push_str(&escaped[..first]);
    let mut rest = &escaped[first..];
    while let Some(after) = rest.strip_prefix('\\') {
        let (decoded, len) = escape(after);
        out.push(decoded);
        rest = &after[len..];
        let run = memchr(b'\\', rest.as_bytes()).unwrap_or(rest.len());
        out.push_str(&rest[..run]);
        rest = &rest[run..];
    }
    Cow::Owned(out)
}

/// Whether the text between a key's quotes says `key`.
pub(crate) fn key_is(escaped: &str, key: &str) -> bool {
    if escaped == key {
        return !key.contains('\\');
    }
    // No byte takes more than six to spell, so long names are not decoded for nothing.
    escaped.len() <= 6 * key.len() && escaped.contains('\\') && decoded(escaped) == key
}

/// The character that follows a backslash stands for, and how many bytes it takes.
fn escape(after: &str) -> (char, usize) {
    let plain = match after.as_bytes().first() {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode(after),
        _ => {
            let len = after.chars().next().map_or(0, char::len_utf8);
            return (char::REPLACEMENT_CHARACTER, len);
        }
    };
    (plain, 1)
}

/// `uXXXX`, or a surrogate pair `uXXXX\uXXXX`.
fn unicode(after: &str) -> (char, usize) {
    let Some(first) = hex4(after, 1) else {
        return (char::REPLACEMENT_CHARACTER, 1);
    };
    if (0xd800..0xdc00).contains(&first)
        && after.as_bytes().get(5..7) == Some(b"\\u")
        && let Some(second) = hex4(after, 7)
        && (0xdc00..0xe000).contains(&second)
    {
        let joined = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return (
            char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER),
            11,
        );
    }
    (
        char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER),
        5,
    )
}

fn hex4(text: &str, at: usize) -> Option<u32> {
    let digits = text.as_bytes().get(at..at + 4)?;
    digits.iter().try_fold(0, |value, &digit| {
        Some(value * 16 + char::from(digit).to_digit(16)?)
    })
}
