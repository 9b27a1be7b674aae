//! `cargo xtask tidy`: the rules of this workspace that no other tool knows.
//!
//! Each rule is a function from what is written to findings, and the same rules run as tests, so
//! that plain `cargo test` already refuses a change that breaks one.

mod documents;
mod manifests;
mod protocols;
mod sources;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;

use anyhow::bail;

use crate::workspace::Workspace;

/// One breach of a rule.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    /// Relative to the workspace.
    path: String,
    /// Counted from 1; absent when the file as a whole is meant.
    line: Option<usize>,
    severity: Severity,
    message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Severity {
    Warning,
    Error,
}

impl Finding {
    fn error(path: &str, line: impl Into<Option<usize>>, message: impl Into<String>) -> Self {
        let (path, line, message) = (path.to_owned(), line.into(), message.into());
        Self {
            path,
            line,
            severity: Severity::Error,
            message,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(f, "{severity}: {}", self.path)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// Prints every finding; an error among them fails.
pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    let findings = findings(root)?;
    for finding in &findings {
        println!("{finding}");
    }
    let errors = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .count();
    if errors > 0 {
        bail!("tidy: {errors} errors");
    }
    println!("tidy: {} warnings, no errors", findings.len());
    Ok(())
}

fn findings(root: &Path) -> anyhow::Result<Vec<Finding>> {
    let workspace = Workspace::read(root)?;
    let mut findings = manifests::check(&workspace);
    findings.extend(sources::check(root)?);
    findings.extend(documents::check(root, &workspace));
    Ok(findings)
}
