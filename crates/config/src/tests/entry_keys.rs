//! The keys of entries.

use super::{complaints, config};
use crate::{Entry, Section};

/// The entries of a file without errors.
fn entries(yaml: &str) -> Vec<Entry> {
    config(yaml).entries
}

#[test]
fn keys_that_differ_in_case_are_two() {
    let keys = |yaml: &str| -> Vec<String> {
        assert_eq!(complaints(yaml), "", "{yaml}");
        let keys = entries(yaml).into_iter().flat_map(|entry| entry.keys);
        keys.map(|key| key.api_key.expose().to_owned()).collect()
    };
    for section in Section::ALL {
        if section == Section::OpenaiCompatibility {
            continue;
        }
        let entry = |key: &str| format!("{{api-key: {key}, base-url: 'https://x'}}");
        let yaml = format!("{section}: [{}, {}]", entry("sk-abc"), entry("sk-ABC"));
        assert_eq!(keys(&yaml), ["sk-abc", "sk-ABC"]);
    }
    let compatible = |entries: &str| {
        let entries = entries.replace("URL", "base-url: 'https://x', models: [{name: m}]");
        keys(&format!("openai-compatibility: [{entries}]"))
    };
    let one = "{name: a, URL, api-key-entries: [{api-key: sk-abc}, {api-key: sk-ABC}]}";
    assert_eq!(compatible(one), ["sk-abc", "sk-ABC"]);
    let two = "{name: a, URL, api-key-entries: [{api-key: sk-abc}]}, {name: a, URL, \
               api-key-entries: [{api-key: sk-ABC}]}";
    assert_eq!(compatible(two), ["sk-abc", "sk-ABC"]);
}

#[test]
fn a_server_that_wants_no_key_has_models_like_any_other() {
    let check = |keys: &str, said: &str| {
        let yaml = format!(
            "
openai-compatibility:
- name: local
  base-url: http://127.0.0.1:11434/v1
  models: [{{name: x, alias: Pool}}, {{name: y, alias: Pool}}, {{name: z}}]
  excluded-models: [w-*]
  prefix: p
{keys}"
        );
        assert_eq!(complaints(&yaml), said, "{yaml}");
        let [entry] = entries(&yaml).try_into().unwrap();
        assert_eq!(entry.keys.len(), 1, "{yaml}");
        assert!(entry.keys[0].api_key.is_empty(), "{yaml}");
        let models = entry.models.unwrap();
        let names: Vec<(&str, Option<&str>)> = models
            .iter()
            .map(|model| (&*model.name, model.alias.as_deref()))
            .collect();
        assert_eq!(
            names,
            [("x", Some("Pool")), ("y", Some("Pool")), ("z", None)],
            "{yaml}"
        );
        assert_eq!(entry.excluded_models, ["w-*"]);
        assert_eq!(entry.prefix.as_deref(), Some("p"));
    };
    check("", "");
    check("  api-key-entries:", "");
    check("  api-key-entries: []", "");
    check("  api-key-entries: [~]", "");
    // What was to be a key and is none is not sent as one.
    let empty = "warning: openai-compatibility[0].api-key-entries[0].api-key: empty, so the key is \
                 dropped";
    check(
        "  api-key-entries: [{api-key: ' '}]",
        &format!("8:22: {empty}"),
    );
    check(
        "  api-key-entries: [{proxy-url: direct}]",
        &format!("8:21: {empty}"),
    );
}

#[test]
fn keys_that_are_not_there() {
    let check = |key: &str, expected: &str| {
        let yaml = format!("claude-api-key: [{{api-key: {key}}}, {{api-key: k}}]");
        let place = "1:19:";
        assert_eq!(
            complaints(&yaml),
            format!(
                "{place} {}",
                expected.replace("KEY", "claude-api-key[0].api-key")
            )
        );
        let yaml = format!(
            "openai-compatibility: [{{api-key-entries: [{{api-key: {key}}}, {{api-key: k}}], name: \
             a, base-url: 'https://a', models: [{{name: m}}]}}]"
        );
        let key = "openai-compatibility[0].api-key-entries[0].api-key";
        let expected = expected.replace("KEY", key).replace("the entry", "the key");
        assert_eq!(complaints(&yaml), format!("1:44: {expected}"));
        if expected.starts_with("warning") {
            let [entry] = entries(&yaml).try_into().unwrap();
            let [key] = entry.keys.try_into().unwrap();
            assert_eq!(key.api_key.expose(), "k");
        }
    };
    check("''", "warning: KEY: empty, so the entry is dropped");
    check("' '", "warning: KEY: empty, so the entry is dropped");
    check("~", "warning: KEY: empty, so the entry is dropped");
    check(
        "env:NONE",
        "error: KEY: the environment variable NONE is not set",
    );
    check(
        "file:secrets/empty",
        "error: KEY: the file secrets/empty is empty",
    );
}
