//! Files of other versions.

use super::{DATA, complaints, config};
use crate::{Env, Overrides, Severity, load_text};
use std::{collections::BTreeSet, fs, path::Path};

/// Keys of `file` that must be named, each with exactly one warning, and no other problem.
fn check(file: &str, expected: &[&str]) {
    let text = fs::read_to_string(format!("{DATA}/{file}")).unwrap();
    let env = Env::from_iter([("HOME", "/home/a")]);
    let loaded = load_text(&text, Path::new(DATA), &env, &Overrides::default());
    let loaded = loaded.unwrap_or_else(|problems| panic!("{problems}"));
    let named: Vec<&str> = loaded
        .warnings
        .iter()
        .map(|problem| &*problem.key)
        .collect();
    let once: BTreeSet<&str> = named.iter().copied().collect();
    assert_eq!(named.len(), once.len(), "{}", loaded.warnings);
    assert_eq!(once, expected.iter().copied().collect(), "{file}");
    for problem in &loaded.warnings {
        assert_eq!(problem.severity, Severity::Warning, "{problem}");
        assert!(problem.message.starts_with("accepted"), "{problem}");
    }
}

#[test]
fn version_7() {
    check(
        "v7.yaml",
        &[
            "ampcode",
            "antigravity-signature-bypass-strict",
            "antigravity-signature-cache-enabled",
            "claude-api-key[1].cloak",
            "claude-api-key[1].experimental-cch-signing",
            "claude-header-defaults",
            "codex-api-key[0].websockets",
            "codex-header-defaults",
            "commercial-mode",
            "disable-image-generation",
            "enable-gemini-cli-endpoint",
            "error-logs-max-files",
            "logging-to-file",
            "logs-max-total-size-mb",
            "nonstream-keepalive-interval",
            // For both of them.
            "payload",
            "pprof",
            "quota-exceeded.antigravity-credits",
            "quota-exceeded.switch-preview-model",
            "quota-exceeded.switch-project",
            "redis-usage-queue-retention-seconds",
            "remote-management",
            "request-log",
            "usage-statistics-enabled",
            "ws-auth",
        ],
    );
}

#[test]
fn after_version_7() {
    check(
        "later.yaml",
        &[
            "antigravity.sensitive-words",
            "claude-api-key[0].fingerprint-profile",
            "claude-api-key[0].models[0].force-mapping",
            "claude-api-key[0].rebuild-mid-system-message",
            "claude-code.disable-cloaking-model-list",
            "codex-api-key[0].alpha-search",
            "codex.disable-codex-cloaking",
            "codex.identity-confuse",
            "codex.live-media-relay",
            "codex.optimize-multi-agent-v2",
            "codex.stream-bootstrap-buffering",
            "credential-concurrency",
            "credential-in-flight",
            "disable-claude-cloak-mode",
            "gpt-image-2-base-model",
            "home",
            "interactions-api-key",
            "openai-compatibility[0].models[0].image",
            "openai-compatibility[0].models[0].is-compat",
            "openai-compatibility[0].support-prompt-cache-key",
            "plugins",
            "video-result-auth-cache-ttl",
            "xai",
            "xai-api-key",
        ],
    );
}

#[test]
fn client_keys_of_auth_providers() {
    let keys = |yaml: &str| -> Vec<String> {
        let keys = config(yaml).client_keys;
        keys.iter()
            .map(|key| match &key.key {
                crate::ClientKeyText::Plain(key) => key.expose().to_owned(),
                crate::ClientKeyText::Sha256(_) => "digest".to_owned(),
            })
            .collect()
    };
    let auth = "auth:\n  providers:\n  - {name: d, type: config-api-key, api-keys: [007, b]}\n  - \
                {type: other, api-keys: [c]}\n";
    assert_eq!(keys(auth), ["007", "b"]);
    assert_eq!(
        complaints(auth),
        "1:1: warning: auth: an old way to give client keys (move the keys to `api-keys`)"
    );
    assert_eq!(keys(&format!("api-keys: []\n{auth}")), ["007", "b"]);
    let both = format!("api-keys: [a]\n{auth}");
    assert_eq!(keys(&both), ["a"]);
    assert_eq!(
        complaints(&both),
        "2:1: warning: auth: accepted and ignored: `api-keys` counts (remove it)"
    );
}

#[test]
fn keys_in_their_old_places() {
    let yaml = "
generative-language-api-key: [AIza-1, 0042]
gemini-api-key: [{api-key: AIza-0}]
openai-compatibility:
- {name: a, base-url: 'https://a', api-keys: [k1, k2], models: [{name: m}]}
- {name: b, base-url: 'https://b', api-keys: [k1], api-key-entries: [{api-key: k3}], models: [{name: m}]}
";
    let keys: Vec<String> = config(yaml)
        .entries
        .iter()
        .flat_map(|entry| &entry.keys)
        .map(|key| key.api_key.expose().to_owned())
        .collect();
    assert_eq!(keys, ["AIza-0", "AIza-1", "0042", "k1", "k2", "k3"]);
    assert_eq!(
        complaints(yaml),
        "2:1: warning: generative-language-api-key: an old way to give Gemini keys (move them to \
         `gemini-api-key` as `- api-key: …`)\n\
         5:36: warning: openai-compatibility[0].api-keys: an old way to give the keys of a \
         provider (move them to `api-key-entries` as `- api-key: …`)\n\
         6:36: warning: openai-compatibility[1].api-keys: an old way to give the keys of a \
         provider (move them to `api-key-entries` as `- api-key: …`)"
    );
}

#[test]
fn removed_providers() {
    let yaml = "qwen-api-key: [a]\noauth-excluded-models: {QWEN: [x], codex: [y]}\n\
                oauth-model-alias: {iflow: []}\nopenai-compatibility:\n\
                - {name: qwen, base-url: 'https://x', models: [{name: qwen-max}]}\n";
    assert_eq!(
        complaints(yaml),
        "1:1: warning: qwen-api-key: the qwen provider was removed, this is ignored, and so is \
         oauth-excluded-models.QWEN (remove it)\n\
         3:21: warning: oauth-model-alias.iflow: the iflow provider was removed, this is ignored \
         (remove it)"
    );
}
