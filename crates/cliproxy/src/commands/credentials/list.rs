//! `cliproxy credentials list`.

mod view;

use super::{Stop, seen::Seen};
use crate::{
    cli::ListArgs,
    commands::runtime,
    print,
    screen::{Paint, json},
};
use anyhow::Context as _;
use cliproxy_config::Env;
use std::process::ExitCode;

pub(super) fn run(args: &ListArgs) -> Result<ExitCode, Stop> {
    let runtime = runtime().context("cannot start the runtime")?;
    let seen = runtime.block_on(Seen::by_whom_it_may(&args.gateway))?;
    if args.json {
        print::line(&json(&seen.to_json()));
    } else {
        let paint = Paint::of_stdout(&Env::of_process());
        print::line(view::text(&seen, paint).trim_end());
    }
    Ok(ExitCode::SUCCESS)
}
