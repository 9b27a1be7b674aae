//! Credential files and OAuth clients: `auth-dir`, `auth-refresh`, `oauth`.

use super::{
    Resolver,
    base_url::is_private,
    oauth::{is_unheard_of, meant, provider_id},
    text, texts,
};
use crate::{
    AuthRefresh, OauthClient,
    durations::GoDuration,
    raw::{RawAuthRefresh, RawOauthClient},
    tree::Spot,
};
use cliproxy_core::Secret;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};
use url::Url;

/// More refreshes at a time only make the endpoints angry.
const MAX_WORKERS: usize = 256;

/// As long as a request waits for a refresh: nobody would profit from a longer turn.
const MAX_LOCK_TIMEOUT: Duration = Duration::from_secs(35);

/// Providers whose credentials have no OAuth client that an operator could own, and why.
const WITHOUT_CLIENT: [(&str, &str); 3] = [
    ("aistudio", "it has no OAuth client"),
    ("claude", "tokens of Claude accounts are never refreshed"),
    ("vertex", "a service account is its own client"),
];

/// Whether two keys name one provider.
fn is_same(one: &str, other: &str) -> bool {
    provider_id(one) == provider_id(other)
}

impl RawOauthClient {
    /// The members that only a provider the gateway knows can do without.
    pub(super) fn missing(&self) -> Vec<&'static str> {
        let members = [
            ("client_id", &self.client_id),
            ("token_url", &self.token_url),
        ];
        let is_blank =
            |given: &Option<String>| given.as_deref().is_none_or(|t| t.trim().is_empty());
        let missing = members.into_iter().filter(|(_, given)| is_blank(given));
        missing.map(|(member, _)| member).collect()
    }
}

impl Resolver<'_> {
    /// The directory that is given, else `~/.cli-proxy-api`, where version 7 keeps them; `None` if
    /// there is no home. Version 7's example names one below `~`, also for those who have only keys,
    /// so that this is no error.
    pub(super) fn auth_dir(&mut self, given: Option<String>, spot: &Spot<'_>) -> Option<PathBuf> {
        let Some(given) = text(given) else {
            let home = self.secrets.env.get_set("HOME")?;
            return Some(Path::new(home).join(".cli-proxy-api"));
        };
        if self.lacks_home(&given) {
            let message = "there is no home directory for `~`, so no credential files are read";
            let remedy = "set HOME, or write the whole path";
            self.report.warning(spot, message, remedy);
            return None;
        }
        Some(self.path(&given))
    }

    pub(super) fn auth_refresh(
        &mut self,
        raw: RawAuthRefresh,
        workers: Option<i64>,
        clients: &BTreeMap<String, Option<RawOauthClient>>,
        root: &Spot<'_>,
    ) -> AuthRefresh {
        let default = AuthRefresh::default();
        let spot = root.key("auth-refresh");
        let mut leads = default.leads;
        for (key, lead) in raw.leads {
            let spot = spot.key("leads").key(&key);
            let has_client = clients.keys().any(|name| is_same(name, &key));
            let provider = match is_unheard_of(&provider_id(&key)) && has_client {
                true => Some(provider_id(&key)),
                false => self.oauth_provider(&key, &spot),
            };
            let (Some(lead), Some(provider)) = (lead, provider) else {
                continue;
            };
            if lead.is_negative() {
                let remedy = "write 0 to refresh tokens when they have ended";
                self.report.error(&spot, "must not be negative", remedy);
            }
            leads.insert(provider, lead.positive().unwrap_or(Duration::ZERO));
        }
        AuthRefresh {
            leads,
            lock_timeout: self.lock_timeout(
                raw.lock_timeout,
                default.lock_timeout,
                &spot.key("lock-timeout"),
            ),
            disabled_too: raw.disabled_too.unwrap_or(default.disabled_too),
            workers: self.workers(
                workers,
                default.workers,
                &root.key("auth-auto-refresh-workers"),
            ),
        }
    }

    fn lock_timeout(
        &mut self,
        given: Option<GoDuration>,
        default: Duration,
        spot: &Spot<'_>,
    ) -> Duration {
        let given = self.deadline(given, default, spot);
        if given > MAX_LOCK_TIMEOUT {
            let most = MAX_LOCK_TIMEOUT.as_secs();
            let message = format!("longer than {most}s, which is used: no request waits longer");
            let remedy = format!("write {most}s or less");
            self.report.warning(spot, message, remedy);
        }
        given.min(MAX_LOCK_TIMEOUT)
    }

    /// Zero and less mean the default, as in version 7.
    fn workers(&mut self, given: Option<i64>, default: usize, spot: &Spot<'_>) -> usize {
        let given = given.map(|given| usize::try_from(given).unwrap_or(0));
        match given {
            None | Some(0) => default,
            Some(given) if given > MAX_WORKERS => {
                let message = format!("more than {MAX_WORKERS}, which is used");
                let remedy = format!("write {MAX_WORKERS} or less");
                self.report.warning(spot, message, remedy);
                MAX_WORKERS
            }
            Some(given) => given,
        }
    }

    /// The provider of an OAuth client; `None` if nothing will ever use one for it. `missing` is what
    /// a provider that the gateway does not know cannot be asked without.
    pub(super) fn client_provider(
        &mut self,
        key: &str,
        missing: &[&str],
        spot: &Spot<'_>,
    ) -> Option<String> {
        if is_unheard_of(&provider_id(key)) {
            return self.client_of_your_own(provider_id(key), missing, spot);
        }
        let provider = self.oauth_provider(key, spot)?;
        let without = WITHOUT_CLIENT.iter().find(|(name, _)| *name == provider);
        let Some((_, reason)) = without else {
            return Some(provider);
        };
        let message = format!("accepted and ignored: {reason}");
        self.report.warning(spot, message, "remove it");
        None
    }

    /// One for credential files of a type that the gateway knows nothing else of.
    fn client_of_your_own(
        &mut self,
        name: String,
        missing: &[&str],
        spot: &Spot<'_>,
    ) -> Option<String> {
        match (meant(&name), missing) {
            (Some(known), []) => {
                let message = "no known provider; taken for credential files of this `type`";
                let remedy = format!("did you mean `{known}`?");
                self.report.warning(spot, message, remedy);
            }
            // What is there is right for the one that is meant.
            (Some(_), _) => return self.oauth_provider(&name, spot),
            (None, []) => {}
            (None, missing) => {
                let listed = |form: fn(&str) -> String| {
                    let members: Vec<_> = missing.iter().map(|member| form(member)).collect();
                    members.join(" and ")
                };
                let lacks = listed(|member| format!("`{member}`"));
                // Not the name: the key is shown only as far as it can be no secret.
                let message = format!("an OAuth client of your own without {lacks}");
                let remedy = listed(|member| match member {
                    "token_url" => "`token_url: https://HOST/PATH`".to_owned(),
                    member => format!("`{member}: …`"),
                });
                let remedy = format!("write {remedy} below it");
                self.report.error(spot, message, remedy);
                return None;
            }
        }
        Some(name)
    }

    pub(super) fn oauth_client(&mut self, raw: RawOauthClient, spot: &Spot<'_>) -> OauthClient {
        let scopes = texts(raw.scopes);
        OauthClient {
            client_id: self.secret(raw.client_id.as_deref(), &spot.key("client_id")),
            client_secret: self
                .secret(raw.client_secret.as_deref(), &spot.key("client_secret"))
                .map(Secret::from),
            authorize_url: self.oauth_url(raw.authorize_url, &spot.key("authorize_url")),
            token_url: self.oauth_url(raw.token_url, &spot.key("token_url")),
            device_url: self.oauth_url(raw.device_url, &spot.key("device_url")),
            redirect_port: raw.redirect_port,
            // Several in one text, as they travel.
            scopes: scopes
                .iter()
                .flat_map(|scopes| scopes.split_whitespace())
                .map(str::to_owned)
                .collect(),
        }
    }

    /// An address that tokens may be sent to.
    fn oauth_url(&mut self, given: Option<String>, spot: &Spot<'_>) -> Option<Url> {
        let mut refuse = |message: &str, remedy: &str| {
            self.report.error(spot, message, remedy);
            None
        };
        let Ok(url) = Url::parse(&text(given)?) else {
            return refuse("not a URL", "write https://host/path");
        };
        match url.scheme() {
            "https" => {}
            "http" if is_private(&url) => {}
            "http" => {
                let message = "tokens would cross the network in the clear";
                return refuse(message, "write https://");
            }
            _ => return refuse("neither https nor http", "write https://host/path"),
        }
        if !url.username().is_empty() || url.password().is_some() {
            let remedy = "use `client_id` and `client_secret`";
            return refuse("has a user name or password in it", remedy);
        }
        if url.fragment().is_some() {
            return refuse("has a fragment (`#…`)", "remove it");
        }
        Some(url)
    }
}
