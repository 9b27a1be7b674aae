//! Turns, system messages, results, sealed reasoning.

use crate::request_ir::{Family, SystemRole};

/// Turns, and who says what.
pub(crate) struct Conversation {
    /// System messages inside the conversation.
    pub(crate) later_system: LaterSystem,
    /// The role of what a client says whose protocol has no other than `system`.
    pub(crate) application_role: Option<SystemRole>,
    /// Of clients: there is one role for instructions.
    pub(crate) has_one_system_role: bool,
    /// A conversation begins with the user, and has at least one turn.
    pub(crate) user_begins: bool,
    /// A text of nothing but blanks is refused like an empty one, and so is such a stop sequence.
    pub(crate) refuses_blank: bool,
    /// Blanks at the end of an answer that is to be continued are refused.
    pub(crate) refuses_blank_end: bool,
    /// Of clients: what only their protocol knows is what the conversation is about in answers too.
    pub(crate) keeps_foreign_answers: bool,
    /// Images and files that a tool returns.
    pub(crate) result_media: ResultMedia,
    /// Answers of the history may cite pages.
    pub(crate) cites_pages: bool,
    /// There is no flag for results that are errors: their text says it.
    pub(crate) says_error: bool,
}

/// Where a system message inside the conversation may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LaterSystem {
    /// Anywhere.
    Kept,
    /// Behind a turn of the user, if model and host know it; else it becomes a text of the user.
    Behind,
    /// It becomes a text of the user.
    Folded,
}

/// Where media of a tool's result may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResultMedia {
    /// Inside the result.
    Inside,
    /// Inside it if the model says so, else behind the results.
    IfModelSays,
    /// Behind the results, with a text that says which call they are from.
    Announced,
}

/// Which sealed reasoning goes back.
pub(crate) struct Sealed {
    /// Whose.
    pub(crate) family: Family,
    /// Only to models that insist on signatures.
    pub(crate) is_for_demanding: bool,
    /// Reasoning with what seals it; else signatures of calls only.
    pub(crate) thoughts: bool,
    /// Reasoning as plain text, before calls, where the profile replays it.
    pub(crate) texts: bool,
    /// Reasoning must be followed by what it led to.
    pub(crate) leads: bool,
    /// A model that has refused a signature still looks for one.
    pub(crate) demands_when_refused: bool,
}

/// Which marks for the provider's cache there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CacheMarks {
    None,
    /// OpenAI's, at hosts that take labels.
    Breakpoints,
    /// Claude's: at most so many, the last ones.
    Ephemeral(usize),
}
