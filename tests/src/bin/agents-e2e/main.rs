//! Runs real coding agents through the gateway, with a scripted upstream behind it that makes them
//! run a tool and checks their requests as strictly as the providers would.

#![expect(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a command line program without a log"
)]

mod agent;
mod findings;
mod judge;
mod place;
mod scenario;

use crate::{
    place::Installation,
    scenario::{Run, runs},
};
use clap::Parser;
use std::{path::PathBuf, process::ExitCode};

#[derive(Debug, Parser)]
struct Args {
    /// The directory whose `node_modules` has the agents
    #[arg(long)]
    agents: PathBuf,
    /// The directory that has `node`
    #[arg(long)]
    node: PathBuf,
    /// The gateway's binary
    #[arg(long)]
    gateway: PathBuf,
    /// Where every run gets a home and a work directory; what is in there is removed
    #[arg(long)]
    work: PathBuf,
    /// Only runs whose name, such as `codex file`, contains this
    #[arg(long)]
    filter: Option<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<ExitCode> {
    let args = Args::parse();
    std::fs::create_dir_all(&args.work)?;
    let installation = Installation {
        agents: args.agents.canonicalize()?,
        node: args.node.canonicalize()?,
        gateway: args.gateway.canonicalize()?,
        work: args.work.canonicalize()?,
    };
    let wanted = |name: &str| {
        args.filter
            .as_deref()
            .is_none_or(|filter| name.contains(filter))
    };
    let runs: Vec<Run> = runs().filter(|run| wanted(&run.name)).collect();
    anyhow::ensure!(!runs.is_empty(), "no run has such a name");

    let (mut checks, mut failed) = (0, Vec::new());
    for run in &runs {
        let findings = run.start(&installation).await?;
        findings.print();
        checks += findings.checks();
        if findings.failed() {
            failed.push(run.name.as_str());
        }
    }
    let of = runs.len();
    if failed.is_empty() {
        println!("\n{of} runs of agents, {checks} checks: all is well");
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!(
        "\n{} of {of} runs of agents failed: {}",
        failed.len(),
        failed.join(", ")
    );
    Ok(ExitCode::FAILURE)
}
