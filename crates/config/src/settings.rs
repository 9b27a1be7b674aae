//! The groups of settings, resolved. Their `Default`s are the defaults of the file.

use schemars::JsonSchema;
use serde::Deserialize;
use std::{num::NonZeroUsize, time::Duration};

/// When to try again, and when to let a credential rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Further rounds over the credentials after the first.
    pub request_retry: u32,
    /// Credentials tried per round; 0 means all.
    pub max_retry_credentials: u32,
    /// Longest cooldown a request waits for before another round; zero means it never waits.
    pub max_retry_interval: Duration,
    /// Most calls of upstreams that one request makes, all rounds and fallbacks together; 0 means
    /// any number.
    pub attempts: u32,
    /// How long a request may go on trying before its reply has begun; `None` means as long as the
    /// rounds take.
    pub deadline: Option<Duration>,
    /// Whether failing credentials stay in use.
    pub disable_cooling: bool,
    /// Rest of a credential after a failure that is likely to pass (408, 5xx); `None` means none.
    pub transient_cooldown: Option<Duration>,
    /// Whether rests are written to [`crate::Config::state_dir`] and outlive the process.
    pub save_cooldowns: bool,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            request_retry: 3,
            max_retry_credentials: 0,
            max_retry_interval: Duration::ZERO,
            attempts: 32,
            deadline: None,
            disable_cooling: false,
            transient_cooldown: Some(Duration::from_secs(60)),
            save_cooldowns: false,
        }
    }
}

/// Which credential serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routing {
    /// The order among credentials of one priority.
    pub strategy: Strategy,
    /// Whether a conversation stays on its credential.
    pub session_affinity: bool,
    /// How long a silent conversation keeps its credential.
    pub session_affinity_ttl: Duration,
    /// Whether a conversation goes back to a higher priority that is ready again, with the next
    /// message of the user.
    pub priority_failback: bool,
}

impl Default for Routing {
    fn default() -> Self {
        Self {
            strategy: Strategy::RoundRobin,
            session_affinity: false,
            session_affinity_ttl: Duration::from_secs(3_600),
            priority_failback: false,
        }
    }
}

/// The order among credentials of one priority.
#[expect(
    clippy::exhaustive_enums,
    reason = "a new strategy must break the scheduler that has to learn it"
)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// The first ready one in the order of their ids, until it is exhausted.
    FillFirst,
    /// One after the other.
    #[default]
    RoundRobin,
    /// In proportion to [`crate::EntryKey::weight`].
    WeightedRoundRobin,
}

impl Strategy {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::RoundRobin, Self::WeightedRoundRobin, Self::FillFirst];

    /// The name in the file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FillFirst => "fill-first",
            Self::RoundRobin => "round-robin",
            Self::WeightedRoundRobin => "weighted-round-robin",
        }
    }
}

/// How streams are kept alive and restarted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Streaming {
    /// Silence towards the client after which a comment is sent; `None` means never.
    pub keepalive: Option<Duration>,
    /// Further rounds for a stream that fails before its first event.
    pub bootstrap_retries: u32,
}

impl Default for Streaming {
    fn default() -> Self {
        Self {
            keepalive: Some(Duration::from_secs(15)),
            bootstrap_retries: 0,
        }
    }
}

/// What one client may cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest request body, in bytes, before and after decompression.
    pub max_body: usize,
    /// Largest event of a stream, in bytes.
    pub max_event: usize,
    /// Largest request head, in bytes; at least 8 KiB.
    pub max_header_bytes: usize,
    /// How long a connection may be idle between requests, or before the first one.
    pub idle_timeout: Duration,
    /// How long a request head may take from its first byte, and a TLS handshake altogether.
    pub header_timeout: Duration,
    /// Longest silence inside a request body.
    pub body_timeout: Duration,
    /// How long a client may take nothing of its reply.
    pub write_timeout: Duration,
    /// Most connections at a time.
    pub max_connections: usize,
    /// Most connections of one address at a time; an IPv6 /64 is one address. Trusted proxies and
    /// the Unix socket are not counted.
    pub max_connections_per_ip: usize,
    /// Most requests of one client key at a time, unless the key has
    /// [`crate::ClientKey::max_concurrency`]; `None` means any number.
    pub max_concurrency_per_key: Option<NonZeroUsize>,
    /// Most memory for request bodies at a time, in bytes; at least `max_body`.
    pub max_buffered: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_body: 32 * 1024 * 1024,
            max_event: 32 * 1024 * 1024,
            max_header_bytes: 64 * 1024,
            idle_timeout: Duration::from_secs(60),
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(120),
            max_connections: 10_000,
            max_connections_per_ip: 1_024,
            max_concurrency_per_key: None,
            max_buffered: 1024 * 1024 * 1024,
        }
    }
}

/// What the log looks like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// How a line is written.
    pub format: LogFormat,
    /// From which level on lines are written.
    pub level: Level,
}

/// How a log line is written.
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever sets up the log must handle every form"
)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// One JSON object per line.
    Json,
    /// For people.
    #[default]
    Text,
}

/// From which level on log lines are written.
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever sets up the log must handle every level"
)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Everything, for finding faults.
    Debug,
    /// Failures only.
    Error,
    /// One line per request, and more important things.
    #[default]
    Info,
    /// What someone should look at.
    Warn,
}
