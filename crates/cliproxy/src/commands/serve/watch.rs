//! Noticing that a file of the configuration has changed.

use super::content::digest;
use notify::{
    Config, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher, event::AccessKind,
};
use rustix::fs::statfs;
use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};

/// How long the files must be left alone before they are read: an editor writes several times.
const QUIET: Duration = Duration::from_millis(150);
/// Writes that never pause are read after this all the same.
const AT_MOST: Duration = Duration::from_secs(2);
/// How often files are looked at that give no events.
const POLL: Duration = Duration::from_secs(5);

/// File systems whose other users cause no events here, by the number statfs(2) gives.
const REMOTE: [u32; 8] = [
    0x6969,      // NFS
    0x517b,      // SMB
    0xff53_4d42, // CIFS
    0xfe53_4d42, // SMB2
    0x6573_5546, // FUSE: sshfs and its kind
    0x0102_1997, // 9P
    0x00c3_6400, // Ceph
    0x5346_414f, // AFS
];

/// Watches files by the directories they are in, so that a file which is replaced is noticed as well
/// as one that is written, and the files themselves, which is what a container with one mounted
/// file has. Without events in them nothing runs.
pub(super) struct Watch {
    watcher: Option<RecommendedWatcher>,
    changed: Arc<Notify>,
    files: BTreeSet<PathBuf>,
    /// What is watched, and which file or directory of that name it is.
    watched: BTreeMap<PathBuf, Identity>,
    /// As it is configured.
    poll: Option<Duration>,
    /// How often to look, while there are no events to wait for. Settled when the files are followed: a
    /// directory that comes back a moment later is not watched yet.
    looks: Option<Duration>,
    /// Of the content that a look found last.
    seen: Option<[u8; 32]>,
}

impl Watch {
    /// Watches nothing yet. With `poll` the files are looked at that often, in place of events.
    pub(super) fn new(poll: Option<Duration>) -> Self {
        Self {
            watcher: None,
            changed: Arc::default(),
            files: BTreeSet::new(),
            watched: BTreeMap::new(),
            poll,
            looks: None,
            seen: None,
        }
    }

    /// From now on watches these.
    pub(super) fn follow(&mut self, files: BTreeSet<PathBuf>) {
        let moved = self.files != files;
        self.files = files;
        self.looks = self.interval();
        if self.looks.is_some() {
            self.watcher = None;
            return;
        }
        if moved || self.watcher.is_none() {
            self.watcher = self.start();
            self.watched.clear();
            // Between being read and being watched they may have changed.
            self.changed.notify_one();
        }
        let Some(watcher) = &mut self.watcher else {
            return;
        };
        let directories = self.files.iter().filter_map(|file| file.parent());
        let directories: BTreeSet<_> = directories.map(Path::to_owned).collect();
        for place in directories.iter().chain(&self.files) {
            // One that was replaced is another one under the same name.
            let found = identity(place);
            if let Some(watched) = self.watched.get(place) {
                if Some(*watched) == found {
                    continue;
                }
                drop(watcher.unwatch(place));
                self.watched.remove(place);
                // What happened to it before it is watched is not told.
                self.changed.notify_one();
            }
            match watcher.watch(place, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    if let Some(found) = found {
                        self.watched.insert(place.clone(), found);
                    }
                }
                Err(error) if directories.contains(place) => {
                    let place = place.display();
                    tracing::warn!(%place, %error, "cannot be watched; SIGHUP reloads, or set config-poll-interval");
                }
                // Its directory says when it appears.
                Err(_) => {}
            }
        }
    }

    /// How often to look, where there are no events to wait for.
    fn interval(&self) -> Option<Duration> {
        let silent = |file: &PathBuf| is_remote(file) || is_gone(file);
        let silent = || self.files.iter().any(silent);
        self.poll.or_else(|| silent().then_some(POLL))
    }

    fn start(&self) -> Option<RecommendedWatcher> {
        let names: BTreeSet<_> = self
            .files
            .iter()
            .filter_map(|file| file.file_name())
            .map(OsStr::to_owned)
            .collect();
        let changed = Arc::clone(&self.changed);
        let tell = move |event: notify::Result<Event>| {
            // An error means that events were lost.
            if event.as_ref().map_or(true, |event| concerns(event, &names)) {
                changed.notify_one();
            }
        };
        RecommendedWatcher::new(tell, Config::default())
            .inspect_err(|error| {
                tracing::warn!(%error, "changes of the configuration are not noticed; SIGHUP reloads");
            })
            .ok()
    }

    /// Resolves when something has happened to the files and it is quiet again. Whether they have
    /// changed is for the caller to see.
    pub(super) async fn changed(&mut self) {
        if let Some(interval) = self.looks {
            return self.looked(interval).await;
        }
        self.changed.notified().await;
        let quiet = async { while timeout(QUIET, self.changed.notified()).await.is_ok() {} };
        drop(timeout(AT_MOST, quiet).await);
    }

    /// The same where there are no events. The content is compared, not the time of the last change:
    /// that has whole seconds in places, and a file that was moved here brings an older one.
    async fn looked(&mut self, interval: Duration) {
        let mut seen = digest(&self.files);
        while self.seen == Some(seen) {
            sleep(interval).await;
            seen = digest(&self.files);
        }
        self.seen = Some(seen);
        let quiet = async {
            loop {
                sleep(QUIET).await;
                let now = digest(&self.files);
                if self.seen.replace(now) == Some(now) {
                    return;
                }
            }
        };
        drop(timeout(AT_MOST, quiet).await);
    }
}

/// The device of a file, its number there, and when it was made: numbers are given out again.
type Identity = (u64, u64, Option<SystemTime>);

fn identity(place: &Path) -> Option<Identity> {
    let found = std::fs::metadata(place).ok()?;
    Some((found.dev(), found.ino(), found.created().ok()))
}

/// Whether an event could mean another content of a file with one of these names.
fn concerns(event: &Event, names: &BTreeSet<std::ffi::OsString>) -> bool {
    if matches!(
        event.kind,
        EventKind::Access(AccessKind::Open(_) | AccessKind::Read)
    ) {
        return false;
    }
    event.paths.iter().any(|path| {
        let name = path.file_name().unwrap_or_default();
        // A mounted set of files is exchanged as a whole, by a link whose name begins like this.
        names.contains(name) || name.as_encoded_bytes().starts_with(b"..")
    })
}

/// Whether the directory is not there: another one of that name would not be the one that is watched.
fn is_gone(file: &Path) -> bool {
    file.parent().is_some_and(|directory| !directory.exists())
}

fn is_remote(file: &Path) -> bool {
    let directory = file.parent().unwrap_or(file);
    statfs(directory).is_ok_and(|system| {
        // The width and sign of the field differ between machines; the numbers have 32 bits.
        let kind = u32::try_from(system.f_type & 0xffff_ffff).unwrap_or_default();
        REMOTE.contains(&kind)
    })
}

#[cfg(test)]
mod tests {
    use super::{Watch, concerns};
    use notify::{
        Event, EventKind,
        event::{AccessKind, AccessMode, CreateKind, ModifyKind},
    };
    use std::{collections::BTreeSet, fs, path::PathBuf};

    #[tokio::test(start_paused = true)]
    async fn a_directory_that_comes_back_before_anybody_waits_is_looked_at() {
        let home = tempfile::tempdir().unwrap();
        let etc = home.path().join("etc");
        let file = etc.join("config.yaml");
        let mut watch = Watch::new(None);
        watch.follow(BTreeSet::from([file.clone()]));
        // What was read before it went.
        watch.changed().await;
        fs::create_dir(&etc).unwrap();
        fs::write(&file, "a").unwrap();
        watch.changed().await;
    }

    #[test]
    fn what_an_event_concerns() {
        let names = BTreeSet::from(["config.yaml".into(), "key".into()]);
        let check = |kind, path: &str, expected| {
            let event = Event::new(kind).add_path(PathBuf::from(path));
            assert_eq!(concerns(&event, &names), expected, "{kind:?} {path}");
        };
        let written = EventKind::Modify(ModifyKind::Any);
        let made = EventKind::Create(CreateKind::Any);
        check(written, "/etc/cliproxy/config.yaml", true);
        check(made, "/etc/cliproxy/key", true);
        check(made, "/etc/cliproxy/..data", true);
        check(written, "/etc/cliproxy/gateway.log", false);
        check(written, "/etc/cliproxy/.config.yaml.swp", false);
        // Reading them, as the gateway does, is no change.
        let read = EventKind::Access(AccessKind::Open(AccessMode::Any));
        check(read, "/etc/cliproxy/config.yaml", false);
    }
}
