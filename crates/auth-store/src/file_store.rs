//! Credential files in a directory.

mod clean;
mod entry;
mod lock;
mod own_writes;
mod write;

pub(crate) use self::{
    entry::{Entry, Found, Stamp, find, names},
    own_writes::{Moment, OwnWrites},
    write::{Attributes, replace},
};

use crate::{
    Disk, Expected, FileDigest, FileName, LocalDisk, LockCredentials, ReadCredentials, RefreshLock,
    StoreError, Stored, Trouble, Version, WriteCredentials, turns::Turns,
};
use futures_util::{FutureExt as _, future::BoxFuture};
use parking_lot::Mutex;
use std::{
    collections::HashSet,
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::task::spawn_blocking;

/// Credential files in one directory, one level deep; the id of each is its name.
///
/// A file is replaced as a whole or stays as it is, whatever happens: the new one is written and synced
/// under another name, and takes the old one's place in one step. It is written only if nobody else has
/// written it meanwhile.
#[derive(Clone)]
pub struct FileStore(Arc<Files>);

#[derive(Debug)]
struct Files {
    directory: PathBuf,
    disk: Arc<dyn Disk>,
    /// Between looking at a file and replacing it, nobody else of this process writes.
    writing: Mutex<()>,
    turns: Turns,
    own: Arc<OwnWrites>,
    unsynced: Arc<Unsynced>,
}

/// Directories in which a file has its new name, and nothing says that it would have it after a crash. A
/// store and those of its links share it: stores of links come and go.
#[derive(Debug, Default)]
struct Unsynced(Mutex<HashSet<PathBuf>>);

impl FileStore {
    /// The files of a directory. It is made when something is first written.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self::on(directory, Arc::new(LocalDisk))
    }

    /// The same on another disk.
    #[must_use]
    pub fn on(directory: impl Into<PathBuf>, disk: Arc<dyn Disk>) -> Self {
        Self(Arc::new(Files {
            directory: directory.into(),
            disk,
            writing: Mutex::new(()),
            turns: Turns::default(),
            own: Arc::default(),
            unsynced: Arc::default(),
        }))
    }

    /// The file of another program that a pointer record names, as a store with this one file: what holds
    /// for credential files holds for it.
    #[must_use]
    pub fn of_link(&self, link: &Path) -> Option<(Self, FileName)> {
        let name = FileName::foreign(link.file_name()?.to_str()?)?;
        let directory = link.parent().filter(|_| link.is_absolute())?;
        let store = Self(Arc::new(Files {
            directory: directory.to_owned(),
            disk: Arc::clone(&self.0.disk),
            writing: Mutex::new(()),
            turns: Turns::default(),
            own: Arc::clone(&self.0.own),
            unsynced: Arc::clone(&self.0.unsynced),
        }));
        Some((store, name))
    }

    /// Where the files are.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.0.directory
    }

    /// Whether there is any file that may be a credential's. Blocks.
    #[must_use]
    pub fn holds_any(&self) -> bool {
        names(self.directory()).is_ok_and(|names| !names.is_empty())
    }

    /// Does something while nobody can begin a refresh of this credential; `None` if one is under way, here
    /// or in another process. Blocks, for no longer than what is done.
    pub fn while_unlocked<T>(&self, name: &FileName, work: impl FnOnce() -> T) -> Option<T> {
        lock::at_once(&self.0, name, work)
    }

    pub(crate) fn own_writes(&self) -> Arc<OwnWrites> {
        Arc::clone(&self.0.own)
    }

    pub(crate) fn disk(&self) -> &Arc<dyn Disk> {
        &self.0.disk
    }

    /// Does what blocks on a thread that may. Once begun it goes on, also if nobody waits any more.
    fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Files) -> Result<T, StoreError> + Send + 'static,
    ) -> BoxFuture<'_, Result<T, StoreError>> {
        let files = Arc::clone(&self.0);
        async move {
            let work = spawn_blocking(move || work(&files));
            work.await.unwrap_or_else(|_| {
                let text = "the program is stopping";
                Err(StoreError::Unwritable(Trouble::Other(text.into())))
            })
        }
        .boxed()
    }
}

impl Files {
    fn path(&self, name: &FileName) -> PathBuf {
        self.directory.join(name.as_str())
    }
}

fn version_of(bytes: &[u8]) -> Version {
    Version::from(FileDigest::of(bytes).to_string())
}

impl ReadCredentials for FileStore {
    fn list(&self) -> BoxFuture<'_, Result<Vec<FileName>, StoreError>> {
        self.blocking(|files| match names(&files.directory) {
            Ok(names) => Ok(names),
            // Nothing has been written yet.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(StoreError::Unreadable(Trouble::from(&error))),
        })
    }

    fn load<'a>(&'a self, name: &'a FileName) -> BoxFuture<'a, Result<Stored, StoreError>> {
        let name = name.clone();
        self.blocking(move |files| {
            let entry = find(&files.path(&name)).file()?;
            Ok(Stored {
                version: version_of(&entry.bytes),
                access: entry.access,
                bytes: entry.bytes,
            })
        })
    }
}

impl WriteCredentials for FileStore {
    fn put<'a>(
        &'a self,
        name: &'a FileName,
        bytes: Vec<u8>,
        expected: Expected,
    ) -> BoxFuture<'a, Result<Version, StoreError>> {
        let name = name.clone();
        self.blocking(move |files| files.put(&name, &bytes, &expected))
    }

    fn delete<'a>(&'a self, name: &'a FileName) -> BoxFuture<'a, Result<(), StoreError>> {
        let name = name.clone();
        self.blocking(move |files| files.delete(&name))
    }
}

impl LockCredentials for FileStore {
    fn lock<'a>(
        &'a self,
        name: &'a FileName,
        patience: Duration,
    ) -> BoxFuture<'a, Result<RefreshLock, StoreError>> {
        lock::wait(Arc::clone(&self.0), name, patience).boxed()
    }
}

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStore")
            .field("directory", &self.0.directory)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
