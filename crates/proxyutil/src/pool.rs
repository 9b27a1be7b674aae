//! One client per distinct setting.

use crate::{HttpClient, ProxyError, ProxySetting};
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::{thread::ThreadId, time::Duration};

/// The clients in use, by setting. Lives as long as the gateway; a reload asks it again and gets
/// the same client, with its open connections, wherever the setting did not change.
#[derive(Debug, Default)]
pub struct ClientPool {
    threads: Vec<ThreadId>,
    clients: Mutex<FxHashMap<(ProxySetting, Duration), HttpClient>>,
}

impl ClientPool {
    /// An empty pool, for a program with one runtime.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A pool for a program that serves on these threads, each with a runtime of its own.
    #[must_use]
    pub fn for_threads(threads: Vec<ThreadId>) -> Self {
        Self {
            threads,
            ..Self::default()
        }
    }

    /// The client for this proxy and connect timeout, built on first use.
    ///
    /// Called when a configuration is loaded, never on the request path.
    ///
    /// # Errors
    ///
    /// [`ProxyError`] if the client cannot be built; the caller must not fall back to another one.
    pub fn client(
        &self,
        setting: &ProxySetting,
        connect_timeout: Duration,
    ) -> Result<HttpClient, ProxyError> {
        let mut clients = self.clients.lock();
        let key = (setting.clone(), connect_timeout);
        if let Some(client) = clients.get(&key) {
            return Ok(client.clone());
        }
        let client = HttpClient::new(setting, connect_timeout, &self.threads)?;
        clients.insert(key, client.clone());
        Ok(client)
    }

    /// Drops the clients whose setting is not among `used`; calls that run keep theirs.
    pub fn retain(&self, used: &[(ProxySetting, Duration)]) {
        self.clients.lock().retain(|key, _| used.contains(key));
    }
}
