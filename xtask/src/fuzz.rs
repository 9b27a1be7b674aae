//! `cargo xtask fuzz`: the checks of `fuzz/` over their corpora, or one of them under libFuzzer.

use std::fs;

use anyhow::{Context as _, bail};
use xshell::{Shell, cmd};

use crate::flags::Fuzz;
use crate::{root, step, target_dir};

/// A workspace of its own, so it is named wherever it is built.
const MANIFEST: &str = "fuzz/Cargo.toml";

/// How long a target is fuzzed unless it is said.
const SECONDS: u32 = 60;

/// A case that takes longer is a finding, in seconds.
const TIMEOUT: u32 = 10;

/// A case that takes more memory is a finding, in MiB.
const MEMORY: u32 = 2048;

pub(crate) fn run(sh: &Shell, flags: &Fuzz) -> anyhow::Result<()> {
    match &flags.target {
        Some(target) => libfuzzer(sh, target, flags.seconds.unwrap_or(SECONDS)),
        None if flags.seconds.is_some() => bail!("--seconds needs --target; see fuzz/corpus"),
        None => corpora(sh),
    }
}

/// Every check over every case that is kept. Needs nothing but stable Rust.
pub(crate) fn corpora(sh: &Shell) -> anyhow::Result<()> {
    step("fuzz corpora");
    // A folder of its own: what the checks need of a shared dependency differs from what the
    // gateway needs, and one folder for both would rebuild it in turns.
    let target = target_dir()?.join("fuzz");
    cmd!(
        sh,
        "cargo test --quiet --manifest-path {MANIFEST} --target-dir {target}"
    )
    .run()?;
    Ok(())
}

/// Looks for new cases. Those that reach new code go to a corpus below the build folder; one that
/// fails is kept in `fuzz/artifacts` and printed.
fn libfuzzer(sh: &Shell, target: &str, seconds: u32) -> anyhow::Result<()> {
    let seeds = root().join("fuzz/corpus").join(target);
    if !seeds.is_dir() {
        bail!("there is no target `{target}`; there are {}", targets()?);
    }
    if cmd!(sh, "cargo fuzz --version")
        .quiet()
        .ignore_stdout()
        .ignore_stderr()
        .run()
        .is_err()
    {
        bail!("cargo-fuzz is not installed: cargo install --locked cargo-fuzz");
    }
    step(&format!("fuzz {target} for {seconds} s"));
    let build = target_dir()?.join("libfuzzer");
    let found = build.join("corpus").join(target);
    fs::create_dir_all(&found)?;
    // Address sanitizing needs nightly and finds what `unsafe` does wrong, which is forbidden here.
    let limits = [
        format!("-max_total_time={seconds}"),
        format!("-timeout={TIMEOUT}"),
        format!("-rss_limit_mb={MEMORY}"),
        "-max_len=4096".to_owned(),
        "-print_final_stats=1".to_owned(),
    ];
    cmd!(
        sh,
        "cargo fuzz run --fuzz-dir fuzz --target-dir {build} --features libfuzzer --sanitizer none {target} {found} {seeds} -- {limits...}"
    )
    .run()?;
    Ok(())
}

/// The names of all targets, for a message.
fn targets() -> anyhow::Result<String> {
    let folder = root().join("fuzz/corpus");
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names.join(", "))
}
