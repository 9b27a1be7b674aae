//! What is in service of a directory, and what a look at it has changed.
//!
//! Nothing here touches a disk: whoever looks tells what was found.

use crate::{Broken, CredentialFile, CredentialRecord, FileDigest, FileName, Problem};
use cliproxy_core::CredentialId;
use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};

/// The records of a directory.
#[derive(Debug, Default)]
pub struct Records(BTreeMap<FileName, Known>);

/// What was found under a name.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Observation {
    /// Nothing.
    Absent,
    /// A file that can be read.
    File {
        /// What it says.
        file: CredentialFile,
        /// Whether this process has written it.
        ours: bool,
    },
    /// One that cannot, now: empty, half written, or behind a link that leads nowhere. What it said before
    /// stays in service.
    Unread {
        /// Of what is there.
        digest: FileDigest,
        /// Why.
        problem: Problem,
    },
    /// One that must not be used: a foreign link, a pipe.
    Refused(Problem),
}

impl Observation {
    pub(crate) fn of(read: Result<CredentialFile, Broken>, digest: FileDigest, ours: bool) -> Self {
        match read {
            Ok(file) => Self::File { file, ours },
            Err(broken) => Self::Unread {
                digest,
                problem: broken.problem().clone(),
            },
        }
    }
}

/// What has become of one credential.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "each is acted on differently")]
pub enum Change {
    /// It was not there before.
    Added(Arc<CredentialRecord>),
    /// It says something else.
    Changed {
        /// What it said.
        before: Arc<CredentialRecord>,
        /// What it says.
        record: Arc<CredentialRecord>,
        /// Whether this process has written it, and so knows.
        ours: bool,
    },
    /// It was deleted and is there again: nothing that was known of it holds, health least of all.
    Recreated(Arc<CredentialRecord>),
    /// It is gone.
    Removed(CredentialId),
}

impl Change {
    /// Whose change it is.
    #[must_use]
    pub fn id(&self) -> &CredentialId {
        match self {
            Self::Added(record) | Self::Changed { record, .. } | Self::Recreated(record) => {
                &record.id
            }
            Self::Removed(id) => id,
        }
    }
}

/// In what two versions of a record differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// It is another account: what is known of the health of the old one means nothing.
    pub identity: bool,
    /// It has begun or ceased to take part.
    pub standing: bool,
    /// The operator wants something else of it: models, priority, proxy; or it signs in where it had a
    /// key, or the other way round.
    pub settings: bool,
    /// It authenticates with something else. Alone, this changes no route and no health.
    pub tokens: bool,
}

impl Difference {
    /// From one version to the other.
    #[must_use]
    pub fn between(before: &CredentialRecord, after: &CredentialRecord) -> Self {
        Self {
            identity: !before.is_same_identity(after),
            standing: before.standing != after.standing,
            settings: before.settings != after.settings
                || before.signs_in() != after.signs_in()
                || before.label != after.label
                || before.account != after.account
                || before.link != after.link,
            tokens: before.tokens != after.tokens,
        }
    }
}

/// What a look has brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// In the order of the files, and of the projects of each.
    pub credentials: Vec<Change>,
    /// What was not wrong before.
    pub problems: Vec<Problem>,
}

impl Changes {
    /// Whether it has brought nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.credentials.is_empty() && self.problems.is_empty()
    }

    pub(crate) fn append(&mut self, mut later: Self) {
        self.credentials.append(&mut later.credentials);
        self.problems.append(&mut later.problems);
    }
}

#[derive(Debug, Default)]
struct Known {
    /// What is in service.
    file: Option<CredentialFile>,
    /// What is there in its place and cannot be read, or must not be.
    trouble: Option<Trouble>,
    /// It was deleted since the file in service was read.
    is_another: bool,
}

#[derive(Debug)]
struct Trouble {
    digest: Option<FileDigest>,
    problem: Problem,
}

impl Known {
    fn is_known_trouble(&self, digest: Option<FileDigest>, problem: &Problem) -> bool {
        self.trouble
            .as_ref()
            .is_some_and(|known| known.digest == digest && known.problem == *problem)
    }
}

impl Records {
    /// Takes note of what was found under a name. `was_deleted` says that the file was gone meanwhile,
    /// whatever is there now.
    pub fn observe(&mut self, name: &FileName, found: Observation, was_deleted: bool) -> Changes {
        let mut changes = Changes::default();
        let mut entry = match self.0.entry(name.clone()) {
            Entry::Occupied(entry) => entry,
            Entry::Vacant(_) if matches!(found, Observation::Absent) => return changes,
            Entry::Vacant(entry) => entry.insert_entry(Known::default()),
        };
        let known = entry.get_mut();
        known.is_another |= was_deleted && known.file.is_some();
        match found {
            Observation::Absent => {
                let known = entry.remove();
                changes.credentials = removed(known.file.as_ref());
            }
            Observation::Unread { digest, problem } => {
                if !known.is_known_trouble(Some(digest), &problem) {
                    changes.problems.push(problem.clone());
                    let digest = Some(digest);
                    known.trouble = Some(Trouble { digest, problem });
                }
            }
            Observation::Refused(problem) => {
                changes.credentials = removed(known.file.take().as_ref());
                if !known.is_known_trouble(None, &problem) {
                    changes.problems.push(problem.clone());
                    let digest = None;
                    known.trouble = Some(Trouble { digest, problem });
                }
            }
            Observation::File { file, ours } => {
                known.trouble = None;
                let is_another = std::mem::take(&mut known.is_another);
                let before = known.file.as_ref();
                let is_same = before.is_some_and(|before| before.digest == file.digest);
                if is_same && !is_another {
                    return changes;
                }
                let said = before.map_or(&[][..], |before| &before.problems);
                let new = file.problems.iter().filter(|found| !said.contains(found));
                changes.problems = new.cloned().collect();
                changes.credentials = differences(before, &file, is_another, ours);
                known.file = Some(file);
            }
        }
        changes
    }

    /// The files in service, in the order of their names.
    pub fn files(&self) -> impl Iterator<Item = &CredentialFile> {
        self.0.values().filter_map(|known| known.file.as_ref())
    }

    /// All records in service, in the order of the files.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<CredentialRecord>> {
        self.files().flat_map(|file| &file.records)
    }

    /// What is wrong with the files, in the order of their names: those in service, and those that cannot
    /// be read.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.0.values().flat_map(|known| {
            let trouble = known.trouble.as_ref().map(|trouble| &trouble.problem);
            let own = known.file.iter().flat_map(|file| &file.problems);
            own.chain(trouble)
        })
    }

    /// The names that something is known of.
    pub(crate) fn names(&self) -> impl Iterator<Item = &FileName> {
        self.0.keys()
    }
}

fn removed(file: Option<&CredentialFile>) -> Vec<Change> {
    let records = file.iter().flat_map(|file| &file.records);
    records
        .map(|record| Change::Removed(record.id.clone()))
        .collect()
}

fn differences(
    before: Option<&CredentialFile>,
    after: &CredentialFile,
    is_another: bool,
    ours: bool,
) -> Vec<Change> {
    let before = before.map_or(&[][..], |file| &file.records);
    let named = |records: &[Arc<CredentialRecord>], id: &CredentialId| {
        records.iter().find(|record| record.id == *id).cloned()
    };
    let gone = before
        .iter()
        .filter(|record| named(&after.records, &record.id).is_none());
    let mut changes: Vec<_> = gone
        .map(|record| Change::Removed(record.id.clone()))
        .collect();
    for record in &after.records {
        let record = Arc::clone(record);
        match named(before, &record.id) {
            None => changes.push(Change::Added(record)),
            Some(_) if is_another => changes.push(Change::Recreated(record)),
            // Only members that mean nothing here are different.
            Some(before) if before == record => {}
            Some(before) => changes.push(Change::Changed {
                before,
                record,
                ours,
            }),
        }
    }
    changes
}

#[cfg(test)]
mod tests;
