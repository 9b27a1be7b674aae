//! `cliproxy credentials remove`.

use super::{Stop, named::Named, seen::Seen};
use crate::{cli::RemoveArgs, commands::runtime, exit, print, screen::plain};
use anyhow::{Context as _, anyhow};
use cliproxy_auth_store::{FileStore, LockCredentials as _, StoreError, WriteCredentials as _};
use std::{
    io::{self, BufRead as _, IsTerminal as _, Write as _},
    path::Path,
    process::ExitCode,
    time::Duration,
};
use tokio::task::spawn_blocking;

/// How long a refresh under way is waited for: what it brings would be lost.
const PATIENCE: Duration = Duration::from_secs(35);

pub(super) fn run(args: &RemoveArgs) -> Result<ExitCode, Stop> {
    let runtime = runtime().context("cannot start the runtime")?;
    runtime.block_on(remove(args))
}

async fn remove(args: &RemoveArgs) -> Result<ExitCode, Stop> {
    let seen = Seen::by_whom_it_may(&args.gateway).await?;
    let file = seen.file(&args.name)?;
    let directory = seen.directory()?;
    let path = plain(&directory.join(file.as_str()).display().to_string());
    let link = match seen.named(file.as_str())? {
        Named::Credential(one) => one.from.as_ref().and_then(|from| from.link.clone()),
        Named::Broken(_) => None,
    };
    let what = match &link {
        Some(link) => format!("{path} (not {}, which it links to)", plain(link)),
        None => format!("{path} with the tokens in it"),
    };
    if !args.yes {
        if !io::stdin().is_terminal() {
            print::error(&format!(
                "this would delete {what}; add --yes, since there is nobody to ask"
            ));
            return Err(Stop::Said(exit::usage()));
        }
        if !agrees(&what).context("cannot ask")? {
            print::line("nothing is deleted");
            return Err(Stop::Said(ExitCode::FAILURE));
        }
    }
    let found = directory.join(file.as_str()).symlink_metadata();
    if found.is_ok_and(|found| !found.is_file()) {
        let why =
            "it is a link or no regular file, which the gateway has not made: remove it by hand";
        return Err(anyhow!("{path} stays: {why}").into());
    }
    let store = FileStore::new(directory);
    let stays = |error: StoreError| anyhow!("{path} stays: {error}");
    let tokens = link.as_deref().map(Path::new);
    let tokens = tokens.and_then(|link| store.of_link(link));
    // Whoever refreshes holds the lock where the tokens are. That one stays beside a file of another
    // program, since other links to it may be in use.
    let (place, name) = tokens.as_ref().map_or((&store, &file), |(s, n)| (s, n));
    let lock = place.lock(name, PATIENCE).await.map_err(stays)?;
    store.delete(&file).await.map_err(stays)?;
    if tokens.is_none() {
        let (locked, own) = (store.clone(), file.clone());
        let tidy = spawn_blocking(move || locked.remove_lock(&own, lock));
        // What is left otherwise is an empty file.
        drop(tidy.await);
    }
    print::line(&format!("deleted {path}"));
    print::line(&seen.who_notices());
    Ok(ExitCode::SUCCESS)
}

fn agrees(what: &str) -> io::Result<bool> {
    let mut stdout = io::stdout();
    write!(stdout, "delete {what}? [y/N] ")?;
    stdout.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
