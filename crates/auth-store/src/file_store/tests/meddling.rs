//! Others who do something between two steps of ours.

use super::{NEW, home, name, names, read, replace};
use crate::{
    Disk, FileStore, LocalDisk, LockCredentials as _, Step, StoreError, testing::FaultyDisk,
};
use parking_lot::Mutex;
use std::{
    fmt,
    fs::{self, File, TryLockError},
    io,
    path::Path,
    sync::Arc,
    time::Duration,
};

/// What somebody else has written meanwhile.
const THEIRS: &str = r#"{"type":"codex","theirs":true}"#;

/// Lets somebody else do something once: before a step or, where it says so, after a lock.
struct Meddled {
    before: fn(&Step<'_>) -> bool,
    after_lock: bool,
    deed: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl Meddled {
    fn act(&self) {
        if let Some(deed) = self.deed.lock().take() {
            deed();
        }
    }
}

impl fmt::Debug for Meddled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Meddled")
    }
}

impl Disk for Meddled {
    fn step(&self, step: &Step<'_>) -> io::Result<()> {
        if (self.before)(step) {
            self.act();
        }
        LocalDisk.step(step)
    }

    fn lock(&self, path: &Path) -> Result<File, TryLockError> {
        let lock = LocalDisk.lock(path);
        if self.after_lock {
            self.act();
        }
        lock
    }
}

fn store(home: &Path, disk: Meddled) -> FileStore {
    FileStore::on(home, Arc::new(disk))
}

#[tokio::test]
async fn what_somebody_writes_before_the_last_step_stays() {
    let home = home();
    let path = home.path().join("a.json");
    let store = store(
        home.path(),
        Meddled {
            before: |step| matches!(step, Step::Sync(_)),
            after_lock: false,
            deed: Mutex::new(Some(Box::new(move || fs::write(path, THEIRS).unwrap()))),
        },
    );
    assert_eq!(replace(&store).await, Err(StoreError::Conflict));
    assert_eq!(read(home.path()), THEIRS);
    assert_eq!(names(home.path()), [".write.lock", "a.json"]);
    replace(&store).await.unwrap();
    assert_eq!(read(home.path()), NEW);
}

#[tokio::test]
async fn what_somebody_deletes_before_the_last_step_stays_deleted() {
    let home = home();
    let path = home.path().join("a.json");
    let store = store(
        home.path(),
        Meddled {
            before: |step| matches!(step, Step::Sync(_)),
            after_lock: false,
            deed: Mutex::new(Some(Box::new(move || fs::remove_file(path).unwrap()))),
        },
    );
    assert_eq!(replace(&store).await, Err(StoreError::Missing));
    assert_eq!(names(home.path()), [".write.lock"]);
}

#[tokio::test]
async fn a_lock_on_a_file_that_has_been_removed_is_taken_again() {
    let home = home();
    let path = home.path().join("a.json.lock");
    let one = store(
        home.path(),
        Meddled {
            before: |_| false,
            after_lock: true,
            deed: Mutex::new(Some(Box::new(move || fs::remove_file(path).unwrap()))),
        },
    );
    let name = name("a.json");
    let _held = one.lock(&name, Duration::from_secs(30)).await.unwrap();
    let other = FileStore::on(home.path(), Arc::new(FaultyDisk::default()));
    let busy = other.lock(&name, Duration::ZERO).await;
    assert!(matches!(busy, Err(StoreError::Busy)), "{busy:?}");
}
