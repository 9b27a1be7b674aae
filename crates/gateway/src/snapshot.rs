//! The immutable view one request runs under.

use crate::{
    derive::Idle,
    disposal::{Disposal, Remains},
    member::Member,
    plan::Fallback,
    retry::RetryPolicy,
};
use cliproxy_access::Access;
use cliproxy_core::{CredentialId, Operation, Protocol, Secret};
use cliproxy_executors::UpstreamHeaders;
use cliproxy_models::{Resolver, Route};
use cliproxy_scheduler::{Availability, Roster, ShardId};
use cliproxy_translators::Options;
use rustc_hash::FxHashMap;
use std::{
    mem,
    sync::Arc,
    time::{Duration, Instant},
};

/// Everything a request reads, derived from one configuration in one step.
///
/// Models, credentials and the roster come from the same derivation, so a credential cannot be
/// known to one and not to the other.
#[derive(Debug)]
pub struct Snapshot {
    /// Counts the snapshots of this process.
    pub epoch: u64,
    pub(crate) access: Access,
    pub(crate) models: Resolver,
    pub(crate) roster: Arc<Roster>,
    /// By [`Route::index`].
    pub(crate) shards: Vec<Row>,
    pub(crate) members: FxHashMap<CredentialId, Arc<Member>>,
    /// What stands in for a model, by its name in lowercase.
    pub(crate) fallbacks: FxHashMap<String, Vec<Fallback>>,
    pub(crate) params: Params,
    pub(crate) secrets: Vec<Secret>,
    /// Accounts that serve nothing.
    pub(crate) idle: Vec<Idle>,
    pub(crate) disposal: Disposal,
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        self.disposal.take(Remains {
            _roster: Arc::clone(&self.roster),
            _members: mem::take(&mut self.members),
            _idle: mem::take(&mut self.idle),
            _secrets: mem::take(&mut self.secrets),
        });
    }
}

/// Who serves a route.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// Everybody.
    pub(crate) all: Option<ShardId>,
    /// By protocol of the client: everybody, and first who speaks it.
    pub(crate) generating: [Option<ShardId>; 4],
    /// By protocol: only who speaks it.
    pub(crate) native: [Option<ShardId>; 4],
}

/// The settings of the request path.
#[derive(Clone, Debug)]
pub(crate) struct Params {
    pub(crate) retry: RetryPolicy,
    pub(crate) upstream_headers: UpstreamHeaders,
    pub(crate) response_headers: bool,
    pub(crate) session_affinity: bool,
    pub(crate) session_affinity_ttl: Duration,
    pub(crate) priority_failback: bool,
    pub(crate) keep_alive: Option<Duration>,
    pub(crate) max_event: usize,
    /// How requests are translated.
    pub(crate) translation: Options,
    /// Whether reasoning that clients drop is remembered.
    pub(crate) replay: bool,
    /// Whether Gemini clients that name no form of their streams get a JSON array.
    pub(crate) streams_arrays: bool,
    /// How long a client may take nothing of what it was given.
    pub(crate) write_timeout: Duration,
}

impl Snapshot {
    /// Who may come in.
    #[must_use]
    pub const fn access(&self) -> &Access {
        &self.access
    }

    /// Whether any credential could serve anything now.
    #[must_use]
    pub fn is_ready(&self, now: Instant) -> bool {
        self.shards
            .iter()
            .filter_map(|row| row.all)
            .any(|shard| self.roster.availability(shard, now) == Availability::Ready)
    }

    /// The models a client may be shown: those that at least one credential serves or will serve
    /// again by itself, in a stable order.
    pub fn listed(&self, now: Instant) -> impl Iterator<Item = &Route> {
        self.models
            .list()
            .filter(move |route| self.is_listed(route, now))
    }

    /// One listed model by the name a client uses for it.
    #[must_use]
    pub fn listed_model(&self, name: &str, now: Instant) -> Option<&Route> {
        let name = name.strip_prefix("models/").unwrap_or(name);
        self.listed(now).find(|route| route.id.as_str() == name)
    }

    fn is_listed(&self, route: &Route, now: Instant) -> bool {
        let all = self.shards.get(route.index).and_then(|row| row.all);
        all.is_some_and(|shard| self.roster.availability(shard, now) != Availability::Gone)
    }

    pub(crate) const fn models(&self) -> &Resolver {
        &self.models
    }

    /// Every secret that an upstream could quote back.
    pub(crate) fn secrets(&self) -> &[Secret] {
        &self.secrets
    }

    /// Everybody in the shard of an operation, in no order.
    pub(crate) fn members_of(
        &self,
        route: &Route,
        (protocol, operation): (Protocol, Operation),
    ) -> impl Iterator<Item = &Member> + Clone {
        let members = self.members.values().map(|member| &**member);
        members.filter(move |member| {
            route.serving.iter().any(|serving| {
                let speaks = serving.protocols.contains(&protocol);
                serving.source == member.source && (speaks || operation.generates())
            })
        })
    }

    /// Who can do an operation for clients of a protocol: everybody if it can be translated, else
    /// those who speak the protocol.
    pub(crate) fn shard(
        &self,
        route: &Route,
        (protocol, operation): (Protocol, Operation),
    ) -> Option<ShardId> {
        let row = self.shards.get(route.index)?;
        match operation.generates() {
            true => row.generating[place(protocol)],
            false => row.native[place(protocol)],
        }
    }
}

/// Where a protocol's shard stands in a [`Row`].
pub(crate) const fn place(protocol: Protocol) -> usize {
    match protocol {
        Protocol::Chat => 0,
        Protocol::Claude => 1,
        Protocol::Gemini => 2,
        Protocol::Responses => 3,
    }
}
