//! `cargo xtask …`: tests, properties, fuzzing, checks, generated files, benches and end-to-end runs.
//!
//! One file per command. Tools are run as a developer would run them, and every command line is
//! printed before it runs, so that a failing step can be repeated by hand.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool talks to its terminal"
)]

mod bench;
mod bench_http;
mod codegen;
mod e2e;
mod flags;
mod fuzz;
mod lint;
mod props;
mod test;
mod tidy;
mod workspace;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use xshell::Shell;

use crate::flags::{BenchCmd, Xtask, XtaskCmd};

fn main() -> ExitCode {
    let flags = Xtask::from_env_or_exit();
    match run(flags) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(flags: Xtask) -> anyhow::Result<()> {
    let sh = Shell::new()?;
    sh.change_dir(root());
    match flags.subcommand {
        XtaskCmd::Test(_) => test::run(&sh),
        XtaskCmd::Lint(flags) => lint::run(&sh, flags.strict),
        XtaskCmd::Tidy(_) => tidy::run(root()),
        XtaskCmd::Codegen(flags) => codegen::run(&sh, flags.check),
        XtaskCmd::Fuzz(flags) => fuzz::run(&sh, &flags),
        XtaskCmd::Props(flags) => props::run(&sh, &flags),
        XtaskCmd::E2e(flags) => e2e::run(&sh, &flags),
        XtaskCmd::Bench(flags) => match flags.subcommand {
            BenchCmd::Criterion(flags) => bench::run(&sh, flags.filter.as_deref()),
            BenchCmd::Http(flags) => bench_http::run(&sh, &flags),
        },
    }
}

/// The folder of the workspace, wherever the command was called from.
fn root() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own)
}

/// Where cargo puts what it builds: this program is in there itself.
fn target_dir() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let dir = own
        .ancestors()
        .nth(2)
        .context("the folder of cargo's output")?;
    Ok(dir.to_owned())
}

/// Says which step begins; what it prints itself follows.
fn step(name: &str) {
    println!("\n== {name}");
}
