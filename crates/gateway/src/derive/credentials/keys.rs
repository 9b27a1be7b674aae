//! The keys that the configuration switches off: in no offer, but listed.

use super::{credentials, provider_id, proxy, shown};
use crate::derive::ids::Ids;
use cliproxy_auth_store::Credential;
use cliproxy_config::Config;
use std::sync::Arc;

/// A key that is switched off.
pub(crate) struct SpareKey {
    pub(crate) credential: Credential,
    pub(crate) priority: i32,
    pub(crate) weight: u32,
    /// What its requests would go through; none where the environment decides.
    pub(crate) proxy: Option<Arc<str>>,
}

/// The keys of entries that are switched off, in the order of the file.
pub(crate) fn spare_keys(config: &Config) -> Vec<SpareKey> {
    let mut ids = Ids::default();
    let mut keys = Vec::new();
    for entry in config.entries.iter().filter(|entry| entry.disabled) {
        let credentials = credentials(entry, &provider_id(entry), &mut ids);
        for (credential, key) in credentials.into_iter().zip(&entry.keys) {
            keys.push(SpareKey {
                credential,
                priority: entry.priority,
                weight: key.weight,
                proxy: shown(proxy(config, entry, key)),
            });
        }
    }
    keys
}
