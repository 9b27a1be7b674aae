//! `cliproxy credentials disable` and `enable`.

use super::{Stop, named::Named, seen::Seen};
use crate::{cli::SwitchArgs, commands::runtime, print, screen::plain};
use anyhow::{Context as _, anyhow};
use cliproxy_auth_store::{FileStore, StoreError, rewrite, set_disabled};
use std::process::ExitCode;

pub(super) fn run(args: &SwitchArgs, disabled: bool) -> Result<ExitCode, Stop> {
    let runtime = runtime().context("cannot start the runtime")?;
    runtime.block_on(switch(args, disabled))
}

async fn switch(args: &SwitchArgs, disabled: bool) -> Result<ExitCode, Stop> {
    let seen = Seen::by_whom_it_may(&args.gateway).await?;
    let file = seen.file(&args.name)?;
    let directory = seen.directory()?;
    let path = plain(&directory.join(file.as_str()).display().to_string());
    let word = if disabled { "disabled" } else { "enabled" };
    if let Named::Credential(one) = seen.named(file.as_str())?
        && (one.view.state == "disabled") == disabled
    {
        print::line(&format!("{path} is {word} already"));
        return Ok(ExitCode::SUCCESS);
    }
    let store = FileStore::new(directory);
    let written = rewrite(&store, &file, |bytes| set_disabled(bytes, disabled)).await;
    written.map_err(|error| match error {
        StoreError::Missing => anyhow!("{path} is gone"),
        error => anyhow!("{path} is left as it is: {error}"),
    })?;
    print::line(&format!("{word} {path}"));
    print::line(&seen.who_notices());
    Ok(ExitCode::SUCCESS)
}
