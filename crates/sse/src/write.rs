//! Writing events.

use bytes::{BufMut, BytesMut};
use memchr::memchr2;

/// A comment that keeps a connection alive and that every client ignores.
pub const KEEP_ALIVE: &[u8] = b": keep-alive\n\n";

/// Appends an event with LF line ends; `data` becomes one field per line.
///
/// LF, CRLF and CR all end a line of `data`, because none of them can be sent inside a field. For the same reason an
/// event name ends at its first line break.
///
/// ```
/// use bytes::BytesMut;
///
/// let mut out = BytesMut::new();
/// cliproxy_sse::write_event(&mut out, Some("note"), b"two\nlines");
/// assert_eq!(out, "event: note\ndata: two\ndata: lines\n\n");
/// ```
pub fn write_event(out: &mut BytesMut, event: Option<&str>, data: &[u8]) {
    if let Some(event) = event {
        let (name, _) = first_line(event.as_bytes());
        put_field(out, b"event: ", name);
    }
    let mut rest = Some(data);
    while let Some(lines) = rest {
        let (line, after) = first_line(lines);
        put_field(out, b"data: ", line);
        rest = after;
    }
    out.put_u8(b'\n');
}

fn put_field(out: &mut BytesMut, name: &[u8], value: &[u8]) {
    out.reserve(name.len() + value.len() + 2);
    out.put_slice(name);
    out.put_slice(value);
    out.put_u8(b'\n');
}

/// The text before the first line break, and the text after it if there is one.
fn first_line(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    let Some(end) = memchr2(b'\n', b'\r', text) else {
        return (text, None);
    };
    let after = &text[end..];
    let after = after.strip_prefix(b"\r\n").unwrap_or_else(|| &after[1..]);
    (&text[..end], Some(after))
}
