//! The lines of a frame and their fields.

use std::ops::Range;

use memchr::{memchr, memchr2};

/// One field, or a line without a colon, whose value is empty.
pub(crate) struct Field<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) value: &'a [u8],
    /// Where the value stands in the text that was walked.
    pub(crate) span: Range<usize>,
}

/// The fields in `text`, from byte `start` on; comments and blank lines are passed over.
pub(crate) fn fields(text: &[u8], start: usize) -> impl Iterator<Item = Field<'_>> {
    let mut at = start;
    std::iter::from_fn(move || {
        while at < text.len() {
            let line = at..at + memchr2(b'\n', b'\r', &text[at..]).unwrap_or(text.len() - at);
            // The LF of a CRLF starts another line, a blank one: that changes nothing.
            at = line.end + 1;
            match text[line.clone()].first() {
                None | Some(b':') => {}
                Some(_) => return Some(field(text, line)),
            }
        }
        None
    })
}

fn field(text: &[u8], line: Range<usize>) -> Field<'_> {
    let (name, value) = match memchr(b':', &text[line.clone()]) {
        None => (line.clone(), line.end),
        Some(colon) => {
            let colon = line.start + colon;
            let space = usize::from(text[colon + 1..line.end].first() == Some(&b' '));
            (line.start..colon, colon + 1 + space)
        }
    };
    Field {
        name: &text[name],
        value: &text[value..line.end],
        span: value..line.end,
    }
}
