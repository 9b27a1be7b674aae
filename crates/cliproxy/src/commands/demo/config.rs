//! The configuration of the demo, as a user would write it.

#[cfg(test)]
mod tests;

use super::{
    models::{self, ALIAS, EMBEDDING, SCARCE, TOUR, TOUR_FALLBACK},
    tour::Account,
};
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::{DEMO_KEYS, DemoKey};
use std::fmt::Write as _;

/// The account behind [`SCARCE`], which the upstream has besides those of [`DEMO_KEYS`].
pub(super) const SCARCE_KEY: &str = "demo-scarce";

/// The configuration file, with these accounts besides its own. Text, not a value, so that the demo
/// goes through the loader.
pub(super) fn text(upstream: &str, client_key: &str, port: u16, guests: &[Account]) -> String {
    let mut yaml = format!(
        "\
port: {port}
api-keys:
  - name: demo
    key: {client_key}
routing:
  session-affinity: true
# The upstream is on this machine, whatever proxy the environment names.
proxy-url: direct
shutdown-timeout: 2s
"
    );
    for protocol in Protocol::ALL {
        section(&mut yaml, protocol, upstream, guests);
    }
    if !guests.is_empty() {
        let fallbacks = format_args!("fallbacks: {{{TOUR}: [{{model: {TOUR_FALLBACK}}}]}}\n");
        put(&mut yaml, fallbacks);
    }
    yaml
}

/// What log lines and response headers call an account.
pub(super) fn entry_name(account: &DemoKey) -> String {
    account.label.replace(' ', "-").to_ascii_lowercase()
}

fn section(yaml: &mut String, protocol: Protocol, upstream: &str, guests: &[Account]) {
    let (name, base) = match protocol {
        Protocol::Chat => ("openai-compatibility", "/v1"),
        Protocol::Claude => ("claude-api-key", ""),
        Protocol::Gemini => ("gemini-api-key", ""),
        Protocol::Responses => ("codex-api-key", "/v1"),
    };
    let base = format!("{upstream}{base}");
    let model = models::of(protocol);
    let mut served = vec![(model, None), (model, Some(ALIAS))];
    if protocol == Protocol::Chat {
        served.push((EMBEDDING, None));
    }
    put(yaml, format_args!("{name}:\n"));
    for account in DEMO_KEYS.iter().filter(|key| key.protocol == protocol) {
        entry(yaml, protocol, &entry_name(account), account.key, &base);
        models_of(yaml, &served);
    }
    if protocol == Protocol::Chat {
        entry(yaml, protocol, SCARCE, SCARCE_KEY, &base);
        models_of(yaml, &[(model, Some(SCARCE))]);
        for account in guests {
            entry(yaml, protocol, account.name, account.key, &base);
            put(yaml, format_args!("    priority: {}\n", account.priority));
            models_of(yaml, &[(account.model, None)]);
        }
    }
}

fn entry(yaml: &mut String, protocol: Protocol, name: &str, key: &str, base: &str) {
    put(yaml, format_args!("  - name: {name}\n"));
    put(yaml, format_args!("    base-url: {base}\n"));
    match protocol {
        Protocol::Chat => put(
            yaml,
            format_args!("    api-key-entries:\n      - api-key: {key}\n"),
        ),
        _ => put(yaml, format_args!("    api-key: {key}\n")),
    }
}

fn models_of(yaml: &mut String, served: &[(&str, Option<&str>)]) {
    yaml.push_str("    models:\n");
    for (name, alias) in served {
        match alias {
            None => put(yaml, format_args!("      - name: {name}\n")),
            Some(alias) => put(
                yaml,
                format_args!("      - {{name: {name}, alias: {alias}}}\n"),
            ),
        }
    }
}

fn put(yaml: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a `String` cannot fail.
    let _ = yaml.write_fmt(line);
}
