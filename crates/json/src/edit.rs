//! Edits of a body that leave every other byte as it was received.

use std::fmt;

use bytes::Bytes;

use crate::{
    Body, Invalid, Path, Slices, Value, quoted,
    tree::{Room, Tree},
};

/// One change of a document.
///
/// Where a name occurs twice in an object, all its members are meant: [`Remove`](Edit::Remove) takes them all away and
/// [`Set`](Edit::Set) leaves one, so that no parser reads the old value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "these three are what payload rules consist of"
)]
pub enum Edit {
    /// Takes a member or element away together with its comma. Nothing happens if there is none.
    Remove(Path),
    /// Sets a value. Missing parents are created, as an array where the next component is an index and as an object
    /// otherwise; a scalar in the way is replaced; an index beyond the end pads with `null`.
    /// Nothing happens if the path names a key in an array.
    Set(Path, Raw),
    /// The same, unless there is a value at that place already, `null` included.
    SetIfAbsent(Path, Raw),
}

/// The text of one JSON value, checked when it was made.
#[derive(Clone, PartialEq, Eq)]
pub struct Raw(Bytes);

impl Raw {
    /// Takes JSON text, keeping its spelling; whitespace around the value is dropped.
    ///
    /// # Errors
    ///
    /// [`Invalid`] if it is not exactly one value.
    pub fn json(text: impl Into<Bytes>) -> Result<Self, Invalid> {
        let text = text.into();
        let span = Value::parse_bytes(&text)?.span();
        Ok(Self(text.slice(span)))
    }

    /// A string.
    #[must_use]
    pub fn string(text: &str) -> Self {
        Self(quoted(text))
    }

    /// The JSON text.
    #[must_use]
    pub fn as_bytes(&self) -> &Bytes {
        &self.0
    }
}

impl From<&str> for Raw {
    /// A JSON string that says `text`; for JSON text there is [`Raw::json`].
    fn from(text: &str) -> Self {
        Self::string(text)
    }
}

impl From<bool> for Raw {
    fn from(value: bool) -> Self {
        Self(Bytes::from_static(if value { b"true" } else { b"false" }))
    }
}

impl From<i64> for Raw {
    fn from(number: i64) -> Self {
        Self(Bytes::from(number.to_string()))
    }
}

impl From<u64> for Raw {
    fn from(number: u64) -> Self {
        Self(Bytes::from(number.to_string()))
    }
}

/// Shows the length only: a configured value may be a secret.
impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Raw({} bytes)", self.0.len())
    }
}

/// Applies `edits` in order, each to what the one before it left.
///
/// The result shares the received bytes: only what is new is written, and whitespace, order, spelling and unknown
/// members stay as they were sent. Only the objects and arrays on the paths are looked into.
///
/// # Errors
///
/// [`Invalid::TooManyMembers`] if the objects and arrays on the paths have more than 65,536 members and
/// elements together.
///
/// ```
/// use cliproxy_json::{Body, Edit, Path, Raw, apply};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let body = Body::new(r#"{"user": "u1", "temperature": 1.0}"#.into())?;
/// let edits = [
///     Edit::Remove(Path::parse("user")?),
///     Edit::Set(Path::parse("reasoning.effort")?, Raw::from("low")),
/// ];
/// let edited = apply(&body, &edits)?.to_bytes();
/// assert_eq!(edited, r#"{"temperature": 1.0,"reasoning":{"effort":"low"}}"#);
/// # Ok(())
/// # }
/// ```
pub fn apply(body: &Body, edits: &[Edit]) -> Result<Slices, Invalid> {
    if edits.is_empty() {
        return Ok(Slices::from(body.raw().clone()));
    }
    let mut room = Room::new();
    let mut tree = Tree::of(body, &mut room)?;
    for edit in edits {
        match edit {
            Edit::Remove(path) => tree.remove(path.parts(), &mut room)?,
            Edit::Set(path, raw) => {
                tree.set(path.parts(), raw, &mut room)?;
            }
            Edit::SetIfAbsent(path, raw) => {
                if !tree.has(path.parts(), &mut room)? {
                    tree.set(path.parts(), raw, &mut room)?;
                }
            }
        }
    }
    Ok(tree.render(body))
}

#[cfg(test)]
mod tests;
