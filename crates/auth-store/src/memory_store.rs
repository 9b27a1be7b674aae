//! Credential files that end with the process.

use crate::{
    Access, Expected, FileName, LockCredentials, Reach, ReadCredentials, RefreshLock, StoreError,
    Stored, Version, WriteCredentials, patch::are_equal, turns::Turns,
};
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, ready},
};
use parking_lot::Mutex;
use std::{collections::BTreeMap, fmt, time::Duration};

/// A store in memory, for tests and for programs that bring their own credentials.
#[derive(Default)]
pub struct MemoryStore {
    files: Mutex<Files>,
    turns: Turns,
}

#[derive(Default)]
struct Files {
    by_name: BTreeMap<FileName, Stored>,
    /// How often something was written.
    revision: u64,
}

impl MemoryStore {
    fn write(
        &self,
        name: &FileName,
        bytes: Vec<u8>,
        expected: &Expected,
    ) -> Result<Version, StoreError> {
        let mut files = self.files.lock();
        match (files.by_name.get(name), expected) {
            (None, Expected::Absent) => {}
            (None, Expected::Version(_)) => return Err(StoreError::Missing),
            (Some(stored), Expected::Version(version)) if stored.version == *version => {
                if are_equal(&stored.bytes, &bytes) {
                    return Ok(version.clone());
                }
            }
            (Some(_), _) => return Err(StoreError::Conflict),
        }
        files.revision += 1;
        let version = Version::from(files.revision.to_string());
        let stored = Stored {
            bytes,
            version: version.clone(),
            access: Access::Writable,
        };
        files.by_name.insert(name.clone(), stored);
        Ok(version)
    }
}

impl ReadCredentials for MemoryStore {
    fn list(&self) -> BoxFuture<'_, Result<Vec<FileName>, StoreError>> {
        let names = self.files.lock().by_name.keys().cloned().collect();
        ready(Ok(names)).boxed()
    }

    fn load<'a>(&'a self, name: &'a FileName) -> BoxFuture<'a, Result<Stored, StoreError>> {
        let stored = self.files.lock().by_name.get(name).cloned();
        ready(stored.ok_or(StoreError::Missing)).boxed()
    }
}

impl WriteCredentials for MemoryStore {
    fn put<'a>(
        &'a self,
        name: &'a FileName,
        bytes: Vec<u8>,
        expected: Expected,
    ) -> BoxFuture<'a, Result<Version, StoreError>> {
        ready(self.write(name, bytes, &expected)).boxed()
    }

    fn delete<'a>(&'a self, name: &'a FileName) -> BoxFuture<'a, Result<(), StoreError>> {
        self.files.lock().by_name.remove(name);
        ready(Ok(())).boxed()
    }
}

impl LockCredentials for MemoryStore {
    fn lock<'a>(
        &'a self,
        name: &'a FileName,
        patience: Duration,
    ) -> BoxFuture<'a, Result<RefreshLock, StoreError>> {
        async move {
            let turn = self.turns.take(name, patience).await?;
            // Nobody outside this process can see what is in it.
            Ok(RefreshLock::new(Reach::Everyone, turn))
        }
        .boxed()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}
