//! Proxy settings and outgoing HTTP clients.
//!
//! Every client of the gateway is built here, at most one per distinct setting: building one costs
//! milliseconds, cloning one nanoseconds.
//!
//! ```
//! use cliproxy_proxyutil::{ClientPool, ClientSpec, ProxySetting};
//! use std::time::Duration;
//!
//! let proxy = ProxySetting::parse("socks5://user:pass@proxy.example:1080")?;
//! assert_eq!(format!("{proxy}"), "socks5://redacted@proxy.example:1080");
//! let pool = ClientPool::new();
//! let connect_timeout = Duration::from_secs(10);
//! let client = pool.client(&ClientSpec { proxy, connect_timeout, ca: None })?;
//! # drop(client);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod ca;
mod client;
mod error;
mod pool;
mod setting;

pub use self::{
    ca::CaBundle,
    client::{HttpClient, ResponseBody},
    error::{ProxyError, TransportError, TransportFailure},
    pool::{ClientPool, ClientSpec},
    setting::{ProxySetting, ProxyUrl},
};
