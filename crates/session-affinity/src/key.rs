//! The keys that sessions and provider state are looked up by.

use crate::source::Source;
use cliproxy_core::{KeyDigest, Protocol};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// Names a session, or a session for one model. Says nothing about the id it was made from.
///
/// 128 bits of a SHA-256, which holds the digest of the client's key too: no client can reach the
/// key of another client's session, whatever ids it sends.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionKey(pub(crate) u128);

impl fmt::Display for SessionKey {
    /// The first eight hexadecimal digits: enough to follow a session through a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0 >> 96)
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionKey({self})")
    }
}

impl SessionKey {
    /// Another hash of it, which is shown to others while this one is not.
    pub(crate) fn disguised(self) -> String {
        let hash = Sha256::new()
            .chain_update("prompt cache key")
            .chain_update(self.0.to_be_bytes());
        let hex = format!("{:032x}", truncated(hash));
        let (first, rest) = hex.split_at(8);
        let (second, rest) = rest.split_at(4);
        let (third, rest) = rest.split_at(4);
        let (fourth, fifth) = rest.split_at(4);
        [first, second, third, fourth, fifth].join("-")
    }

    /// The same session for one model, which may be served by other credentials than another.
    pub(crate) fn for_model(self, canonical: &str) -> Self {
        let hash = Sha256::new()
            .chain_update(self.0.to_be_bytes())
            .chain_update(canonical);
        Self(truncated(hash))
    }
}

/// What every id of a request is hashed with.
#[derive(Clone)]
pub(crate) struct Scope(Sha256);

impl Scope {
    pub(crate) fn new(salt: &[u8; 32], client: &KeyDigest, protocol: Protocol) -> Self {
        Self(
            Sha256::new()
                .chain_update(salt)
                .chain_update(client.as_bytes())
                .chain_update([protocol as u8]),
        )
    }

    /// A hash that has seen scope and source, both of fixed length, so that what follows is
    /// unambiguous and two sources never collide.
    pub(crate) fn of(&self, source: Source) -> Sha256 {
        self.0.clone().chain_update([source as u8])
    }

    pub(crate) fn key(&self, source: Source, id: &str) -> SessionKey {
        SessionKey(truncated(self.of(source).chain_update(id)))
    }
}

pub(crate) fn truncated(hash: Sha256) -> u128 {
    let digest: [u8; 32] = hash.finalize().into();
    let (halves, _) = digest.as_chunks::<16>();
    halves
        .first()
        .map_or(0, |first| u128::from_be_bytes(*first))
}
