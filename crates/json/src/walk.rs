//! Lazy walks over the members of an object and the elements of an array.

use std::{borrow::Cow, fmt, iter::FusedIterator};

use crate::{
    Kind, Value,
    jumps::Jumps,
    scan::{colon, key_end, skip_whitespace, value_end},
    text,
};

/// The members of an object, in order; see [`Value::members`].
#[derive(Clone)]
pub struct Members<'a>(Cursor<'a>);

/// The elements of an array, in order; see [`Value::elements`].
#[derive(Clone)]
pub struct Elements<'a>(Cursor<'a>);

/// One member with the place of its key.
pub(crate) struct Member<'a> {
    /// The key between its quotes, escapes included.
    pub(crate) key: &'a str,
    /// Where the opening quote of the key stands in the document.
    pub(crate) start: usize,
    pub(crate) value: Value<'a>,
}

impl<'a> Members<'a> {
    pub(crate) fn of(value: Value<'a>) -> Self {
        Self(Cursor::new(value, Kind::Object))
    }

    pub(crate) fn find_key(self, key: &str) -> Option<Value<'a>> {
        self.raw()
            .find(|member| text::key_is(member.key, key))
            .map(|member| member.value)
    }

    /// The same members with their keys as they were sent.
    pub(crate) fn raw(mut self) -> impl Iterator<Item = Member<'a>> {
        std::iter::from_fn(move || self.next_raw())
    }

    fn next_raw(&mut self) -> Option<Member<'a>> {
        let cursor = &mut self.0;
        let key = cursor.at?;
        let bytes = cursor.text.as_bytes();
        // The text was checked when the value was made, so neither of these fails.
        let key_end = key_end(bytes, key).ok()?;
        let value = cursor.value(colon(bytes, key_end).ok()?)?;
        Some(Member {
            key: &cursor.text[key + 1..key_end - 1],
            start: cursor.base + key,
            value,
        })
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (Cow<'a, str>, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.next_raw()
            .map(|member| (text::decoded(member.key), member.value))
    }
}

impl FusedIterator for Members<'_> {}

impl<'a> Elements<'a> {
    pub(crate) fn of(value: Value<'a>) -> Self {
        Self(Cursor::new(value, Kind::Array))
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.0.at?;
        self.0.value(start)
    }
}

impl FusedIterator for Elements<'_> {}

/// Shows the place only: content does not belong in logs.
impl fmt::Debug for Members<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.show("Members", f)
    }
}

/// Shows the place only: content does not belong in logs.
impl fmt::Debug for Elements<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.show("Elements", f)
    }
}

/// A place in the text of a container.
#[derive(Clone)]
struct Cursor<'a> {
    text: &'a str,
    /// Where the text starts in the document.
    base: usize,
    /// The next key or element, relative to the text; none at the end.
    at: Option<usize>,
    jumps: Jumps<'a>,
}

impl<'a> Cursor<'a> {
    fn new(value: Value<'a>, kind: Kind) -> Self {
        let text = value.raw();
        let first = skip_whitespace(text.as_bytes(), 1);
        let is_empty = matches!(text.as_bytes().get(first), Some(b'}' | b']') | None);
        Self {
            text,
            base: value.span().start,
            at: (value.kind() == kind && !is_empty).then_some(first),
            jumps: value.jumps(),
        }
    }

    /// Takes the value at `start` and goes on to what follows its comma.
    fn value(&mut self, start: usize) -> Option<Value<'a>> {
        let bytes = self.text.as_bytes();
        let (end, jumps) = match self.jumps.take(self.base + start) {
            Some((end, inner)) => (end - self.base, inner),
            None => (
                // The text was checked when the value was made, so this does not fail.
                value_end(bytes, start, 0, &mut ()).ok()?,
                Jumps::default(),
            ),
        };
        let next = skip_whitespace(bytes, end);
        self.at = (bytes.get(next) == Some(&b',')).then(|| skip_whitespace(bytes, next + 1));
        Some(Value::checked(
            &self.text[start..end],
            self.base + start,
            jumps,
        ))
    }

    fn show(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{name}@{}",
            self.base + self.at.unwrap_or(self.text.len())
        )
    }
}
