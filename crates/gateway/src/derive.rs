//! From a configuration to a snapshot. The only place that maps the file to the mechanisms.

mod accounts;
mod credentials;
mod dialects;
mod fallbacks;
mod ids;
mod routes;
mod unserved;

pub(crate) use unserved::unserved;
pub use unserved::unserved_fallbacks;

pub(crate) use accounts::{Idle, used_clients as clients_of_accounts};
pub(crate) use credentials::{PASSTHROUGH, Target, discovery_targets, spare_keys};

use self::routes::Candidates;
use crate::{
    credentials::Holdings,
    disposal::Disposal,
    member::Member,
    retry::RetryPolicy,
    secrets::secrets,
    snapshot::{Params, Snapshot},
};
use cliproxy_access::{Access, ClientKey, ConfigApiKeys};
use cliproxy_config::{ClientKeyText, Config};
use cliproxy_core::CredentialId;
use cliproxy_executors::UpstreamHeaders;
use cliproxy_models::Resolver;
use cliproxy_proxyutil::{ClientPool, ClientSpec, ProxyError};
use cliproxy_scheduler::{Custom, Roster, RosterSpec, Strategy};
use cliproxy_token_refresh::Engine;
use rustc_hash::FxHashMap;
use std::{sync::Arc, time::Instant};

/// A configuration that cannot be put to work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeriveError {
    /// No HTTP client can be built for an entry's proxy and ca-file.
    #[error("{entry}: {source}")]
    Client {
        /// The entry.
        entry: String,
        /// Why.
        source: ProxyError,
    },
}

/// What the mechanisms were told besides the file, and what they learned before.
#[derive(Clone, Copy)]
pub(crate) struct Inputs<'a> {
    pub(crate) clients: &'a ClientPool,
    /// Models that `discover-models` entries were asked for, by first credential.
    pub(crate) discovered: &'a FxHashMap<String, Vec<String>>,
    /// The accounts of credential files.
    pub(crate) holdings: &'a Holdings,
    /// What refreshes their tokens.
    pub(crate) engine: Option<&'a Arc<Engine>>,
    pub(crate) previous: Option<&'a Snapshot>,
    /// Where rotation over accounts begins.
    pub(crate) seed: u64,
    /// Where snapshots go that nobody needs any more.
    pub(crate) disposal: &'a Disposal,
    /// The embedding program's own strategy.
    pub(crate) selector: Option<&'a Custom>,
}

impl Snapshot {
    /// Derives a snapshot. Health, rotation and HTTP clients are carried over from `previous`.
    pub(crate) fn derive(
        config: &Arc<Config>,
        inputs: Inputs<'_>,
        now: Instant,
    ) -> Result<Self, DeriveError> {
        let mut offers = credentials::offers(config, &inputs)?;
        let (of_accounts, idle) = accounts::offers(config, &inputs, offers.len());
        offers.extend(of_accounts);
        let sources: Vec<_> = offers.iter().map(|offer| offer.source.clone()).collect();
        let models = Resolver::derive(&sources, config.force_model_prefix);
        let candidates = Candidates::of(&offers);
        let mut shards = routes::shards(&models, &candidates);
        shards.extend(fallbacks::shards(config, &models, &offers, &candidates));
        let spec = RosterSpec {
            strategy: match inputs.selector {
                Some(selector) => Strategy::Custom(selector.clone()),
                None => strategy(config),
            },
            shards,
            seed: inputs.seed,
        };
        let roster = Roster::build(spec, inputs.previous.map(|previous| &*previous.roster), now);
        let shards = routes::rows(&models, &roster);
        let fallbacks = fallbacks::chains(config, &models, &roster);
        let members: FxHashMap<CredentialId, Arc<Member>> = offers
            .into_iter()
            .flat_map(|offer| offer.members)
            .chain(credentials::passthrough(config, &inputs)?)
            .map(|member| (member.credential.id.clone(), member))
            .collect();
        Ok(Self {
            epoch: inputs.previous.map_or(1, |previous| previous.epoch + 1),
            access: access(config),
            models,
            roster: Arc::new(roster),
            shards,
            members,
            fallbacks,
            params: params(config, inputs.holdings),
            secrets: secrets(config, inputs.holdings),
            idle,
            disposal: inputs.disposal.clone(),
        })
    }
}

/// The settings that clients are built from, so that the others can go.
pub(crate) fn used_clients(config: &Config, holdings: &Holdings) -> Vec<ClientSpec> {
    let mut used = credentials::used_clients(config);
    used.extend(clients_of_accounts(config, holdings));
    used
}

const fn strategy(config: &Config) -> Strategy {
    match config.routing.strategy {
        cliproxy_config::Strategy::FillFirst => Strategy::FillFirst,
        cliproxy_config::Strategy::RoundRobin => Strategy::RoundRobin,
        cliproxy_config::Strategy::WeightedRoundRobin => Strategy::Weighted,
    }
}

/// A file without keys is an open gateway, and the start check has judged whether it may be. One
/// whose keys are all disabled lets nobody in.
fn access(config: &Config) -> Access {
    if config.open {
        return Access::open();
    }
    let keys = config.client_keys.iter().filter_map(|key| {
        let known = match &key.key {
            ClientKeyText::Plain(secret) => ClientKey::from_secret(secret)?,
            ClientKeyText::Sha256(digest) => ClientKey::from_digest(*digest),
        };
        Some(match &key.name {
            Some(name) => known.named(name),
            None => known,
        })
    });
    let keys = ConfigApiKeys::new(keys).accept_query_keys(config.accept_query_keys);
    Access::new(vec![Arc::new(keys)])
}

fn params(config: &Config, holdings: &Holdings) -> Params {
    let retry = &config.retry;
    let entries = config.entries.iter().filter(|entry| !entry.disabled);
    let rounds = entries.filter_map(|entry| entry.request_retry);
    let accounts = holdings.iter().map(|held| &held.record.settings);
    let rounds: Vec<_> = rounds
        .chain(accounts.filter_map(|own| own.request_retry))
        .chain([retry.request_retry])
        .collect();
    Params {
        retry: RetryPolicy {
            rounds: rounds.iter().copied().max().unwrap_or_default(),
            fewest_rounds: rounds.iter().copied().min().unwrap_or_default(),
            bootstrap_rounds: config.streaming.bootstrap_retries,
            credentials: retry.max_retry_credentials,
            wait: retry.max_retry_interval,
            attempts: retry.attempts,
            deadline: retry.deadline,
        },
        upstream_headers: UpstreamHeaders::new(
            config.passthrough_headers,
            config.expose_account_limits,
        ),
        response_headers: config.response_headers,
        session_affinity: config.routing.session_affinity,
        session_affinity_ttl: config.routing.session_affinity_ttl,
        priority_failback: config.routing.priority_failback,
        keep_alive: config.streaming.keepalive,
        max_event: config.limits.max_event,
        translation: dialects::options(config),
        replay: config.translation.replay,
        streams_arrays: config.compat.gemini_json_array_stream,
        write_timeout: config.limits.write_timeout,
    }
}
