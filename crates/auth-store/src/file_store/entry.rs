//! What is found under a name, and what may be done with it.

use crate::{Access, FileName, StoreError, Trouble};
use rustix::fs::OFlags;
use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Read as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Component, Path},
};

/// No file of credentials is larger.
const LARGEST: u64 = 1 << 20;

/// The link of a mounted set of files (a Kubernetes secret) that is exchanged as a whole.
const MOUNTED: &str = "..data";

/// A file that may be read.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) bytes: Vec<u8>,
    pub(crate) access: Access,
    pub(crate) mode: u32,
    pub(crate) owner: (u32, u32),
    pub(crate) stamp: Stamp,
}

/// Whether a file may have changed since it was read, without reading it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    len: u64,
    inode: (u64, u64),
    /// In nanoseconds since 1970, where the file system counts them.
    modified: i128,
    changed: i128,
}

impl Stamp {
    /// Of what is there now; a link is asked for what it leads to, as it is when it is read.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().map(|found| Self::from(&found))
    }

    fn from(found: &Metadata) -> Self {
        let nanos = |seconds, nanos| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
        Self {
            len: found.len(),
            inode: (found.dev(), found.ino()),
            modified: nanos(found.mtime(), found.mtime_nsec()),
            changed: nanos(found.ctime(), found.ctime_nsec()),
        }
    }

    /// When it was last changed, in nanoseconds since 1970.
    pub(crate) fn latest(&self) -> i128 {
        self.modified.max(self.changed)
    }
}

/// What is there.
#[derive(Debug)]
pub(crate) enum Found {
    Absent,
    File(Entry),
    /// There is something, and it is of no use.
    Unusable(StoreError),
}

impl Found {
    /// The file, if it is one.
    pub(crate) fn file(self) -> Result<Entry, StoreError> {
        match self {
            Self::Absent => Err(StoreError::Missing),
            Self::File(entry) => Ok(entry),
            Self::Unusable(error) => Err(error),
        }
    }
}

/// Reads a file of the directory, if it is a regular one, or a link within a mounted set.
pub(crate) fn find(path: &Path) -> Found {
    match read(path) {
        Ok(found) => found,
        // It has gone between two looks.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Found::Absent,
        Err(error) => Found::Unusable(StoreError::Unreadable(Trouble::from(&error))),
    }
}

fn read(path: &Path) -> io::Result<Found> {
    let kind = fs::symlink_metadata(path)?.file_type();
    let access = if kind.is_symlink() {
        let to = fs::read_link(path)?;
        if !leads_into_the_mount(&to) {
            let to = to.display().to_string();
            return Ok(Found::Unusable(StoreError::Link(to.into())));
        }
        Access::ReadOnly
    } else {
        Access::Writable
    };
    // Opening must not wait for the other end of a pipe, nor follow a link that has just been put there.
    let mut flags = OFlags::NONBLOCK;
    if access == Access::Writable {
        flags |= OFlags::NOFOLLOW;
    }
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits() as i32)
        .open(path)?;
    let found = file.metadata()?;
    if !found.is_file() {
        return Ok(Found::Unusable(StoreError::NotAFile("not a regular file")));
    }
    if found.len() > LARGEST {
        return Ok(Found::Unusable(StoreError::NotAFile("larger than 1 MiB")));
    }
    Ok(Found::File(Entry {
        bytes: content(&file, found.len())?,
        access,
        mode: found.mode() & 0o777,
        owner: (found.uid(), found.gid()),
        stamp: Stamp::from(&found),
    }))
}

fn content(file: &File, len: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or_default() + 1);
    // It may be growing.
    file.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether a link stays within the set of files that was mounted here as one: `..data/name`.
fn leads_into_the_mount(to: &Path) -> bool {
    let mut parts = to.components();
    let first = parts.next() == Some(Component::Normal(MOUNTED.as_ref()));
    let second = matches!(parts.next(), Some(Component::Normal(_)));
    first && second && parts.next().is_none()
}

/// The names in the directory that may be those of credential files, in order.
pub(crate) fn names(directory: &Path) -> io::Result<Vec<FileName>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        // What is no text is no name of ours either.
        let name = name.to_str().and_then(|name| FileName::parse(name).ok());
        let Some(name) = name else { continue };
        let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if !is_directory {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}
