//! Where tokens are kept.

use crate::{Grant, Tokens};
use futures_util::future::BoxFuture;
use thiserror::Error;

/// Where the tokens of one credential are kept, held for one refresh.
///
/// It is made under the lock that keeps other processes out, and the lock lasts as long as it does.
pub trait Vault: Send {
    /// What is kept now, read anew: another process may have refreshed it meanwhile.
    ///
    /// # Errors
    ///
    /// If it is gone or cannot be read.
    fn tokens(&mut self) -> BoxFuture<'_, Result<Tokens, VaultError>>;

    /// Writes what was granted, and nothing else: everything the operator has written stays.
    /// Resolves when it would survive a crash.
    ///
    /// # Errors
    ///
    /// If it is not written; nothing is half written then.
    fn commit<'a>(&'a mut self, grant: &'a Grant) -> BoxFuture<'a, Result<Committed, VaultError>>;
}

/// What became of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "ours are kept, or somebody else's")]
pub enum Committed {
    /// It is kept.
    Written,
    /// Somebody else has written newer tokens meanwhile; those stay.
    Superseded,
}

/// Why tokens were not read or written.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum VaultError {
    /// The credential was deleted: there is nowhere to write to, and nothing comes back to life.
    #[error("the credential is gone")]
    Gone,
    /// It is there, but not readable now (half written by somebody else, say).
    #[error("cannot read the credential: {0}")]
    Unreadable(Box<str>),
    /// It cannot be written (disk full, read-only, no permission).
    #[error("cannot write the credential: {0}")]
    Unwritable(Box<str>),
}
