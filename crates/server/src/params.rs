//! The settings of the HTTP side. All of them can be replaced while it serves.

use crate::door::DoorParams;
use cliproxy_core::KeyDigest;
use ipnet::IpNet;
use rustc_hash::FxHashMap;
use std::{net::IpAddr, num::NonZeroUsize, time::Duration};

/// Everything the HTTP side is told.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ServerParams {
    /// Who may address it.
    pub door: DoorParams,
    /// What a client may cost.
    pub limits: Limits,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// How many requests of one client key may run.
    pub concurrency: Concurrency,
}

impl ServerParams {
    /// Settings with the default limits.
    #[must_use]
    pub fn new(door: DoorParams) -> Self {
        Self {
            door,
            ..Self::default()
        }
    }

    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.trusted_proxies
            .iter()
            .any(|network| network.contains(&address))
    }
}

/// What a client may cost. See `docs/limits.md`.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "whoever has limits must decide about each"
)]
pub struct Limits {
    /// The largest request body, compressed and not, in bytes.
    pub max_body: usize,
    /// Request bodies held at a time, all together, in bytes.
    pub max_buffered: usize,
    /// The largest request head, in bytes.
    pub max_header_bytes: usize,
    /// Connections at a time.
    pub max_connections: usize,
    /// Connections of one address at a time.
    pub max_connections_per_ip: usize,
    /// How long a request head may take from its first byte, and a TLS handshake.
    pub header_timeout: Duration,
    /// The longest silence inside a request body; also what its first kilobytes may take.
    pub body_timeout: Duration,
    /// How long a connection without a request is kept.
    pub idle_timeout: Duration,
    /// How long a client may take nothing of its reply.
    pub write_timeout: Duration,
    /// How long running requests may take to end after a stop.
    pub drain_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_body: 32 << 20,
            max_buffered: 1 << 30,
            max_header_bytes: 64 << 10,
            max_connections: 10_000,
            max_connections_per_ip: 1_024,
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(60),
            write_timeout: Duration::from_secs(120),
            drain_timeout: Duration::from_secs(30),
        }
    }
}

/// How many requests of one client key may run at a time.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Concurrency {
    /// For keys that have no limit of their own.
    pub default: Option<NonZeroUsize>,
    /// By client key.
    pub by_key: FxHashMap<KeyDigest, NonZeroUsize>,
}

impl Concurrency {
    pub(crate) fn limit(&self, key: &KeyDigest) -> Option<NonZeroUsize> {
        self.by_key.get(key).copied().or(self.default)
    }
}
