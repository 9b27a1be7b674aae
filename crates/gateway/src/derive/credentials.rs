//! Configuration entries as credentials and the models they offer.

mod keys;
mod passthrough;

pub(crate) use self::{
    keys::spare_keys,
    passthrough::{PASSTHROUGH, passthrough},
};

use super::{DeriveError, Inputs, dialects::dialects, ids::Ids};
use crate::{
    count::CountEndpoint,
    member::{Calls, Member},
};
use cliproxy_auth_store::{Credential, CredentialKind};
use cliproxy_config::{
    AuthHeader as ConfigAuth, ChatApi as ConfigApi, Config, Entry, EntryKey, ForceStreamUsage,
    HeaderValueSpec, Section,
};
use cliproxy_core::{Generation, ProviderId, Secret};
use cliproxy_executors::{
    AuthHeader, ChatApi, Endpoint, ExtraHeader, HeaderSource, Provider, providers,
};
use cliproxy_models::{Aliases, Group, Offer as ModelOffer, Source};
use cliproxy_proxyutil::{CaBundle, ClientPool, ClientSpec, HttpClient, ProxyError, ProxySetting};
use cliproxy_scheduler::Cooling;
use cliproxy_translators::realm;
use http::{HeaderName, HeaderValue};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// One entry: the models it offers, and who serves them.
pub(super) struct Offer {
    pub(super) source: Source,
    pub(super) members: Vec<Arc<Member>>,
    pub(super) cooling: Cooling,
    /// What is behind its members, so that failures to reach it are counted together.
    pub(super) upstream: Arc<str>,
}

/// Every entry that is in use, in the order of the file.
pub(super) fn offers(config: &Config, inputs: &Inputs<'_>) -> Result<Vec<Offer>, DeriveError> {
    let mut offers = Vec::new();
    let mut ids = Ids::default();
    for entry in config.entries.iter().filter(|entry| !entry.disabled) {
        let source = offers.len();
        offers.extend(offer(config, entry, source, inputs, &mut ids)?);
    }
    Ok(offers)
}

fn offer(
    config: &Config,
    entry: &Entry,
    number: usize,
    inputs: &Inputs<'_>,
    ids: &mut Ids,
) -> Result<Option<Offer>, DeriveError> {
    let Some(provider) = providers::build(kind(entry.section).0, endpoint(entry)) else {
        return Ok(None);
    };
    let credentials = credentials(entry, &provider_id(entry), ids);
    let models = models(entry, credentials.first(), inputs.discovered);
    let source = source(entry, &provider, models);
    let calls = Arc::new(Calls {
        dialects: dialects(entry, kind(entry.section).0, &provider),
        provider,
        rules: entry.error_rules.as_slice().into(),
        counts: CountEndpoint::default(),
        // `auto` asks only while something consumes the figures; nothing does yet.
        force_stream_usage: entry.force_stream_usage == ForceStreamUsage::On,
    });
    let mut members = Vec::with_capacity(entry.keys.len());
    for (credential, key) in credentials.into_iter().zip(&entry.keys) {
        members.push(Arc::new(Member {
            source: number,
            realm: realm(credential.id.as_str()),
            credential,
            calls: Arc::clone(&calls),
            client: client(config, entry, key, inputs)?,
            proxy: shown(proxy(config, entry, key)),
            priority: entry.priority,
            weight: key.weight,
            rounds: entry.request_retry.unwrap_or(config.retry.request_retry),
            parent: None,
            sign_in: None,
            origin: None,
        }));
    }
    let disabled = entry
        .disable_cooling
        .unwrap_or(config.retry.disable_cooling);
    Ok(Some(Offer {
        source,
        members,
        cooling: Cooling {
            enabled: !disabled,
            transient: config.retry.transient_cooldown,
        },
        upstream: upstream(entry),
    }))
}

/// What one entry offers.
fn source(entry: &Entry, provider: &Provider, models: Option<Vec<ModelOffer>>) -> Source {
    let (_, group) = kind(entry.section);
    Source {
        protocols: provider.executor.protocols().to_vec(),
        catalogue: group,
        models,
        prefix: entry.prefix.clone(),
        excluded: entry.excluded_models.clone(),
        aliases: Aliases::default(),
        // The vendor's own catalogue knows the vendor's name.
        owned_by: match group {
            None => provider_id(entry).as_str().into(),
            Some(_) => "".into(),
        },
    }
}

/// What every entry that is in use offers, and whose it is; `None` while its upstream has yet to say.
pub(super) fn sources(
    config: &Config,
    discovered: &FxHashMap<String, Vec<String>>,
) -> Vec<(ProviderId, Option<Source>)> {
    let mut ids = Ids::default();
    let mut sources = Vec::new();
    for entry in config.entries.iter().filter(|entry| !entry.disabled) {
        let owner = provider_id(entry);
        let credentials = credentials(entry, &owner, &mut ids);
        let Some(provider) = providers::build(kind(entry.section).0, endpoint(entry)) else {
            continue;
        };
        let models = models(entry, credentials.first(), discovered);
        let is_known = models.is_some() || !entry.discover_models;
        let source = is_known.then(|| source(entry, &provider, models));
        sources.push((owner, source));
    }
    sources
}

/// The base URL, or for the vendor's own the name of the section; a query may hold a secret.
fn upstream(entry: &Entry) -> Arc<str> {
    let Some(url) = &entry.base_url else {
        return kind(entry.section).0.into();
    };
    let mut shown = url.clone();
    shown.set_query(None);
    shown.as_str().trim_end_matches('/').into()
}

const fn kind(section: Section) -> (&'static str, Option<Group>) {
    match section {
        Section::ClaudeApiKey => ("claude", Some(Group::Claude)),
        Section::CodexApiKey => ("codex", Some(Group::Codex)),
        Section::GeminiApiKey => ("gemini", Some(Group::Gemini)),
        Section::OpenaiCompatibility => ("openai-compatibility", None),
        Section::VertexApiKey => ("vertex", Some(Group::Vertex)),
    }
}

fn provider_id(entry: &Entry) -> ProviderId {
    match entry.section {
        Section::OpenaiCompatibility => entry.name.to_ascii_lowercase().into(),
        section => kind(section).0.into(),
    }
}

/// What the entry lists, or what its first credential was told.
fn models(
    entry: &Entry,
    first: Option<&Credential>,
    discovered: &FxHashMap<String, Vec<String>>,
) -> Option<Vec<ModelOffer>> {
    if let Some(models) = &entry.models {
        let offers = models.iter().map(|model| ModelOffer {
            name: model.name.clone(),
            alias: model.alias.clone(),
            display_name: model.display_name.clone(),
            facts: model.facts.clone(),
        });
        return Some(offers.collect());
    }
    let discovered = discovered.get(first?.id.as_str())?;
    let offers = discovered.iter().map(|name| ModelOffer {
        name: name.clone(),
        ..ModelOffer::default()
    });
    Some(offers.collect())
}

/// How an entry is asked for its models: with its first credential.
pub(crate) struct Target<'a> {
    /// What logs call it.
    pub(crate) entry: &'a str,
    pub(crate) endpoint: Endpoint,
    pub(crate) credential: Credential,
    pub(crate) client: HttpClient,
}

/// Every entry that asks for discovery. Credentials have the ids they have in [`offers`], which
/// depend on those before them.
pub(crate) fn discovery_targets<'a>(config: &'a Config, clients: &ClientPool) -> Vec<Target<'a>> {
    let mut ids = Ids::default();
    let mut targets = Vec::new();
    for entry in config.entries.iter().filter(|entry| !entry.disabled) {
        let credentials = credentials(entry, &provider_id(entry), &mut ids);
        if !entry.discover_models || entry.models.is_some() {
            continue;
        }
        let Some((credential, key)) = credentials.into_iter().zip(&entry.keys).next() else {
            continue;
        };
        // An entry without a client had no place in the snapshot either.
        let spec = spec(config, entry, key);
        if let Ok(client) = spec.and_then(|spec| clients.client(&spec)) {
            targets.push(Target {
                entry: &entry.name,
                endpoint: endpoint(entry),
                credential,
                client,
            });
        }
    }
    targets
}

fn client(
    config: &Config,
    entry: &Entry,
    key: &EntryKey,
    inputs: &Inputs<'_>,
) -> Result<HttpClient, DeriveError> {
    spec(config, entry, key)
        .and_then(|spec| inputs.clients.client(&spec))
        .map_err(|source| DeriveError::Client {
            entry: entry.name.clone(),
            source,
        })
}

/// The settings that clients are built from, so that the others can go.
pub(crate) fn used_clients(config: &Config) -> Vec<ClientSpec> {
    let of_entry = |entry: &Entry| {
        let specs = entry.keys.iter().map(|key| spec(config, entry, key));
        specs.flatten().collect::<Vec<_>>()
    };
    let of_entries = config.entries.iter().flat_map(of_entry);
    of_entries.chain(own_spec(config)).collect()
}

/// The key's proxy beats the entry's, which beats the configuration's, which beats the environment.
fn proxy<'a>(config: &'a Config, entry: &'a Entry, key: &'a EntryKey) -> &'a ProxySetting {
    key.proxy.or(entry.proxy.or(&config.proxy))
}

/// A proxy for listings; none where the environment decides.
pub(super) fn shown(proxy: &ProxySetting) -> Option<Arc<str>> {
    match proxy {
        ProxySetting::Inherit => None,
        ProxySetting::Direct | ProxySetting::Proxy(_) => Some(proxy.to_string().into()),
    }
}

fn spec(config: &Config, entry: &Entry, key: &EntryKey) -> Result<ClientSpec, ProxyError> {
    Ok(ClientSpec {
        proxy: proxy(config, entry, key).clone(),
        connect_timeout: entry.deadlines.connect,
        ca: authorities(entry.ca.as_ref())?,
    })
}

/// What is asked outside any entry.
fn own_spec(config: &Config) -> Result<ClientSpec, ProxyError> {
    Ok(ClientSpec {
        proxy: config.proxy.clone(),
        connect_timeout: config.upstream.connect,
        ca: authorities(config.ca.as_ref())?,
    })
}

/// The text of a `ca-file` as the authorities it names.
fn authorities(file: Option<&cliproxy_config::CaBundle>) -> Result<Option<CaBundle>, ProxyError> {
    file.map(|file| CaBundle::parse(&file.pem)).transpose()
}

/// One for each key.
fn credentials(entry: &Entry, provider: &ProviderId, ids: &mut Ids) -> Vec<Credential> {
    let keys = entry.keys.iter().zip(entry.labels());
    keys.map(|(key, label)| credential(entry, key, label, provider, ids))
        .collect()
}

fn credential(
    entry: &Entry,
    key: &EntryKey,
    label: String,
    provider: &ProviderId,
    ids: &mut Ids,
) -> Credential {
    Credential {
        id: ids.next(entry, key),
        // The id already changes with the key and the address.
        generation: Generation::default(),
        provider: provider.clone(),
        kind: CredentialKind::ApiKey(Secret::from(key.api_key.expose())),
        label: label.into(),
        // A key belongs to a project by itself.
        project: None,
    }
}

fn endpoint(entry: &Entry) -> Endpoint {
    Endpoint {
        base_url: entry.base_url.clone(),
        headers: entry.headers.iter().filter_map(header).collect(),
        query: entry.query_params.clone(),
        auth: entry.auth_header.map(|auth| match auth {
            ConfigAuth::Bearer => AuthHeader::Bearer,
            ConfigAuth::Both => AuthHeader::Both,
            ConfigAuth::XApiKey => AuthHeader::XApiKey,
        }),
        api: match entry.api {
            ConfigApi::Both => ChatApi::Both,
            ConfigApi::Chat => ChatApi::Chat,
            ConfigApi::Responses => ChatApi::Responses,
        },
        deadlines: entry.deadlines,
    }
}

fn header((name, value): &(String, HeaderValueSpec)) -> Option<ExtraHeader> {
    let value = match value {
        HeaderValueSpec::FromClient(name) => HeaderSource::Client(name.parse().ok()?),
        HeaderValueSpec::Literal(text) => {
            let mut value = HeaderValue::from_str(text.expose()).ok()?;
            value.set_sensitive(true);
            HeaderSource::Literal(value)
        }
    };
    Some(ExtraHeader {
        name: name.parse::<HeaderName>().ok()?,
        value,
    })
}
