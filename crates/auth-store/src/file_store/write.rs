//! Replacing a file: the old one or the new one is there, and never anything else.

use super::{Files, entry::Entry, entry::Found, entry::find, version_of};
use crate::{
    Access, Disk, Expected, FileDigest, FileName, Step, StoreError, Trouble, Version,
    patch::are_equal,
};
use rustix::io::Errno;
use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
    thread::sleep,
    time::Duration,
};

/// Held between looking at a file and replacing it, by every process that writes to the directory.
const LOCK: &str = ".write.lock";
/// How long another process may hold it: it only writes a file meanwhile.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(5);

/// The permissions and the owner that a new file gets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attributes {
    mode: u32,
    owner: Option<(u32, u32)>,
}

impl Attributes {
    /// For whoever runs this process, and nobody else.
    pub(crate) const PRIVATE: Self = Self {
        mode: 0o600,
        owner: None,
    };

    /// Those of the file that is replaced: an operator has chosen who reads it. Nobody else writes it.
    const fn of(entry: &Entry) -> Self {
        Self {
            mode: (entry.mode & !0o022) | 0o600,
            owner: Some(entry.owner),
        }
    }
}

/// How a file got its new content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Replaced {
    /// In one step.
    AtOnce,
    /// Byte by byte: it is mounted by itself, and cannot be replaced.
    InPlace,
}

impl Files {
    pub(super) fn put(
        &self,
        name: &FileName,
        bytes: &[u8],
        expected: &Expected,
    ) -> Result<Version, StoreError> {
        let _writing = self.writing.lock();
        let path = self.path(name);
        let before = match find(&path) {
            Found::Absent => None,
            found => Some(found.file()?),
        };
        let attributes = match check(before.as_ref(), bytes, expected)? {
            Verdict::Same(version) => {
                self.sync_late()?;
                return Ok(version);
            }
            Verdict::Write(attributes) => attributes,
        };
        if before.is_none() {
            let made = self.disk.step(&Step::MakeDirectory(&self.directory));
            made.map_err(|error| unwritable(&error))?;
        }
        let _lock = self.exclude_others()?;
        // Somebody may have written it since: before the lock was ours, or without asking for it.
        let unchanged = || match (find(&path), expected) {
            (Found::Absent, Expected::Absent) => Ok(()),
            (Found::Absent, Expected::Version(_)) => Err(StoreError::Missing),
            (found, Expected::Version(version)) => {
                let same = version_of(&found.file()?.bytes) == *version;
                same.then_some(()).ok_or(StoreError::Conflict)
            }
            (_, Expected::Absent) => Err(StoreError::Conflict),
        };
        let digest = FileDigest::of(bytes);
        self.own.begins(path.clone(), digest);
        let replaced = replace(&*self.disk, &path, bytes, attributes, unchanged);
        // What has failed may have done so at the last step, when others could see it already.
        let is_there = replaced.is_ok() || says(&path, digest);
        self.own.ended(&path, digest, is_there);
        if is_there {
            let mut unsynced = self.unsynced.0.lock();
            match replaced {
                Ok(_) => unsynced.remove(&self.directory),
                Err(_) => unsynced.insert(self.directory.clone()),
            };
        }
        replaced.map(|_| version_of(bytes))
    }

    /// Makes up for a directory that could not be synced.
    fn sync_late(&self) -> Result<(), StoreError> {
        let is_unsynced = self.unsynced.0.lock().contains(&self.directory);
        if is_unsynced {
            sync_directory(&*self.disk, &self.directory)?;
            self.unsynced.0.lock().remove(&self.directory);
        }
        Ok(())
    }

    pub(super) fn delete(&self, name: &FileName) -> Result<(), StoreError> {
        let _writing = self.writing.lock();
        let path = self.path(name);
        match find(&path) {
            Found::Absent => return Ok(()),
            Found::File(entry) => writable(&entry)?,
            // What cannot be read can be removed, but not what belongs to somebody else.
            Found::Unusable(StoreError::Unreadable(_)) => {}
            Found::Unusable(error) => return Err(error),
        }
        let _lock = self.exclude_others()?;
        let removed = self.disk.step(&Step::Remove(&path));
        match removed {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(unwritable(&error)),
        }
        let synced = sync_directory(&*self.disk, &self.directory);
        // Also if it is there again after a crash: then it is deleted once more.
        self.forget(name);
        synced
    }

    /// `None` where there are no locks to be had: then nothing can be written either, or only by one.
    fn exclude_others(&self) -> Result<Option<File>, StoreError> {
        let path = self.directory.join(LOCK);
        let mut waited = Duration::ZERO;
        loop {
            match self.disk.lock(&path) {
                Ok(lock) => return Ok(Some(lock)),
                Err(TryLockError::Error(_)) => return Ok(None),
                Err(TryLockError::WouldBlock) if waited >= PATIENCE => {
                    return Err(StoreError::Busy);
                }
                Err(TryLockError::WouldBlock) => sleep(PAUSE),
            }
            waited += PAUSE;
        }
    }
}

/// Whether this is what a file says now.
fn says(path: &Path, digest: FileDigest) -> bool {
    find(path)
        .file()
        .is_ok_and(|entry| FileDigest::of(&entry.bytes) == digest)
}

enum Verdict {
    /// It says so already.
    Same(Version),
    Write(Attributes),
}

fn check(before: Option<&Entry>, bytes: &[u8], expected: &Expected) -> Result<Verdict, StoreError> {
    match (before, expected) {
        (None, Expected::Absent) => Ok(Verdict::Write(Attributes::PRIVATE)),
        (None, Expected::Version(_)) => Err(StoreError::Missing),
        (Some(_), Expected::Absent) => Err(StoreError::Conflict),
        (Some(entry), Expected::Version(version)) => {
            let found = version_of(&entry.bytes);
            if found != *version {
                return Err(StoreError::Conflict);
            }
            if are_equal(&entry.bytes, bytes) {
                return Ok(Verdict::Same(found));
            }
            writable(entry)?;
            Ok(Verdict::Write(Attributes::of(entry)))
        }
    }
}

fn writable(entry: &Entry) -> Result<(), StoreError> {
    match entry.access {
        Access::Writable => Ok(()),
        Access::ReadOnly => Err(StoreError::Unwritable(Trouble::ReadOnly)),
    }
}

/// Puts `bytes` in the place of a file, or where there was none. `unchanged` is asked last of all.
pub(crate) fn replace(
    disk: &dyn Disk,
    path: &Path,
    bytes: &[u8],
    attributes: Attributes,
    unchanged: impl FnOnce() -> Result<(), StoreError>,
) -> Result<Replaced, StoreError> {
    let draft = draft(path);
    let written = write(disk, &draft, path, bytes, attributes, unchanged);
    if !matches!(written, Ok(Replaced::AtOnce)) {
        // Where it was never made, there is nothing to remove.
        drop(disk.step(&Step::Remove(&draft)));
    }
    written
}

fn write(
    disk: &dyn Disk,
    draft: &Path,
    path: &Path,
    bytes: &[u8],
    attributes: Attributes,
    unchanged: impl FnOnce() -> Result<(), StoreError>,
) -> Result<Replaced, StoreError> {
    let step = |step: Step<'_>| disk.step(&step).map_err(|error| unwritable(&error));
    step(Step::Create(draft))?;
    step(Step::Append(draft, bytes))?;
    let Attributes { mode, owner } = attributes;
    // Another owner can only be set by root; without it, the file is for nobody but its new owner.
    if mode != 0o600 || owner.is_some() {
        let owned = disk.step(&Step::Own(draft, mode, owner));
        owned
            .or_else(|_| disk.step(&Step::Own(draft, 0o600, None)))
            .map_err(|error| unwritable(&error))?;
    }
    step(Step::Sync(draft))?;
    unchanged()?;
    let replaced = match disk.step(&Step::Rename(draft, path)) {
        Ok(()) => Replaced::AtOnce,
        Err(error) if is_mounted(&error) => {
            // The draft is there until all of it is in its place.
            step(Step::Overwrite(path, bytes))?;
            step(Step::Sync(path))?;
            Replaced::InPlace
        }
        Err(error) => return Err(unwritable(&error)),
    };
    if let Some(directory) = path.parent() {
        sync_directory(disk, directory)?;
    }
    Ok(replaced)
}

/// Makes the names of a directory survive a crash, where that is to be had. Where it fails, the new file
/// has its name, and after a crash the old one may have it again: whoever wrote must not rely on it.
fn sync_directory(disk: &dyn Disk, directory: &Path) -> Result<(), StoreError> {
    match disk.step(&Step::SyncDirectory(directory)) {
        Err(error) if !is_not_to_be_had(&error) => Err(unwritable(&error)),
        _ => Ok(()),
    }
}

/// Some file systems cannot sync a directory (`EINVAL`, `ENOTSUP`), and one that may be written to but
/// not listed (mode 0300) cannot be opened for it (`EACCES`). Nothing that is tried again helps there.
fn is_not_to_be_had(error: &io::Error) -> bool {
    let by_kind = matches!(
        error.kind(),
        io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied
    );
    by_kind || Errno::from_io_error(error).is_some_and(|errno| errno == Errno::OPNOTSUPP)
}

/// A file that is a mount of its own (`docker run -v ./a.json:/auths/a.json`) is in use, or elsewhere.
fn is_mounted(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ResourceBusy | io::ErrorKind::CrossesDevices
    )
}

/// Another name in the same directory, which no reader takes for a credential.
fn draft(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let process = std::process::id();
    let random = fastrand::u64(..);
    path.with_file_name(format!(".{name}.{process}.{random:016x}.tmp"))
}

fn unwritable(error: &io::Error) -> StoreError {
    StoreError::Unwritable(Trouble::from(error))
}
