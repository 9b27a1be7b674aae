//! What a kill or a loss of power leaves, at every step.
//!
//! A kill is tried on the real disk. What a loss of power may leave is computed: the steps of a write are
//! recorded, and after each of them the disk may hold of every file what was synced or any beginning of
//! what was written, and of the directory any state since it was synced.

use super::{NEW, OLD, home, names, read, replace};
use crate::{
    Disk, FileStore, LocalDisk, Step, StoreError,
    testing::{Fault, FaultyDisk},
};
use parking_lot::Mutex;
use std::{
    collections::BTreeMap,
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

#[tokio::test]
async fn a_kill_leaves_the_old_file_or_the_new_one() {
    let mut seen = Vec::new();
    for last in 0.. {
        let home = home();
        let disk = Arc::new(FaultyDisk::default());
        disk.fail(Fault::Killed(last));
        let killed = replace(&FileStore::on(home.path(), disk.clone())).await;
        let found = read(home.path());
        assert!(
            found == OLD || found == NEW,
            "killed in step {last}: {found}"
        );
        seen.push(found == NEW);
        // The next process is not kept from writing.
        replace(&FileStore::new(home.path())).await.unwrap();
        assert_eq!(read(home.path()), NEW);
        assert!(names(home.path()).contains(&"a.json".to_owned()));
        if last >= disk.steps() {
            assert_eq!(killed, Ok(()));
            break;
        }
    }
    // Create, append, permissions, sync and rename; then the new one is there.
    assert_eq!(seen, [false, false, false, false, false, true, true]);
}

/// Notes the steps, and takes them.
#[derive(Debug, Default)]
struct Recorder(Mutex<Vec<Taken>>);

#[derive(Clone, Debug)]
enum Taken {
    Create(PathBuf),
    Append(PathBuf, Vec<u8>),
    Sync(PathBuf),
    Rename(PathBuf, PathBuf),
    SyncDirectory,
    Remove(PathBuf),
}

impl Disk for Recorder {
    fn step(&self, step: &Step<'_>) -> io::Result<()> {
        let own = Path::to_owned;
        let taken = match *step {
            Step::Create(path) => Some(Taken::Create(own(path))),
            Step::Append(path, bytes) => Some(Taken::Append(own(path), bytes.to_vec())),
            Step::Sync(path) => Some(Taken::Sync(own(path))),
            Step::Rename(from, to) => Some(Taken::Rename(own(from), own(to))),
            Step::SyncDirectory(_) => Some(Taken::SyncDirectory),
            Step::Remove(path) => Some(Taken::Remove(own(path))),
            Step::MakeDirectory(_) | Step::Own(..) => None,
            Step::Overwrite(..) => panic!("nothing is written in place"),
        };
        self.0.lock().extend(taken);
        LocalDisk.step(step)
    }

    fn lock(&self, path: &Path) -> Result<File, TryLockError> {
        LocalDisk.lock(path)
    }
}

/// A directory of which it is not known what is on the disk.
struct Uncertain {
    /// What was written to each file, and how much of it is known to be on the disk.
    files: Vec<(Vec<u8>, bool)>,
    /// The states that the names may be in; the last is what a reader sees now.
    names: Vec<BTreeMap<PathBuf, usize>>,
}

impl Uncertain {
    fn take(&mut self, step: &Taken) {
        let mut names = self.names.last().cloned().unwrap();
        match step {
            Taken::Create(path) => {
                self.files.push((Vec::new(), false));
                names.insert(path.clone(), self.files.len() - 1);
            }
            Taken::Append(path, bytes) => {
                let (content, synced) = &mut self.files[names[path]];
                content.extend(bytes);
                *synced = false;
            }
            Taken::Sync(path) => self.files[names[path]].1 = true,
            Taken::Rename(from, to) => {
                let file = names.remove(from).unwrap();
                names.insert(to.clone(), file);
            }
            Taken::Remove(path) => drop(names.remove(path)),
            Taken::SyncDirectory => self.names.clear(),
        }
        self.names.push(names);
    }

    /// Everything that may be found under a name once the power is back.
    fn outcomes(&self, path: &Path) -> Vec<Option<Vec<u8>>> {
        let mut outcomes = Vec::new();
        for names in &self.names {
            match names.get(path).map(|file| &self.files[*file]) {
                None => outcomes.push(None),
                Some((content, true)) => outcomes.push(Some(content.clone())),
                Some((content, false)) => {
                    let beginnings = 0..=content.len();
                    outcomes.extend(beginnings.map(|end| Some(content[..end].to_vec())));
                }
            }
        }
        outcomes
    }
}

#[tokio::test]
async fn a_loss_of_power_leaves_the_old_file_or_the_new_one() {
    let home = home();
    let recorder = Arc::new(Recorder::default());
    let replaced: Result<(), StoreError> =
        replace(&FileStore::on(home.path(), recorder.clone())).await;
    replaced.unwrap();
    let path = home.path().join("a.json");
    let mut disk = Uncertain {
        files: vec![(OLD.into(), true)],
        names: vec![BTreeMap::from([(path.clone(), 0)])],
    };
    let (old, new) = (Some(OLD.as_bytes().to_vec()), Some(NEW.as_bytes().to_vec()));
    let steps = recorder.0.lock().clone();
    for step in &steps {
        disk.take(step);
        for found in disk.outcomes(&path) {
            assert!(found == old || found == new, "after {step:?}: {found:?}");
        }
    }
    assert_eq!(disk.outcomes(&path), [new], "what was put survives");
    assert!(steps.len() >= 5, "{steps:?}");
}
