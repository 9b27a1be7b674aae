//! `cargo xtask test`.

use xshell::{Shell, cmd};

use crate::{fuzz, step};

pub(crate) fn run(sh: &Shell) -> anyhow::Result<()> {
    // Cargo does not rebuild a binary for the tests of another package, and the end-to-end
    // tests drive the real one.
    step("build the gateway");
    cmd!(sh, "cargo build --package cliproxy").run()?;
    step("tests and documentation examples");
    cmd!(sh, "cargo test --workspace").run()?;
    fuzz::corpora(sh)
}
