//! Client keys, and what a file without them means.

use super::{DATA, complaints, config};
use crate::{ClientKeyText, Overrides, load_text};
use cliproxy_core::Secret;
use std::path::Path;

#[test]
fn spellings() {
    let check = |yaml: &str, key: &str, line: u32| {
        assert_eq!(complaints(yaml), "", "{yaml}");
        let [found] = config(yaml).client_keys.try_into().unwrap();
        assert_eq!((found.name, found.line), (None, Some(line)), "{yaml}");
        assert_eq!(found.key, ClientKeyText::Plain(Secret::from(key)), "{yaml}");
    };
    // What looks like something else in YAML is a text here.
    for (written, key) in [
        ("007", "007"),
        ("12345", "12345"),
        ("yes", "yes"),
        ("null_", "null_"),
        ("1e5", "1e5"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("-0", "-0"),
        ("+1.50", "+1.50"),
        (".inf", ".inf"),
        (".NaN", ".NaN"),
        ("99999999999999999999999", "99999999999999999999999"),
        ("2024-01-01", "2024-01-01"),
        ("'~'", "~"),
        ("'null'", "null"),
        ("!!str 12", "12"),
        ("!!int 13", "13"),
        ("\"a\\x62\"", "ab"),
        ("sk-ünï", "sk-ünï"),
        ("' padded '", "padded"),
    ] {
        check(&format!("api-keys:\n  - {written} # é"), key, 2);
    }
    // A byte order mark does not shift them.
    check("\u{feff}api-keys: [007]", "007", 1);
}

#[test]
fn long_form() {
    let digest = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    let yaml = format!(
        "api-keys:\n- {{name: alice, key: 0042, max-concurrency: 3}}\n- key-hash: sha256:{digest}\n- {{key: x, \
         disabled: true}}\n"
    );
    let [alice, hashed] = config(&yaml).client_keys.try_into().unwrap();
    assert_eq!(alice.name.as_deref(), Some("alice"));
    assert_eq!(
        (alice.max_concurrency, hashed.max_concurrency),
        (Some(3), None)
    );
    assert_eq!(alice.key, ClientKeyText::Plain(Secret::from("0042")));
    let ClientKeyText::Sha256(bytes) = hashed.key else {
        panic!("a digest");
    };
    assert_eq!((bytes[0], bytes[31], hashed.line), (0x2c, 0x24, Some(3)));
}

#[test]
fn dropped() {
    // Trimmed, the first of equal ones, without empty ones.
    let yaml = "api-keys: [' a ', a, '', ~, b, {key: b}, {name: nobody}]";
    assert_eq!(config(yaml).client_keys.len(), 2);
    assert_eq!(
        complaints(yaml),
        "1:19: warning: api-keys[1]: the same key again (remove one of them)\n\
         1:22: warning: api-keys[2]: an empty key, which is dropped (remove it)\n\
         1:26: warning: api-keys[3]: an empty key, which is dropped (remove it)\n\
         1:32: warning: api-keys[5]: the same key again (remove one of them)\n\
         1:42: warning: api-keys[6]: an empty key, which is dropped (remove it)"
    );
}

#[test]
fn case_counts() {
    let keys = config("api-keys: [sk-abcdef, sk-ABCDEF, Sk-abcdef]").client_keys;
    let texts: Vec<ClientKeyText> = keys.into_iter().map(|key| key.key).collect();
    let plain = |text: &str| ClientKeyText::Plain(Secret::from(text));
    assert_eq!(texts, ["sk-abcdef", "sk-ABCDEF", "Sk-abcdef"].map(plain));
}

/// A key that was configured and is not there matches nothing, and does not open the gateway.
#[test]
fn a_key_that_is_not_there() {
    // What is sure to be a mistake keeps the gateway from starting.
    let refused = |key: &str, expected: &str| {
        let env = [("BLANK", " \n"), ("EMPTY", "")].into_iter().collect();
        let yaml = format!("api-keys: [{key}]");
        let loaded = load_text(&yaml, Path::new(DATA), &env, &Overrides::default());
        let problems = loaded.unwrap_err().to_string();
        assert_eq!(problems, format!("1:12: error: api-keys[0]: {expected}"));
    };
    refused("env:NONE", "the environment variable NONE is not set");
    refused(
        "{key: env:NONE}",
        "the environment variable NONE is not set",
    );
    refused("env:EMPTY", "the environment variable EMPTY is empty");
    refused("env:BLANK", "the environment variable BLANK is empty");
    refused("'env:'", "the environment variable  is not set");
    refused("file:secrets/empty", "the file secrets/empty is empty");
    // The rest is nobody's key.
    let digest_of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    for nothing in [
        "''".to_owned(),
        "\"\\t \"".to_owned(),
        "{key: ''}".to_owned(),
        "{key: ~, name: nobody}".to_owned(),
        "{key: ' ', key-hash: ''}".to_owned(),
        "{}".to_owned(),
        format!("{{key-hash: 'sha256:{digest_of_nothing}'}}"),
    ] {
        let yaml = format!("api-keys: [{nothing}]");
        let config = config(&yaml);
        assert_eq!(config.client_keys, [], "{yaml}");
        assert!(!config.open, "{yaml}");
        assert_eq!(
            complaints(&yaml),
            "1:12: warning: api-keys[0]: an empty key, which is dropped (remove it)"
        );
    }
}

#[test]
fn open_only_without_any() {
    let check = |yaml: &str, expected: bool| {
        let config = config(yaml);
        assert!(config.client_keys.is_empty(), "{yaml}");
        assert_eq!(config.open, expected, "{yaml}");
    };
    check("{}", true);
    check("api-keys:", true);
    check("api-keys: []", true);
    check("auth: {providers: []}", true);
    check("api-keys: [{key: k, disabled: true}]", false);
    check("api-keys: ['']", false);
    check("api-keys: [~]", false);
    check(
        "auth: {providers: [{type: config-api-key, api-keys: ['']}]}",
        false,
    );
    assert!(!config("api-keys: [k]").open);
    assert!(!config("auth: {providers: [{type: config-api-key, api-keys: [k]}]}").open);
}
