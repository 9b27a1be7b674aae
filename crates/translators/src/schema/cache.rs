//! Cleaned schemas by what they were made of: a list of tools comes again with every turn.

use super::{Cleaned, Mode, SchemaError, SchemaKind, clean, root, stays};
use cliproxy_json::Value;
use moka::{
    policy::EvictionPolicy,
    sync::{Cache, CacheBuilder},
};
use sha2::{Digest as _, Sha256};
use std::{
    borrow::Cow,
    sync::{Arc, LazyLock},
};

/// The digest of the schema's text, and what else decides over the result.
type Key = ([u8; 32], SchemaKind, Mode);

/// A result, whether there is one or not.
type Outcome = Result<Arc<Cleaned<'static>>, SchemaError>;

/// Bytes that all results together may have.
const CAPACITY: u64 = 16 << 20;

/// Every result counts as this many bytes at least, which bounds their number to 4,096.
const SMALLEST: usize = 4 << 10;

/// One for the process: what it remembers is a pure function of its key.
pub(crate) static CLEANED: LazyLock<SchemaCache> = LazyLock::new(SchemaCache::default);

/// Results of [`clean`], bounded in number and bytes; the least recently used go first.
pub(crate) struct SchemaCache {
    cache: Cache<Key, Outcome>,
}

/// A cleaned schema that may be shared.
#[derive(Clone, Debug)]
pub(crate) enum Held<'a> {
    /// It stayed as sent.
    AsSent(&'a str),
    Shared(Arc<Cleaned<'static>>),
}

impl Held<'_> {
    #[cfg(test)]
    pub(crate) fn json(&self) -> &str {
        match self {
            Self::AsSent(json) => json,
            Self::Shared(cleaned) => &cleaned.json,
        }
    }

    /// See [`Cleaned::changed`].
    pub(crate) fn changed(&self) -> bool {
        match self {
            Self::AsSent(_) => false,
            Self::Shared(cleaned) => cleaned.changed,
        }
    }
}

impl Default for SchemaCache {
    fn default() -> Self {
        Self::with_capacity(CAPACITY)
    }
}

impl SchemaCache {
    pub(crate) fn with_capacity(bytes: u64) -> Self {
        let cache = CacheBuilder::new(bytes)
            .eviction_policy(EvictionPolicy::lru())
            .weigher(weight)
            .build();
        Self { cache }
    }

    /// The same as [`clean`], remembered.
    ///
    /// What stays as sent costs a look at its root; what was seen before costs a hash of its text.
    ///
    /// # Errors
    ///
    /// As [`clean`].
    pub(crate) fn clean<'a>(
        &self,
        schema: Value<'a>,
        kind: SchemaKind,
        mode: Mode,
    ) -> Result<Held<'a>, SchemaError> {
        let text = schema.raw();
        if text == root::empty(mode) || stays(schema, kind, mode) {
            return Ok(Held::AsSent(text));
        }
        let key = (Sha256::digest(text).into(), kind, mode);
        if let Some(outcome) = self.cache.get(&key) {
            return outcome.map(Held::Shared);
        }
        // Two requests may clean the same schema at once: that costs less than waiting.
        let outcome = clean(schema, kind, mode).map(|cleaned| {
            Arc::new(Cleaned {
                json: Cow::Owned(cleaned.json.into_owned()),
                changed: cleaned.changed,
            })
        });
        self.cache.insert(key, outcome.clone());
        outcome.map(Held::Shared)
    }

    /// How many results there are, once what is too much has gone.
    #[cfg(test)]
    pub(crate) fn len(&self) -> u64 {
        self.cache.run_pending_tasks();
        self.cache.entry_count()
    }
}

fn weight(_: &Key, outcome: &Outcome) -> u32 {
    let bytes = outcome.as_ref().map_or(0, |cleaned| cleaned.json.len());
    u32::try_from(bytes.max(SMALLEST)).unwrap_or(u32::MAX)
}
