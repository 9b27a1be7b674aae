//! [`RawConfig`] to [`Config`]: the one conversion, which goes on past every mistake.

mod base_url;
mod ca;
mod client_keys;
mod credentials;
mod entries;
mod error_rules;
mod fallbacks;
mod headers;
mod limits;
mod listen;
mod model_facts;
mod models;
mod oauth;
mod settings;
mod state_dir;
mod translation;
mod weights;

pub(crate) use self::error_rules::Patterns;

use self::{entries::Inherited, oauth::RawOauth, settings::log};
use crate::{
    CaBundle, Config, Section, Unset,
    problem::Report,
    raw::RawConfig,
    secrets::{SecretReader, shell_variable},
    tree::Spot,
};
use cliproxy_proxyutil::{ProxyError, ProxySetting};
use std::{collections::HashMap, path::PathBuf};

/// What every step of the conversion needs.
pub(crate) struct Resolver<'a> {
    pub(crate) secrets: SecretReader<'a>,
    /// What was read already: many entries may name the same file.
    pub(crate) bundles: HashMap<PathBuf, CaBundle>,
    pub(crate) patterns: Patterns,
    /// What nobody knows is an error.
    pub(crate) strict: bool,
    pub(crate) report: &'a mut Report,
}

impl Resolver<'_> {
    /// Turns what the user typed into what it means; `root` knows where it was typed.
    ///
    /// The result is of use only if no error was reported.
    pub(crate) fn config(&mut self, raw: RawConfig, root: &Spot<'_>) -> Config {
        let default = Config::default();
        let state_dir = self.state_dir(raw.state_dir.clone(), &root.key("state-dir"));
        let retry = self.retry(&raw, state_dir.is_some(), root);
        let streaming = self.streaming(&raw, root);
        let listen = self.listen(&raw, root);
        let spot = root.key("upstream");
        let inherited = Inherited {
            deadlines: self.upstream(&raw.upstream, &spot),
            ca: self.ca(raw.upstream.ca_file, &spot.key("ca-file")),
        };
        let routing = self.routing(&raw.routing, &root.key("routing"));
        let sections = [
            (Section::ClaudeApiKey, raw.claude_api_key),
            (Section::CodexApiKey, raw.codex_api_key),
            (Section::GeminiApiKey, raw.gemini_api_key),
            (Section::OpenaiCompatibility, raw.openai_compatibility),
            (Section::VertexApiKey, raw.vertex_api_key),
        ];
        self.unused_weights(routing.strategy, &sections, root);
        let mut entries = Vec::new();
        for (section, list) in sections {
            let spot = root.key(section.as_str());
            entries.extend(self.section(section, list, &spot, &inherited));
        }
        let auth_refresh = self.auth_refresh(
            raw.auth_refresh,
            raw.auth_auto_refresh_workers,
            &raw.oauth,
            root,
        );
        let oauth = RawOauth {
            clients: raw.oauth,
            model_alias: raw.oauth_model_alias,
            excluded_models: raw.oauth_excluded_models,
            request_scoped_errors: raw.oauth_request_scoped_errors,
        };
        Config {
            listen,
            tls: self.tls(&raw.tls, &root.key("tls")),
            trusted_proxies: self
                .trusted_proxies(raw.trusted_proxies, &root.key("trusted-proxies")),
            allow_insecure: raw.allow_insecure.unwrap_or(default.allow_insecure),
            open: raw.api_keys.is_empty(),
            client_keys: self.client_keys(raw.api_keys, &root.key("api-keys")),
            accept_query_keys: raw.accept_query_keys.unwrap_or(default.accept_query_keys),
            // An empty list would shut everybody out, which nobody asks for by leaving it empty.
            allowed_hosts: Some(texts(raw.allowed_hosts)).filter(|hosts| !hosts.is_empty()),
            allowed_origins: self.origins(raw.cors.allowed_origins, &root.key("cors")),
            claude_passthrough: raw.claude_passthrough.unwrap_or(default.claude_passthrough),
            passthrough_headers: raw
                .passthrough_headers
                .unwrap_or(default.passthrough_headers),
            response_headers: raw.response_headers.unwrap_or(default.response_headers),
            expose_account_limits: raw
                .expose_account_limits
                .unwrap_or(default.expose_account_limits),
            proxy: self.proxy(raw.proxy_url.as_deref(), &root.key("proxy-url")),
            force_model_prefix: raw.force_model_prefix.unwrap_or(default.force_model_prefix),
            retry,
            routing,
            fallbacks: self.fallbacks(raw.fallbacks, &entries, &root.key("fallbacks")),
            auth_dir: self.auth_dir(raw.auth_dir, &root.key("auth-dir")),
            auth_refresh,
            oauth: self.oauth(oauth, root),
            translation: self.translation(&raw.translation, &raw.claude, &raw.chat, root),
            compat: raw.compat.resolve(),
            streaming,
            limits: self.limits(&raw.limits, &root.key("limits")),
            ca: inherited.ca,
            upstream: inherited.deadlines,
            log: log(&raw.log, raw.debug == Some(true)),
            state_dir,
            poll_interval: self
                .poll_interval(raw.config_poll_interval, &root.key("config-poll-interval")),
            shutdown_timeout: self.deadline(
                raw.shutdown_timeout,
                default.shutdown_timeout,
                &root.key("shutdown-timeout"),
            ),
            entries,
        }
    }

    /// Where a file is that the configuration names.
    fn path(&self, given: &str) -> PathBuf {
        self.secrets.path(given)
    }

    /// A secret, wherever it is; `None` if there is none or it cannot be had.
    fn secret(&mut self, text: Option<&str>, spot: &Spot<'_>) -> Option<String> {
        let text = text?;
        if self.is_elsewhere(text, Unset::AllElsewhere, spot) {
            return Some(text.trim().to_owned());
        }
        if let Some(name) = shell_variable(text) {
            let message = "a variable as a shell writes it, which is not expanded here";
            self.report
                .error(spot, message, format!("write env:{name}"));
            return None;
        }
        match self.secrets.read(text) {
            Ok(secret) if secret.is_empty() => None,
            // Keys travel in headers; a line break in one would end up there.
            Ok(secret) if secret.contains(char::is_control) => {
                let message = "has a line break or another control character in it";
                self.report
                    .error(spot, message, "check where it comes from");
                None
            }
            Ok(secret) => Some(secret),
            Err(message) => {
                let remedy = match (self.secrets.unset(text), self.secrets.env.unset()) {
                    (None, _) | (_, Unset::Wrong) => "",
                    (_, Unset::WrongSinceStart) => {
                        "a running gateway keeps the environment of its start: restart it with the \
                         variable"
                    }
                    (_, Unset::RequestsElsewhere | Unset::AllElsewhere) => {
                        "set it in this shell too: tokens are refreshed with it"
                    }
                };
                self.report.error(spot, message, remedy);
                None
            }
        }
    }

    /// A secret that only requests are made with.
    fn secret_of_requests(&mut self, text: Option<&str>, spot: &Spot<'_>) -> Option<String> {
        match text {
            Some(text) if self.is_elsewhere(text, Unset::RequestsElsewhere, spot) => {
                Some(text.trim().to_owned())
            }
            _ => self.secret(text, spot),
        }
    }

    /// Whether a variable is named that only the gateway may have; that is said.
    fn is_elsewhere(&mut self, text: &str, least: Unset, spot: &Spot<'_>) -> bool {
        match self.secrets.unset(text) {
            Some(name) if self.secrets.env.unset() >= least => {
                self.report.elsewhere(spot, name);
                true
            }
            _ => false,
        }
    }

    /// The proxy of an entry, whose requests are all that is made with it.
    fn proxy_of_requests(&mut self, text: Option<&str>, spot: &Spot<'_>) -> ProxySetting {
        match text {
            Some(text) if self.is_elsewhere(text, Unset::RequestsElsewhere, spot) => {
                ProxySetting::Inherit
            }
            _ => self.proxy(text, spot),
        }
    }

    fn proxy(&mut self, text: Option<&str>, spot: &Spot<'_>) -> ProxySetting {
        if text.is_some_and(|text| self.is_elsewhere(text, Unset::AllElsewhere, spot)) {
            return ProxySetting::Inherit;
        }
        let Some(text) = self.secret(text, spot) else {
            return ProxySetting::Inherit;
        };
        ProxySetting::parse(&text).unwrap_or_else(|error| {
            // Going on without a proxy would show the user's address to the upstream.
            let remedy = "write http://host:port, https://…, socks5://…, socks5h://… or direct";
            let message = match error {
                // What stands where a scheme should be may be anything.
                ProxyError::Scheme => "unsupported proxy scheme".to_owned(),
                other => other.to_string(),
            };
            self.report.error(spot, message, remedy);
            ProxySetting::Inherit
        })
    }
}

/// The texts of a list: trimmed, without those that are empty.
fn texts(list: Vec<Option<String>>) -> Vec<String> {
    list.into_iter().filter_map(text).collect()
}

/// A text that is there: trimmed, not empty.
fn text(given: Option<String>) -> Option<String> {
    let trimmed = given?.trim().to_owned();
    (!trimmed.is_empty()).then_some(trimmed)
}
