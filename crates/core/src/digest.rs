//! The identity of a client key.

use std::fmt;

/// The full SHA-256 digest of a client key: what everything that belongs to a client is scoped by.
///
/// Two clients never share a binding, a cache entry or a response id, because none of those keys
/// can be built without this digest.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyDigest([u8; 32]);

impl KeyDigest {
    /// The identity of a client on a gateway without client keys.
    pub const ANONYMOUS: Self = Self([0; 32]);

    /// Wraps a digest that was computed elsewhere (this crate does not hash).
    #[must_use]
    pub const fn new(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// The digest's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for KeyDigest {
    /// Shows the first eight hexadecimal digits: a label, not an identity.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "key:{a:02x}{b:02x}{c:02x}{d:02x}")
    }
}
