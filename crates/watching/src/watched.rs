//! Watching directories, and what is in them.

use crate::{
    Told,
    place::{Identity, identity, is_silent},
};
use notify::{Config, Event, RecommendedWatcher, RecursiveMode, Watcher as _};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    time::Duration,
};

/// How often places are looked at that give no events, and those that are gone.
const POLL: Duration = Duration::from_secs(5);

/// The places that are watched.
#[derive(Debug)]
pub struct Watched {
    /// As it is configured, in place of events.
    poll: Option<Duration>,
    watcher: Option<RecommendedWatcher>,
    places: BTreeMap<PathBuf, Identity>,
}

/// How to learn that something has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "callers wait in one of these ways")]
pub enum Settled {
    /// It will be told.
    Events,
    /// The same, but some places are watched only from now on: what happened there before is not told.
    Anew,
    /// It will not be told. Look this often.
    Silent(Duration),
}

impl Watched {
    /// Watches nothing yet. With `poll` nothing is ever watched.
    #[must_use]
    pub const fn new(poll: Option<Duration>) -> Self {
        Self {
            poll,
            watcher: None,
            places: BTreeMap::new(),
        }
    }

    /// Watches nothing any more. For whoever wants to be told of other places.
    pub fn clear(&mut self) {
        self.watcher = None;
        self.places.clear();
    }

    /// Watches these, as far as they are not watched yet. A file is watched by its directory; it is
    /// among `files` if nothing of its directory is to be had but the file, as where a container has
    /// one mounted file.
    ///
    /// What happens from then on is told to what `tell` makes, on a thread of its own.
    pub fn settle<T>(
        &mut self,
        directories: &BTreeSet<PathBuf>,
        files: &BTreeSet<PathBuf>,
        tell: impl FnOnce() -> T,
    ) -> Settled
    where
        T: Fn(Told<'_>) + Send + 'static,
    {
        let silent = || directories.iter().any(|place| is_silent(place));
        if let Some(interval) = self.poll.or_else(|| silent().then_some(POLL)) {
            self.clear();
            return Settled::Silent(interval);
        }
        if self.watcher.is_none() {
            self.places.clear();
            self.watcher = start(tell());
        }
        let mut settled = Settled::Events;
        let all = directories.iter().map(|place| (place, true));
        for (place, is_needed) in all.chain(files.iter().map(|place| (place, false))) {
            match self.watch(place) {
                Some(true) => settled = Settled::Anew,
                Some(false) => {}
                // Its directory says when it appears.
                None if !is_needed => {}
                // No more watches are to be had, or it has just gone.
                None => {
                    self.clear();
                    return Settled::Silent(POLL);
                }
            }
        }
        settled
    }

    /// Whether it is watched only from now on; nothing if it cannot be.
    fn watch(&mut self, place: &Path) -> Option<bool> {
        let watcher = self.watcher.as_mut()?;
        let found = identity(place);
        let watched = self.places.get(place).copied();
        if watched.is_some() && watched == found {
            return Some(false);
        }
        // One that was replaced is another one under the same name.
        if self.places.remove(place).is_some() {
            drop(watcher.unwatch(place));
        }
        watcher.watch(place, RecursiveMode::NonRecursive).ok()?;
        let found = found.map(|found| (place.to_owned(), found));
        self.places.extend(found);
        Some(true)
    }
}

fn start(tell: impl Fn(Told<'_>) + Send + 'static) -> Option<RecommendedWatcher> {
    let tell = move |event: notify::Result<Event>| Told::by(&event).into_iter().for_each(&tell);
    RecommendedWatcher::new(tell, Config::default()).ok()
}

#[cfg(test)]
mod tests {
    use super::{POLL, Settled, Watched};
    use std::{collections::BTreeSet, fs, time::Duration};

    #[test]
    fn where_there_are_events() {
        let home = tempfile::tempdir().unwrap();
        let (here, gone) = (home.path().to_owned(), home.path().join("gone"));
        let file = here.join("file");
        let mut watched = Watched::new(None);
        let mut settle = |directories: &[_], files: &[_]| {
            let set = |places: &[_]| places.iter().cloned().collect::<BTreeSet<_>>();
            watched.settle(&set(directories), &set(files), || |_| {})
        };
        let (here, gone, file) = ([here], [gone], [file]);
        assert_eq!(settle(&here, &[]), Settled::Anew);
        assert_eq!(settle(&here, &[]), Settled::Events);
        assert_eq!(settle(&here, &file), Settled::Events, "there is none");
        fs::write(&file[0], "").unwrap();
        assert_eq!(settle(&here, &file), Settled::Anew);
        assert_eq!(settle(&here, &file), Settled::Events);
        let both = [here[0].clone(), gone[0].clone()];
        assert_eq!(settle(&both, &[]), Settled::Silent(POLL));
        assert_eq!(settle(&here, &[]), Settled::Anew, "all of it");
        fs::create_dir(&gone[0]).unwrap();
        assert_eq!(settle(&both, &[]), Settled::Anew);
        // Another one of that name.
        fs::rename(&gone[0], home.path().join("old")).unwrap();
        fs::create_dir(&gone[0]).unwrap();
        assert_eq!(settle(&both, &[]), Settled::Anew);
        assert_eq!(settle(&both, &[]), Settled::Events);
        let minute = Duration::from_secs(60);
        let polled = Watched::new(Some(minute)).settle(&here.into(), &BTreeSet::new(), || |_| {});
        assert_eq!(polled, Settled::Silent(minute));
    }
}
