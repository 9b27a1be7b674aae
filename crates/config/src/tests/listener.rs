//! Where to listen, with which certificate, and whose word counts there.

use super::{DATA, complaints, config};
use crate::{Host, UnixSocket};
use std::path::Path;

#[test]
fn unix_sockets() {
    let check = |yaml: &str, host: Host, expected: Option<(&str, u32)>| {
        assert_eq!(complaints(yaml), "", "{yaml}");
        let listen = config(yaml).listen;
        let expected = expected.map(|(path, mode)| UnixSocket {
            path: Path::new(DATA).join(path),
            mode,
        });
        assert_eq!(
            (listen.host, listen.unix_socket),
            (host, expected),
            "{yaml}"
        );
    };
    check("{}", Host::Loopback, None);
    check("unix-socket: ' '", Host::Loopback, None);
    check("unix-socket: s", Host::Loopback, Some(("s", 0o600)));
    check(
        "unix-socket: /run/s",
        Host::Loopback,
        Some(("/run/s", 0o600)),
    );
    check("host: ''\nunix-socket: s", Host::All, Some(("s", 0o600)));
    check("host: none\nunix-socket: s", Host::None, Some(("s", 0o600)));
    check("host: None\nunix-socket: s", Host::None, Some(("s", 0o600)));
    for (written, mode) in [
        ("'0660'", 0o660),
        ("0660", 0o660),
        ("660", 0o660),
        ("0o660", 0o660),
        ("0", 0),
        ("~", 0o600),
    ] {
        let yaml = format!("unix-socket: s\nunix-socket-mode: {written}");
        check(&yaml, Host::Loopback, Some(("s", mode)));
    }
    let longest = format!("/{}", "s".repeat(106));
    let yaml = format!("unix-socket: {longest}");
    check(&yaml, Host::Loopback, Some((&longest, 0o600)));
}

#[test]
fn sockets_that_cannot_be() {
    let check = |yaml: &str, expected: &str| assert_eq!(complaints(yaml), expected, "{yaml}");
    let nothing = "host: nothing to listen on (set `unix-socket`, or remove `host`)";
    check("host: none", &format!("1:1: error: {nothing}"));
    check(
        "host: none\nunix-socket: ''",
        &format!("1:1: error: {nothing}"),
    );
    check(
        "host: none\nunix-socket:",
        &format!("1:1: error: {nothing}"),
    );
    let long =
        "unix-socket: longer than the 107 bytes that a socket can have (write a shorter path)";
    let yaml = format!("host: none\nunix-socket: /{}", "s".repeat(107));
    check(&yaml, &format!("2:1: error: {long}"));
    // 54 characters.
    let yaml = format!("unix-socket: /{}", "é".repeat(54));
    check(&yaml, &format!("1:1: error: {long}"));
    check(
        "host: none\nunix-socket: [s]",
        "2:1: error: unix-socket: expected a text, found a list",
    );
    let digits = "expected permissions in octal digits, like \"0600\"";
    for written in ["384", "rw", "1777", "-600", "0x180"] {
        check(
            &format!("unix-socket: s\nunix-socket-mode: {written}"),
            &format!("2:1: error: unix-socket-mode: {digits}"),
        );
    }
    check(
        "unix-socket-mode: 0600",
        "1:1: warning: unix-socket-mode: has no effect without `unix-socket`",
    );
}

#[test]
fn tls() {
    let check = |yaml: &str, on: bool| {
        assert_eq!(complaints(yaml), "", "{yaml}");
        let found = config(yaml).tls.map(|tls| (tls.cert, tls.key));
        let path = |name: &str| Path::new(DATA).join(name);
        let expected = on.then(|| (path("tls/cert.pem"), path("tls/key.pem")));
        assert_eq!(found, expected, "{yaml}");
    };
    let files = "cert: tls/cert.pem, key: ' tls/key.pem '";
    check("{}", false);
    check("tls:", false);
    check("tls: {}", false);
    check("tls: {cert: '', key: ''}", false);
    check(&format!("tls: {{{files}}}"), true);
    check(&format!("tls: {{enable: ~, {files}}}"), true);
    check(&format!("tls: {{enable: yes, {files}}}"), true);
    check(&format!("tls: {{enable: 'true', {files}}}"), true);
    check(&format!("tls: {{enable: false, {files}}}"), false);
    check(
        &format!("tls: {{cert: {DATA}/tls/cert.pem, key: {DATA}/tls/key.pem}}"),
        true,
    );
    // What is off is not looked at.
    check("tls: {enable: off, cert: none.pem}", false);
    let place = config(&format!("port: 1\ntls: {{{files}}}"))
        .tls
        .unwrap()
        .place;
    assert_eq!(place.line(), Some(2));
}

#[test]
fn tls_that_cannot_be() {
    let check = |yaml: &str, expected: &str| assert_eq!(complaints(yaml), expected, "{yaml}");
    let missing = |at: &str, key: &str| {
        format!(
            "{at}: error: tls.{key}: missing, and TLS needs it (write the path of a PEM file, or \
             `enable: false`)"
        )
    };
    check(
        "tls: {enable: true}",
        &format!("{}\n{}", missing("1:1", "cert"), missing("1:1", "key")),
    );
    check(
        "tls: {enable: true, cert: ' ', key: tls/key.pem}",
        &missing("1:21", "cert"),
    );
    check(
        "tls: {enable: true, cert: tls/cert.pem, key: ~}",
        &missing("1:41", "key"),
    );
    check(
        "tls: {cert: none.pem, key: tls}",
        &format!(
            "1:7: error: tls.cert: cannot read the file {DATA}/none.pem: No such file or directory \
             (os error 2)\n\
             1:23: error: tls.key: cannot read the file {DATA}/tls: is a directory"
        ),
    );
    check(
        "tls: {cert: tls/cert.pem}",
        "1:7: warning: tls.cert: given without `key`, so TLS is off (give `key` as well)",
    );
    check(
        "tls: {key: none.pem}",
        "1:7: warning: tls.key: given without `cert`, so TLS is off (give `cert` as well)",
    );
    check(
        "tls: {enable: soon}",
        "1:7: error: tls.enable: expected true or false",
    );
}

#[test]
fn trusted_proxies() {
    let check = |written: &str, expected: &[&str]| {
        let yaml = format!("trusted-proxies: [{written}]");
        assert_eq!(complaints(&yaml), "", "{yaml}");
        let found: Vec<String> = config(&yaml)
            .trusted_proxies
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found, expected, "{yaml}");
    };
    check("", &[]);
    check("'', ~", &[]);
    check("10.0.0.7", &["10.0.0.7/32"]);
    check("'::1', ' 10.0.0.0/8 '", &["::1/128", "10.0.0.0/8"]);
    check("10.1.2.3/8, 10.0.0.0/8", &["10.0.0.0/8"]);
    check("'fd12::7/64'", &["fd12::/64"]);
    // IPv4, as a socket for both families shows it.
    check("'::ffff:10.0.0.7'", &["10.0.0.7/32"]);
    check("'::ffff:10.1.0.0/104'", &["10.0.0.0/8"]);
    check("'::/64'", &["::/64"]);
}

#[test]
fn proxies_that_are_not_to_be_trusted() {
    let check = |written: &str, severity: &str, expected: &str| {
        let yaml = format!("trusted-proxies: [10.0.0.7, '{written}']");
        let expected = format!("1:29: {severity}: trusted-proxies[1]: {expected}");
        assert_eq!(complaints(&yaml), expected);
    };
    for neither in [
        "localhost",
        "proxy.example.com",
        "10.0.0.0/33",
        "10.0.0",
        "10.0.0.7:80",
        "[::1]",
        "*",
        "true",
    ] {
        check(
            neither,
            "error",
            "neither an address nor a network (write an address like 10.0.0.7, or a network like \
             10.0.0.0/8)",
        );
    }
    for everybody in ["0.0.0.0/0", "::/0", "10.0.0.0/0", "::ffff:0.0.0.0/96"] {
        check(
            everybody,
            "warning",
            "trusts everybody: each client could say that it is another one (list the addresses of \
             the proxies)",
        );
    }
}
