//! `cargo xtask bench http`: the whole gateway against the floor, in one run.
//!
//! Absolute times of a shared machine mean little, so nothing is compared across runs: every
//! round measures the bare upstream, the floor and the gateway one after the other, and budgets
//! are ratios between neighbours of the same round. See `benches/BENCHMARKING.md`.

mod load;
mod measure;
mod process;
mod programs;
mod report;
mod workload;

use std::fs;

use anyhow::{Context as _, bail};
use xshell::Shell;

use crate::flags::Http;
use crate::step;

use self::measure::Bench;
use self::programs::{Programs, Target};
use self::report::Table;
use self::workload::WORKLOADS;

const ROUNDS: usize = 5;
const QUICK_ROUNDS: usize = 2;

pub(crate) fn run(sh: &Shell, flags: &Http) -> anyhow::Result<()> {
    let wanted = flags.filter.as_deref().unwrap_or("");
    let workloads: Vec<_> = WORKLOADS
        .iter()
        .filter(|workload| workload.name.contains(wanted))
        .collect();
    if workloads.is_empty() {
        bail!(
            "no workload is called `{wanted}`; there are {}",
            WORKLOADS.map(|workload| workload.name).join(", ")
        );
    }

    let programs = Programs::build(sh)?;
    let mut targets = vec![Target::Upstream, Target::Floor];
    targets.push(Target::Gateway(match &flags.proxy_bin {
        Some(path) => absolute(path)?,
        None => Programs::build_gateway(sh)?,
    }));
    if let Some(path) = &flags.against {
        targets.push(Target::Against(absolute(path)?));
    }

    let rounds = flags
        .rounds
        .unwrap_or(if flags.quick { QUICK_ROUNDS } else { ROUNDS })
        .max(1);
    let bench = Bench::start(sh, programs, flags.quick)?;
    let mut tables = Vec::new();
    for workload in workloads {
        step(workload.title);
        let mut table = Table::new(workload, &targets);
        for round in 1..=rounds {
            eprint!("\rround {round} of {rounds} ");
            for (index, target) in targets.iter().enumerate() {
                let sample = bench.measure(workload, target);
                table.add(
                    index,
                    sample.with_context(|| format!("{} on {target}", workload.name))?,
                );
            }
        }
        eprint!("\r");
        println!("{table}");
        tables.push(table);
    }

    let missed = report::summary(&tables);
    if flags.strict && missed > 0 {
        bail!("{missed} budgets are not met");
    }
    Ok(())
}

fn absolute(path: &std::path::Path) -> anyhow::Result<std::path::PathBuf> {
    fs::canonicalize(path).with_context(|| path.display().to_string())
}
