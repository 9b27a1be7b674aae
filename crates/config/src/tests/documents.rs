//! The example, the file that `init` writes, and the schema.

use super::config;
use crate::{Config, Env, Loaded, Overrides, example, init_text, load_text, schema, start_check};
use serde_json::Value;
use std::{collections::BTreeSet, path::Path};

/// Loads a document with the variables that the examples use.
fn load(yaml: &str) -> Loaded {
    let env: Env = [
        "ALICE_KEY",
        "ANTHROPIC_API_KEY",
        "CODEX_CLIENT_ID",
        "CODEX_CLIENT_SECRET",
        "GATEWAY_KEY",
        "GEMINI_API_KEY",
        "OPENAI_API_KEY",
        "OPENROUTER_API_KEY",
        "OPENROUTER_API_KEY_2",
        "VERTEX_API_KEY",
    ]
    .into_iter()
    .map(|name| (name, format!("value of {name}")))
    .collect();
    let yaml = yaml.replace("file:secrets/anthropic.key", "file:secrets/key");
    load_text(&yaml, Path::new(super::DATA), &env, &Overrides::default())
        .unwrap_or_else(|problems| panic!("{problems}"))
}

/// Switches on what is switched off: lines that begin with `#` and no space, or with two.
fn switched_on(yaml: &str) -> String {
    let line = |line: &str| match line.strip_prefix('#') {
        Some(rest) if !rest.starts_with(' ') || rest.starts_with("  ") => rest.to_owned(),
        _ => line.to_owned(),
    };
    yaml.lines().map(|text| line(text) + "\n").collect()
}

#[test]
fn the_example_states_the_defaults() {
    let loaded = load(example());
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    let defaults = format!("{:?}", Config::default());
    assert_eq!(format!("{:?}", loaded.config), defaults);
}

#[test]
fn what_the_example_switches_off_works() {
    let loaded = load(&switched_on(example()));
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    assert_eq!(loaded.config.client_keys.len(), 3);
    assert_eq!(loaded.config.entries.len(), 7);
}

#[test]
fn the_example_has_every_key() {
    let schema: Value = serde_json::from_str(&schema()).unwrap();
    let mut keys = BTreeSet::new();
    properties(&schema, &mut keys);
    // Other spellings, which the example does not teach.
    assert!(keys.remove("claude-code-session-affinity"));
    assert!(keys.remove("match-regex"));
    assert!(keys.remove("max-context-length"));
    // Without effect as yet.
    for key in [
        "oauth-model-alias",
        "oauth-excluded-models",
        "oauth-request-scoped-errors",
        "fork",
    ] {
        assert!(keys.remove(key), "{key}");
    }
    assert!(keys.contains("api-key-entries") && keys.contains("key-hash"));
    let example = switched_on(example());
    for key in keys {
        assert!(
            example.contains(&format!("{key}:")),
            "{key} is not in the example"
        );
    }
}

/// Every property name in a schema.
fn properties(schema: &Value, keys: &mut BTreeSet<String>) {
    match schema {
        Value::Object(members) => {
            for (name, value) in members {
                if let ("properties", Value::Object(properties)) = (&**name, value) {
                    keys.extend(properties.keys().cloned());
                }
                properties(value, keys);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| properties(item, keys)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_schema_is_stored() {
    let stored = include_str!("../../../../config/config.schema.json");
    assert!(
        stored == schema(),
        "outdated: cargo run -p cliproxy-config --example schema > config/config.schema.json"
    );
}

#[test]
fn init_writes_a_file_that_can_be_used() {
    for key in ["cp-4d1f0a9c", "it's", "007", "yes", "{}: #", "\"", "\\n"] {
        let text = init_text(key);
        let loaded = load(&text);
        assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
        let found = &loaded.config.client_keys[0].key;
        assert!(*found == crate::ClientKeyText::Plain(key.into()), "{key}");
        assert!(loaded.config.routing.session_affinity);
        let found = start_check(&loaded.config, false).to_string();
        assert!(found.starts_with("warning: no provider entries"), "{found}");
        let loaded = load(&switched_on(&text));
        assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
        assert_eq!(loaded.config.entries.len(), 5);
    }
    assert!(
        !config("{}").routing.session_affinity,
        "off where a file does not mention it"
    );
}
