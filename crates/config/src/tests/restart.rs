//! What only a restart puts into effect.

use super::config;
use crate::Place;

#[test]
fn keys_that_need_a_restart() {
    let check = |running: &str, new: &str, expected: &[&str]| {
        let (running, new) = (config(running), config(new));
        assert_eq!(new.needs_restart(&running), expected, "{new:?}");
        assert_eq!(running.needs_restart(&new), expected, "{running:?}");
        assert!(new.needs_restart(&new).is_empty(), "{new:?}");
    };
    let tls = "tls: {cert: tls/cert.pem, key: tls/key.pem}";
    check("{}", "{}", &[]);
    check("{}", "host: 127.0.0.1", &["host"]);
    check("host: ''", "host: 0.0.0.0", &["host"]);
    check("{}", "port: 1", &["port"]);
    check("port: 8317", "{}", &[]);
    check("{}", "unix-socket: s", &["unix-socket"]);
    check("unix-socket: s", "unix-socket: t", &["unix-socket"]);
    let open = "unix-socket: s\nunix-socket-mode: 0660";
    check("unix-socket: s", open, &["unix-socket-mode"]);
    check("{}", open, &["unix-socket"]);
    check("unix-socket: s", "host: none\nunix-socket: s", &["host"]);
    check("{}", tls, &["tls"]);
    check(tls, "tls: {cert: tls/ca.pem, key: tls/key.pem}", &[]);
    check("{}", "log: {level: warn}", &["log"]);
    check("{}", "log: {format: json}", &["log"]);
    check("{}", "debug: true", &["log"]);
    check("{}", "config-poll-interval: 5s", &["config-poll-interval"]);
    check(
        "{}",
        "host: ''\nport: 1\nunix-socket: s\ntls: {cert: tls/cert.pem, key: tls/key.pem}\ndebug: \
         on\nconfig-poll-interval: 5s",
        &[
            "host",
            "port",
            "unix-socket",
            "tls",
            "log",
            "config-poll-interval",
        ],
    );
    // Everything else takes effect at once.
    for new in [
        "\n\nport: 8317",
        "allow-insecure: true",
        "api-keys: [k]",
        "accept-query-keys: false",
        "allowed-hosts: [a]",
        "cors: {allowed-origins: ['https://a']}",
        "trusted-proxies: [10.0.0.7]",
        "limits: {max-connections: 1, max-body-mib: 1, idle-timeout: 1s, header-timeout: 1s}",
        "upstream: {total-timeout: 1h, ca-file: tls/ca.pem}",
        "proxy-url: direct",
        "routing: {strategy: ff}",
        "request-retry: 0",
        "streaming: {keepalive-seconds: 1}",
        "shutdown-timeout: 1s",
        "claude-api-key: [{api-key: k}]",
    ] {
        check("{}", new, &[]);
    }
}

#[test]
fn where_a_host_was_given_is_no_change() {
    let (running, mut new) = (config("host: ''"), config("host: ''"));
    new.listen.place = Place::Flag("--host");
    assert!(new.needs_restart(&running).is_empty());
}
