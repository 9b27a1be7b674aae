//! `cargo xtask props`: what must hold of every translation, over many random cases.

use xshell::{Shell, cmd};

use crate::flags::Props;
use crate::step;

/// How many cases of each property. A plain test run takes proptest's own number, so that it stays fast.
const CASES: u32 = 100_000;

/// What the names of the modules with properties have in common.
const MODULES: [&str; 4] = [
    "properties",
    "conversations",
    "there_and_back",
    "translated",
];

pub(crate) fn run(sh: &Shell, flags: &Props) -> anyhow::Result<()> {
    let cases = flags.cases.unwrap_or(CASES);
    step(&format!(
        "properties of the translators, {cases} cases each"
    ));
    let filters = match &flags.filter {
        Some(filter) => vec![filter.as_str()],
        None => MODULES.to_vec(),
    };
    // In release: the cases are what takes the time.
    cmd!(
        sh,
        "cargo test --release --package cliproxy-translators --lib -- {filters...}"
    )
    .env("PROPTEST_CASES", cases.to_string())
    .run()?;
    Ok(())
}
