//! What a credential holds.

use crate::Fingerprint;
use cliproxy_core::Secret;
use std::time::SystemTime;

/// The tokens of one credential, as they are on disk or were just granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// What requests are made with. Empty if there has never been one.
    pub access: Secret,
    /// What a new one is asked for with; without it, nobody asks. Rotating: most providers accept
    /// it once. For a service account it is the key, which is never used up.
    pub refresh: Option<Secret>,
    /// Who signed in, as a JWT that nobody here verifies.
    pub id: Option<Secret>,
    /// When `access` ends, if the file says so.
    pub expires_at: Option<SystemTime>,
    /// When `access` was granted.
    pub refreshed_at: Option<SystemTime>,
}

impl Tokens {
    /// Of the refresh token.
    #[must_use]
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        self.refresh.as_ref().map(Fingerprint::of)
    }

    /// Names this pair of tokens, whatever is said about them.
    pub(crate) fn mark(&self) -> Fingerprint {
        let none = Secret::from("");
        Fingerprint::over(&[&self.access, self.refresh.as_ref().unwrap_or(&none)])
    }
}
