//! Where a value was given.

use std::fmt;

/// Where a value was given, so that a message can say what to change.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Place {
    /// In the configuration file.
    File {
        /// Line, counted from 1.
        line: u32,
        /// Column in characters, counted from 1.
        column: u32,
    },
    /// In an environment variable with this name.
    Env(String),
    /// On the command line, with this flag.
    Flag(&'static str),
    /// Nowhere: a default.
    #[default]
    Default,
}

impl Place {
    /// The line in the file, if it was given there.
    #[must_use]
    pub const fn line(&self) -> Option<u32> {
        match self {
            Self::File { line, .. } => Some(*line),
            Self::Env(_) | Self::Flag(_) | Self::Default => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { line, column } => write!(f, "{line}:{column}"),
            Self::Env(name) => write!(f, "${name}"),
            Self::Flag(flag) => f.write_str(flag),
            Self::Default => f.write_str("default"),
        }
    }
}
