//! `cargo xtask e2e`: the real binary, driven by our tests, by the real Python SDKs, and by real
//! coding agents.

mod agents;

use anyhow::bail;
use xshell::{Shell, cmd};

use crate::flags::E2e;
use crate::{step, target_dir};

const REQUIREMENTS: &str = "tests/sdk/requirements.txt";

pub(crate) fn run(sh: &Shell, flags: &E2e) -> anyhow::Result<()> {
    if flags.sdk_only && flags.no_sdk {
        bail!("--sdk-only and --no-sdk leave nothing to run");
    }
    if flags.agents && (flags.sdk_only || flags.no_sdk) {
        bail!("--agents runs the agents only, and the SDKs have nothing to do with it");
    }
    step("build the gateway");
    cmd!(sh, "cargo build --package cliproxy").run()?;

    if flags.soak {
        step("soak");
        return soak(sh, flags.seconds);
    }
    let filter = flags.filter.as_deref();
    if flags.agents {
        return agents::run(sh, &program_filter(filter));
    }
    if flags.faults {
        step("faults");
        return faults(sh, filter, flags.seed);
    }
    if let Some(kills) = flags.kill {
        step("kills");
        return kill(sh, kills, flags.seed);
    }
    if !flags.sdk_only {
        step("end-to-end tests");
        cmd!(sh, "cargo test --package cliproxy-e2e -- {filter...}").run()?;
    }
    if !flags.no_sdk {
        step("Python SDKs");
        sdk(sh, filter)?;
    }
    Ok(())
}

/// The debug binary: it also panics where a number overflows.
fn faults(sh: &Shell, filter: Option<&str>, seed: Option<u64>) -> anyhow::Result<()> {
    let gateway = target_dir()?.join("debug/cliproxy");
    let filter = program_filter(filter);
    let seed = seed.map(|seed| format!("--seed={seed}"));
    cmd!(
        sh,
        "cargo run --quiet --package cliproxy-e2e --bin faults-e2e -- --gateway {gateway} {seed...} {filter...}"
    )
    .run()?;
    Ok(())
}

/// Kills while tokens are refreshed; what is left must be whole, and work again.
fn kill(sh: &Shell, kills: u64, seed: Option<u64>) -> anyhow::Result<()> {
    let gateway = target_dir()?.join("debug/cliproxy");
    let kills = kills.to_string();
    let seed = seed.map(|seed| format!("--seed={seed}"));
    cmd!(
        sh,
        "cargo run --quiet --package cliproxy-e2e --bin kill-e2e -- --gateway {gateway} --kills {kills} {seed...}"
    )
    .run()?;
    Ok(())
}

/// The SDKs live in an environment of their own, so that nothing is installed for the user and
/// the versions are those of the requirements file.
fn sdk(sh: &Shell, filter: Option<&str>) -> anyhow::Result<()> {
    let venv = target_dir()?.join("e2e-venv");
    let python = venv.join("bin/python");
    if !python.exists() {
        cmd!(sh, "python3 -m venv {venv}").run()?;
    }
    cmd!(
        sh,
        "{python} -m pip install --quiet --requirement {REQUIREMENTS}"
    )
    .run()?;
    let gateway = target_dir()?.join("debug/cliproxy");
    let filter = program_filter(filter);
    cmd!(
        sh,
        "cargo run --quiet --package cliproxy-e2e --bin sdk-e2e -- --python {python} --gateway {gateway} {filter...}"
    )
    .run()?;
    Ok(())
}

/// Streams under reloads, and a shutdown under load.
fn soak(sh: &Shell, seconds: Option<u64>) -> anyhow::Result<()> {
    let gateway = target_dir()?.join("debug/cliproxy");
    let seconds = seconds.unwrap_or(60).to_string();
    cmd!(
        sh,
        "cargo run --quiet --package cliproxy-e2e --bin soak-e2e -- --gateway {gateway} --seconds {seconds}"
    )
    .run()?;
    Ok(())
}

/// The filter as our own programs take it.
fn program_filter(filter: Option<&str>) -> Vec<&str> {
    filter.map_or_else(Vec::new, |filter| vec!["--filter", filter])
}
