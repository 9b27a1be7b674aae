//! `cliproxy print-schema`.

use crate::print;
use std::process::ExitCode;

#[expect(clippy::unnecessary_wraps, reason = "every command has this shape")]
pub(crate) fn run() -> anyhow::Result<ExitCode> {
    print::line(cliproxy_config::schema().trim_end());
    Ok(ExitCode::SUCCESS)
}
