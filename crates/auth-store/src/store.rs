//! Where credential files are kept: the seams of a store.

use crate::FileName;
use futures_util::future::BoxFuture;
use std::{fmt, io, sync::Arc, time::Duration};
use thiserror::Error;

/// Reading.
pub trait ReadCredentials {
    /// What there is, in the order of the names.
    ///
    /// # Errors
    ///
    /// If the store as a whole cannot be read.
    fn list(&self) -> BoxFuture<'_, Result<Vec<FileName>, StoreError>>;

    /// One of them, whatever is in it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`] if there is none of that name.
    fn load<'a>(&'a self, name: &'a FileName) -> BoxFuture<'a, Result<Stored, StoreError>>;
}

/// Writing: a whole file or nothing of it.
pub trait WriteCredentials {
    /// Writes a file, if the store still holds what the writer believes it to. Resolves when it would
    /// survive a crash.
    ///
    /// What says the same already is not written again; the version is then that of what is there.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] if somebody else has written it, [`StoreError::Missing`] if a version is
    /// expected and the file is gone: what was deleted does not come back. Nothing is half written.
    fn put<'a>(
        &'a self,
        name: &'a FileName,
        bytes: Vec<u8>,
        expected: Expected,
    ) -> BoxFuture<'a, Result<Version, StoreError>>;

    /// Removes a file. One that is not there is no error.
    ///
    /// # Errors
    ///
    /// If it is there, and stays.
    fn delete<'a>(&'a self, name: &'a FileName) -> BoxFuture<'a, Result<(), StoreError>>;
}

/// Keeping others from refreshing the same tokens.
pub trait LockCredentials {
    /// Waits for its turn, at most as long as `patience`. The file need not be there.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`] if it was not its turn in time.
    fn lock<'a>(
        &'a self,
        name: &'a FileName,
        patience: Duration,
    ) -> BoxFuture<'a, Result<RefreshLock, StoreError>>;
}

/// Somewhere to keep credential files. `testing::conformance` says whether an implementation is one.
pub trait Store:
    ReadCredentials + WriteCredentials + LockCredentials + Send + Sync + 'static
{
}

impl<T> Store for T where
    T: ReadCredentials + WriteCredentials + LockCredentials + Send + Sync + 'static
{
}

/// What is kept under a name.
#[derive(Clone, PartialEq, Eq)]
pub struct Stored {
    /// The file, secrets and all.
    pub bytes: Vec<u8>,
    /// Which state of it this is.
    pub version: Version,
    /// Whether it can be written here.
    pub access: Access,
}

/// The length only: there are tokens in it.
impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stored")
            .field("len", &self.bytes.len())
            .field("version", &self.version)
            .field("access", &self.access)
            .finish()
    }
}

/// Whether a file can be written where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it can or it cannot")]
pub enum Access {
    /// As far as can be told without trying.
    Writable,
    /// It belongs to a mount that others write.
    ReadOnly,
}

/// Names one state of a file. What it is made of is the store's own affair.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Version(Arc<str>);

impl Version {
    /// The store's own name for the state.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Version {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

/// What a writer believes the store to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is nothing else to believe")]
pub enum Expected {
    /// Nothing of that name.
    Absent,
    /// What was loaded as this.
    Version(Version),
}

/// Whom a [`RefreshLock`] keeps out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a lock reaches further or it does not"
)]
pub enum Reach {
    /// Everybody who takes this lock before a refresh.
    Everyone,
    /// Only this process: there are no locks to be had for others where the file is.
    ThisProcess,
}

/// Nobody else has it as long as this lives.
pub struct RefreshLock {
    /// Whom it keeps out. Worth a warning where it is not everyone.
    pub reach: Reach,
    _held: Box<dyn Send + Sync>,
}

impl RefreshLock {
    /// A lock that is given back when `held` is dropped.
    pub fn new(reach: Reach, held: impl Send + Sync + 'static) -> Self {
        Self {
            reach,
            _held: Box::new(held),
        }
    }
}

impl fmt::Debug for RefreshLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshLock")
            .field("reach", &self.reach)
            .finish_non_exhaustive()
    }
}

/// Why a store has not done what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Somebody else has it locked.
    #[error("another program has it locked")]
    Busy,
    /// It holds something else than the writer believed.
    #[error("it was changed by somebody else")]
    Conflict,
    /// There is none of that name.
    #[error("it is gone")]
    Missing,
    /// A link that would be written through, or that leads out of the directory.
    #[error(
        "it is a symbolic link to {0}, which is not followed; use a file with a `link` member, or copy it"
    )]
    Link(Box<str>),
    /// Not a file, or larger than one of credentials can be.
    #[error("{0}")]
    NotAFile(&'static str),
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(Trouble),
    /// It cannot be written; what was there is still there.
    #[error("cannot be written: {0}")]
    Unwritable(Trouble),
}

/// What is the matter with a disk, or whatever a store writes to.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Trouble {
    /// No space is left, or no quota.
    #[error("no space left; free some, it is tried again")]
    Full,
    /// The file system, or the mount that the file is from, is read-only.
    #[error("read-only file system or mount; make it writable")]
    ReadOnly,
    /// The user that the gateway runs as may not.
    #[error("no permission; give the directory and its files to the user that the gateway runs as")]
    Denied,
    /// Anything else, in the system's words.
    #[error("{0}")]
    Other(Box<str>),
}

impl From<&io::Error> for Trouble {
    fn from(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            io::ErrorKind::PermissionDenied => Self::Denied,
            _ => Self::Other(error.to_string().into()),
        }
    }
}
