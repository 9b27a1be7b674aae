//! Whether everything was as it should be.

use crate::print;
use std::process::ExitCode;

/// Says what was not, and what the process says when it ends.
pub(super) fn give(wrong: &[String]) -> ExitCode {
    if wrong.is_empty() {
        print::line("\nall as it should be");
        return ExitCode::SUCCESS;
    }
    print::line("\nnot as it should be:");
    for what in wrong {
        print::line(&format!("  {what}"));
    }
    ExitCode::FAILURE
}
