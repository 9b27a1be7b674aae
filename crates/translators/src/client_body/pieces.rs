//! The lists of a request, and how many elements they may have in all.
//!
//! A message, a part, a call or a tool can be told in a few bytes, and takes more of them where it is
//! read: a body of nothing but the shortest would take many times its size. What is counted are the
//! elements of all lists that are read into pieces, and each tool that Gemini declares by a member. What
//! is only moved is not counted: schemas, arguments, stop sequences.

use super::expect::invalid;
use crate::rejection::Rejection;
use cliproxy_json::{Elements, Kind, Value};
use std::cell::Cell;

/// The most pieces that a request may have. Anthropic takes 100,000 messages and no more; others take
/// fewer, or say no number.
pub(crate) const MOST: u32 = 100_000;

/// Counts the pieces of one request.
#[derive(Debug, Default)]
pub(crate) struct Pieces(Cell<u32>);

impl Pieces {
    /// Counts `value`.
    ///
    /// # Errors
    ///
    /// [`Rejection`] for the first that is too many.
    pub(crate) fn count(&self, value: Value<'_>) -> Result<(), Rejection> {
        let before = self.0.get();
        if before == MOST {
            let most = format!(
                "a request may have at most {MOST} messages, parts, calls and tools in all"
            );
            return Err(invalid(value, most));
        }
        self.0.set(before + 1);
        Ok(())
    }

    /// The elements of an array, counted as they are taken.
    ///
    /// # Errors
    ///
    /// [`Rejection`] for another value.
    pub(crate) fn array<'a, 'p>(
        &'p self,
        value: Value<'a>,
        name: &str,
    ) -> Result<Counted<'a, 'p>, Rejection> {
        match value.kind() {
            Kind::Array => Ok(Counted {
                pieces: self,
                one: None,
                many: value.elements(),
            }),
            _ => Err(invalid(value, format!("`{name}` must be an array"))),
        }
    }

    /// The elements of an array of objects; a single object stands for an array of itself.
    ///
    /// # Errors
    ///
    /// As [`Pieces::array`].
    pub(crate) fn objects<'a, 'p>(
        &'p self,
        value: Value<'a>,
        name: &str,
    ) -> Result<impl Iterator<Item = Result<Value<'a>, Rejection>> + use<'a, 'p>, Rejection> {
        let list = match value.kind() {
            Kind::Object => Counted {
                pieces: self,
                one: Some(value),
                many: value.elements(),
            },
            _ => self.array(value, name)?,
        };
        Ok(list.map(|element| match element? {
            element if element.kind() == Kind::Object => Ok(element),
            other => Err(invalid(other, "an object is expected here")),
        }))
    }
}

/// See [`Pieces::array`].
#[derive(Debug)]
pub(crate) struct Counted<'a, 'p> {
    pieces: &'p Pieces,
    /// What stands for a list of itself.
    one: Option<Value<'a>>,
    many: Elements<'a>,
}

impl<'a> Iterator for Counted<'a, '_> {
    type Item = Result<Value<'a>, Rejection>;

    fn next(&mut self) -> Option<Self::Item> {
        let value = self.one.take().or_else(|| self.many.next())?;
        Some(self.pieces.count(value).map(|()| value))
    }
}
