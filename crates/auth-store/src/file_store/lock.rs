//! One refresh of one file at a time, across processes.

use super::Files;
use crate::{FileName, Reach, RefreshLock, StoreError, Trouble};
use rustix::fs::OFlags;
use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep_until},
};

/// Locks of other processes cannot be waited for without a thread for each, so they are tried again.
const SHORTEST: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_millis(250);

/// The file that is locked. It stays: whoever removed it could hold it at the same time as somebody who
/// has made another one.
pub(super) fn path(files: &Files, name: &FileName) -> PathBuf {
    files.directory.join(format!("{name}.lock"))
}

/// Waits for the turn in this process, then for that among all of them.
pub(super) async fn wait(
    files: Arc<Files>,
    name: &FileName,
    patience: Duration,
) -> Result<RefreshLock, StoreError> {
    let until = Instant::now() + patience;
    let turn = files.turns.take(name, patience).await?;
    let mut pause = SHORTEST;
    loop {
        let (files, name) = (Arc::clone(&files), name.clone());
        let tried = spawn_blocking(move || attempt(&files, &name)).await;
        match tried {
            Ok(Attempt::Held(file)) => {
                return Ok(RefreshLock::new(Reach::Everyone, (file, turn)));
            }
            Ok(Attempt::Impossible) => return Ok(RefreshLock::new(Reach::ThisProcess, turn)),
            Ok(Attempt::Busy) if Instant::now() >= until => return Err(StoreError::Busy),
            Ok(Attempt::Busy) => {}
            Err(_) => {
                let text = "the program is stopping";
                return Err(StoreError::Unreadable(Trouble::Other(text.into())));
            }
        }
        sleep_until((Instant::now() + pause).min(until)).await;
        pause = (pause * 2).min(LONGEST);
    }
}

/// Does something under the lock, if it is to be had now; where there are no locks, without.
pub(super) fn at_once<T>(files: &Files, name: &FileName, work: impl FnOnce() -> T) -> Option<T> {
    let _held = match attempt(files, name) {
        Attempt::Held(file) => Some(file),
        Attempt::Impossible => None,
        Attempt::Busy => return None,
    };
    Some(work())
}

enum Attempt {
    Held(File),
    Busy,
    /// There are no locks here.
    Impossible,
}

fn attempt(files: &Files, name: &FileName) -> Attempt {
    let path = path(files, name);
    match files.disk.lock(&path) {
        // Deleting a credential removes the file of its lock: this one may be nobody's any more.
        Ok(file) if is_at(&file, &path) => Attempt::Held(file),
        Ok(_) | Err(TryLockError::WouldBlock) => Attempt::Busy,
        Err(TryLockError::Error(_)) => attempt_on_itself(&files.path(name)),
    }
}

/// Where no file can be made, those who cannot either can still agree on the credential's own file.
fn attempt_on_itself(path: &Path) -> Attempt {
    let open = || -> io::Result<File> {
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let mut options = OpenOptions::new();
        options
            .read(true)
            .custom_flags(flags.bits() as i32)
            .open(path)
    };
    let Ok(file) = open() else {
        return Attempt::Impossible;
    };
    match file.try_lock() {
        Ok(()) => Attempt::Held(file),
        Err(TryLockError::WouldBlock) => Attempt::Busy,
        Err(TryLockError::Error(_)) => Attempt::Impossible,
    }
}

fn is_at(file: &File, path: &Path) -> bool {
    let inode = |found: std::fs::Metadata| (found.dev(), found.ino());
    let held = file.metadata().map(inode);
    let named = std::fs::metadata(path).map(inode);
    matches!((held, named), (Ok(held), Ok(named)) if held == named)
}
