//! `cliproxy init`.

use crate::{cli::InitArgs, print};
use anyhow::{Context as _, bail};
use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    process::ExitCode,
};

pub(crate) fn run(args: &InitArgs) -> anyhow::Result<ExitCode> {
    let key = new_key()?;
    let path = &args.config;
    match write(path, &cliproxy_config::init_text(&key)) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            bail!(
                "{} exists already and is left as it is; choose another place with --config",
                path.display()
            );
        }
        Err(error) => {
            return Err(error).with_context(|| format!("cannot write {}", path.display()));
        }
    }
    print::line(&format!("wrote {}", path.display()));
    print::line(&format!("client key: {key}"));
    print::line("");
    print::line("Next: add a provider to it, then run");
    print::line(&format!("  cliproxy serve --config {}", path.display()));
    print::line("and in the shell of your clients");
    print::line(&format!("  export GATEWAY_KEY={key}"));
    Ok(ExitCode::SUCCESS)
}

/// Never over a file that is there, and readable by its owner only from the first byte.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// 192 random bits.
pub(crate) fn new_key() -> anyhow::Result<String> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes).context("the system gives no random bytes")?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("sk-cliproxy-{hex}"))
}
