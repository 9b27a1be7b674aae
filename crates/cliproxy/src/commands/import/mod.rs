//! `cliproxy import`.

mod record;

use self::record::{How, Wanted, record};
use super::{
    credentials::{Finding, Seen, Stop, meant},
    running, runtime,
};
use crate::{cli::ImportArgs, print, screen::plain};
use anyhow::{Context as _, anyhow, bail};
use cliproxy::idle_gateway;
use cliproxy_auth_store::{Expected, FileName, FileStore, StoreError, WriteCredentials as _};
use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    process::ExitCode,
};

/// No file of credentials is larger.
const LARGEST: u64 = 1 << 20;

pub(crate) fn run(args: &ImportArgs) -> anyhow::Result<ExitCode> {
    let runtime = runtime().context("cannot start the runtime")?;
    match runtime.block_on(import(args)) {
        Ok(code) | Err(Stop::Said(code)) => Ok(code),
        Err(Stop::Failed(error)) => Err(error),
    }
}

async fn import(args: &ImportArgs) -> Result<ExitCode, Stop> {
    let shown = plain(&args.file.display().to_string());
    let (place, bytes) = read(&args.file).with_context(|| format!("cannot read {shown}"))?;
    let kind = args.kind.to_lowercase();
    let wanted = Wanted {
        kind: match &*kind {
            // The type that the files of this provider have.
            "gemini-cli" => "gemini",
            kind => kind,
        },
        how: match (args.link, args.take_over) {
            (true, _) => How::Link,
            (false, true) => How::TakeOver,
            (false, false) => How::Copy,
        },
        project: args.project.as_deref(),
        location: args.location.as_deref(),
    };
    if args.link && args.file == Path::new("-") {
        return Err(anyhow!("what comes from the standard input has no place to link to").into());
    }
    let made = record(&wanted, &place, &bytes)
        .map_err(|refused| anyhow!("{shown}: {}", plain(&refused.to_string())))?;
    let name = match &args.name {
        Some(name) => FileName::sanitised(name.strip_suffix(".json").unwrap_or(name)),
        None => FileName::sanitised(&made.stem),
    };
    let meant = meant(args.config.as_deref())?;
    let directory = meant.config.auth_dir.clone().context(
        "no directory holds credential files: set `auth-dir` in the configuration, or HOME",
    )?;
    let path = directory.join(name.as_str());
    let path = plain(&path.display().to_string());
    let store = FileStore::new(directory);
    let written = store.put(&name, made.bytes, Expected::Absent).await;
    written.map_err(|error| match error {
        StoreError::Conflict => anyhow!(
            "{path} is there already and is left as it is; remove it with `cliproxy credentials \
             remove {}`, or choose another --name",
            plain(name.as_str())
        ),
        error => anyhow!("{path} is not written: {error}"),
    })?;
    print::line(&format!("wrote {path}"));
    if args.take_over && made.record.tokens.refresh.is_some() {
        print::line(&format!(
            "The gateway refreshes these tokens from now on, which signs the program out that {shown} belongs to."
        ));
    }
    let gateway = idle_gateway(&meant.config).await;
    let gateway = gateway.map_err(anyhow::Error::from)?;
    let mut seen = Seen::own(&gateway, meant.path);
    if let Some(record) = running::with_this_config(&args.gateway()).await? {
        seen = seen.beside(record);
    }
    let one = seen.inventory.credentials.iter();
    let found = one
        .filter(|one| one.view.id == name.as_str())
        .map(|one| Finding::of(one, &seen))
        .next();
    if let Some(found) = found {
        print::line(&plain(&found.what));
        if let Some(remedy) = found.remedy {
            print::line(&format!("to do: {}", plain(&remedy)));
        }
    }
    print::line(&seen.who_notices());
    Ok(ExitCode::SUCCESS)
}

/// A file, and its whole path.
fn read(file: &Path) -> anyhow::Result<(PathBuf, Vec<u8>)> {
    let mut bytes = Vec::new();
    let place = match file == Path::new("-") {
        true => {
            io::stdin()
                .lock()
                .take(LARGEST + 1)
                .read_to_end(&mut bytes)?;
            PathBuf::new()
        }
        false => {
            File::open(file)?
                .take(LARGEST + 1)
                .read_to_end(&mut bytes)?;
            // Links to it are followed now: the gateway follows none.
            std::fs::canonicalize(file)?
        }
    };
    if bytes.len() as u64 > LARGEST {
        bail!("it is larger than a file of credentials can be");
    }
    Ok((place, bytes))
}
