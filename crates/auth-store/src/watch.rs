//! Noticing that credential files have changed.

mod debounce;
mod event;
mod place;

pub use self::debounce::{Debounce, Happened, Look};

use self::{
    event::Concerns,
    place::{Identity, identity, is_silent},
};
use crate::FileName;
use notify::{Config, RecommendedWatcher, RecursiveMode, Watcher as _};
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::Notify,
    time::{sleep, sleep_until},
};

/// How often a directory is looked at that gives no events, and one that is gone.
const POLL: Duration = Duration::from_secs(5);

/// Watches a directory, and the directories of the files that its files link to. While nothing happens to
/// them nothing runs, unless they are where no events are to be had.
#[derive(Debug)]
pub(crate) struct Watch {
    wanted: Places,
    /// The same, without links on the way: what events name.
    resolved: Places,
    /// As it is configured, in place of events.
    poll: Option<Duration>,
    watcher: Option<RecommendedWatcher>,
    watched: BTreeMap<PathBuf, Identity>,
    inbox: Arc<Inbox>,
}

/// What is watched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Places {
    directory: PathBuf,
    /// Files elsewhere, and who links to them.
    links: BTreeMap<PathBuf, BTreeSet<FileName>>,
}

impl Places {
    /// The directories that these are in.
    fn directories(&self) -> BTreeSet<PathBuf> {
        let elsewhere = self.links.keys().filter_map(|link| link.parent());
        let own = self.directory.as_path();
        elsewhere.chain([own]).map(Path::to_owned).collect()
    }

    /// The same places under the names that the system has for them: some systems tell those in events.
    fn resolved(&self) -> Self {
        let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let link = |(path, names): (&PathBuf, &BTreeSet<FileName>)| {
            let directory = path.parent().map(real).unwrap_or_default();
            let name = path.file_name().unwrap_or_default();
            (directory.join(name), names.clone())
        };
        Self {
            directory: real(&self.directory),
            links: self.links.iter().map(link).collect(),
        }
    }
}

/// What the watcher's thread has told.
#[derive(Debug, Default)]
struct Inbox {
    debounce: Mutex<Debounce>,
    woken: Notify,
}

impl Inbox {
    fn note(&self, happened: impl IntoIterator<Item = Happened>) {
        let mut debounce = self.debounce.lock();
        let now = Instant::now();
        for happened in happened {
            debounce.note(happened, now);
        }
        if debounce.due().is_some() {
            self.woken.notify_one();
        }
    }
}

impl Watch {
    pub(crate) fn new(directory: PathBuf, poll: Option<Duration>) -> Self {
        Self {
            wanted: Places {
                directory,
                links: BTreeMap::new(),
            },
            resolved: Places::default(),
            poll,
            watcher: None,
            watched: BTreeMap::new(),
            inbox: Arc::default(),
        }
    }

    /// From now on watches what these link to as well.
    pub(crate) fn link(&mut self, links: BTreeMap<PathBuf, BTreeSet<FileName>>) {
        self.wanted.links = links;
    }

    /// Resolves when something has happened and it is quiet again: what to look at. May be dropped and
    /// called again without missing anything.
    pub(crate) async fn changed(&mut self) -> Look {
        loop {
            if let Some(interval) = self.settle() {
                sleep(interval).await;
                return Look::All;
            }
            let woken = self.inbox.woken.notified();
            let due = self.inbox.debounce.lock().due();
            match due {
                None => woken.await,
                Some(due) => sleep_until(due.into()).await,
            }
            let look = self.inbox.debounce.lock().take(Instant::now());
            if let Some(look) = look {
                return look;
            }
        }
    }

    /// Watches what is to be watched, as far as it is not watched yet. Where there are no events to wait
    /// for, says how often to look.
    fn settle(&mut self) -> Option<Duration> {
        let resolved = self.wanted.resolved();
        if self.resolved != resolved {
            self.resolved = resolved;
            self.watcher = None;
        }
        let places = self.resolved.directories();
        let silent = || places.iter().any(|place| is_silent(place));
        if let Some(interval) = self.poll.or_else(|| silent().then_some(POLL)) {
            self.watcher = None;
            self.watched.clear();
            return Some(interval);
        }
        if self.watcher.is_none() {
            self.watched.clear();
            self.watcher = self.start();
        }
        let Some(watcher) = &mut self.watcher else {
            return Some(POLL);
        };
        for place in places {
            let found = identity(&place);
            let watched = self.watched.get(&place).copied();
            if watched.is_some() && watched == found {
                continue;
            }
            // One that was replaced is another one under the same name.
            if watched.is_some() {
                drop(watcher.unwatch(&place));
                self.watched.remove(&place);
            }
            if watcher.watch(&place, RecursiveMode::NonRecursive).is_err() {
                // No more watches are to be had, or it has just gone.
                self.watcher = None;
                return Some(POLL);
            }
            self.watched.extend(found.map(|found| (place, found)));
            // What happened to it before it was watched is not told.
            self.inbox.note([Happened::Anything]);
        }
        None
    }

    fn start(&self) -> Option<RecommendedWatcher> {
        let inbox = Arc::clone(&self.inbox);
        let concerns = Concerns(self.resolved.clone());
        let tell = move |event: notify::Result<notify::Event>| match event {
            Ok(event) => inbox.note(concerns.of(&event)),
            // Events were lost.
            Err(_) => inbox.note([Happened::Anything]),
        };
        RecommendedWatcher::new(tell, Config::default()).ok()
    }
}

#[cfg(test)]
mod tests;
