//! Where tokens are kept.

use crate::{Fingerprint, Grant, Tokens};
use futures_util::future::BoxFuture;
use thiserror::Error;

/// The way to where the tokens of one credential are kept.
pub trait VaultDoor: Send + Sync {
    /// Takes the lock that keeps other processes out. The engine gives up waiting after 35 s.
    ///
    /// # Errors
    ///
    /// If the credential is gone, or the lock is not to be had.
    fn open(&self) -> BoxFuture<'_, Result<Box<dyn Vault>, VaultError>>;
}

/// Where the tokens of one credential are kept, held for one refresh.
///
/// It is made under the lock that keeps other processes out, and the lock lasts as long as it does.
/// Its futures are run to their end, except when a shutdown runs out of time.
pub trait Vault: Send {
    /// What is kept now, read anew: another process may have refreshed it meanwhile.
    ///
    /// # Errors
    ///
    /// If it is gone or cannot be read.
    fn tokens(&mut self) -> BoxFuture<'_, Result<Tokens, VaultError>>;

    /// Writes down that this refresh token is about to be used. Resolves when it would survive a
    /// crash, and says whether that was written down before and never taken back: then somebody who
    /// is not at it any more has sent the token, and it may have been used up. Whoever starts later and finds it says so with
    /// [`Remembered::uncertain`](crate::Remembered::uncertain). What is written about a token that is
    /// not kept any more means nothing.
    ///
    /// # Errors
    ///
    /// If it is not written. A token that is still good is not refreshed then, and for
    /// [`Reason::Checked`](crate::Reason::Checked) none is.
    fn begin(&mut self, token: Fingerprint) -> BoxFuture<'_, Result<bool, VaultError>>;

    /// Whether [`commit`](Self::commit) could write at all, as far as [`tokens`](Self::tokens) has seen.
    /// Looked at for [`Reason::Checked`](crate::Reason::Checked) only.
    ///
    /// # Errors
    ///
    /// If it is certain that nothing can be written.
    fn may_commit(&self) -> Result<(), VaultError> {
        Ok(())
    }

    /// Writes what was granted, and nothing else: everything the operator has written stays, and
    /// the end of the old access token goes. Resolves when it would survive a crash.
    ///
    /// # Errors
    ///
    /// If it is not written; nothing is half written then.
    fn commit<'a>(&'a mut self, grant: &'a Grant) -> BoxFuture<'a, Result<Committed, VaultError>>;

    /// Takes back what [`begin`](Self::begin) wrote about this refresh token, also under an earlier
    /// lock: it is known what became of it. If that fails, the token is tried once more after the
    /// next start, which harms nothing.
    fn settle(&mut self, token: Fingerprint) -> BoxFuture<'_, ()>;
}

/// What became of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "ours are kept, or somebody else's")]
pub enum Committed {
    /// It is kept.
    Written,
    /// Somebody else has written another refresh token since [`Vault::tokens`] read it; that stays.
    Superseded,
}

/// Why tokens were not read or written.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum VaultError {
    /// The credential was deleted: there is nowhere to write to, and nothing comes back to life.
    #[error("the credential is gone")]
    Gone,
    /// Another process holds the lock.
    #[error("another process is at the credential")]
    Busy,
    /// It is there, but not readable now (half written by somebody else, say).
    #[error("cannot read the credential: {0}")]
    Unreadable(Box<str>),
    /// It cannot be written (disk full, read-only, no permission).
    #[error("cannot write the credential: {0}")]
    Unwritable(Box<str>),
}
