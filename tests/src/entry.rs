//! Configurations for tests.

use crate::{CLIENT_KEY, MODEL};
use cliproxy_core::Protocol;
use std::fmt::Write as _;

/// A provider entry with one key. The key of entry `a` is `sk-a`.
#[derive(Clone, Debug)]
#[must_use]
pub struct Entry {
    protocol: Protocol,
    name: String,
    key: String,
    base_url: String,
    models: String,
    lines: String,
}

impl Entry {
    /// An entry that serves [`MODEL`] from the upstream at `base_url`.
    pub fn new(protocol: Protocol, name: &str, base_url: &str) -> Self {
        Self {
            protocol,
            name: name.to_owned(),
            key: format!("sk-{name}"),
            base_url: base_url.to_owned(),
            models: format!("[{{name: {MODEL}}}]"),
            lines: String::new(),
        }
    }

    /// Another key.
    pub fn key(mut self, key: &str) -> Self {
        key.clone_into(&mut self.key);
        self
    }

    /// Other models, as a YAML list; empty for no `models` at all.
    pub fn models(mut self, models: &str) -> Self {
        models.clone_into(&mut self.models);
        self
    }

    /// One more setting of the entry, as a line of YAML.
    pub fn with(mut self, line: &str) -> Self {
        _ = writeln!(self.lines, "    {line}");
        self
    }

    const fn section(&self) -> &'static str {
        match self.protocol {
            Protocol::Chat => "openai-compatibility",
            Protocol::Claude => "claude-api-key",
            Protocol::Gemini => "gemini-api-key",
            Protocol::Responses => "codex-api-key",
        }
    }

    fn yaml(&self) -> String {
        let Self {
            name,
            key,
            base_url,
            models,
            lines,
            ..
        } = self;
        let (key, version) = match self.protocol {
            Protocol::Chat => (format!("api-key-entries: [{{api-key: {key}}}]"), "/v1"),
            Protocol::Responses => (format!("api-key: {key}"), "/v1"),
            Protocol::Claude | Protocol::Gemini => (format!("api-key: {key}"), ""),
        };
        let models = match models.as_str() {
            "" => String::new(),
            models => format!("    models: {models}\n"),
        };
        format!("  - name: {name}\n    {key}\n    base-url: {base_url}{version}\n{models}{lines}")
    }
}

/// A configuration with these entries. `settings` are lines of YAML; without `api-keys` among them
/// [`CLIENT_KEY`] is the only client key.
#[must_use]
pub fn config(settings: &str, entries: &[Entry]) -> String {
    let mut yaml = format!("{settings}\n");
    if !settings.contains("api-keys:") {
        _ = writeln!(yaml, "api-keys: [{CLIENT_KEY}]");
    }
    let mut sections: Vec<_> = entries.iter().map(Entry::section).collect();
    sections.sort_unstable();
    sections.dedup();
    for section in sections {
        _ = writeln!(yaml, "{section}:");
        for entry in entries.iter().filter(|entry| entry.section() == section) {
            yaml += &entry.yaml();
        }
    }
    yaml
}
