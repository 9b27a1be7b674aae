//! System messages and turns.

use super::{Part, Place};

/// An instruction that stands before the conversation, or within it.
#[derive(Debug)]
pub(crate) struct SystemMessage<'a> {
    pub(crate) role: SystemRole,
    /// Texts only.
    pub(crate) parts: Vec<Part<'a>>,
    pub(crate) place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SystemRole {
    System,
    Developer,
    /// The member `instructions` of a Responses request.
    Instructions,
}

/// What one side says in one go.
///
/// Decoders need not alternate the roles: the normalise pass merges neighbours of one role. They give
/// tool results as parts of user turns, in the order of the body.
#[derive(Debug)]
pub(crate) enum Turn<'a> {
    Said {
        role: Role,
        parts: Vec<Part<'a>>,
        /// The message, or the first of those that were merged.
        place: Place,
    },
    /// A system message inside the conversation, which stays where it is if the target can.
    System(SystemMessage<'a>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    User,
    Assistant,
}
