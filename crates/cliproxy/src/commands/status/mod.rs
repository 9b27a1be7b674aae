//! `cliproxy status`.

mod view;

use super::running::ask;
use crate::{
    cli::StatusArgs,
    print,
    screen::{Paint, json},
};
use anyhow::Context as _;
use cliproxy_config::Env;
use cliproxy_management::Call;
use std::process::ExitCode;

pub(crate) fn run(args: &StatusArgs) -> anyhow::Result<ExitCode> {
    let (record, answer) = ask(&args.gateway, &Call::Status)?;
    if args.json {
        print::result_line(&json(&answer))?;
        return Ok(ExitCode::SUCCESS);
    }
    let status = serde_json::from_value(answer);
    let status = status.context("the gateway is of another version; --json shows its answer")?;
    let paint = Paint::of_stdout(&Env::of_process());
    print::line(view::text(&record, &status, paint).trim_end());
    Ok(ExitCode::SUCCESS)
}
