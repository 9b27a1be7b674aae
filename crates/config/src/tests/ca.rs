//! Certificates that upstreams may have.

use super::{DATA, complaints, config};
use crate::CaBundle;
use std::{path::Path, sync::Arc};

#[test]
fn the_entrys_own_or_else_the_global_one() {
    let check = |global: &str, own: &str, expected: Option<&str>| {
        let yaml = format!(
            "upstream: {{ca-file: {global}}}\nclaude-api-key: [{{api-key: k, ca-file: {own}}}]"
        );
        assert_eq!(complaints(&yaml), "", "{yaml}");
        let found = config(&yaml).entries[0].ca.clone().map(|ca| ca.path);
        let expected = expected.map(|name| Path::new(DATA).join(name));
        assert_eq!(found, expected, "{yaml}");
    };
    check("", "", None);
    check("' '", "''", None);
    check("tls/ca.pem", "", Some("tls/ca.pem"));
    check("", "tls/cert.pem", Some("tls/cert.pem"));
    check("tls/ca.pem", "' tls/cert.pem '", Some("tls/cert.pem"));
    check("", &format!("{DATA}/tls/ca.pem"), Some("tls/ca.pem"));
    let ca = config("upstream: {ca-file: tls/ca.pem}").ca.unwrap();
    assert!(ca.pem.starts_with(b"-----BEGIN CERTIFICATE-----"));
    // Every section has it.
    let entry = "{api-key: k, name: n, base-url: 'https://x', models: [{name: m, alias: a}], \
                 ca-file: tls/ca.pem}";
    for section in crate::Section::ALL {
        assert!(
            config(&format!("{section}: [{entry}]")).entries[0]
                .ca
                .is_some()
        );
    }
}

#[test]
fn equal_by_content() {
    let bundle = |path: &str, pem: &[u8]| CaBundle {
        path: path.into(),
        pem: Arc::from(pem),
    };
    let bundles = [bundle("a", b"1"), bundle("b", b"1"), bundle("a", b"2")];
    assert_eq!(bundles[0], bundles[1]);
    assert_ne!(bundles[0], bundles[2]);
    let distinct: std::collections::HashSet<CaBundle> = bundles.into_iter().collect();
    assert_eq!(distinct.len(), 2);
    assert_eq!(format!("{:?}", bundle("a", b"1")), "CaBundle(\"a\")");
}

#[test]
fn certificates_that_are_not_there() {
    let check = |file: &str, expected: &str| {
        let said = |at: &str, key: &str| {
            format!(
                "{at}: error: {key}: {expected} (write the path of a PEM file with certificates)"
            )
        };
        let yaml = format!("upstream: {{ca-file: {file}}}");
        assert_eq!(complaints(&yaml), said("1:12", "upstream.ca-file"));
        let yaml = format!("claude-api-key: [{{api-key: k, ca-file: {file}}}]");
        assert_eq!(complaints(&yaml), said("1:31", "claude-api-key[0].ca-file"));
    };
    let cannot = |name: &str, why: &str| format!("cannot read the file {DATA}/{name}: {why}");
    check(
        "none",
        &cannot("none", "No such file or directory (os error 2)"),
    );
    check("tls", &cannot("tls", "Is a directory (os error 21)"));
    check(
        "secrets/empty",
        &format!("the file {DATA}/secrets/empty is empty"),
    );
    check(
        "tls/key.pem",
        &format!("the file {DATA}/tls/key.pem has no certificate in it"),
    );
    check(
        "/dev/zero",
        "cannot read the file /dev/zero: larger than 1 MiB",
    );
}
