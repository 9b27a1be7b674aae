//! Kills the gateway at random moments of a refresh, under load, and looks at what is left: again and
//! again over one directory.

#![expect(clippy::print_stdout, reason = "a command line program without a log")]

mod after;
mod load;
mod plan;
mod round;
mod window;
mod world;

use crate::{round::round, window::Tally, world::World};
use anyhow::Context as _;
use clap::Parser;
use plan::Plan;
use std::{path::PathBuf, process::ExitCode};

#[derive(Debug, Parser)]
struct Args {
    /// The gateway's binary
    #[arg(long)]
    gateway: PathBuf,
    /// How often it is killed
    #[arg(long, default_value_t = 10)]
    kills: u64,
    /// What the first kill follows from; each further one follows from the next number. How fast the
    /// machine is follows from nothing
    #[arg(long)]
    seed: Option<u64>,
}

#[tokio::main(worker_threads = 2)]
async fn main() -> anyhow::Result<ExitCode> {
    let args = Args::parse();
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..1 << 32));
    println!("seed {seed}, {} kills", args.kills);
    let world = World::new(&args.gateway)?;
    let mut tally = Tally::default();
    let mut failures = Vec::new();
    for kill in 0..args.kills {
        let seed = seed.wrapping_add(kill);
        let plan = Plan::of(seed);
        match Box::pin(round(&world, &plan)).await {
            Ok(window) => {
                println!("{kill:4}  {window:<34} {plan}");
                tally.add(window);
            }
            Err(error) => {
                println!("{kill:4}  FAILED {error:#}\n      {plan}");
                failures.push(format!("--kill 1 --seed {seed}: {error:#}"));
                world.begin_anew();
            }
        }
    }
    if let Err(error) = world.leaves_nothing().await.context("at the end") {
        failures.push(format!("{error:#}"));
    }
    println!("\n{tally}");
    if failures.is_empty() {
        println!("every file was whole, and nothing was lost that was on disk or in use");
        return Ok(ExitCode::SUCCESS);
    }
    println!("\nFAILED:");
    for failure in &failures {
        println!("  {failure}");
    }
    Ok(ExitCode::FAILURE)
}
