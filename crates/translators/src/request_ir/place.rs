//! Where in the client's body something stands.

use cliproxy_json::{Value, path_to};

/// The offset of a value in the client's body. It becomes a path only if somebody reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place(u32);

impl Place {
    /// Nothing in the body: made by this crate, and no loss if it is lost.
    pub(crate) const NOWHERE: Self = Self(u32::MAX);
    /// The name of the model, which Gemini clients send in the URL.
    pub(crate) const MODEL: Self = Self(u32::MAX - 1);

    /// A value of the client's body, as it was received: not of a text that was made from it.
    pub(crate) fn of(value: Value<'_>) -> Self {
        Self::at(value.span().start)
    }

    /// The place of the value that begins at `offset`.
    pub(crate) fn at(offset: usize) -> Self {
        // A body is at most 4 GiB long; an offset that does not fit would be the end of it.
        u32::try_from(offset).map_or(Self::NOWHERE, Self)
    }

    /// Where in the body it is, if it is in it.
    pub(crate) fn offset(self) -> Option<usize> {
        (self < Self::MODEL).then_some(self.0 as usize)
    }

    pub(crate) fn is_known(self) -> bool {
        self != Self::NOWHERE
    }

    /// The path that leads there, in the client's spelling.
    pub(crate) fn path(self, body: Value<'_>) -> Option<String> {
        match self {
            Self::NOWHERE => None,
            Self::MODEL => Some("model".to_owned()),
            Self(offset) => path_to(body, offset as usize),
        }
    }
}
