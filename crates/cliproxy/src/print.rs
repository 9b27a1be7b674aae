//! The command line's output. The log goes elsewhere.

use anyhow::Context as _;
use std::io::{self, Write};

/// Prints a line of result. A reader that has left (`| head`) is no error.
pub(crate) fn line(text: &str) {
    ignore(writeln!(io::stdout(), "{text}"));
}

/// Prints what was asked for, all of it. A reader that has left (`| head`) is no error.
pub(crate) fn result(text: &[u8]) -> anyhow::Result<()> {
    write_to(&mut io::stdout(), text).context("cannot write the result")
}

/// The same as a line.
pub(crate) fn result_line(text: &str) -> anyhow::Result<()> {
    result(format!("{text}\n").as_bytes())
}

fn write_to(out: &mut impl Write, text: &[u8]) -> io::Result<()> {
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
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

#[cfg(test)]
mod tests {
    use super::write_to;
    use std::io::{self, ErrorKind, Write};

    /// Takes what is written, and fails when it is to arrive.
    struct Broken(ErrorKind);

    impl Write for Broken {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            Ok(text.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    #[test]
    fn a_result_that_does_not_arrive_is_an_error() {
        let check = |kind, expected| {
            let written = write_to(&mut Broken(kind), b"text");
            assert_eq!(written.err().map(|error| error.kind()), expected);
        };
        check(ErrorKind::StorageFull, Some(ErrorKind::StorageFull));
        check(ErrorKind::BrokenPipe, None);
        assert!(write_to(&mut Vec::new(), b"text").is_ok());
    }
}
