//! How clients ask for reasoning.

/// What a client means.
pub(crate) struct Reasoning {
    pub(crate) seeing: Seeing,
    /// It has levels and budgets, so that one who asks for a level knows that the model takes them.
    pub(crate) knows_levels: bool,
}

/// Whether a client that asks for reasoning wants to see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seeing {
    /// It says so.
    Said,
    /// It may say so, and does if it says nothing.
    Implied,
    /// It cannot say so, and does.
    Unsayable,
}
