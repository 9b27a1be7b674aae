//! Rests that outlive the process: one small file per credential that rests.
//!
//! The files are named and written as `docs/failures.md` says. Nothing waits for them: a task beside
//! the requests writes them a second after something has changed.

use cliproxy_core::ErrorKind;
use cliproxy_gateway::{Gateway, KeptBlock};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::{task::spawn_blocking, time::sleep};
use tokio_util::sync::CancellationToken;

/// Failures come in bursts; what changes within this is written once.
const PAUSE: Duration = Duration::from_secs(1);

/// No rest of one credential takes more.
const LARGEST: u64 = 1 << 20;

/// Of the files.
const VERSION: u32 = 1;

/// No rest lasts longer: a clock that was wrong must not make it years.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The directory below `state-dir`.
const DIRECTORY: &str = "cooldowns";

/// The files of a directory, and what is in them.
#[derive(Debug)]
pub(crate) struct CooldownFiles {
    directory: PathBuf,
    /// By file name.
    written: BTreeMap<String, Vec<Rest>>,
}

/// One file.
#[derive(Debug, Deserialize, Serialize)]
struct Document {
    version: u32,
    auth_id: String,
    updated_at: String,
    records: Vec<Rest>,
}

/// One block.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Rest {
    auth_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    status: String,
    next_retry_after: String,
    reason: String,
    #[serde(default)]
    backoff_level: u32,
}

impl CooldownFiles {
    pub(crate) fn new(state_dir: &Path) -> Self {
        Self {
            directory: state_dir.join(DIRECTORY),
            written: BTreeMap::new(),
        }
    }

    /// Puts the rests back that are still on. A file that cannot be read is named in the log and
    /// passed over: the others still count.
    pub(crate) fn restore(&mut self, gateway: &Gateway, now: SystemTime) {
        let mut kept = Vec::new();
        for path in self.files() {
            match read(&path) {
                Ok(document) => {
                    let on = document.records.iter();
                    kept.extend(on.filter_map(|rest| rest.block(now)));
                    if let Some(name) = path.file_name().and_then(OsStr::to_str) {
                        self.written.insert(name.to_owned(), document.records);
                    }
                }
                Err(error) => {
                    let path = path.display();
                    tracing::warn!(%path, %error, "a cooldown file cannot be read; delete it");
                }
            }
        }
        let restored = gateway.restore_blocks(&kept);
        if restored > 0 {
            tracing::info!(restored, "credentials go on resting (save-cooldown-status)");
        }
    }

    /// Writes the files whose rests have changed, and removes those of credentials that rest no more.
    pub(crate) fn save(&mut self, blocks: &[KeptBlock], now: SystemTime) -> io::Result<()> {
        let mut rests: BTreeMap<String, Vec<Rest>> = BTreeMap::new();
        for block in blocks {
            let name = file_name(block.credential.as_str());
            let rest = Rest::of(block, now);
            rests.entry(name).or_default().push(rest);
        }
        for name in self
            .written
            .keys()
            .filter(|name| !rests.contains_key(*name))
        {
            remove(&self.directory.join(name))?;
        }
        for (name, rests) in &rests {
            let same = |old: &Vec<Rest>| {
                old.len() == rests.len() && old.iter().zip(rests).all(|(a, b)| a.is_same(b))
            };
            if self.written.get(name).is_none_or(|old| !same(old)) {
                self.write(name, rests, now)?;
            }
        }
        self.written = rests;
        Ok(())
    }

    /// A new file under a hidden name, then renamed: readers see the old one or the new one.
    fn write(&self, name: &str, rests: &[Rest], now: SystemTime) -> io::Result<()> {
        let document = Document {
            version: VERSION,
            auth_id: rests
                .first()
                .map_or_else(String::new, |rest| rest.auth_id.clone()),
            updated_at: timestamp(now),
            records: rests.to_vec(),
        };
        let text = serde_json::to_vec_pretty(&document)?;
        let mut builder = fs::DirBuilder::new();
        builder
            .recursive(true)
            .mode(0o700)
            .create(&self.directory)?;
        let hidden = self.directory.join(format!(".{name}.new"));
        remove(&hidden)?;
        let mut options = OpenOptions::new();
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&hidden)?;
        file.write_all(&text)?;
        drop(file);
        fs::rename(&hidden, self.directory.join(name))
    }

    fn files(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(&self.directory) else {
            return Vec::new();
        };
        let paths = entries.flatten().map(|entry| entry.path());
        let mut paths: Vec<_> = paths
            .filter(|path| path.extension() == Some(OsStr::new("cds")))
            .collect();
        paths.sort();
        paths
    }
}

/// Writes what changes until `stop`, and once more then.
pub(crate) async fn keep_saved(
    mut files: CooldownFiles,
    gateway: Arc<Gateway>,
    clock: fn() -> SystemTime,
    stop: CancellationToken,
) {
    loop {
        let stopped = tokio::select! {
            () = stop.cancelled() => true,
            () = gateway.health_changed() => false,
        };
        if !stopped {
            tokio::select! {
                () = stop.cancelled() => {}
                () = sleep(PAUSE) => {}
            }
        }
        let blocks = gateway.kept_blocks();
        let saving = spawn_blocking(move || {
            let saved = files.save(&blocks, clock());
            (files, saved)
        });
        let Ok((back, saved)) = saving.await else {
            return;
        };
        files = back;
        if let Err(error) = saved {
            let path = files.directory.display();
            tracing::warn!(%path, %error, "rests cannot be written (save-cooldown-status)");
        }
        if stop.is_cancelled() {
            return;
        }
    }
}

impl Rest {
    fn of(block: &KeptBlock, now: SystemTime) -> Self {
        Self {
            auth_id: block.credential.to_string(),
            model: block.model.as_ref().map(ToString::to_string),
            status: "cooling".to_owned(),
            next_retry_after: timestamp(now + block.remaining),
            reason: block.reason.as_str().to_owned(),
            backoff_level: block.level,
        }
    }

    /// `None` if it is over, or not one that this version knows.
    fn block(&self, now: SystemTime) -> Option<KeptBlock> {
        let until: jiff::Timestamp = self.next_retry_after.parse().ok()?;
        let remaining = SystemTime::from(until).duration_since(now).ok()?;
        Some(KeptBlock {
            credential: self.auth_id.as_str().into(),
            model: self.model.as_deref().map(Into::into),
            reason: ErrorKind::named(&self.reason)?,
            remaining: Some(remaining.min(LONGEST)).filter(|remaining| !remaining.is_zero())?,
            level: self.backoff_level,
        })
    }

    /// Whether it is the same block, read off a clock that a block's end is rounded by.
    fn is_same(&self, other: &Self) -> bool {
        let at = |rest: &Self| rest.next_retry_after.parse::<jiff::Timestamp>().ok();
        let apart = at(self)
            .zip(at(other))
            .map(|(a, b)| a.duration_since(b).abs());
        let (mut own, mut others) = (self.clone(), other.clone());
        own.next_retry_after.clear();
        others.next_retry_after.clear();
        own == others && apart.is_some_and(|apart| apart.as_secs() == 0)
    }
}

fn read(path: &Path) -> io::Result<Document> {
    // Asked before it is opened: a pipe would be waited for.
    let kind = fs::symlink_metadata(path)?;
    if !kind.is_file() || kind.len() > LARGEST {
        return Err(io::Error::other("it is no file of at most 1 MiB"));
    }
    let document: Document = serde_json::from_slice(&fs::read(path)?)?;
    if document.version != VERSION {
        return Err(io::Error::other("it is of another version"));
    }
    Ok(document)
}

/// What is gone already is removed.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// RFC 3339, in UTC.
fn timestamp(at: SystemTime) -> String {
    let at = jiff::Timestamp::try_from(at);
    at.map_or_else(|_| String::new(), |at| at.to_string())
}

/// A credential's id as the name of a file: what is no letter, digit, dot or dash is `_`.
fn file_name(credential: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let name = credential.replace(|c| !safe(c), "_");
    // An id that begins with a dot must not become a hidden file.
    format!("{}.cds", name.trim_start_matches('.'))
}

#[cfg(test)]
mod tests;
