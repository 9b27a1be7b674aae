//! Client keys, and what a file without them means.

use super::{complaints, config};
use crate::ClientKeyText;
use cliproxy_core::Secret;

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
        "api-keys:\n- {{name: alice, key: 0042}}\n- key-hash: sha256:{digest}\n- {{key: x, \
         disabled: true}}\n"
    );
    let [alice, hashed] = config(&yaml).client_keys.try_into().unwrap();
    assert_eq!(alice.name.as_deref(), Some("alice"));
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
