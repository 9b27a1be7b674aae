//! The built-in provider: the client keys of the configuration.

use crate::{
    client_key::ClientKey,
    presented::Presented,
    principal::{self, Identity},
    provider::{AccessError, AccessProvider},
};
use cliproxy_core::KeyDigest;
use futures_util::future::{self, BoxFuture};
use std::{collections::HashMap, sync::Arc};

/// The longest key that is looked at, in bytes. Longer ones are unknown without being hashed: what
/// a stranger can make the door do is bounded by this and not by the size of a request head.
pub const MAX_KEY: usize = 1024;

/// Knows the clients whose keys are configured.
///
/// Keys are looked up by digest: no key text is kept or compared, so the time a lookup takes says
/// nothing about how much of a guess was right. The map hashes the digest once more under a random
/// key, and compares all of it in constant time, so that digests close to a configured one teach
/// nothing either.
#[derive(Debug)]
pub struct ConfigApiKeys {
    labels: HashMap<KeyDigest, Arc<str>>,
    accept_query_keys: bool,
}

impl ConfigApiKeys {
    /// Takes the configured keys; of two that are the same, the first one (and its name) stays.
    /// Without any, every request is refused.
    #[must_use]
    pub fn new(keys: impl IntoIterator<Item = ClientKey>) -> Self {
        let mut labels = HashMap::new();
        for ClientKey { digest, name } in keys {
            labels
                .entry(digest)
                .or_insert_with(|| name.unwrap_or_else(|| principal::label_of(&digest)));
        }
        Self {
            labels,
            accept_query_keys: true,
        }
    }

    /// Whether a key in the URL counts. It does by default, since some Gemini clients know no
    /// other way, although URLs end up in the logs of every hop.
    #[must_use]
    pub fn accept_query_keys(self, accept: bool) -> Self {
        Self {
            accept_query_keys: accept,
            ..self
        }
    }

    /// How many distinct keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no key at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The first candidate that is a known key wins: SDKs send a placeholder in one place and the
    /// key in another.
    fn judge(&self, presented: &Presented<'_>) -> Result<Identity, AccessError> {
        let mut refusal = AccessError::Missing;
        for (source, key) in presented.candidates() {
            if source.is_query() && !self.accept_query_keys {
                continue;
            }
            if key.len() > MAX_KEY {
                refusal = AccessError::Invalid;
                continue;
            }
            let digest = principal::digest_of(&key);
            if let Some(label) = self.labels.get(&digest) {
                return Ok(Identity::known(digest, Arc::clone(label), source));
            }
            refusal = AccessError::Invalid;
        }
        Err(refusal)
    }
}

impl AccessProvider for ConfigApiKeys {
    fn id(&self) -> &'static str {
        "config-api-key"
    }

    fn authenticate<'a>(
        &'a self,
        presented: &'a Presented<'a>,
    ) -> BoxFuture<'a, Result<Identity, AccessError>> {
        Box::pin(future::ready(self.judge(presented)))
    }

    fn authenticate_now(&self, presented: &Presented<'_>) -> Option<Result<Identity, AccessError>> {
        Some(self.judge(presented))
    }
}
