//! The groups of settings.

use crate::{
    Level, LogFormat,
    durations::{GoDuration, Seconds},
    sizes::ByteSize,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// `tls`
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
#[schemars(rename = "Tls")]
pub(crate) struct RawTls {
    /// Whether to serve HTTPS. Absent: if both files are given.
    pub(crate) enable: Option<bool>,
    /// File with the certificate and those that lead to a root, in PEM.
    pub(crate) cert: Option<String>,
    /// File with the private key, in PEM.
    pub(crate) key: Option<String>,
}

/// `cors`
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
#[schemars(rename = "Cors")]
pub(crate) struct RawCors {
    /// Origins of web pages that may use the gateway, like `https://chat.example.com`.
    pub(crate) allowed_origins: Vec<Option<String>>,
}

/// `routing`
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
#[schemars(rename = "Routing")]
pub(crate) struct RawRouting {
    /// `round-robin` (the default), `weighted-round-robin` or `fill-first`.
    pub(crate) strategy: Option<String>,
    /// Keep a conversation on the credential that holds its prompt cache. Off by default.
    pub(crate) session_affinity: Option<bool>,
    /// How long a silent conversation keeps its credential. 1h by default.
    pub(crate) session_affinity_ttl: Option<GoDuration>,
    /// Move a conversation back to a higher priority once that is ready again, with the next
    /// message of the user. Off by default.
    pub(crate) session_affinity_priority_failback: Option<bool>,
    /// The old name of `session-affinity`.
    #[schemars(extend("deprecated" = true))]
    pub(crate) claude_code_session_affinity: Option<bool>,
}

/// `streaming`
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
#[schemars(rename = "Streaming")]
pub(crate) struct RawStreaming {
    /// Silence after which a comment keeps the connection open. 15 by default; 0 or less: never.
    pub(crate) keepalive_seconds: Option<Seconds>,
    /// Further rounds for a stream that fails before its first event. 0 by default.
    pub(crate) bootstrap_retries: Option<i64>,
}

/// `limits`
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
#[schemars(rename = "Limits")]
pub(crate) struct RawLimits {
    /// Largest request body, in MiB. 32 by default.
    pub(crate) max_body_mib: Option<u32>,
    /// Largest event of a stream. 32MiB by default.
    pub(crate) max_event_bytes: Option<ByteSize>,
    /// Largest request head, in KiB. 64 by default, at least 8.
    pub(crate) max_header_kib: Option<u32>,
    /// Most connections at a time. 10000 by default.
    pub(crate) max_connections: Option<u32>,
    /// Most connections of one address at a time; an IPv6 /64 is one address. 1024 by default.
    pub(crate) max_connections_per_ip: Option<u32>,
    /// Most requests of one client key at a time. 0, the default: any number.
    pub(crate) max_concurrency_per_key: Option<u32>,
    /// Most memory for request bodies at a time, in MiB. 1024 by default, at least `max-body-mib`.
    pub(crate) max_buffered_mib: Option<u32>,
    /// How long a connection may be idle. 60s by default.
    pub(crate) idle_timeout: Option<GoDuration>,
    /// How long a request head may take from its first byte, and a TLS handshake. 10s by default.
    pub(crate) header_timeout: Option<GoDuration>,
    /// Longest silence inside a request body. 30s by default.
    pub(crate) body_timeout: Option<GoDuration>,
    /// How long a client may take nothing of its reply. 120s by default.
    pub(crate) write_timeout: Option<GoDuration>,
}

/// `upstream`
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
#[schemars(rename = "Upstream")]
pub(crate) struct RawUpstream {
    /// Time to connect, proxy and TLS included. 10s by default.
    pub(crate) connect_timeout: Option<GoDuration>,
    /// Time to the response head of a stream. 120s by default.
    pub(crate) header_timeout: Option<GoDuration>,
    /// Time to the response head of a reply that does not stream. 600s by default.
    pub(crate) unary_header_timeout: Option<GoDuration>,
    /// Longest silence of a stream. 300s by default.
    pub(crate) idle_timeout: Option<GoDuration>,
    /// Longest silence of a reply that does not stream. 120s by default.
    pub(crate) unary_idle_timeout: Option<GoDuration>,
    /// Longest stretch of a stream without anything but keep-alives. 30m by default.
    pub(crate) progress_timeout: Option<GoDuration>,
    /// Longest request altogether. 0, the default: no limit.
    pub(crate) total_timeout: Option<GoDuration>,
    /// Time to count tokens. 30s by default.
    pub(crate) count_tokens_timeout: Option<GoDuration>,
    /// File with certificates, in PEM, that upstreams may have beside those the system trusts.
    pub(crate) ca_file: Option<String>,
}

/// `timeouts` of an entry; each absent one is that of `upstream`.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
#[schemars(rename = "Timeouts")]
pub(crate) struct RawTimeouts {
    /// Like `upstream.connect-timeout`.
    pub(crate) connect: Option<GoDuration>,
    /// Like `upstream.header-timeout`.
    pub(crate) header: Option<GoDuration>,
    /// Like `upstream.unary-header-timeout`.
    pub(crate) unary_header: Option<GoDuration>,
    /// Like `upstream.idle-timeout`.
    pub(crate) idle: Option<GoDuration>,
    /// Like `upstream.unary-idle-timeout`.
    pub(crate) unary_idle: Option<GoDuration>,
    /// Like `upstream.progress-timeout`.
    pub(crate) progress: Option<GoDuration>,
    /// Like `upstream.total-timeout`.
    pub(crate) total: Option<GoDuration>,
    /// Like `upstream.count-tokens-timeout`.
    pub(crate) count_tokens: Option<GoDuration>,
}

/// `log`
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
#[schemars(rename = "Log")]
pub(crate) struct RawLog {
    /// `text` (the default) or `json`.
    pub(crate) format: Option<LogFormat>,
    /// `debug`, `info` (the default), `warn` or `error`.
    pub(crate) level: Option<Level>,
}
