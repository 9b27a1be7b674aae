//! Others who do something between two steps of ours.

use super::{home, name, names, replace};
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
async fn what_somebody_does_before_the_last_step_stays() {
    let check = async |deed: fn(&Path) -> io::Result<()>, expected: StoreError| {
        let home = home();
        let path = home.path().join("a.json");
        let store = store(
            home.path(),
            Meddled {
                before: |step| matches!(step, Step::Sync(_)),
                after_lock: false,
                deed: Mutex::new(Some(Box::new(move || deed(&path).unwrap()))),
            },
        );
        assert_eq!(replace(&store).await, Err(expected));
        let left = fs::read_to_string(home.path().join("a.json")).ok();
        // Nothing of ours is left beside it.
        let names = names(home.path());
        assert!(
            names.iter().all(|name| !name.ends_with(".tmp")),
            "{names:?}"
        );
        (left, replace(&store).await)
    };
    let writes = |path: &Path| fs::write(path, THEIRS);
    let (left, again) = check(writes, StoreError::Conflict).await;
    assert_eq!((left.as_deref(), again), (Some(THEIRS), Ok(())));
    let deletes = |path: &Path| fs::remove_file(path);
    let (left, again) = check(deletes, StoreError::Missing).await;
    assert_eq!((left, again), (None, Err(StoreError::Missing)));
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
