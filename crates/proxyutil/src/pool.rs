//! One client per distinct setting.

use crate::{CaBundle, HttpClient, ProxyError, ProxySetting};
use parking_lot::Mutex;
use rustc_hash::{FxHashMap, FxHashSet};
use std::{thread::ThreadId, time::Duration};

/// All that makes one client differ from another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a new part must break whoever says what client it wants"
)]
pub struct ClientSpec {
    /// Through which proxy.
    pub proxy: ProxySetting,
    /// How long making a connection may take, proxy and TLS handshake included.
    pub connect_timeout: Duration,
    /// Authorities that are trusted besides the platform's.
    pub ca: Option<CaBundle>,
}

/// The clients in use, by setting. Lives as long as the gateway; a reload asks it again and gets
/// the same client, with its open connections, wherever the setting did not change.
#[derive(Debug, Default)]
pub struct ClientPool {
    threads: Vec<ThreadId>,
    clients: Mutex<FxHashMap<ClientSpec, HttpClient>>,
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

    /// The client for these settings, built on first use.
    ///
    /// Called when a configuration is loaded, never on the request path.
    ///
    /// # Errors
    ///
    /// [`ProxyError`] if the client cannot be built; the caller must not fall back to another one.
    pub fn client(&self, spec: &ClientSpec) -> Result<HttpClient, ProxyError> {
        let mut clients = self.clients.lock();
        if let Some(client) = clients.get(spec) {
            return Ok(client.clone());
        }
        let client = HttpClient::new(spec, &self.threads)?;
        clients.insert(spec.clone(), client.clone());
        Ok(client)
    }

    /// Drops the clients whose settings are not among `used`; calls that run keep theirs.
    pub fn retain(&self, used: &[ClientSpec]) {
        let used: FxHashSet<_> = used.iter().collect();
        self.clients.lock().retain(|spec, _| used.contains(spec));
    }
}

#[cfg(test)]
mod tests {
    use super::{ClientPool, ClientSpec};
    use crate::{CaBundle, ProxySetting};
    use std::time::Duration;

    fn authority() -> CaBundle {
        let made = rcgen::generate_simple_self_signed(["an.example".to_owned()]).unwrap();
        CaBundle::parse(made.cert.pem().as_bytes()).unwrap()
    }

    #[test]
    fn only_what_changed_is_built_again() {
        let spec = ClientSpec {
            proxy: ProxySetting::Direct,
            connect_timeout: Duration::from_secs(1),
            ca: Some(authority()),
        };
        let others = [
            ClientSpec {
                proxy: ProxySetting::Inherit,
                ..spec.clone()
            },
            ClientSpec {
                connect_timeout: Duration::from_secs(2),
                ..spec.clone()
            },
            ClientSpec {
                ca: Some(authority()),
                ..spec.clone()
            },
            ClientSpec {
                ca: None,
                ..spec.clone()
            },
        ];
        let pool = ClientPool::new();
        let first = pool.client(&spec).unwrap();
        for other in &others {
            let built = pool.client(other).unwrap();
            assert!(!built.is(&first), "{other:?}");
            assert!(built.is(&pool.client(other).unwrap()), "{other:?}");
        }
        pool.retain(std::slice::from_ref(&spec));
        assert!(first.is(&pool.client(&spec).unwrap()));
        pool.retain(&others);
        assert!(!first.is(&pool.client(&spec).unwrap()));
    }
}
