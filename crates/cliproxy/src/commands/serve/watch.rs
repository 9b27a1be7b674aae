//! Noticing that a file of the configuration has changed.

use super::content::digest;
use cliproxy_watching::{Collect as _, Inbox, Quiet, Settled, Told, Watched};
use std::{
    collections::BTreeSet,
    ffi::OsString,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::time::{Instant, sleep, sleep_until};

/// Watches files by the directories they are in, so that a file which is replaced is noticed as well
/// as one that is written, and the files themselves, which is what a container with one mounted
/// file has. Without events in them nothing runs.
pub(super) struct Watch {
    files: BTreeSet<PathBuf>,
    watched: Watched,
    inbox: Arc<Inbox<Quiet>>,
    /// Of the content that a look found last.
    seen: Option<[u8; 32]>,
}

impl Watch {
    /// Watches nothing yet. With `poll` the files are looked at that often, in place of events.
    pub(super) fn new(poll: Option<Duration>) -> Self {
        Self {
            files: BTreeSet::new(),
            watched: Watched::new(poll),
            inbox: Arc::default(),
            seen: None,
        }
    }

    /// From now on watches these.
    pub(super) fn follow(&mut self, files: BTreeSet<PathBuf>) {
        if self.files != files {
            self.files = files;
            self.watched.clear();
        }
    }

    /// Resolves when something has happened to the files and it is quiet again. Whether they have
    /// changed is for the caller to see.
    pub(super) async fn changed(&mut self) {
        let directories = self.files.iter().filter_map(|file| file.parent());
        let directories = directories.map(Path::to_owned).collect();
        let (inbox, files) = (&self.inbox, &self.files);
        let tell = || {
            let names = files.iter().filter_map(|file| file.file_name());
            let names: BTreeSet<_> = names.map(OsString::from).collect();
            let inbox = Arc::clone(inbox);
            move |told: Told<'_>| {
                if concerns(told, &names) {
                    inbox.note(Quiet::note);
                }
            }
        };
        match self.watched.settle(&directories, &self.files, tell) {
            Settled::Silent(interval) => return self.looked(interval).await,
            // Between being read and being watched they may have changed.
            Settled::Anew => self.inbox.note(Quiet::note),
            Settled::Events => {}
        }
        self.inbox.rest().await;
    }

    /// The same where there are no events. The content is compared, not the time of the last change:
    /// that has whole seconds in places, and a file that was moved here brings an older one.
    async fn looked(&mut self, interval: Duration) {
        let mut quiet = Quiet::default();
        loop {
            let (seen, now) = (digest(&self.files), Instant::now().into_std());
            if self.seen.replace(seen) != Some(seen) {
                quiet.note(now);
            }
            if quiet.take(now).is_some() {
                return;
            }
            match quiet.due() {
                Some(due) => sleep_until(due.into()).await,
                None => sleep(interval).await,
            }
        }
    }
}

/// Whether this could mean another content of a file with one of these names.
fn concerns(told: Told<'_>, names: &BTreeSet<OsString>) -> bool {
    let Told::At { paths, .. } = told else {
        return true;
    };
    paths.iter().any(|path| {
        let name = path.file_name().unwrap_or_default();
        // A mounted set of files is exchanged as a whole, by a link whose name begins like this.
        names.contains(name) || name.as_encoded_bytes().starts_with(b"..")
    })
}

#[cfg(test)]
mod tests {
    use super::{Watch, concerns};
    use cliproxy_watching::Told;
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
        let check = |path: &str, expected| {
            let told = Told::At {
                paths: &[PathBuf::from(path)],
                was_deleted: false,
            };
            assert_eq!(concerns(told, &names), expected, "{path}");
        };
        check("/etc/cliproxy/config.yaml", true);
        check("/etc/cliproxy/key", true);
        check("/etc/cliproxy/..data", true);
        check("/etc/cliproxy/gateway.log", false);
        check("/etc/cliproxy/.config.yaml.swp", false);
        assert!(concerns(Told::Lost, &names), "it may be one of them");
    }
}
