//! `cargo xtask props`: what must hold of every translation, over many random cases.

use xshell::{Shell, cmd};

use crate::flags::Props;
use crate::step;

/// How many cases of each property. A plain test run takes proptest's own number, so that it stays fast.
const CASES: u32 = 100_000;

pub(crate) fn run(sh: &Shell, flags: &Props) -> anyhow::Result<()> {
    let cases = flags.cases.unwrap_or(CASES);
    step(&format!(
        "properties of the translators, {cases} cases each"
    ));
    // All tests, so that no property is forgotten; the others take no time beside them.
    let filter = &flags.filter;
    // Optimised, but without the release's link-time optimisation: it takes longer than it saves here.
    let profile = if flags.dev { "dev" } else { "profiling" };
    cmd!(
        sh,
        "cargo test --profile {profile} --package cliproxy-translators --tests -- {filter...}"
    )
    .env("PROPTEST_CASES", cases.to_string())
    .run()?;
    Ok(())
}
