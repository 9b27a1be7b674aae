//! `cargo xtask bench [filter]`: the criterion benches of `benches/`.

use xshell::{Shell, cmd};

pub(crate) fn run(sh: &Shell, filter: Option<&str>) -> anyhow::Result<()> {
    cmd!(
        sh,
        "cargo bench --package cliproxy-benches --benches -- {filter...}"
    )
    .run()?;
    Ok(())
}
