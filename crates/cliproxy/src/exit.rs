//! What the process says when it ends.

use std::process::ExitCode;

/// The configuration cannot be used, or the address it names cannot be had. `EX_CONFIG` of
/// sysexits.h, which service managers know not to restart on.
pub(crate) fn config() -> ExitCode {
    ExitCode::from(78)
}

/// The command line is wrong.
pub(crate) fn usage() -> ExitCode {
    ExitCode::from(2)
}
