//! Looking at a directory: the one way in which files become records, at the start and later.

use crate::{
    Access, Broken, Changes, CredentialFile, FileDigest, FileName, FileStore, Look, Observation,
    Problem, Records, StoreError, Trouble,
    file_store::{Entry, Found, Moment, Stamp, find, names},
    problem::Report,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// A file that was changed this long before it was read has not changed again unnoticed: some file systems
/// count time in steps of two seconds.
const SETTLED: Duration = Duration::from_secs(3);

/// Looks at the files of a directory, and knows what they said.
#[derive(Debug)]
pub struct Scanner {
    store: FileStore,
    records: Records,
    seen: HashMap<FileName, Seen>,
    /// The last trouble with the directory itself.
    trouble: Option<Trouble>,
}

/// How a file was when it was read.
#[derive(Debug)]
struct Seen {
    stamp: Stamp,
    /// Whether the same stamp means the same content.
    is_settled: bool,
    /// The file it links to.
    link: Option<(PathBuf, Option<Stamp>)>,
}

impl Scanner {
    /// Knows nothing yet of the files of this store.
    #[must_use]
    pub fn new(store: FileStore) -> Self {
        Self {
            store,
            records: Records::default(),
            seen: HashMap::new(),
            trouble: None,
        }
    }

    /// The store whose files it looks at.
    #[must_use]
    pub const fn store(&self) -> &FileStore {
        &self.store
    }

    /// What is in service.
    #[must_use]
    pub const fn records(&self) -> &Records {
        &self.records
    }

    /// Looks at the files that are meant, and says what has changed. Blocks.
    ///
    /// Where all are meant, those that cannot have changed since they were read are not read again.
    pub fn look(&mut self, look: &Look, now: SystemTime) -> Changes {
        let mut changes = Changes::default();
        match look {
            Look::Names(names) => {
                for (name, was_deleted) in names {
                    changes.append(self.observe(name, *was_deleted, now));
                }
            }
            Look::All => match self.present() {
                Ok(names) => {
                    for name in names {
                        if !self.is_unchanged(&name) {
                            changes.append(self.observe(&name, false, now));
                        }
                    }
                }
                // What is in service stays: the files may be there, behind a network that is down.
                Err(problem) => changes.problems.extend(problem),
            },
        }
        changes
    }

    /// Forgets everything, as if the directory were empty.
    pub(crate) fn clear(&mut self) -> Changes {
        let mut changes = Changes::default();
        let names: Vec<_> = self.records.names().cloned().collect();
        for name in names {
            changes.append(self.records.observe(&name, Observation::Absent, false));
        }
        self.seen.clear();
        changes
    }

    /// The files elsewhere whose tokens are used here, with the names of those who use them.
    #[must_use]
    pub fn links(&self) -> BTreeMap<PathBuf, BTreeSet<FileName>> {
        let mut links: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for (name, seen) in &self.seen {
            if let Some((path, _)) = &seen.link {
                links.entry(path.clone()).or_default().insert(name.clone());
            }
        }
        links
    }

    /// What is there, and what was.
    fn present(&mut self) -> Result<BTreeSet<FileName>, Option<Problem>> {
        let found = match names(self.store.directory()) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => {
                let trouble = Trouble::from(&error);
                let text = trouble.to_string();
                let is_new = self.trouble.replace(trouble.clone()) != Some(trouble);
                let report = Report::of(FileName::directory());
                return Err(is_new.then(|| {
                    let remedy = "what was read before stays in use";
                    report.problem("", format!("cannot be read: {text}"), remedy)
                }));
            }
        };
        self.trouble = None;
        let mut present: BTreeSet<_> = found.into_iter().collect();
        present.extend(self.records.names().cloned());
        Ok(present)
    }

    fn is_unchanged(&self, name: &FileName) -> bool {
        let path = self.path(name);
        self.seen.get(name).is_some_and(|seen| {
            let link = seen.link.as_ref();
            seen.is_settled
                && Stamp::of(&path) == Some(seen.stamp)
                && link.is_none_or(|(path, stamp)| Stamp::of(path) == *stamp)
        })
    }

    fn path(&self, name: &FileName) -> PathBuf {
        self.store.directory().join(name.as_str())
    }

    fn observe(&mut self, name: &FileName, was_deleted: bool, now: SystemTime) -> Changes {
        let since = self.store.own_writes().now();
        let found = match find(&self.path(name)) {
            Found::Absent => {
                self.seen.remove(name);
                Observation::Absent
            }
            Found::Unusable(error) => {
                self.seen.remove(name);
                unusable(name, &error)
            }
            Found::File(entry) => self.read(name, &entry, since, now),
        };
        self.records.observe(name, found, was_deleted)
    }

    fn read(
        &mut self,
        name: &FileName,
        entry: &Entry,
        since: Moment,
        now: SystemTime,
    ) -> Observation {
        let digest = FileDigest::of(&entry.bytes);
        let own = self.store.own_writes();
        let mut ours = own.take(&self.path(name), digest, since);
        let mut read = CredentialFile::read(name, &entry.bytes);
        let link = read
            .as_ref()
            .ok()
            .and_then(|file| file.primary()?.link.clone());
        let mut is_settled = is_settled(entry.stamp, now);
        let mut linked = None;
        if let Some(path) = link {
            let there = self.follow(name, &path);
            let stamp = there.as_ref().ok().map(|there| there.stamp);
            is_settled &= stamp.is_some_and(|stamp| self::is_settled(stamp, now));
            read = there.and_then(|there| {
                ours |= own.take(&path, FileDigest::of(&there.bytes), since);
                CredentialFile::linked(name, &entry.bytes, Some(&there.bytes))
            });
            linked = Some((path, stamp));
        }
        let seen = Seen {
            stamp: entry.stamp,
            is_settled,
            link: linked,
        };
        self.seen.insert(name.clone(), seen);
        if let Ok(file) = &mut read {
            file.problems.extend(readable_by_others(name, entry));
        }
        Observation::of(read, digest, ours)
    }

    /// The file that a pointer record names.
    fn follow(&self, name: &FileName, path: &Path) -> Result<Entry, Broken> {
        let report = Report::of(name.clone());
        let broken = |message: String| {
            let remedy = "name the whole path of the other program's file, and sign in there";
            Broken::Rejected(report.problem("link", message, remedy))
        };
        if self.store.of_link(path).is_none() {
            return Err(broken("not the whole path of a file".to_owned()));
        }
        find(path).file().map_err(|error| {
            let path = path.display();
            broken(format!("{path}: {error}"))
        })
    }
}

fn is_settled(stamp: Stamp, now: SystemTime) -> bool {
    let now = now
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let now = i128::try_from(now.as_nanos()).unwrap_or_default();
    stamp.latest() + (SETTLED.as_nanos() as i128) < now
}

fn unusable(name: &FileName, error: &StoreError) -> Observation {
    let report = Report::of(name.clone());
    let problem = |message: String, remedy: String| report.problem("", message, remedy);
    match error {
        StoreError::Unreadable(trouble) => {
            let trouble = trouble.to_string();
            let (what, remedy) = match trouble.split_once("; ") {
                Some((what, remedy)) => (what, format!("{remedy}; ")),
                None => (&*trouble, String::new()),
            };
            let what = format!("cannot be read: {what}");
            Observation::Unread {
                digest: FileDigest::of(b""),
                problem: problem(what, format!("{remedy}what it said before stays in use")),
            }
        }
        StoreError::Link(to) => {
            let what = format!("a symbolic link to {to}, which is not followed");
            let remedy = "remove it, and `cliproxy import TYPE FILE` the other one: it says whether to add --link";
            Observation::Refused(problem(what, remedy.to_owned()))
        }
        StoreError::NotAFile(what) => {
            let remedy = "it is not used; remove it, or put a credential file in its place";
            Observation::Refused(problem((*what).to_owned(), remedy.to_owned()))
        }
        error => Observation::Refused(problem(error.to_string(), "it is not used".to_owned())),
    }
}

/// Whoever can read a credential can use it.
fn readable_by_others(name: &FileName, entry: &Entry) -> Option<Problem> {
    let mode = entry.mode;
    let others = mode & 0o044 != 0 && entry.access == Access::Writable;
    others.then(|| {
        let report = Report::of(name.clone());
        let message = format!("other users can read it (mode {mode:04o})");
        report.problem("", message, "chmod 600")
    })
}

#[cfg(test)]
mod tests;
