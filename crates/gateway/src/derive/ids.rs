//! Stable ids for credentials that come from the configuration.

use cliproxy_config::{Entry, EntryKey, Section};
use cliproxy_core::CredentialId;
use rustc_hash::FxHashMap;
use sha2::{Digest as _, Sha256};

/// Makes the ids of one derivation.
///
/// An id follows from what the credential is, its key and its address, never from its place in the
/// file: reordering entries keeps their health and bindings, another key starts clean. It shows 48
/// bits of a digest, which tell nothing about a key. Same ids as the v7 layout, so that files that
/// name them keep their meaning.
#[derive(Debug, Default)]
pub(super) struct Ids(FxHashMap<String, u32>);

impl Ids {
    pub(super) fn next(&mut self, entry: &Entry, key: &EntryKey) -> CredentialId {
        let base = entry.base_url.as_ref().map_or("", |url| url.as_str());
        let base = base.trim_end_matches('/');
        let key = key.api_key.expose();
        match entry.section {
            Section::ClaudeApiKey => self.of("claude:apikey", &[key, base]),
            Section::CodexApiKey => self.of("codex:apikey", &[key, base]),
            Section::GeminiApiKey => self.of("gemini:apikey", &[key, base]),
            Section::VertexApiKey => self.of("vertex:apikey", &[key, base, ""]),
            Section::OpenaiCompatibility => {
                let kind = format!("openai-compatibility:{}", entry.name.to_ascii_lowercase());
                if key.is_empty() {
                    self.of(&kind, &[base])
                } else {
                    self.of(&kind, &[key, base, ""])
                }
            }
        }
    }

    fn of(&mut self, kind: &str, parts: &[&str]) -> CredentialId {
        let mut digest = Sha256::new();
        digest.update(kind);
        for part in parts {
            digest.update([0]);
            digest.update(part.trim());
        }
        let digest = digest.finalize();
        let short: String = digest
            .iter()
            .take(6)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let id = format!("{kind}:{short}");
        let seen = self.0.entry(id.clone()).or_default();
        let number = *seen;
        *seen += 1;
        if number == 0 {
            id.into()
        } else {
            format!("{id}-{number}").into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Ids;

    #[test]
    fn ids_of_keys_and_addresses() {
        let mut ids = Ids::default();
        let mut check = |kind: &str, parts: &[&str], id: &str| {
            assert_eq!(ids.of(kind, parts).as_str(), id);
        };
        check(
            "gemini:apikey",
            &["k1", "https://x"],
            "gemini:apikey:33aa5510f4bf",
        );
        check(
            "gemini:apikey",
            &["k1", "https://x"],
            "gemini:apikey:33aa5510f4bf-1",
        );
        check("gemini:apikey", &["k1", ""], "gemini:apikey:a0ff00d2ace0");
        check(
            "claude:apikey",
            &["sk-ant-1", ""],
            "claude:apikey:416ef9bc2b27",
        );
        check(
            "codex:apikey",
            &["sk-1", "https://api.openai.com/v1"],
            "codex:apikey:cf682a838539",
        );
        check(
            "openai-compatibility:openrouter",
            &["sk-or-1", "https://openrouter.ai/api/v1", ""],
            "openai-compatibility:openrouter:e61d0a8ce025",
        );
        check(
            "openai-compatibility:local",
            &["http://127.0.0.1:1234/v1"],
            "openai-compatibility:local:41e61eb0381c",
        );
        check(
            "vertex:apikey",
            &["vk", "https://v.example.com", "http://p:1"],
            "vertex:apikey:41223b7b61a4",
        );
    }
}
