//! What a credential holds.

use cliproxy_core::Secret;
use std::time::SystemTime;

/// The tokens of one credential, as they are on disk or were just granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// What requests are made with. Empty if there has never been one.
    pub access: Secret,
    /// What a new one is asked for with. Rotating: most providers accept it once.
    pub refresh: Option<Secret>,
    /// Who signed in, as a JWT that nobody here verifies.
    pub id: Option<Secret>,
    /// When `access` ends; `None` if neither the file nor the token says so.
    pub expires_at: Option<SystemTime>,
    /// When `access` was granted.
    pub refreshed_at: Option<SystemTime>,
}
