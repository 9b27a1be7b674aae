//! The groups of settings.

use super::{Resolver, texts};
use crate::{
    Host, Level, Limits, Listen, Log, Place, Retry, Routing, Strategy, Streaming,
    decode::flag,
    durations::{GoDuration, Seconds},
    raw::{RawConfig, RawLimits, RawLog, RawRouting, RawTimeouts, RawUpstream},
    tree::{Kind, Spot},
};
use cliproxy_core::Deadlines;
use std::time::Duration;
use url::Url;

/// The HTTP library cannot read a head with less room.
const MIN_HEADER_KIB: u32 = 8;

impl Resolver<'_> {
    pub(super) fn listen(
        &mut self,
        host: Option<&str>,
        port: Option<u16>,
        root: &Spot<'_>,
    ) -> Listen {
        let default = Listen::default();
        let spot = root.key("host");
        let (host, place) = match host.map(str::trim) {
            None => {
                return Listen {
                    port: port.unwrap_or(default.port),
                    ..default
                };
            }
            Some("") => (Host::All, spot.place.clone()),
            Some(host) => {
                if host.contains(|c: char| c.is_whitespace() || c == '/') {
                    let remedy = "write an address like 127.0.0.1 or 0.0.0.0; the port is `port`";
                    self.report.error(&spot, "not a host", remedy);
                }
                (Host::Addr(host.to_owned()), spot.place.clone())
            }
        };
        Listen {
            host,
            port: port.unwrap_or(default.port),
            place,
        }
    }

    /// Origins as browsers send them: lowercase scheme and host, the port if it is not the usual.
    pub(super) fn origins(&mut self, given: Vec<Option<String>>, cors: &Spot<'_>) -> Vec<String> {
        let list = cors.key("allowed-origins");
        let mut origins = Vec::new();
        for (index, origin) in given.into_iter().enumerate() {
            let spot = list.index(index);
            for origin in texts(vec![origin]) {
                match Url::parse(&origin).map(|url| url.origin()) {
                    Ok(parsed) if parsed.is_tuple() => origins.push(parsed.ascii_serialization()),
                    _ if origin == "*" => {
                        let message = "every web page could use the gateway from a browser";
                        self.report
                            .error(&spot, message, "list the origins one by one");
                    }
                    // Editors and desktop programs send origins like `vscode-file://vscode-app`.
                    Ok(_) if !origin.contains(char::is_whitespace) => {
                        origins.push(origin.trim_end_matches('/').to_ascii_lowercase());
                    }
                    _ => {
                        let remedy = "write scheme://host or scheme://host:port";
                        self.report.error(&spot, "not an origin", remedy);
                    }
                }
            }
        }
        origins
    }

    pub(super) fn retry(&mut self, raw: &RawConfig, root: &Spot<'_>) -> Retry {
        let default = Retry::default();
        let transient_cooldown = match raw.transient_error_cooldown_seconds {
            None => default.transient_cooldown,
            Some(seconds) if seconds.is_negative() => None,
            // Zero is what the Go program writes for "not set".
            Some(seconds) => seconds.positive().or(default.transient_cooldown),
        };
        Retry {
            request_retry: self.count(
                raw.request_retry,
                default.request_retry,
                &root.key("request-retry"),
            ),
            max_retry_credentials: self.count(
                raw.max_retry_credentials,
                default.max_retry_credentials,
                &root.key("max-retry-credentials"),
            ),
            max_retry_interval: raw
                .max_retry_interval
                .and_then(Seconds::positive)
                .unwrap_or(default.max_retry_interval),
            disable_cooling: raw.disable_cooling.unwrap_or(default.disable_cooling),
            transient_cooldown,
        }
    }

    pub(super) fn routing(&mut self, raw: &RawRouting, spot: &Spot<'_>) -> Routing {
        let default = Routing::default();
        if raw.claude_code_session_affinity.is_some() {
            self.report.warning(
                &spot.key("claude-code-session-affinity"),
                "an old name",
                "write `session-affinity`",
            );
        }
        let strategy = raw.strategy.as_deref().map_or(default.strategy, |name| {
            self.strategy(name, &spot.key("strategy"))
        });
        Routing {
            strategy,
            session_affinity: raw.session_affinity == Some(true)
                || raw.claude_code_session_affinity == Some(true),
            session_affinity_ttl: self.deadline(
                raw.session_affinity_ttl,
                default.session_affinity_ttl,
                &spot.key("session-affinity-ttl"),
            ),
        }
    }

    fn strategy(&mut self, name: &str, spot: &Spot<'_>) -> Strategy {
        let message = match name.trim().to_ascii_lowercase().as_str() {
            "" | "round-robin" | "roundrobin" | "rr" => return Strategy::RoundRobin,
            "fill-first" | "fillfirst" | "ff" => return Strategy::FillFirst,
            "weighted-round-robin" | "weightedroundrobin" | "wrr" => {
                "accepted, not in effect yet; round-robin is used"
            }
            _ => "not a strategy; round-robin is used",
        };
        self.report
            .warning(spot, message, "write round-robin or fill-first");
        Strategy::RoundRobin
    }

    pub(super) fn streaming(&mut self, raw: &RawConfig, root: &Spot<'_>) -> Streaming {
        let default = Streaming::default();
        Streaming {
            keepalive: match raw.streaming.keepalive_seconds {
                Some(seconds) => seconds.positive(),
                None => default.keepalive,
            },
            bootstrap_retries: self.count(
                raw.streaming.bootstrap_retries,
                default.bootstrap_retries,
                &root.key("streaming").key("bootstrap-retries"),
            ),
        }
    }

    pub(super) fn limits(&mut self, raw: &RawLimits, spot: &Spot<'_>) -> Limits {
        let default = Limits::default();
        let max_body = self.at_least(raw.max_body_mib, 1, &spot.key("max-body-mib"));
        let head = self.at_least(
            raw.max_header_kib,
            MIN_HEADER_KIB,
            &spot.key("max-header-kib"),
        );
        let connections = self.at_least(raw.max_connections, 1, &spot.key("max-connections"));
        let event = raw.max_event_bytes.and_then(|size| {
            let bytes = usize::try_from(size.0).ok().filter(|bytes| *bytes >= 1024);
            if bytes.is_none() {
                let spot = spot.key("max-event-bytes");
                self.report.error(&spot, "must be at least 1KiB", "");
            }
            bytes
        });
        Limits {
            max_body: max_body
                .and_then(|mib| mib.checked_mul(1024 * 1024))
                .unwrap_or(default.max_body),
            max_event: event.unwrap_or(default.max_event),
            max_header_bytes: head
                .and_then(|kib| kib.checked_mul(1024))
                .unwrap_or(default.max_header_bytes),
            idle_timeout: self.deadline(
                raw.idle_timeout,
                default.idle_timeout,
                &spot.key("idle-timeout"),
            ),
            body_timeout: self.deadline(
                raw.body_timeout,
                default.body_timeout,
                &spot.key("body-timeout"),
            ),
            max_connections: connections.unwrap_or(default.max_connections),
        }
    }

    pub(super) fn upstream(&mut self, raw: &RawUpstream, spot: &Spot<'_>) -> Deadlines {
        let default = Deadlines::default();
        let mut deadline = |given, default, key| self.deadline(given, default, &spot.key(key));
        Deadlines {
            connect: deadline(raw.connect_timeout, default.connect, "connect-timeout"),
            header_stream: deadline(raw.header_timeout, default.header_stream, "header-timeout"),
            header_unary: deadline(
                raw.unary_header_timeout,
                default.header_unary,
                "unary-header-timeout",
            ),
            idle_stream: deadline(raw.idle_timeout, default.idle_stream, "idle-timeout"),
            idle_unary: deadline(
                raw.unary_idle_timeout,
                default.idle_unary,
                "unary-idle-timeout",
            ),
            progress: deadline(raw.progress_timeout, default.progress, "progress-timeout"),
            count_tokens: deadline(
                raw.count_tokens_timeout,
                default.count_tokens,
                "count-tokens-timeout",
            ),
            total: raw
                .total_timeout
                .map_or(default.total, GoDuration::positive),
        }
    }

    /// The `timeouts` of an entry on top of the global ones.
    pub(super) fn timeouts(
        &mut self,
        raw: &RawTimeouts,
        global: &Deadlines,
        spot: &Spot<'_>,
    ) -> Deadlines {
        let mut deadline = |given, default, key| self.deadline(given, default, &spot.key(key));
        Deadlines {
            connect: deadline(raw.connect, global.connect, "connect"),
            header_stream: deadline(raw.header, global.header_stream, "header"),
            header_unary: deadline(raw.unary_header, global.header_unary, "unary-header"),
            idle_stream: deadline(raw.idle, global.idle_stream, "idle"),
            idle_unary: deadline(raw.unary_idle, global.idle_unary, "unary-idle"),
            progress: deadline(raw.progress, global.progress, "progress"),
            count_tokens: deadline(raw.count_tokens, global.count_tokens, "count-tokens"),
            total: raw.total.map_or(global.total, GoDuration::positive),
        }
    }

    /// A duration that must be longer than zero.
    pub(super) fn deadline(
        &mut self,
        given: Option<GoDuration>,
        default: Duration,
        spot: &Spot<'_>,
    ) -> Duration {
        let Some(given) = given else {
            return default;
        };
        given.positive().unwrap_or_else(|| {
            self.report.error(
                spot,
                "must be longer than zero",
                "remove it for the default",
            );
            default
        })
    }

    /// A number of tries. Negative means zero, as in v7.
    fn count(&mut self, given: Option<i64>, default: u32, spot: &Spot<'_>) -> u32 {
        let Some(given) = given else {
            return default;
        };
        if given > 1_000 {
            self.report.error(spot, "must be at most 1000", "");
        }
        u32::try_from(given.clamp(0, 1_000)).unwrap_or(default)
    }

    fn at_least(&mut self, given: Option<u32>, least: u32, spot: &Spot<'_>) -> Option<usize> {
        let given = given?;
        if given < least {
            let message = format!("must be at least {least}");
            self.report
                .error(spot, message, "remove it for the default");
            return None;
        }
        usize::try_from(given).ok()
    }
}

pub(super) fn log(raw: &RawLog, debug: bool) -> Log {
    let level = if debug { Some(Level::Debug) } else { raw.level };
    Log {
        format: raw.format.unwrap_or_default(),
        level: level.unwrap_or_default(),
    }
}

/// Where TLS is asked for. `tls` is no setting, so the tree is asked and not [`RawConfig`].
pub(super) fn tls(root: &Spot<'_>) -> Option<Place> {
    let enable = root.key("tls").key("enable");
    let asked = matches!(&enable.node()?.kind, Kind::Scalar(text) if flag(text) == Some(true));
    asked.then(|| enable.place.clone())
}
