//! Proxy settings and outgoing HTTP clients.
//!
//! Every client of the gateway is built here, at most one per distinct proxy setting: building one
//! costs milliseconds, cloning one nanoseconds.
//!
//! ```
//! use cliproxy_proxyutil::{ClientPool, ProxySetting};
//!
//! let setting = ProxySetting::parse("socks5://user:pass@proxy.example:1080")?;
//! assert_eq!(format!("{setting}"), "socks5://[redacted]@proxy.example:1080");
//! let pool = ClientPool::new();
//! let client = pool.client(&setting, std::time::Duration::from_secs(10))?;
//! # drop(client);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod client;
mod error;
mod pool;
mod setting;

pub use self::{
    client::{HttpClient, ResponseBody},
    error::{ProxyError, TransportError, TransportFailure},
    pool::ClientPool,
    setting::{ProxySetting, ProxyUrl},
};
