//! What is wrong with a credential file.

use crate::FileName;
use std::{borrow::Cow, fmt};

/// One thing that is wrong with a credential file, and what to do about it.
///
/// No field ever holds a value from the file, except the name of a type or a path that it links to, so a
/// problem can be shown to anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which file.
    pub file: FileName,
    /// Which member; empty for the file as a whole.
    pub member: Cow<'static, str>,
    /// What is wrong: lowercase, no trailing period.
    pub message: Cow<'static, str>,
    /// What to do about it.
    pub remedy: Cow<'static, str>,
}

impl fmt::Display for Problem {
    /// `codex-a.json: priority: not a whole number (write 5 or "5")`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.file)?;
        if !self.member.is_empty() {
            write!(f, "{}: ", self.member)?;
        }
        write!(f, "{} ({})", self.message, self.remedy)
    }
}

impl Problem {
    /// Whether it is about a member, also if that is spelt wrong.
    #[must_use]
    pub fn is_about(&self, member: &str) -> bool {
        self.member == member || self.remedy == format!("did you mean `{member}`?")
    }

    /// Whether a member means nothing that was probably meant to be another.
    #[must_use]
    pub fn is_misspelt(&self) -> bool {
        self.remedy.starts_with("did you mean `")
    }
}

/// Collects the problems of one file.
pub(crate) struct Report {
    file: FileName,
    found: Vec<Problem>,
}

impl Report {
    pub(crate) const fn of(file: FileName) -> Self {
        Self {
            file,
            found: Vec::new(),
        }
    }

    pub(crate) fn problem(
        &self,
        member: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
        remedy: impl Into<Cow<'static, str>>,
    ) -> Problem {
        Problem {
            file: self.file.clone(),
            member: member.into(),
            message: message.into(),
            remedy: remedy.into(),
        }
    }

    pub(crate) fn warn(
        &mut self,
        member: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
        remedy: impl Into<Cow<'static, str>>,
    ) {
        self.found.push(self.problem(member, message, remedy));
    }

    pub(crate) fn found(self) -> Vec<Problem> {
        self.found
    }
}
