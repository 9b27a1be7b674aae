//! What accounts must have in common to be one offer.

use super::{Rejection, aliases};
use crate::{derive::dialects::plain_dialects, member::Dialect};
use cliproxy_auth_store::CredentialRecord;
use cliproxy_config::Config;
use cliproxy_core::{Protocol, ProviderId};
use cliproxy_executors::{Endpoint, ExtraHeader, HeaderSource, Provider, providers};
use cliproxy_models::{Group, Source};
use http::{HeaderName, HeaderValue};
use std::sync::Arc;
use url::{Host, Url};

/// Accounts with the same kind call the same upstream in the same way, for the same models.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Kind<'a> {
    pub(super) provider: &'a str,
    pub(super) group: Option<Group>,
    pub(super) prefix: Option<&'a str>,
    /// Its failures do not keep it away.
    pub(super) uncooled: bool,
    row: &'static Row,
    excluded: &'a [Box<str>],
    base_url: Option<&'a str>,
    headers: Vec<(&'a str, &'a str)>,
}

/// A type of file that requests can be made with.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Row {
    provider: &'static str,
    signs_in: bool,
    /// Whose requests these are.
    calls: &'static str,
    /// What its upstream takes.
    profile: (Protocol, &'static str),
}

const fn row(
    provider: &'static str,
    signs_in: bool,
    calls: &'static str,
    profile: (Protocol, &'static str),
) -> Row {
    Row {
        provider,
        signs_in,
        calls,
        profile,
    }
}

/// Accounts first; of a file that also has a key the sign-in counts.
static ROWS: [Row; 7] = [
    row("codex", true, "codex", (Protocol::Responses, "codex")),
    row(
        "gemini-cli",
        true,
        "gemini-cli",
        (Protocol::Gemini, "code-assist"),
    ),
    row("kimi", true, "kimi", (Protocol::Chat, "kimi")),
    row("vertex", true, "vertex", (Protocol::Gemini, "vertex")),
    row("codex", false, "codex", (Protocol::Responses, "openai")),
    row("gemini-cli", false, "gemini", (Protocol::Gemini, "gemini")),
    row("vertex", false, "vertex", (Protocol::Gemini, "vertex")),
];

/// What accounts can offer with this configuration, and whose each is, whether there are any or not.
pub(in crate::derive) fn conceivable(config: &Config) -> Vec<(ProviderId, Source)> {
    let plans = [None, Some("plus"), Some("team"), Some("free")];
    let groups = |row: &Row| match (row.provider, row.signs_in) {
        ("codex", true) => plans.map(|plan| Some(Group::codex_plan(plan))).to_vec(),
        _ => vec![group_of(row, None)],
    };
    let sources = ROWS.iter().flat_map(|row| {
        let settings = config.oauth.get(row.provider);
        groups(row).into_iter().map(move |catalogue| {
            let source = Source {
                protocols: vec![row.profile.0],
                catalogue,
                models: None,
                prefix: None,
                excluded: Vec::new(),
                aliases: aliases(settings),
                owned_by: "".into(),
            };
            (row.provider.into(), source)
        })
    });
    sources.collect()
}

impl<'a> Kind<'a> {
    /// What kind a file is of that is in use.
    pub(super) fn of(record: &'a CredentialRecord, config: &Config) -> Result<Self, Rejection> {
        let provider = record.provider.as_str();
        let signs_in = record.signs_in();
        let mut rows = ROWS.iter();
        let row = rows.find(|row| row.provider == provider && row.signs_in == signs_in);
        let Some(row) = row else {
            let why = format!("no requests are made with files of type {provider}");
            return Err(("unsupported", Some(why.into())));
        };
        if provider == "vertex" && signs_in {
            addressed(record)?;
        }
        let settings = &record.settings;
        let headers = settings.headers.iter();
        Ok(Self {
            provider,
            group: group_of(row, record.account.plan.as_deref()),
            prefix: settings.prefix.as_deref(),
            uncooled: settings
                .disable_cooling
                .unwrap_or(config.retry.disable_cooling),
            row,
            excluded: &settings.excluded_models,
            base_url: settings.base_url.as_deref(),
            headers: headers
                .map(|(name, value)| (&**name, value.expose()))
                .collect(),
        })
    }

    /// What its requests are made by.
    pub(super) fn provider(
        &self,
        config: &Config,
    ) -> Result<(Provider, Arc<[Dialect]>), Rejection> {
        let endpoint = Endpoint {
            base_url: self.base_url.map(address).transpose()?,
            headers: self.headers.iter().filter_map(header).collect(),
            deadlines: config.upstream,
            ..Endpoint::default()
        };
        let built = match self.row.signs_in {
            true => providers::build_for_account(self.row.calls, endpoint),
            false => providers::build(self.row.calls, endpoint),
        };
        let provider = built.ok_or(("unsupported", None))?;
        let dialects = plain_dialects(&provider, self.row.calls, self.row.profile);
        Ok((provider, dialects))
    }

    /// What is behind it, so that failures to reach it are counted together.
    pub(super) fn upstream(&self) -> Arc<str> {
        match self.base_url {
            Some(url) => url
                .split('?')
                .next()
                .unwrap_or(url)
                .trim_end_matches('/')
                .into(),
            None if self.row.signs_in => format!("{} accounts", self.provider).into(),
            None => self.row.calls.into(),
        }
    }
}

fn group_of(row: &Row, plan: Option<&str>) -> Option<Group> {
    match (row.provider, row.signs_in) {
        ("codex", true) => Some(Group::codex_plan(plan)),
        ("codex", false) => Some(Group::Codex),
        ("gemini-cli", true) => Some(Group::GeminiCli),
        ("gemini-cli", false) => Some(Group::Gemini),
        ("kimi", _) => Some(Group::Kimi),
        ("vertex", _) => Some(Group::Vertex),
        _ => None,
    }
}

/// Whether the address of its requests can be made of what the file says.
fn addressed(record: &CredentialRecord) -> Result<(), Rejection> {
    let wrong = |why: &str| Err(("misconfigured", Some(why.into())));
    match &record.account.location {
        Some(location) if !providers::is_vertex_location(location) => {
            wrong("location: none of Google's, like us-central1 or global")
        }
        _ if record.projects.is_empty() => wrong("project_id: missing, and the key names none"),
        _ => Ok(()),
    }
}

/// An address that tokens may be sent to.
fn address(text: &str) -> Result<Url, Rejection> {
    let wrong = |why: &str| ("misconfigured", Some(format!("base_url: {why}").into()));
    let url = Url::parse(text).map_err(|_| wrong("not a URL"))?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_near(&url) => Ok(url),
        "http" => Err(wrong(
            "write https: tokens would cross the network in the clear",
        )),
        _ => Err(wrong("write https://host/path")),
    }
}

/// Whether it is of this machine or a private network.
fn is_near(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        Some(Host::Ipv6(ip)) => ip.is_loopback() || ip.is_unique_local(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

fn header((name, value): &(&str, &str)) -> Option<ExtraHeader> {
    let value = match value.strip_prefix('$') {
        Some(name) => HeaderSource::Client(name.parse().ok()?),
        None => {
            let mut value = HeaderValue::from_str(value).ok()?;
            value.set_sensitive(true);
            HeaderSource::Literal(value)
        }
    };
    Some(ExtraHeader {
        name: name.parse::<HeaderName>().ok()?,
        value,
    })
}
