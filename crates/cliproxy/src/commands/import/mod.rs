//! `cliproxy import`.

mod name;
mod record;

use self::record::{How, Wanted, record};
use super::{
    credentials::{Finding, Seen, Stop, Types, meant},
    running, runtime,
};
use crate::{cli::ImportArgs, print, screen::plain};
use anyhow::{Context as _, anyhow, bail};
use cliproxy::idle_gateway;
use cliproxy_auth_store::{
    CredentialFile, Expected, FileName, FileStore, StoreError, WriteCredentials as _,
};
use cliproxy_gateway::{CredentialDetail, Inventory};
use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};
use tokio::task::spawn_blocking;

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
    let shown = match args.file == Path::new("-") {
        true => "the standard input".to_owned(),
        false => plain(&args.file.display().to_string()),
    };
    let (place, bytes) = read(&args.file).with_context(|| format!("cannot read {shown}"))?;
    if args.link && args.file == Path::new("-") {
        return Err(anyhow!("what comes from the standard input has no place to link to").into());
    }
    let meant = meant(args.config.as_deref())?;
    let gateway = idle_gateway(&meant.config).await;
    let gateway = gateway.map_err(anyhow::Error::from)?;
    let before = gateway.inventory();
    let now = UNIX_EPOCH + Duration::from_millis(before.at_ms);
    let kind = kind(&args.kind, &before)?;
    let wanted = Wanted {
        kind: &kind,
        types: Types(&before.clients),
        how: match (args.link, args.take_over) {
            (true, _) => How::Link,
            (false, true) => How::TakeOver,
            (false, false) => How::Copy,
        },
        project: args.project.as_deref(),
        location: args.location.as_deref(),
    };
    let refuse = |why: &str| anyhow!("{shown}: {}", plain(why));
    let made = record(&wanted, &place, &bytes, now);
    let made = made.map_err(|refused| refuse(&refused.to_string()))?;
    let name = file_name(args.name.as_deref(), &made.stem)?;
    let directory = meant.config.auth_dir.clone().context(
        "no directory holds credential files: set `auth-dir` in the configuration, or HOME",
    )?;
    let path = directory.join(name.as_str());
    let is_there = path.symlink_metadata().is_ok();
    let path = plain(&path.display().to_string());
    let stem = plain(name.as_str().trim_end_matches(".json"));
    let conflict = || {
        anyhow!(
            "{path} is there already and is left as it is; remove it with `cliproxy credentials \
             remove {stem}`, or choose another --name"
        )
    };
    if is_there {
        return Err(conflict().into());
    }
    let there = args.link.then_some(&*bytes);
    let file = CredentialFile::linked(&name, &made.bytes, there);
    let file = file.map_err(|broken| refuse(&broken.problem().to_string()))?;
    let notes = file.problems.clone();
    // What the gateway would say of it is said before it is written.
    let supposing = Arc::clone(&gateway);
    let supposed = spawn_blocking(move || supposing.suppose(file)).await;
    supposed.context("the program is stopping")?;
    let mut seen = Seen::own(&gateway, meant.path);
    if let Some(why) = unusable(&seen, name.as_str()) {
        return Err(refuse(&why).into());
    }
    let store = FileStore::new(directory);
    let written = store.put(&name, made.bytes, Expected::Absent).await;
    written.map_err(|error| match error {
        StoreError::Conflict => conflict(),
        error => anyhow!("{path} is not written: {error}"),
    })?;
    print::line(&format!("wrote {path}"));
    if args.take_over && made.record.tokens.refresh.is_some() {
        print::line(
            "The gateway refreshes these tokens from now on, which signs the program out that they come from.",
        );
    }
    if let Some(record) = running::with_this_config(&args.gateway()).await? {
        seen = seen.beside(record);
    }
    if let Some(one) = supposed_one(&seen, name.as_str()) {
        let found = Finding::of(one, &seen);
        print::line(&plain(&found.what));
        if let Some(remedy) = found.remedy {
            print::line(&format!("to do: {}", plain(&remedy)));
        }
    }
    for note in &notes {
        let (member, what, remedy) = (&note.member, &note.message, &note.remedy);
        print::line(&plain(&format!("note: {member}: {what} ({remedy})")));
    }
    print::line(&seen.who_notices());
    Ok(ExitCode::SUCCESS)
}

/// The type that files of this name have.
fn kind(given: &str, inventory: &Inventory) -> anyhow::Result<String> {
    let given = given.to_lowercase();
    let kind = match &*given {
        // The name of its provider.
        "gemini-cli" => "gemini".to_owned(),
        _ => given,
    };
    let types = Types(&inventory.clients);
    if types.know(&kind) {
        return Ok(kind);
    }
    let hint = types.hint(&kind);
    bail!(
        "there is no type {}, and no client of that name under `oauth` in the configuration; {hint}",
        plain(&kind)
    )
}

/// What the file is called.
fn file_name(given: Option<&str>, stem: &str) -> anyhow::Result<FileName> {
    let Some(given) = given else {
        return Ok(FileName::sanitised(stem));
    };
    let whole = match given.ends_with(".json") {
        true => given.to_owned(),
        false => format!("{given}.json"),
    };
    FileName::parse(&whole).map_err(|wrong| {
        let fit = FileName::sanitised(given.trim_end_matches(".json"));
        let (given, fit) = (plain(given), plain(fit.as_str()));
        anyhow!("no credential file can be called {given}: {wrong}; {fit} would do")
    })
}

fn supposed_one<'a>(seen: &'a Seen, name: &str) -> Option<&'a CredentialDetail> {
    let mut all = seen.inventory.credentials.iter();
    all.find(|one| one.view.id == name)
}

/// Why the gateway could do nothing with a file, whatever the configuration says.
fn unusable(seen: &Seen, name: &str) -> Option<String> {
    let one = supposed_one(seen, name)?;
    let from = one.from.as_ref()?;
    if one.view.state == "misconfigured" {
        let why = one.view.reason.as_deref().unwrap_or_default();
        let remedy = match why.split_once(": ") {
            Some(("location", _)) => "give another --location",
            Some(("project_id", _)) => "give a --project",
            _ => "correct it in the file",
        };
        return Some(format!("{why}; {remedy}"));
    }
    if let ("vertex", Some(why)) = (&*one.view.provider, &from.no_endpoint) {
        return Some(format!("{why}; download the key again, as JSON"));
    }
    let others = from.twins.iter().filter(|file| *file != name);
    let others: Vec<_> = others.filter_map(|file| seen.path_of(file)).collect();
    match &*others {
        [] => None,
        others => Some(format!(
            "its refresh token is in {} already, and one sign-in belongs in one file; leave it there, \
             or remove that first",
            others.join(" and in ")
        )),
    }
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
