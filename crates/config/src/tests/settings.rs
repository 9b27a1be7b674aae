//! Settings and their defaults.

use super::{complaints, config};
use crate::{Config, Host, Level, Limits, LogFormat, Streaming};
use cliproxy_core::Deadlines;
use std::{num::NonZeroUsize, time::Duration};

/// `actual` of the configuration that `yaml` gives must be `expected`, without a complaint.
#[expect(
    clippy::needless_pass_by_value,
    reason = "cases read better without references"
)]
fn check<T: PartialEq + std::fmt::Debug>(
    yaml: &str,
    actual: impl FnOnce(Config) -> T,
    expected: T,
) {
    assert_eq!(complaints(yaml), "", "{yaml}");
    assert_eq!(actual(config(yaml)), expected, "{yaml}");
}

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn an_empty_file_means_the_defaults() {
    for yaml in ["", "{}", "\n", "# nothing\n", "---\n", "~", "null"] {
        let defaults = format!("{:?}", Config::default());
        check(yaml, |config| format!("{config:?}"), defaults);
    }
}

#[test]
fn null_counts_as_absent() {
    let yaml = "host:\nport: ~\napi-keys:\nrouting:\nlimits: {max-body-mib: null}\nproxy-url: \
                null\nclaude-api-key:\nlog: {level: }\nallowed-hosts:\ndebug: Null\n";
    let defaults = format!("{:?}", Config::default());
    check(yaml, |config| format!("{config:?}"), defaults);
}

#[test]
fn listener() {
    let host = |config: Config| config.listen.host;
    check("host: ''", host, Host::All);
    check("host: ' '", host, Host::All);
    check("host: 0.0.0.0", host, Host::Addr("0.0.0.0".to_owned()));
    check("host: '::1'", host, Host::Addr("::1".to_owned()));
    let port = |config: Config| config.listen.port;
    check("port: 9000", port, 9_000);
    check("port: '9000'", port, 9_000);
    check("port: 0", port, 0);
    check("allow-insecure: yes", |config| config.allow_insecure, true);
    let hosts = |config: Config| config.allowed_hosts;
    check("allowed-hosts: []", hosts, None);
    check(
        "allowed-hosts: [' a ', '']",
        hosts,
        Some(vec!["a".to_owned()]),
    );
    check(
        "cors: {allowed-origins: ['https://A.example/', 'HTTP://b:80', 'app://X/']}",
        |config| config.allowed_origins,
        ["https://a.example", "http://b", "app://x"]
            .map(String::from)
            .into(),
    );
}

#[test]
fn booleans_of_yaml_1_1() {
    let debug = |config: Config| config.log.level;
    for yes in ["true", "True", "yes", "on", "ON", "y", "'true'"] {
        check(&format!("debug: {yes}"), debug, Level::Debug);
    }
    for no in ["false", "no", "off", "n", "No"] {
        check(&format!("debug: {no}"), debug, Level::Info);
    }
    check(
        "response-headers: off",
        |config| config.response_headers,
        false,
    );
}

#[test]
fn retry() {
    let yaml = "request-retry: -1\nmax-retry-credentials: -1\nmax-retry-interval: -30";
    let retry = |config: Config| config.retry;
    let mut expected = Config::default().retry;
    expected.request_retry = 0;
    check(yaml, retry, expected.clone());
    expected.request_retry = 7;
    expected.max_retry_credentials = 2;
    expected.max_retry_interval = secs(30);
    expected.disable_cooling = true;
    let yaml = "request-retry: 7\nmax-retry-credentials: 2\nmax-retry-interval: 30\n\
                disable-cooling: true";
    check(yaml, retry, expected);
    let attempts = |config: Config| config.retry.attempts;
    check("{}", attempts, 32);
    check("max-attempts: 0", attempts, 0);
    check("max-attempts: 5", attempts, 5);
    let deadline = |config: Config| config.retry.deadline;
    check("{}", deadline, None);
    check("request-deadline: 0", deadline, None);
    check("request-deadline: -1s", deadline, None);
    check("request-deadline: 1m30s", deadline, Some(secs(90)));
    let cooldown = |config: Config| config.retry.transient_cooldown;
    for (written, expected) in [
        ("0", Some(secs(60))),
        ("-1", None),
        ("5", Some(secs(5))),
        ("1m30s", Some(secs(90))),
    ] {
        let yaml = format!("transient-error-cooldown-seconds: {written}");
        check(&yaml, cooldown, expected);
    }
}

#[test]
fn streaming() {
    let streaming = |config: Config| config.streaming;
    let with = |keepalive, bootstrap_retries| Streaming {
        keepalive,
        bootstrap_retries,
    };
    for never in ["0", "-1"] {
        let yaml = format!("streaming: {{keepalive-seconds: {never}}}");
        check(&yaml, streaming, with(None, 0));
    }
    check(
        "streaming: {keepalive-seconds: 500ms, bootstrap-retries: 2}",
        streaming,
        with(Some(Duration::from_millis(500)), 2),
    );
    let retries = "streaming: {bootstrap-retries: -5}";
    check(retries, streaming, with(Some(secs(15)), 0));
}

#[test]
fn limits_and_deadlines() {
    let yaml = "limits:\n  max-body-mib: 1\n  max-event-bytes: 2MiB\n  max-header-kib: 8\n  \
                max-connections: 5\n  idle-timeout: 2s\n  body-timeout: 3s\n  header-timeout: 4s\n  \
                write-timeout: 5s\n  max-connections-per-ip: 6\n  max-concurrency-per-key: 7\n  \
                max-buffered-mib: 8";
    let expected = Limits {
        max_body: 1 << 20,
        max_event: 2 << 20,
        max_header_bytes: 8 << 10,
        idle_timeout: secs(2),
        header_timeout: secs(4),
        body_timeout: secs(3),
        write_timeout: secs(5),
        max_connections: 5,
        max_connections_per_ip: 6,
        max_concurrency_per_key: NonZeroUsize::new(7),
        max_buffered: 8 << 20,
    };
    let limits = |config: Config| config.limits;
    check(yaml, limits, expected);
    let per_key = |config: Config| config.limits.max_concurrency_per_key;
    check("limits: {max-concurrency-per-key: 0}", per_key, None);
    // A large body gets in without another setting.
    check(
        "limits: {max-body-mib: 2048}",
        |config| config.limits.max_buffered,
        2 << 30,
    );
    check(
        "limits: {max-body-mib: 8, max-buffered-mib: 8}",
        |config| config.limits.max_buffered,
        8 << 20,
    );
    let yaml = "upstream: {connect-timeout: 1s, header-timeout: 2s, unary-header-timeout: 3s, \
                idle-timeout: 4s, unary-idle-timeout: 5s, progress-timeout: 6s, total-timeout: \
                7s, count-tokens-timeout: 8s}";
    let expected = Deadlines {
        connect: secs(1),
        header_stream: secs(2),
        header_unary: secs(3),
        idle_stream: secs(4),
        idle_unary: secs(5),
        progress: secs(6),
        total: Some(secs(7)),
        count_tokens: secs(8),
    };
    check(yaml, |config| config.upstream, expected);
    let total = |config: Config| config.upstream.total;
    check("upstream: {total-timeout: 0}", total, None);
    let poll = |config: Config| config.poll_interval;
    check("config-poll-interval: 1s", poll, Some(secs(1)));
    check("config-poll-interval: ~", poll, None);
    check(
        "shutdown-timeout: 1m",
        |config| config.shutdown_timeout,
        secs(60),
    );
}

#[test]
fn log() {
    let log = |config: Config| (config.log.format, config.log.level);
    let yaml = "log: {format: json, level: WARN}";
    check(yaml, log, (LogFormat::Json, Level::Warn));
    check(
        "log: {level: error}\ndebug: true",
        log,
        (LogFormat::Text, Level::Debug),
    );
}

#[test]
fn values_out_of_range() {
    let check = |yaml: &str, expected: &str| assert_eq!(complaints(yaml), expected, "{yaml}");
    check(
        "limits: {max-body-mib: 0}",
        "1:10: error: limits.max-body-mib: must be at least 1 (remove it for the default)",
    );
    check(
        "limits: {max-header-kib: 4}",
        "1:10: error: limits.max-header-kib: must be at least 8 (remove it for the default)",
    );
    check(
        "limits: {max-event-bytes: 10}",
        "1:10: error: limits.max-event-bytes: must be at least 1KiB",
    );
    for (key, written, least) in [
        ("max-connections", "0", "1"),
        ("max-connections-per-ip", "0", "1"),
        ("max-buffered-mib", "31", "`max-body-mib`"),
        ("max-buffered-mib", "0", "`max-body-mib`"),
    ] {
        check(
            &format!("limits: {{{key}: {written}}}"),
            &format!(
                "1:10: error: limits.{key}: must be at least {least} (remove it for the default)"
            ),
        );
    }
    for key in [
        "header-timeout",
        "write-timeout",
        "idle-timeout",
        "body-timeout",
    ] {
        check(
            &format!("limits: {{{key}: 0}}"),
            &format!(
                "1:10: error: limits.{key}: must be longer than zero (remove it for the default)"
            ),
        );
    }
    for interval in ["0", "-1s", "999ms"] {
        check(
            &format!("config-poll-interval: {interval}"),
            "1:1: error: config-poll-interval: must be at least 1s (remove it to be told by the \
             system when the file changes)",
        );
    }
    check(
        "api-keys: [{key: a, max-concurrency: 0}]",
        "1:21: error: api-keys[0].max-concurrency: must be at least 1 (remove it for \
         `limits.max-concurrency-per-key`)",
    );
    check(
        "upstream: {connect-timeout: 0}",
        "1:12: error: upstream.connect-timeout: must be longer than zero (remove it for the \
         default)",
    );
    check(
        "upstream: {connect-timeout: 10}",
        "1:12: error: upstream.connect-timeout: expected a duration with a unit, like 300ms, 30s \
         or 1h30m",
    );
    check(
        "routing: {session-affinity-ttl: soon}",
        "1:11: error: routing.session-affinity-ttl: expected a duration with a unit, like 300ms, \
         30s or 1h30m",
    );
    check(
        "routing: {session-affinity-ttl: -1h}",
        "1:11: error: routing.session-affinity-ttl: must be longer than zero (remove it for the \
         default)",
    );
    check(
        "port: 65536",
        "1:1: error: port: expected a whole number from 0 to 65535",
    );
    check(
        "request-retry: 1001",
        "1:1: error: request-retry: must be at most 1000",
    );
    check(
        "max-attempts: -1",
        "1:1: error: max-attempts: expected a whole number from 0 to 4294967295",
    );
    check(
        "request-deadline: 30",
        "1:1: error: request-deadline: expected a duration with a unit, like 300ms, 30s or 1h30m",
    );
    check("debug: maybe", "1:1: error: debug: expected true or false");
    check(
        "log: {level: loud}",
        "1:7: error: log.level: expected one of debug, error, info, warn",
    );
    check(
        "host: http://0.0.0.0",
        "1:1: error: host: not a host (write an address like 127.0.0.1 or 0.0.0.0; the port is \
         `port`)",
    );
    check(
        "cors: {allowed-origins: ['*']}",
        "1:26: error: cors.allowed-origins[0]: every web page could use the gateway from a \
         browser (list the origins one by one)",
    );
    check(
        "api-keys: [{key: a, key-hash: b}, {key-hash: 'sha256:12'}]",
        "1:12: error: api-keys[0]: both `key` and `key-hash` (remove one of them)\n\
         1:36: error: api-keys[1].key-hash: not a digest (write sha256: and 64 hexadecimal digits)",
    );
    check(
        "api-keys: [{key: a, expires-at: 2020-01-01}]",
        "1:21: error: api-keys[0].expires-at: not enforced by this version: the key would never \
         expire (remove it)",
    );
    check(
        "proxy-url: ftp://user:pass@x",
        "1:1: error: proxy-url: unsupported proxy scheme (write http://host:port, \
         https://…, socks5://…, socks5h://… or direct)",
    );
}
