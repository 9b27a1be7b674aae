//! A storm of faults: upstreams that break in every way there is, under many clients at once.

#![expect(clippy::print_stdout, reason = "a command line program without a log")]

mod client;
mod fault;
mod kit;
mod machine;
mod plan;
mod report;
mod storm;
mod table;
mod verdict;
mod world;

use crate::{plan::Plan, report::Report, world::World};
use clap::Parser;
use std::{path::PathBuf, process::ExitCode, sync::Arc};

#[derive(Debug, Parser)]
struct Args {
    /// The gateway's binary
    #[arg(long)]
    gateway: PathBuf,
    /// What the order of the calls and the clients that leave follow from
    #[arg(long)]
    seed: Option<u64>,
    /// How many clients there are at a time
    #[arg(long, default_value_t = 200)]
    clients: usize,
    /// Only faults whose name contains this
    #[arg(long)]
    filter: Option<String>,
    /// Leave out the sweep, which cuts replies at every byte
    #[arg(long)]
    no_sweep: bool,
}

#[tokio::main(worker_threads = 2)]
async fn main() -> anyhow::Result<ExitCode> {
    let args = Args::parse();
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..1 << 32));
    println!("seed {seed}, {} clients", args.clients);
    let world = Arc::new(World::start(&args.gateway.canonicalize()?).await?);
    let mut plan = Plan::new(&world, seed, args.filter.as_deref()).await?;
    if args.no_sweep {
        plan.sweep.clear();
    }
    let report = Report::gather(&world, plan, args.clients).await?;
    let world = Arc::into_inner(world);
    let failures = report.close(world).await?;
    if failures.is_empty() {
        println!("every reply was whole or its protocol's error, and nothing was left behind");
        return Ok(ExitCode::SUCCESS);
    }
    println!("\nFAILED (repeat with --seed {seed}):");
    for failure in &failures {
        println!("  {failure}");
    }
    Ok(ExitCode::FAILURE)
}
