//! `cliproxy print-schema`.

use crate::print;
use std::process::ExitCode;

pub(crate) fn run() -> anyhow::Result<ExitCode> {
    print::result_line(cliproxy_config::schema().trim_end())?;
    Ok(ExitCode::SUCCESS)
}
