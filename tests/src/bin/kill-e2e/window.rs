//! Where a kill fell, by what it has left.

use std::{collections::BTreeMap, fmt};

/// Where a kill fell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Window {
    /// Nothing had been written and nobody asked.
    Before,
    /// It was noted that the refresh token is about to be used, and it was not.
    Noted,
    /// New tokens were made, and are not in the file: the refresh token in it is used up.
    Sent,
    /// The same, and their answer was to be cut off on its way: perhaps not the doing of the kill.
    Cut,
    /// They are in the file; the note is not taken back.
    Written,
    /// All is done.
    After,
}

impl Window {
    const ALL: [Self; 6] = [
        Self::Before,
        Self::Noted,
        Self::Sent,
        Self::Cut,
        Self::Written,
        Self::After,
    ];

    /// Whether the refresh token in the file is used up.
    pub(crate) const fn is_lost(self) -> bool {
        matches!(self, Self::Sent | Self::Cut)
    }

    /// Whether the next process cannot know about the refresh token in the file.
    pub(crate) const fn is_uncertain(self) -> bool {
        self.is_lost() || matches!(self, Self::Noted)
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Before => "before the refresh",
            Self::Noted => "noted, not sent",
            Self::Sent => "between sending and writing",
            Self::Cut => "sent, and its answer cut",
            Self::Written => "written, note not taken back",
            Self::After => "after the refresh",
        }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How many kills fell where.
#[derive(Debug, Default)]
pub(crate) struct Tally(BTreeMap<Window, usize>);

impl Tally {
    pub(crate) fn add(&mut self, window: Window) {
        *self.0.entry(window).or_default() += 1;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for window in Window::ALL {
            let count = self.0.get(&window).copied().unwrap_or_default();
            writeln!(f, "{count:4}  {window}")?;
        }
        Ok(())
    }
}
