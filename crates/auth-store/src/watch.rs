//! Noticing that credential files have changed.

mod debounce;
mod event;

pub use self::debounce::{Debounce, Happened, Look};

use self::event::Concerns;
use crate::FileName;
use cliproxy_watching::{Inbox, Settled, Told, Watched};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::time::sleep;

/// Watches a directory, and the directories of the files that its files link to. While nothing happens to
/// them nothing runs, unless they are where no events are to be had.
#[derive(Debug)]
pub(crate) struct Watch {
    wanted: Places,
    /// The same, without links on the way: what events name.
    resolved: Places,
    watched: Watched,
    inbox: Arc<Inbox<Debounce>>,
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

impl Watch {
    pub(crate) fn new(directory: PathBuf, poll: Option<Duration>) -> Self {
        Self {
            wanted: Places {
                directory,
                links: BTreeMap::new(),
            },
            resolved: Places::default(),
            watched: Watched::new(poll),
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
        let resolved = self.wanted.resolved();
        if self.resolved != resolved {
            self.resolved = resolved;
            self.watched.clear();
        }
        let directories = self.resolved.directories();
        let (inbox, concerns) = (&self.inbox, &self.resolved);
        let tell = || {
            let (inbox, concerns) = (Arc::clone(inbox), Concerns(concerns.clone()));
            move |told: Told<'_>| note(&inbox, concerns.of(told))
        };
        match self.watched.settle(&directories, &BTreeSet::new(), tell) {
            Settled::Silent(interval) => {
                sleep(interval).await;
                return Look::All;
            }
            Settled::Anew => note(&self.inbox, vec![Happened::Anything]),
            Settled::Events => {}
        }
        self.inbox.rest().await
    }
}

fn note(inbox: &Inbox<Debounce>, happened: Vec<Happened>) {
    inbox.note(|debounce, now| {
        for happened in happened {
            debounce.note(happened, now);
        }
    });
}

#[cfg(test)]
mod tests;
