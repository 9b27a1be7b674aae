//! The groups of settings.

use super::Resolver;
use crate::{
    Level, Log, Retry, Routing, Strategy, Streaming,
    durations::{GoDuration, Seconds},
    nearest::nearest,
    raw::{RawConfig, RawLog, RawRouting, RawTimeouts, RawUpstream},
    tree::Spot,
};
use cliproxy_core::Deadlines;
use std::time::Duration;

/// A file is looked at no more often.
const MIN_POLL_INTERVAL: Duration = Duration::from_secs(1);

impl Resolver<'_> {
    pub(super) fn retry(&mut self, raw: &RawConfig, has_state_dir: bool, root: &Spot<'_>) -> Retry {
        let default = Retry::default();
        let transient_cooldown = match raw.transient_error_cooldown_seconds {
            None => default.transient_cooldown,
            Some(seconds) if seconds.is_negative() => None,
            // Zero is what the Go program writes for "not set".
            Some(seconds) => seconds.positive().or(default.transient_cooldown),
        };
        let save_cooldowns = raw.save_cooldown_status.unwrap_or(default.save_cooldowns);
        if save_cooldowns && !has_state_dir {
            let message = "there is no directory to save them in, so they are not saved";
            self.report.warning(
                &root.key("save-cooldown-status"),
                message,
                "set `state-dir`",
            );
        }
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
            attempts: raw.max_attempts.unwrap_or(default.attempts),
            deadline: raw
                .request_deadline
                .map_or(default.deadline, GoDuration::positive),
            disable_cooling: raw.disable_cooling.unwrap_or(default.disable_cooling),
            transient_cooldown,
            save_cooldowns,
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
            priority_failback: raw
                .session_affinity_priority_failback
                .unwrap_or(default.priority_failback),
        }
    }

    fn strategy(&mut self, name: &str, spot: &Spot<'_>) -> Strategy {
        match name.trim().to_ascii_lowercase().as_str() {
            "" | "round-robin" | "roundrobin" | "rr" => Strategy::RoundRobin,
            "fill-first" | "fillfirst" | "ff" => Strategy::FillFirst,
            "weighted-round-robin" | "weightedroundrobin" | "wrr" => Strategy::WeightedRoundRobin,
            _ => {
                let all = Strategy::ALL.map(Strategy::as_str);
                let there_are = format!("there are {}", all.join(", "));
                let remedy = match nearest(name, all.into_iter()) {
                    Some(known) => format!("did you mean `{known}`? {there_are}"),
                    None => there_are,
                };
                match self.strict {
                    true => self.report.error(spot, "not a strategy", remedy),
                    false => {
                        let message = "not a strategy; round-robin is used";
                        self.report.warning(spot, message, remedy);
                    }
                }
                Strategy::RoundRobin
            }
        }
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

    pub(super) fn poll_interval(
        &mut self,
        given: Option<GoDuration>,
        spot: &Spot<'_>,
    ) -> Option<Duration> {
        let interval = given?.positive().filter(|each| *each >= MIN_POLL_INTERVAL);
        if interval.is_none() {
            let remedy = "remove it to be told by the system when the file changes";
            self.report.error(spot, "must be at least 1s", remedy);
        }
        interval
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
}

pub(super) fn log(raw: &RawLog, debug: bool) -> Log {
    let level = if debug { Some(Level::Debug) } else { raw.level };
    Log {
        format: raw.format.unwrap_or_default(),
        level: level.unwrap_or_default(),
    }
}
