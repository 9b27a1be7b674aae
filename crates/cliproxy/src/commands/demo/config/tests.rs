//! The configuration loads, is safe, and says what the demo promises.

use super::{entry_name, text};
use crate::commands::demo::tour::{ACCOUNTS, Account};
use cliproxy_config::{Env, Overrides, Section, load_text, start_check};
use cliproxy_scripted_upstream::DEMO_KEYS;
use std::{collections::HashSet, path::Path};

#[test]
fn it_loads_without_a_word() {
    check(&[]);
    check(&ACCOUNTS);
}

fn check(guests: &[Account]) {
    let yaml = text("http://127.0.0.1:9", "sk-demo-1", 0, guests);
    let strict = Overrides {
        strict: Some(true),
        ..Overrides::default()
    };
    let loaded = load_text(&yaml, Path::new("."), &Env::default(), &strict).unwrap();
    assert_eq!(loaded.warnings.to_string(), "");
    assert_eq!(start_check(&loaded.config, false).to_string(), "");
    let config = loaded.config;
    assert!(config.listen.host.is_loopback());
    assert!(config.routing.session_affinity);
    assert_eq!(config.entries.len(), DEMO_KEYS.len() + 1 + guests.len());
    for section in [
        Section::ClaudeApiKey,
        Section::CodexApiKey,
        Section::GeminiApiKey,
        Section::OpenaiCompatibility,
    ] {
        let entries = config.entries.iter();
        let count = entries.filter(|entry| entry.section == section).count();
        assert!(count >= 4, "{section:?}: {count}");
    }
}

#[test]
fn every_account_has_a_name_of_its_own() {
    let names: HashSet<String> = DEMO_KEYS.iter().map(entry_name).collect();
    assert_eq!(names.len(), DEMO_KEYS.len());
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
    assert!(names.iter().all(|name| name.bytes().all(plain)));
}
