//! One configured client key.

use crate::{principal, query};
use cliproxy_core::{KeyDigest, Secret};
use std::sync::Arc;

/// One configured client key: its digest and its name. The text is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientKey {
    pub(crate) digest: KeyDigest,
    pub(crate) name: Option<Arc<str>>,
}

impl ClientKey {
    /// A key given as text, trimmed. `None` if it is blank.
    #[must_use]
    pub fn from_secret(secret: &Secret) -> Option<Self> {
        let text = secret.expose().trim();
        (!text.is_empty()).then(|| Self {
            digest: principal::digest_of(text.as_bytes()),
            name: None,
        })
    }

    /// A key given as `sha256:` and the 64 hexadecimal digits of its SHA-256, so that a
    /// configuration file need not contain it. `None` if the text is anything else.
    #[must_use]
    pub fn from_hash(text: &str) -> Option<Self> {
        let digits = text.trim().strip_prefix("sha256:")?.as_bytes();
        let (pairs, rest) = digits.as_chunks::<2>();
        let pairs: &[[u8; 2]; 32] = pairs.try_into().ok()?;
        if !rest.is_empty() {
            return None;
        }
        let mut digest = [0; 32];
        for (byte, [high, low]) in digest.iter_mut().zip(pairs) {
            *byte = query::hex(*high)? << 4 | query::hex(*low)?;
        }
        Some(Self {
            digest: KeyDigest::new(digest),
            name: None,
        })
    }

    /// A key known by its SHA-256 digest.
    #[must_use]
    pub const fn from_digest(digest: [u8; 32]) -> Self {
        Self {
            digest: KeyDigest::new(digest),
            name: None,
        }
    }

    /// What it is known by.
    #[must_use]
    pub const fn digest(&self) -> &KeyDigest {
        &self.digest
    }

    /// Gives the key a name to be shown instead of `key:<8 hex>`. A blank name is none.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        let name = name.trim();
        Self {
            name: (!name.is_empty()).then(|| name.into()),
            ..self
        }
    }
}
