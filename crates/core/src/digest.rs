//! The identity of a client key.

use std::{
    fmt,
    hash::{Hash, Hasher},
};
use subtle::ConstantTimeEq as _;

/// The full SHA-256 digest of a client key: what everything that belongs to a client is scoped by.
///
/// Two clients never share a binding, a cache entry or a response id, because none of those keys
/// can be built without this digest. Two of them are compared in constant time, all 32 bytes: a
/// client chooses what is hashed, and must not learn how far it came.
#[derive(Clone, Copy)]
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

impl PartialEq for KeyDigest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for KeyDigest {}

impl Hash for KeyDigest {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Debug for KeyDigest {
    /// Shows the first eight hexadecimal digits: a label, not an identity.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "key:{a:02x}{b:02x}{c:02x}{d:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::KeyDigest;

    #[test]
    fn every_byte_counts() {
        let digest = KeyDigest::new([7; 32]);
        assert_eq!(digest, KeyDigest::new([7; 32]));
        for at in 0..32 {
            let mut other = [7; 32];
            other[at] = 8;
            assert_ne!(digest, KeyDigest::new(other), "byte {at}");
        }
    }
}
