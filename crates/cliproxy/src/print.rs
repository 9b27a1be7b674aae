//! The command line's output. The log goes elsewhere.

use std::io::{self, Write as _};

/// Prints a line of result. A reader that has left (`| head`) is no error.
pub(crate) fn line(text: &str) {
    ignore(writeln!(io::stdout(), "{text}"));
}

/// Prints a line about what went wrong.
pub(crate) fn error(text: &str) {
    ignore(writeln!(io::stderr(), "cliproxy: {text}"));
}

/// Prints lines that carry their own context, such as a configuration's problems.
pub(crate) fn problems(text: &str) {
    ignore(writeln!(io::stderr(), "{text}"));
}

/// There is nobody left to tell.
fn ignore(_: io::Result<()>) {}
