//! What the file store asks of a disk, one step at a time, so that a test can fail or stop at each.

use rustix::fs::{OFlags, chown};
use std::{
    fmt,
    fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

/// Whatever changes a directory of credential files.
pub trait Disk: fmt::Debug + Send + Sync {
    /// Does one step. What a step that fails has done is unknown.
    ///
    /// # Errors
    ///
    /// The system's own.
    fn step(&self, step: &Step<'_>) -> io::Result<()>;

    /// Makes a file if there is none, and locks it without waiting. The lock ends with the file handle,
    /// also with that of a process that was killed.
    ///
    /// # Errors
    ///
    /// If somebody else has it, or if there are no locks to be had here.
    fn lock(&self, path: &Path) -> Result<File, TryLockError>;
}

/// One step. Those that have an order are never joined: what a crash leaves depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever stands in for a disk must know them all"
)]
pub enum Step<'a> {
    /// Makes the directory and those above it, for nobody else to look into.
    MakeDirectory(&'a Path),
    /// Makes an empty file where there was nothing, for nobody else to read.
    Create(&'a Path),
    /// Writes at the end of a file.
    Append(&'a Path, &'a [u8]),
    /// Gives a file permissions and, where they differ, an owner.
    Own(&'a Path, u32, Option<(u32, u32)>),
    /// Makes what was written to a file survive a crash.
    Sync(&'a Path),
    /// Puts one file in the place of another, in one step.
    Rename(&'a Path, &'a Path),
    /// Makes the names in a directory survive a crash.
    SyncDirectory(&'a Path),
    /// Writes over a file that is there: for one that cannot be replaced.
    Overwrite(&'a Path, &'a [u8]),
    /// Takes a file away.
    Remove(&'a Path),
}

/// The disk of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocalDisk;

impl Disk for LocalDisk {
    fn step(&self, step: &Step<'_>) -> io::Result<()> {
        match *step {
            Step::MakeDirectory(path) => DirBuilder::new().recursive(true).mode(0o700).create(path),
            Step::Create(path) => {
                let file = writable().create_new(true).mode(0o600).open(path);
                file.map(drop)
            }
            Step::Append(path, bytes) => writable().append(true).open(path)?.write_all(bytes),
            Step::Own(path, mode, owner) => {
                if let Some((user, group)) = owner {
                    let user = rustix::fs::Uid::from_raw(user);
                    chown(path, Some(user), Some(rustix::fs::Gid::from_raw(group)))?;
                }
                fs::set_permissions(path, Permissions::from_mode(mode))
            }
            Step::Sync(path) => writable().open(path)?.sync_all(),
            Step::Rename(from, to) => fs::rename(from, to),
            Step::SyncDirectory(path) => File::open(path)?.sync_all(),
            Step::Overwrite(path, bytes) => {
                let file = writable().open(path)?;
                file.write_all_at(bytes, 0)?;
                file.set_len(bytes.len() as u64)
            }
            Step::Remove(path) => fs::remove_file(path),
        }
    }

    fn lock(&self, path: &Path) -> Result<File, TryLockError> {
        let file = writable()
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path);
        let file = file.map_err(TryLockError::Error)?;
        file.try_lock().map(|()| file)
    }
}

/// Never through a link: what it leads to belongs to somebody else.
fn writable() -> OpenOptions {
    let mut options = OpenOptions::new();
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    // The bits fit: the flags of open(2) are a C int.
    options.write(true).custom_flags(flags.bits() as i32);
    options
}
