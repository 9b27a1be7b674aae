//! `oauth` and `oauth-…`: what is said about credentials that come from logins.

use super::{Resolver, models::excluded_models, text};
use crate::{
    ModelAlias, OauthSettings,
    nearest::nearest,
    raw::{RawErrorRule, RawModelAlias, RawOauthClient},
    tree::Spot,
    unknown::removed_provider,
};
use std::collections::{BTreeMap, HashSet};

/// The providers with a login.
const PROVIDERS: [&str; 7] = [
    "aistudio",
    "claude",
    "codex",
    "gemini-cli",
    "kimi",
    "vertex",
    "xai",
];

/// How a provider is called, as credential files spell it in `type`.
pub(super) fn provider_id(key: &str) -> String {
    key.trim().to_lowercase()
}

/// Whether the gateway knows nothing of a provider: neither how it signs in, nor that it is none of
/// its own. Files of type `gemini` are those of `gemini-cli`, and read nothing that is said of `gemini`.
pub(super) fn is_unheard_of(provider: &str) -> bool {
    !PROVIDERS.contains(&provider)
        && !matches!(provider, "antigravity" | "gemini")
        && removed_provider(provider).is_none()
}

/// The known provider that an unknown name most likely means.
pub(super) fn meant(provider: &str) -> Option<&'static str> {
    nearest(provider, PROVIDERS.into_iter())
}

type ByProvider<T> = BTreeMap<String, Vec<Option<T>>>;

/// What the file has under `oauth` and `oauth-…`.
pub(super) struct RawOauth {
    pub(super) clients: BTreeMap<String, Option<RawOauthClient>>,
    pub(super) model_alias: ByProvider<RawModelAlias>,
    pub(super) excluded_models: ByProvider<String>,
    pub(super) request_scoped_errors: ByProvider<RawErrorRule>,
}

impl Resolver<'_> {
    /// The settings of each provider that something is said about.
    pub(super) fn oauth(
        &mut self,
        raw: RawOauth,
        root: &Spot<'_>,
    ) -> BTreeMap<String, OauthSettings> {
        let aliases = root.key("oauth-model-alias");
        let excluded = root.key("oauth-excluded-models");
        let rules = root.key("oauth-request-scoped-errors");
        let mut settings: BTreeMap<String, OauthSettings> = BTreeMap::new();
        let clients = root.key("oauth");
        for (key, client) in raw.clients {
            let spot = clients.key(&key);
            let Some(client) = client else { continue };
            let missing = client.missing();
            let client = self.oauth_client(client, &spot);
            let Some(provider) = self.client_provider(&key, &missing, &spot) else {
                continue;
            };
            if settings.contains_key(&provider) {
                let message = "the same provider again, in another spelling";
                self.report.error(&spot, message, "write it once");
            }
            settings.entry(provider).or_default().client = client;
        }
        for (key, list) in raw.model_alias {
            let spot = aliases.key(&key);
            if let Some(provider) = self.oauth_provider(&key, &spot) {
                let own = settings.entry(provider).or_default();
                self.model_aliases(list, &mut own.model_aliases, &spot);
            }
        }
        for (key, list) in raw.excluded_models {
            if let Some(provider) = self.oauth_provider(&key, &excluded.key(&key)) {
                let own = settings.entry(provider).or_default();
                own.excluded_models.extend(excluded_models(list));
            }
        }
        for (key, list) in raw.request_scoped_errors {
            let spot = rules.key(&key);
            if let Some(provider) = self.oauth_provider(&key, &spot) {
                let own = settings.entry(provider).or_default();
                own.error_rules.extend(self.error_rules(list, &spot));
            }
        }
        settings
    }

    /// The id of a provider; `None` if nothing will ever be done for it.
    pub(super) fn oauth_provider(&mut self, key: &str, spot: &Spot<'_>) -> Option<String> {
        let provider = provider_id(key);
        if PROVIDERS.contains(&&*provider) {
            return Some(provider);
        }
        if provider == "antigravity" {
            let message = "accepted and ignored: the antigravity provider is not part of the \
                           gateway";
            self.report.warning(spot, message, "");
        } else if provider == "gemini" {
            let message =
                "this is ignored: files of `type: gemini` are of the provider `gemini-cli`";
            self.report.warning(spot, message, "write `gemini-cli`");
        } else if removed_provider(&provider).is_none() {
            let remedy = match meant(&provider) {
                Some(known) => format!("did you mean `{known}`?"),
                None => format!("write one of {}", PROVIDERS.join(", ")),
            };
            let message = "no provider with a login; this is ignored";
            self.report.warning(spot, message, remedy);
        }
        None
    }

    /// The aliases that can mean something, of each the first.
    fn model_aliases(
        &mut self,
        given: Vec<Option<RawModelAlias>>,
        aliases: &mut Vec<ModelAlias>,
        list: &Spot<'_>,
    ) {
        let mut seen: HashSet<String> = aliases
            .iter()
            .map(|known| known.alias.to_ascii_lowercase())
            .collect();
        for (index, raw) in given.into_iter().enumerate() {
            let Some(raw) = raw else { continue };
            let spot = list.index(index);
            let (Some(name), Some(alias)) = (text(raw.name), text(raw.alias)) else {
                let message = "an alias without `name` and `alias`, which is dropped";
                self.report.warning(&spot, message, "give both names");
                continue;
            };
            if alias.eq_ignore_ascii_case(&name) {
                let message = "an alias that is the name itself, which is dropped";
                self.report.warning(&spot, message, "remove it");
                continue;
            }
            if !seen.insert(alias.to_ascii_lowercase()) {
                let message = "the same alias again, which is dropped";
                self.report.warning(&spot, message, "remove one of them");
                continue;
            }
            aliases.push(ModelAlias {
                name,
                alias,
                fork: raw.fork == Some(true),
                display_name: text(raw.display_name),
            });
        }
    }
}
