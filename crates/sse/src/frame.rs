//! One event as it was sent, and what its fields say.

use std::{borrow::Cow, fmt, ops::Range, str};

use bytes::Bytes;

use crate::line::{Field, fields};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One frame: the bytes as they were sent, from its first line to its blank line.
///
/// The fields are looked up when they are asked for; unknown ones are ignored.
#[derive(Clone)]
pub struct Frame {
    raw: Bytes,
    /// Where the first line starts: after the byte order mark of the stream.
    start: usize,
}

impl Frame {
    /// `at_start`: it is the first frame of its stream, the one that may start with a byte order mark.
    pub(crate) fn new(raw: Bytes, at_start: bool) -> Self {
        let has_mark = at_start && raw.starts_with(BYTE_ORDER_MARK);
        let start = if has_mark { BYTE_ORDER_MARK.len() } else { 0 };
        Self { raw, start }
    }

    /// The bytes as they were sent, blank line included.
    #[must_use]
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// The value of the last `event` field; an empty one counts as none, since both mean `message`.
    #[must_use]
    pub fn event(&self) -> Option<&[u8]> {
        self.last(b"event").filter(|name| !name.is_empty())
    }

    /// The values of all `data` fields, joined by LF; borrowed when there is one, none when there is none.
    #[must_use]
    pub fn data(&self) -> Option<Cow<'_, [u8]>> {
        let mut lines = self.all(b"data").map(|field| field.value);
        let first = lines.next()?;
        let Some(second) = lines.next() else {
            return Some(Cow::Borrowed(first));
        };
        let mut joined = first.to_vec();
        for line in std::iter::once(second).chain(lines) {
            joined.push(b'\n');
            joined.extend_from_slice(line);
        }
        Some(Cow::Owned(joined))
    }

    /// Where the value of the `data` field stands in [`raw`](Self::raw), if there is exactly one.
    #[must_use]
    pub fn data_span(&self) -> Option<Range<usize>> {
        let mut lines = self.all(b"data");
        let first = lines.next()?;
        lines.next().is_none().then_some(first.span)
    }

    /// The value of the last `id` field; one that contains NUL is ignored.
    #[must_use]
    pub fn id(&self) -> Option<&[u8]> {
        self.all(b"id")
            .map(|field| field.value)
            .filter(|id| !id.contains(&0))
            .last()
    }

    /// The reconnection time of the last valid `retry` field, in milliseconds.
    #[must_use]
    pub fn retry(&self) -> Option<u64> {
        self.all(b"retry")
            .filter(|field| field.value.iter().all(u8::is_ascii_digit))
            .filter_map(|field| str::from_utf8(field.value).ok()?.parse().ok())
            .last()
    }

    /// Whether there is no field at all: only comments, or nothing.
    #[must_use]
    pub fn is_comment(&self) -> bool {
        self.fields().next().is_none()
    }

    /// Whether it ends with its blank line. Only the last frame of a stream may not.
    #[must_use]
    pub fn is_terminated(&self) -> bool {
        // With the byte order mark: to the framer, a first line with nothing else on it is not blank.
        let ([line @ .., b'\r', b'\n'] | [line @ .., b'\n' | b'\r']) = &*self.raw else {
            return false;
        };
        matches!(line.last(), None | Some(b'\n' | b'\r'))
    }

    fn fields(&self) -> impl Iterator<Item = Field<'_>> {
        fields(&self.raw, self.start)
    }

    fn all(&self, name: &'static [u8]) -> impl Iterator<Item = Field<'_>> {
        self.fields().filter(move |field| field.name == name)
    }

    fn last(&self, name: &'static [u8]) -> Option<&[u8]> {
        self.all(name).last().map(|field| field.value)
    }
}

/// Shows the length, never content: frames end up in logs.
impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame({} bytes)", self.raw.len())
    }
}

#[cfg(test)]
mod tests;
