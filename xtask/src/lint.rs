//! `cargo xtask lint`: everything that is checked without running the code.

use anyhow::bail;
use xshell::{Shell, cmd};

use crate::workspace::Workspace;
use crate::{codegen, root, step, target_dir, tidy};

/// A step's name and what it does.
type Step<'a> = (&'a str, Box<dyn Fn() -> anyhow::Result<()> + 'a>);

/// Runs every step, also after one has failed: one run shows all there is to repair.
pub(crate) fn run(sh: &Shell, strict: bool) -> anyhow::Result<()> {
    let steps: [Step<'_>; 7] = [
        ("format", Box::new(|| format(sh))),
        ("tidy", Box::new(|| tidy::run(root()))),
        ("clippy", Box::new(|| clippy(sh))),
        ("documentation", Box::new(|| documentation(sh))),
        ("generated files", Box::new(|| codegen::run(sh, true))),
        ("dependencies", Box::new(|| dependencies(sh, strict))),
        ("reusable crates alone", Box::new(|| crates_alone(sh))),
    ];
    let mut failed = Vec::new();
    for (name, run) in &steps {
        step(name);
        if let Err(error) = run() {
            eprintln!("{error:#}");
            failed.push(*name);
        }
    }
    if failed.is_empty() {
        println!("\nlint: all {} steps passed", steps.len());
        return Ok(());
    }
    bail!(
        "lint: {} of {} steps failed: {}",
        failed.len(),
        steps.len(),
        failed.join(", ")
    )
}

/// Workspaces of their own, named wherever all code is meant, and where each is built.
const APART: [(&str, &str); 2] = [
    ("benches/floor/Cargo.toml", "floor"),
    ("fuzz/Cargo.toml", "fuzz"),
];

fn format(sh: &Shell) -> anyhow::Result<()> {
    cmd!(sh, "cargo fmt --all --check").run()?;
    for (manifest, _) in APART {
        cmd!(sh, "cargo fmt --manifest-path {manifest} --check").run()?;
    }
    Ok(())
}

fn clippy(sh: &Shell) -> anyhow::Result<()> {
    let built = target_dir()?;
    cmd!(sh, "cargo clippy --workspace --all-targets -- -D warnings").run()?;
    for (manifest, folder) in APART {
        let target = built.join(folder);
        cmd!(
            sh,
            "cargo clippy --manifest-path {manifest} --target-dir {target} --all-targets -- -D warnings"
        )
        .run()?;
    }
    Ok(())
}

fn documentation(sh: &Shell) -> anyhow::Result<()> {
    let _deny = sh.push_env("RUSTDOCFLAGS", "-D warnings");
    cmd!(sh, "cargo doc --workspace --no-deps --quiet").run()?;
    Ok(())
}

fn dependencies(sh: &Shell, strict: bool) -> anyhow::Result<()> {
    if cmd!(sh, "cargo deny --version")
        .quiet()
        .ignore_stdout()
        .ignore_stderr()
        .run()
        .is_err()
    {
        const HOW: &str = "cargo-deny is not installed: cargo install --locked cargo-deny";
        if strict {
            bail!(HOW);
        }
        println!("skipped: {HOW}");
        return Ok(());
    }
    cmd!(sh, "cargo deny check bans licenses sources").run()?;
    Ok(())
}

/// A crate that others may use must name every feature it needs itself; in the workspace a
/// missing one is hidden by another member that asks for it.
fn crates_alone(sh: &Shell) -> anyhow::Result<()> {
    for package in Workspace::read(root())?
        .packages
        .iter()
        .filter(|package| package.published)
    {
        let name = &package.name;
        cmd!(sh, "cargo check --quiet --package {name}").run()?;
    }
    Ok(())
}
