//! The `cliproxy` program.

mod cli;
mod client;
mod commands;
mod exit;
mod print;
mod screen;

use clap::Parser as _;
use cli::{Cli, Command};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match Cli::try_parse_from(cli::modern(std::env::args_os())) {
        Ok(cli) => cli,
        // Prints help, version or what is wrong with the command line.
        Err(error) => {
            let shown = error.print();
            return match (error.use_stderr(), shown) {
                (false, Ok(())) => ExitCode::SUCCESS,
                _ => exit::usage(),
            };
        }
    };
    let outcome = match cli.command.unwrap_or(Command::Serve(cli.serve)) {
        Command::Serve(args) => commands::serve::run(&args),
        Command::Import(args) => commands::import::run(&args),
        Command::Init(args) => commands::init::run(&args),
        Command::CheckConfig(args) => commands::check_config::run(&args),
        Command::Credentials(args) => commands::credentials::run(&args),
        Command::Demo(args) => commands::demo::run(&args),
        Command::Explain(args) => commands::explain::run(args),
        Command::Status(args) => commands::status::run(&args),
        Command::Reset(args) => commands::reset::run(args),
        Command::Translate(args) => commands::translate::run(&args),
        Command::PrintSchema => commands::print_schema::run(),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            print::error(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
