//! The entries of a provider section.

use super::{Resolver, models::excluded_models, text};
use crate::{
    CaBundle, Entry, EntryKey, HeaderValueSpec, Section,
    raw::{RawEntry, RawEntryKey},
    tree::Spot,
    weight::Weight,
};
use cliproxy_core::{Deadlines, Secret};
use cliproxy_proxyutil::ProxySetting;
use std::collections::{HashMap, HashSet};

/// What entries take from the global settings.
pub(super) struct Inherited {
    pub(super) deadlines: Deadlines,
    pub(super) ca: Option<CaBundle>,
}

impl Resolver<'_> {
    /// The usable entries of a section. Entries for the same key, address, proxy, prefix and
    /// headers are one entry; the first counts.
    pub(super) fn section(
        &mut self,
        section: Section,
        list: Vec<Option<RawEntry>>,
        spot: &Spot<'_>,
        global: &Inherited,
    ) -> Vec<Entry> {
        let mut entries = Vec::with_capacity(list.len());
        let mut seen = HashMap::new();
        for (index, raw) in list.into_iter().enumerate() {
            let spot = spot.index(index);
            let Some(raw) = raw else {
                self.report
                    .warning(&spot, "an empty entry, which is dropped", "remove it");
                continue;
            };
            let Some(entry) = self.entry(section, index, raw, &spot, global) else {
                continue;
            };
            let first = *seen.entry(identity(&entry)).or_insert(index);
            if first == index {
                entries.push(entry);
            } else {
                let message = format!("the same as {section}[{first}], and dropped");
                self.report.warning(&spot, message, "remove one of them");
            }
        }
        entries
    }

    fn entry(
        &mut self,
        section: Section,
        index: usize,
        mut raw: RawEntry,
        spot: &Spot<'_>,
        global: &Inherited,
    ) -> Option<Entry> {
        self.misplaced(section, spot);
        let dialect = self.dialect(section, &mut raw, spot);
        let compatible = section == Section::OpenaiCompatibility;
        let allow_plain_http = raw.allow_plain_http == Some(true);
        let base_url = self.base_url(raw.base_url, allow_plain_http, &spot.key("base-url"));
        if base_url.is_none() && (compatible || section == Section::CodexApiKey) {
            let remedy = match section {
                Section::CodexApiKey => "for OpenAI itself write https://api.openai.com/v1",
                _ => "write the address that its documentation gives, up to /v1",
            };
            let message = "missing; without it the entry would be dropped";
            self.report.error(&spot.key("base-url"), message, remedy);
        }
        let name = self.name(section, index, raw.name, spot);
        let Weight(weight) = raw.weight.unwrap_or_default();
        let keys = if compatible {
            self.entry_keys(raw.api_key_entries, weight, &spot.key("api-key-entries"))
        } else {
            vec![self.single_key(raw.api_key.as_deref(), weight, spot)?]
        };
        let models = self.models(section, raw.models, &spot.key("models"));
        let disabled = raw.disabled == Some(true);
        let discover_models = raw.discover_models == Some(true);
        if compatible && models.is_none() && !discover_models && !disabled {
            self.report.warning(
                &spot.key("models"),
                "none are given, so the entry serves nothing",
                "list them, or set `discover-models: true`",
            );
        }
        Some(Entry {
            section,
            index,
            name,
            keys,
            base_url,
            prefix: self.prefix(raw.prefix, &spot.key("prefix")),
            headers: self.headers(raw.headers, &spot.key("headers")),
            models,
            excluded_models: excluded_models(raw.excluded_models),
            priority: raw.priority.unwrap_or(0),
            weight,
            disabled,
            disable_cooling: raw.disable_cooling,
            // Negative means the global setting, as in v7.
            request_retry: raw
                .request_retry
                .and_then(|retries| u32::try_from(retries).ok()),
            error_rules: self.error_rules(
                raw.request_scoped_errors,
                &spot.key("request-scoped-errors"),
            ),
            proxy: self.proxy_of_requests(raw.proxy_url.as_deref(), &spot.key("proxy-url")),
            ca: self
                .ca(raw.ca_file, &spot.key("ca-file"))
                .or_else(|| global.ca.clone()),
            deadlines: self.timeouts(&raw.timeouts, &global.deadlines, &spot.key("timeouts")),
            discover_models,
            api: raw.api.unwrap_or_default(),
            dialect,
            force_stream_usage: raw.force_stream_usage.unwrap_or_default(),
            auth_header: raw.auth_header,
            query_params: raw
                .query_params
                .into_iter()
                .map(|(name, value)| (name, value.unwrap_or_default()))
                .collect(),
            allow_plain_http,
        })
    }

    fn name(
        &mut self,
        section: Section,
        index: usize,
        given: Option<String>,
        spot: &Spot<'_>,
    ) -> String {
        let name = text(given);
        if name.is_none() && section == Section::OpenaiCompatibility {
            let message = "missing; the provider is called by its position";
            self.report
                .warning(&spot.key("name"), message, "give the provider a name");
        }
        name.unwrap_or_else(|| format!("{section}[{index}]"))
    }

    fn single_key(
        &mut self,
        given: Option<&str>,
        weight: u32,
        spot: &Spot<'_>,
    ) -> Option<EntryKey> {
        let spot = spot.key("api-key");
        let Some(key) = self.secret_of_requests(given, &spot) else {
            let message = "empty, so the entry is dropped";
            self.report.warning(&spot, message, "");
            return None;
        };
        Some(EntryKey {
            api_key: Secret::from(key),
            proxy: ProxySetting::Inherit,
            weight,
        })
    }

    /// The keys of a compatible provider; one empty key if there are none.
    fn entry_keys(
        &mut self,
        given: Vec<Option<RawEntryKey>>,
        weight: u32,
        list: &Spot<'_>,
    ) -> Vec<EntryKey> {
        let mut keys = Vec::with_capacity(given.len().max(1));
        let mut seen = HashSet::new();
        for (index, raw) in given.into_iter().enumerate() {
            let Some(raw) = raw else { continue };
            let spot = list.index(index);
            let key_spot = spot.key("api-key");
            let Some(api_key) = self.secret_of_requests(raw.api_key.as_deref(), &key_spot) else {
                self.report
                    .warning(&key_spot, "empty, so the key is dropped", "");
                continue;
            };
            let proxy = self.proxy_of_requests(raw.proxy_url.as_deref(), &spot.key("proxy-url"));
            if !seen.insert((api_key.clone(), proxy.clone())) {
                self.report
                    .warning(&spot, "the same key again", "remove one of them");
                continue;
            }
            keys.push(EntryKey {
                api_key: Secret::from(api_key),
                proxy,
                weight: raw.weight.map_or(weight, |own| own.0),
            });
        }
        if keys.is_empty() {
            keys.push(EntryKey {
                api_key: Secret::from(""),
                proxy: ProxySetting::Inherit,
                weight,
            });
        }
        keys
    }

    /// Warns about keys that mean something in other sections only.
    fn misplaced(&mut self, section: Section, spot: &Spot<'_>) {
        const COMPATIBLE: &str = "it is for `openai-compatibility`";
        const MANY_KEYS: (&str, &str) = ("api-key-entries", "make an entry of each key");
        const AUTH_HEADER: (&str, &str) = (
            "auth-header",
            "it is for `claude-api-key` and `openai-compatibility`",
        );
        const CHAT: [(&str, &str); 7] = [
            ("api", COMPATIBLE),
            ("force-stream-usage", COMPATIBLE),
            ("max-tokens-field", COMPATIBLE),
            ("role-developer", COMPATIBLE),
            ("drop-params", COMPATIBLE),
            ("rename-params", COMPATIBLE),
            ("repair", COMPATIBLE),
        ];
        let (own, chat): (&[_], &[_]) = match section {
            Section::OpenaiCompatibility => {
                (&[("api-key", "list it under `api-key-entries`")], &[])
            }
            Section::ClaudeApiKey => (&[MANY_KEYS], &CHAT),
            Section::CodexApiKey | Section::GeminiApiKey | Section::VertexApiKey => {
                (&[MANY_KEYS, AUTH_HEADER], &CHAT)
            }
        };
        let elsewhere = own.iter().chain(chat);
        for (key, remedy) in elsewhere {
            let spot = spot.key(key);
            if spot.is_given() {
                let message = format!("has no effect under `{section}`");
                self.report.warning(&spot, message, *remedy);
            }
        }
    }
}

/// What makes two entries of a section the same credential.
fn identity(entry: &Entry) -> impl Eq + std::hash::Hash + use<> {
    let secrets = |key: &EntryKey| (key.api_key.expose().to_owned(), key.proxy.clone());
    let headers = |(name, value): &(String, HeaderValueSpec)| match value {
        HeaderValueSpec::FromClient(client) => (name.clone(), format!("${client}")),
        HeaderValueSpec::Literal(text) => (name.clone(), text.expose().to_owned()),
    };
    (
        entry.keys.iter().map(secrets).collect::<Vec<_>>(),
        entry.headers.iter().map(headers).collect::<Vec<_>>(),
        entry.base_url.clone(),
        entry.proxy.clone(),
        entry.prefix.clone(),
        // Compatible providers with one key may differ in nothing but their name.
        (entry.section == Section::OpenaiCompatibility).then(|| entry.name.clone()),
    )
}
