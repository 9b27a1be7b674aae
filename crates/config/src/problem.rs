//! What is wrong with a configuration, all of it at once.

use crate::{Place, tree::Spot};
use std::{collections::HashSet, fmt, path::PathBuf};

/// How bad a [`Problem`] is.
#[expect(
    clippy::exhaustive_enums,
    reason = "a third severity must break every place that decides whether to start"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The gateway does not start.
    Error,
    /// It starts, and says so.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// One thing that is wrong, where it is, and what to do about it.
///
/// No field ever holds a configured value, except the name of a variable, an entry or a model or the
/// path of a file, so a problem can be shown to anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Whether it keeps the gateway from starting.
    pub severity: Severity,
    /// Where the offending value, or what should contain it, was given.
    pub place: Place,
    /// The key, like `claude-api-key[0].base-url`; empty for the file as a whole.
    pub key: String,
    /// What is wrong: lowercase, no trailing period.
    pub message: String,
    /// What to do about it; empty if the message says it.
    pub remedy: String,
}

impl fmt::Display for Problem {
    /// `12:3: error: claude-api-key[0].base-url: not a URL (write https://host/path)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.locate(f)?;
        write!(f, "{}: ", self.severity)?;
        self.say(f)
    }
}

impl Problem {
    /// The same without its severity, for a log that says that itself.
    #[must_use]
    pub const fn without_severity(&self) -> impl fmt::Display {
        WithoutSeverity(self)
    }

    fn locate(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Default => Ok(()),
            place => write!(f, "{place}: "),
        }
    }

    fn say(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)?;
        if !self.remedy.is_empty() {
            write!(f, " ({})", self.remedy)?;
        }
        Ok(())
    }
}

struct WithoutSeverity<'a>(&'a Problem);

impl fmt::Display for WithoutSeverity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.locate(f)?;
        self.0.say(f)
    }
}

/// Every problem that was found, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    found: Vec<Problem>,
    files: Vec<PathBuf>,
}

impl Problems {
    /// The problems, in the order of the file.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.found.iter()
    }

    /// Whether nothing was found.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.found.len()
    }

    /// The files besides its own that the configuration was read from, or would have been: a problem
    /// may go away with a change of one of them.
    #[must_use]
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    pub(crate) fn of_files(self, files: Vec<PathBuf>) -> Self {
        Self { files, ..self }
    }

    /// Whether one of them keeps the gateway from starting.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.found
            .iter()
            .any(|problem| problem.severity == Severity::Error)
    }
}

impl fmt::Display for Problems {
    /// One problem per line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.found.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

impl From<Vec<Problem>> for Problems {
    /// Sorts by place.
    fn from(mut problems: Vec<Problem>) -> Self {
        problems.sort_by(|a, b| a.place.cmp(&b.place));
        Self {
            found: problems,
            files: Vec::new(),
        }
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.found.into_iter()
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// What a message about the first of several says of the others.
pub(crate) fn more_of_it(more: usize) -> String {
    match more {
        0 => String::new(),
        1 => "; there is one more of it".to_owned(),
        more => format!("; there are {more} more of it"),
    }
}

/// Collects problems while a configuration is read.
#[derive(Default)]
pub(crate) struct Report {
    problems: Vec<Problem>,
    /// The keys that were found wrong.
    wrong: HashSet<String>,
    /// What is not set here.
    unset: Vec<Problem>,
}

impl Report {
    pub(crate) fn error(
        &mut self,
        spot: &Spot<'_>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.push(Severity::Error, spot, message.into(), remedy.into());
    }

    pub(crate) fn warning(
        &mut self,
        spot: &Spot<'_>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.push(Severity::Warning, spot, message.into(), remedy.into());
    }

    /// Adds one, unless its key was found wrong before: a value that was refused for its type
    /// would otherwise be reported again as missing.
    pub(crate) fn push(
        &mut self,
        severity: Severity,
        spot: &Spot<'_>,
        message: String,
        remedy: String,
    ) {
        let key = spot.path.to_string();
        if self.wrong.contains(&key) {
            return;
        }
        if severity == Severity::Error && !key.is_empty() {
            self.wrong.insert(key.clone());
        }
        self.problems.push(Problem {
            severity,
            place: spot.place.clone(),
            key,
            message,
            remedy,
        });
    }

    /// What may be set where the gateway runs.
    pub(crate) fn elsewhere(&mut self, spot: &Spot<'_>, name: &str) {
        self.unset.push(Problem {
            severity: Severity::Warning,
            place: spot.place.clone(),
            key: spot.path.to_string(),
            message: format!("the environment variable {name} is not set in this shell"),
            remedy: "the gateway may have it".to_owned(),
        });
    }

    pub(crate) fn unset(&mut self) -> Problems {
        std::mem::take(&mut self.unset).into()
    }

    pub(crate) fn into_problems(self) -> Problems {
        self.problems.into()
    }
}
