//! What the checks of one run found.

use std::fmt::Write as _;

/// The checks of one run, and what to look at if one of them fails.
#[derive(Debug)]
pub(crate) struct Findings {
    run: String,
    checks: Vec<(&'static str, Result<(), String>)>,
    evidence: String,
}

impl Findings {
    pub(crate) fn of(run: &str) -> Self {
        Self {
            run: run.to_owned(),
            checks: Vec::new(),
            evidence: String::new(),
        }
    }

    /// Notes a check. `found` is what was there instead.
    pub(crate) fn check(
        &mut self,
        what: &'static str,
        holds: bool,
        found: impl FnOnce() -> String,
    ) {
        let result = if holds { Ok(()) } else { Err(found()) };
        self.checks.push((what, result));
    }

    /// Adds something to look at.
    pub(crate) fn show(&mut self, title: &str, text: &str) {
        _ = writeln!(self.evidence, "---- {title}\n{}", text.trim_end());
    }

    pub(crate) const fn checks(&self) -> usize {
        self.checks.len()
    }

    pub(crate) fn failed(&self) -> bool {
        self.checks.iter().any(|(_, result)| result.is_err())
    }

    /// One line per check, and everything there is to see if one failed.
    pub(crate) fn print(&self) {
        for (what, result) in &self.checks {
            match result {
                Ok(()) => println!("ok    {}: {what}", self.run),
                Err(found) => println!("FAIL  {}: {what}, but {found}", self.run),
            }
        }
        if self.failed() {
            eprintln!("{}----", self.evidence);
        }
    }
}
