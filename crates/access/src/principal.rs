//! Who a request comes from.

use crate::source::Source;
use cliproxy_core::KeyDigest;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

/// The authenticated client of a request.
///
/// Made by [`Access`](crate::Access) only. What belongs to a client is scoped by
/// [`digest`](Self::digest); [`label`](Self::label) is for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal(Identity);

impl Principal {
    /// The full digest of the client key, or of the subject another provider named.
    #[must_use]
    pub const fn digest(&self) -> &KeyDigest {
        &self.0.digest
    }

    /// The configured name, or `key:` and the first eight hexadecimal digits of the digest; for
    /// logs and metrics. Two clients may have the same label.
    #[must_use]
    pub const fn label(&self) -> &Arc<str> {
        &self.0.label
    }

    /// Where the key was found. `None` on an open gateway, and where a provider did not say.
    #[must_use]
    pub const fn source(&self) -> Option<Source> {
        self.0.source
    }

    pub(crate) const fn new(identity: Identity) -> Self {
        Self(identity)
    }

    pub(crate) fn anonymous() -> Self {
        Self(Identity {
            digest: KeyDigest::ANONYMOUS,
            label: "anonymous".into(),
            source: None,
        })
    }
}

/// What an [`AccessProvider`](crate::AccessProvider) found out about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    digest: KeyDigest,
    label: Arc<str>,
    source: Option<Source>,
}

impl Identity {
    /// The owner of a key. The key itself is not kept.
    #[must_use]
    pub fn of_key(key: &[u8]) -> Self {
        Self::of_digest(digest_of(key))
    }

    /// Somebody a provider knows by another name than a key: the subject of a token, a user of a
    /// directory. Subjects of two providers are two clients, and neither is ever a key's owner.
    #[must_use]
    pub fn of_subject(provider: &str, subject: &str) -> Self {
        let mut hash = Sha256::new();
        // No key contains a zero byte, so this text is the text of no key.
        for part in ["subject", provider, subject] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self::of_digest(KeyDigest::new(hash.finalize().into()))
    }

    /// Replaces the label `key:<8 hex>`.
    #[must_use]
    pub fn named(self, label: impl Into<Arc<str>>) -> Self {
        let label = label.into();
        Self { label, ..self }
    }

    /// Notes where the key was found.
    #[must_use]
    pub const fn found_in(mut self, source: Source) -> Self {
        self.source = Some(source);
        self
    }

    /// What is scoped by this client.
    #[must_use]
    pub const fn digest(&self) -> &KeyDigest {
        &self.digest
    }

    fn of_digest(digest: KeyDigest) -> Self {
        Self {
            digest,
            label: label_of(&digest),
            source: None,
        }
    }

    /// What configured keys answer with: nothing is computed per request but the digest.
    pub(crate) const fn known(digest: KeyDigest, label: Arc<str>, source: Source) -> Self {
        Self {
            digest,
            label,
            source: Some(source),
        }
    }
}

pub(crate) fn digest_of(key: &[u8]) -> KeyDigest {
    KeyDigest::new(Sha256::digest(key).into())
}

pub(crate) fn label_of(digest: &KeyDigest) -> Arc<str> {
    format!("{digest:?}").into()
}
