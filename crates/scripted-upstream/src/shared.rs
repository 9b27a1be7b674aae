//! What all connections of an upstream share.

use crate::{
    clock::Moment, keyring::Keyring, lenient::Prepared, oauth::AuthorizationServer, record::Record,
    script::Shape, stats::Counters,
};
use std::sync::atomic::{AtomicU64, Ordering};

/// The state of a running upstream.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) keys: Keyring,
    pub(crate) oauth: AuthorizationServer,
    pub(crate) models: Vec<String>,
    pub(crate) shape: Shape,
    /// Replies made in advance; their presence is what makes an upstream lenient.
    pub(crate) prepared: Option<Prepared>,
    pub(crate) counters: Counters,
    /// Whether requests are kept.
    pub(crate) records: bool,
    pub(crate) record: Record,
    serial: AtomicU64,
}

impl Shared {
    pub(crate) fn new(script: crate::Script) -> Self {
        let keys = script.keys.iter().map(|key| key.label.as_str());
        let accounts = script.accounts.iter().map(|account| account.label.as_str());
        let counters = Counters::new(keys.chain(accounts));
        Self {
            prepared: script.lenient.then(Prepared::default),
            keys: Keyring::new(script.keys),
            oauth: AuthorizationServer::new(script.accounts, Moment::now()),
            models: script.models,
            shape: script.shape,
            counters,
            records: !script.lenient && !script.unrecorded,
            record: Record::default(),
            serial: AtomicU64::new(1),
        }
    }

    /// The number of the next request.
    pub(crate) fn next_serial(&self) -> u64 {
        self.serial.fetch_add(1, Ordering::Relaxed)
    }
}
