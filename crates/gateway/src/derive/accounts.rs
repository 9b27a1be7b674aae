//! Accounts of credential files as credentials and the models they offer.
//!
//! Accounts that offer the same, in the same way, are one offer: ten thousand of them cost little more
//! than ten. What must not be used, or cannot be, is in no offer, and says why.

mod kind;

pub(super) use kind::conceivable;

use super::{
    Inputs,
    credentials::{Offer, shown},
};
use crate::{
    count::CountEndpoint,
    credentials::{Held, Holdings, SignIn, account_client, account_proxy, owner},
    member::{Calls, Member, Origin},
};
use cliproxy_auth_store::{
    Credential, CredentialKind, CredentialRecord, Standing, UpstreamAccount, excluded_models,
};
use cliproxy_config::{Config, ErrorRule, OauthSettings};
use cliproxy_core::CredentialId;
use cliproxy_models::{Alias, Aliases, Source};
use cliproxy_proxyutil::{ClientSpec, HttpClient};
use cliproxy_scheduler::Cooling;
use cliproxy_translators::realm;
use kind::Kind;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// An account that serves nothing, for listings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Idle {
    pub(crate) record: Arc<CredentialRecord>,
    /// What its requests would go through, without a password.
    pub(crate) proxy: Option<Arc<str>>,
    /// In a word.
    pub(crate) state: &'static str,
    pub(crate) why: Option<Box<str>>,
}

/// What all accounts offer together, and those that offer nothing. `first` is the place of the first
/// offer among all sources.
pub(super) fn offers(
    config: &Arc<Config>,
    inputs: &Inputs<'_>,
    first: usize,
) -> (Vec<Offer>, Vec<Idle>) {
    let mut table = Table {
        config,
        inputs,
        first,
        called: called(config, inputs.holdings),
        offers: Vec::new(),
        numbers: FxHashMap::default(),
        clients: FxHashMap::default(),
        excluded: FxHashMap::default(),
        providers: FxHashMap::default(),
    };
    let mut idle = Vec::new();
    for held in inputs.holdings.iter() {
        if let Err((state, why)) = table.admit(held) {
            let record = Arc::clone(&held.record);
            let proxy = account_proxy(config, &record);
            let proxy = proxy.ok().and_then(|proxy| shown(&proxy));
            idle.push(Idle {
                record,
                proxy,
                state,
                why,
            });
        }
    }
    let offers = table.offers.into_iter().map(|(offer, _)| offer);
    (offers.collect(), idle)
}

/// How each kind was called with this configuration: who is called in the same way as before is the same
/// member, whoever of its kind has changed.
fn called<'a>(config: &Arc<Config>, holdings: &'a Holdings) -> FxHashMap<Kind<'a>, Arc<Calls>> {
    let mut called = FxHashMap::default();
    let mut seen = FxHashSet::default();
    for held in holdings.iter() {
        let Some(member) = held.derived.with(config) else {
            continue;
        };
        if !seen.insert(Arc::as_ptr(&member.calls)) {
            continue;
        }
        if let Ok(kind) = Kind::of(&held.record, config) {
            called.insert(kind, Arc::clone(&member.calls));
        }
    }
    called
}

/// The settings that the clients of accounts are built from, each once.
pub(crate) fn used_clients(config: &Config, holdings: &Holdings) -> Vec<ClientSpec> {
    let mut told = FxHashSet::default();
    let mut records: Vec<_> = holdings.iter().map(|held| &*held.record).collect();
    records.retain(|record| {
        let proxy = record.settings.proxy_url.as_ref();
        told.insert(proxy.map(|proxy| proxy.expose()))
    });
    let specs = records
        .into_iter()
        .map(|record| account_client(config, record));
    specs.flatten().collect()
}

/// The names of models, as a file lists them.
type Models<'a> = &'a [Box<str>];

/// Why an account offers nothing: in a word, and in detail.
type Rejection = (&'static str, Option<Box<str>>);

/// A client, and the proxy it goes through.
type Reached = (HttpClient, Option<Arc<str>>);

struct Table<'a> {
    config: &'a Arc<Config>,
    inputs: &'a Inputs<'a>,
    first: usize,
    /// How each kind was called in the last derivation with this configuration.
    called: FxHashMap<Kind<'a>, Arc<Calls>>,
    offers: Vec<(Offer, Arc<Calls>)>,
    /// The offer of each kind.
    numbers: FxHashMap<Kind<'a>, usize>,
    /// Clients by the proxy that a file names: parsing one costs more than finding it.
    clients: FxHashMap<Option<&'a str>, Result<Reached, Box<str>>>,
    /// What is not served, by provider and the file's own list.
    excluded: FxHashMap<(&'a str, Models<'a>), Arc<[Box<str>]>>,
    providers: FxHashMap<&'a str, (Aliases, Arc<[ErrorRule]>)>,
}

impl<'a> Table<'a> {
    fn admit(&mut self, held: &'a Held) -> Result<(), Rejection> {
        let record = &*held.record;
        match &record.standing {
            Standing::Active => {}
            Standing::Disabled => return Err(("disabled", None)),
            Standing::Parent(projects) => {
                let why = format!("its {} projects serve in its place", projects.len());
                return Err(("parent", Some(why.into())));
            }
            Standing::Inert(why) => return Err(("unsupported", Some(why.to_string().into()))),
        }
        let kind = Kind::of(record, self.config)?;
        let before = held.derived.with(self.config);
        if before.is_none() {
            // Who cannot be reached offers nothing.
            self.client(record)?;
        }
        let number = match self.numbers.get(&kind) {
            Some(number) => *number,
            None => {
                let offer = self.offer(record, &kind)?;
                let number = self.offers.len();
                self.offers.push(offer);
                self.numbers.insert(kind, number);
                number
            }
        };
        let source = self.first + number;
        let live = self.inputs.holdings.live(record);
        let Some((_, calls)) = self.offers.get(number) else {
            return Ok(());
        };
        let live = live.filter(|_| self.inputs.engine.is_some());
        let is_true = |member: &Arc<Member>| {
            let has_its_tokens = match (&member.sign_in, live) {
                (Some(sign_in), Some(live)) => sign_in.reads(live),
                (sign_in, live) => sign_in.is_none() && live.is_none(),
            };
            let is_called_so = Arc::ptr_eq(&member.calls, calls);
            member.source == source && is_called_so && has_its_tokens
        };
        let member = match before.filter(is_true) {
            Some(member) => member,
            None => {
                let calls = Arc::clone(calls);
                let member = Arc::new(self.member(held, calls, source)?);
                held.derived.remember(self.config, &member);
                member
            }
        };
        if let Some((offer, _)) = self.offers.get_mut(number) {
            offer.members.push(member);
        }
        Ok(())
    }

    fn member(
        &mut self,
        held: &'a Held,
        calls: Arc<Calls>,
        source: usize,
    ) -> Result<Member, Rejection> {
        let record = &*held.record;
        let sign_in = self.sign_in(record);
        let (client, proxy) = self.client(record)?;
        Ok(Member {
            source,
            credential: credential(held, sign_in.is_some()),
            realm: realm(owner(record).as_str()),
            calls,
            client,
            proxy,
            priority: record.settings.priority.unwrap_or(0),
            weight: record.settings.weight.unwrap_or(1),
            rounds: record
                .settings
                .request_retry
                .unwrap_or(self.config.retry.request_retry),
            parent: record.parent.as_ref().map(|parent| parent.as_str().into()),
            sign_in,
            origin: Some(Origin::of(record)),
        })
    }

    fn sign_in(&self, record: &CredentialRecord) -> Option<SignIn> {
        let live = Arc::clone(self.inputs.holdings.live(record)?);
        let engine = Arc::clone(self.inputs.engine?);
        let signs = record.service_account.is_some();
        Some(SignIn::new(owner(record).clone(), signs, live, engine))
    }

    /// The client for the account's proxy, and what that is called. A broken one is not passed by.
    fn client(&mut self, record: &'a CredentialRecord) -> Result<Reached, Rejection> {
        let (config, inputs) = (self.config, self.inputs);
        let proxy = record.settings.proxy_url.as_ref();
        let proxy = proxy.map(|proxy| proxy.expose());
        let client = self.clients.entry(proxy).or_insert_with(|| {
            let made = account_client(config, record).and_then(|spec| {
                let client = inputs.clients.client(&spec)?;
                Ok((client, shown(&spec.proxy)))
            });
            made.map_err(|error| format!("proxy_url: {error}").into())
        });
        client.clone().map_err(|why| ("misconfigured", Some(why)))
    }

    fn offer(
        &mut self,
        record: &'a CredentialRecord,
        kind: &Kind<'a>,
    ) -> Result<(Offer, Arc<Calls>), Rejection> {
        let own = &*record.settings.excluded_models;
        let excluded = self.excluded(kind.provider, own);
        let (aliases, rules) = self.of_provider(kind.provider);
        let calls = match self.called.get(kind) {
            Some(calls) => Arc::clone(calls),
            None => {
                let (provider, dialects) = kind.provider(self.config)?;
                Arc::new(Calls {
                    provider,
                    dialects,
                    rules,
                    counts: CountEndpoint::default(),
                    force_stream_usage: false,
                })
            }
        };
        let source = Source {
            protocols: calls.provider.executor.protocols().to_vec(),
            catalogue: kind.group,
            models: None,
            prefix: kind.prefix.map(str::to_owned),
            excluded: excluded.iter().map(|model| model.to_string()).collect(),
            aliases,
            owned_by: "".into(),
        };
        let offer = Offer {
            source,
            members: Vec::new(),
            cooling: Cooling {
                enabled: !kind.uncooled,
                transient: self.config.retry.transient_cooldown,
            },
            upstream: kind.upstream(),
        };
        Ok((offer, calls))
    }

    /// The file's own list and that of the provider, together.
    fn excluded(&mut self, provider: &'a str, own: &'a [Box<str>]) -> Arc<[Box<str>]> {
        let settings = self.config.oauth.get(provider);
        let list = self.excluded.entry((provider, own)).or_insert_with(|| {
            let all = settings.into_iter().flat_map(|own| &own.excluded_models);
            let all = all.map(String::as_str).chain(own.iter().map(|own| &**own));
            Arc::from(excluded_models(all))
        });
        Arc::clone(list)
    }

    fn of_provider(&mut self, provider: &'a str) -> (Aliases, Arc<[ErrorRule]>) {
        let settings = self.config.oauth.get(provider);
        let made = self.providers.entry(provider).or_insert_with(|| {
            let rules = settings.map_or(&[][..], |settings| &settings.error_rules);
            (aliases(settings), rules.into())
        });
        made.clone()
    }
}

fn aliases(settings: Option<&OauthSettings>) -> Aliases {
    let rows = settings.into_iter().flat_map(|own| &own.model_aliases);
    Aliases::new(rows.map(|row| Alias {
        name: row.name.clone(),
        alias: row.alias.clone(),
        fork: row.fork,
        display_name: row.display_name.clone(),
    }))
}

fn credential(held: &Held, signs_in: bool) -> Credential {
    let record = &*held.record;
    let project = record.projects.first();
    let kind = match &record.api_key {
        Some(key) if !signs_in => CredentialKind::ApiKey(key.clone()),
        _ => CredentialKind::Account(Arc::new(UpstreamAccount {
            account_id: record.account.account_id.clone(),
            location: record.account.location.clone(),
            device_id: record.account.device_id.clone(),
        })),
    };
    Credential {
        id: CredentialId::clone(&record.id),
        generation: held.generation,
        provider: record.provider.clone(),
        kind,
        label: (*record.label).into(),
        project: project.map(|project| (**project).into()),
    }
}

#[cfg(test)]
mod tests;
