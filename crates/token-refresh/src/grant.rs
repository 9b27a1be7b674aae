//! What a token endpoint gives.

use cliproxy_core::Secret;
use std::time::SystemTime;

/// New tokens. What the answer left out, or left empty, is `None` and stays as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Never empty: an answer without one is no grant.
    pub access: Secret,
    /// The next refresh token, where the old one has been used up.
    pub refresh: Option<Secret>,
    /// A new id token.
    pub id: Option<Secret>,
    /// Counted from when the answer came, not from what the server's clock says.
    pub expires_at: Option<SystemTime>,
    /// When the answer came.
    pub received_at: SystemTime,
}
