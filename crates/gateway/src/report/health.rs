//! How credentials are, and making them well by hand.

use super::{
    AccountView, CounterView, CredentialView, ModelView, Reset, ResetError, Status, UpstreamView,
    explain::{label, whole_ms},
    sign_ins::SignIns,
    unoffered::unoffered,
};
use crate::{
    credentials::owner,
    derive::{Idle, PASSTHROUGH},
    gateway::Gateway,
    member::Member,
    snapshot::Snapshot,
};
use cliproxy_auth_store::Credential;
use cliproxy_config::nearest;
use cliproxy_core::ModelId;
use cliproxy_scheduler::{Block, CredentialHealth, KeptBlock, State, Strategy};
use cliproxy_token_refresh::Ending;
use std::{collections::BTreeMap, time::Instant};

impl Gateway {
    /// What is ready now, and when the rest comes back.
    #[must_use]
    pub fn status(&self) -> Status {
        let (snapshot, now) = (self.snapshot(), Instant::now());
        let health = snapshot.roster.health(now);
        let (trials, sign_ins) = (trials(&snapshot, now), SignIns::of(self));
        let listed = health.iter().map(|health| health.credential.clone());
        let listed = listed.collect();
        let unoffered = unoffered(&snapshot, &listed, &sign_ins, &self.source().lock());
        let mut credentials: Vec<_> = health
            .into_iter()
            .map(|health| credential(&snapshot, &trials, &sign_ins, health))
            .chain(snapshot.idle.iter().map(|one| idle(one, &sign_ins)))
            .chain(unoffered)
            .collect();
        // Those of higher priority first, as they are served.
        credentials.sort_by(|a, b| {
            let falling = b.priority.cmp(&a.priority);
            falling.then_with(|| a.credential.cmp(&b.credential))
        });
        let rests = snapshot.roster.upstreams_at_rest(now).into_iter();
        Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            epoch: snapshot.epoch,
            strategy: snapshot.roster.strategy().as_str().to_owned(),
            session_affinity: snapshot.params.session_affinity,
            bindings: self.memory().bindings.len(),
            credentials,
            claude_passthrough: snapshot.members.contains_key(PASSTHROUGH),
            upstreams: rests
                .map(|rest| UpstreamView {
                    upstream: rest.upstream.to_string(),
                    trial_in_ms: whole_ms(rest.trial),
                })
                .collect(),
            counters: self.counters(),
        }
    }

    /// Pairs of protocols are told once there is something to tell.
    fn counters(&self) -> Vec<CounterView> {
        let mut counters = self.desk().counters.views();
        counters.push(CounterView {
            name: "cliproxy_replay_evictions_total".to_owned(),
            labels: BTreeMap::new(),
            value: self.memory().replay.evictions(),
        });
        counters.extend(self.refreshes());
        counters
    }

    /// How attempts to refresh tokens have ended.
    fn refreshes(&self) -> Vec<CounterView> {
        let Some(credentials) = self.credentials.get() else {
            return Vec::new();
        };
        let counts = credentials.engine.counts();
        let ended = Ending::ALL.map(|ending| (ending.as_str(), counts.of(ending)));
        let ended = ended.into_iter().filter(|(_, value)| *value > 0);
        let views = ended.map(|(outcome, value)| CounterView {
            name: "cliproxy_refresh_total".to_owned(),
            labels: [("outcome".to_owned(), outcome.to_owned())].into(),
            value,
        });
        views.collect()
    }

    /// Resolves when a credential has begun or ceased to rest since the last time.
    pub async fn health_changed(&self) {
        self.memory().health_changed.notified().await;
    }

    /// Every block that is on, to be written down.
    #[must_use]
    pub fn kept_blocks(&self) -> Vec<KeptBlock> {
        self.snapshot().roster.kept_blocks(Instant::now())
    }

    /// Puts blocks of an earlier process back, as far as their credentials are still there. Says how
    /// many were.
    #[must_use]
    pub fn restore_blocks(&self, kept: &[KeptBlock]) -> usize {
        let (snapshot, now) = (self.snapshot(), Instant::now());
        let restored = kept
            .iter()
            .filter(|kept| snapshot.roster.restore(kept, now));
        restored.count()
    }

    /// Makes credentials as good as new, or one upstream model of them. Named by label or id; the
    /// label of an entry names all its keys.
    ///
    /// # Errors
    ///
    /// [`ResetError`] if there is no such credential, or none of them has such a model.
    pub fn reset(&self, name: &str, model: Option<&str>) -> Result<Vec<Reset>, ResetError> {
        let (snapshot, now) = (self.snapshot(), Instant::now());
        let mut named: Vec<_> = snapshot
            .members
            .values()
            .map(|member| &member.credential)
            .filter(|credential| {
                let label = &*credential.label;
                let entry = label.rsplit_once('#').map(|(entry, _)| entry);
                credential.id.as_str() == name || label == name || entry == Some(name)
            })
            .collect();
        if named.is_empty() {
            let labels = snapshot.members.values();
            let labels = labels.map(|member| &*member.credential.label);
            return Err(ResetError::UnknownCredential {
                nearest: nearest(name, labels).map(str::to_owned),
            });
        }
        named.sort_by(|a, b| a.label.cmp(&b.label));
        let resets: Vec<_> = named
            .iter()
            .filter_map(|credential| {
                let models = reset(&snapshot, credential, model, now)?;
                Some(Reset {
                    credential: credential.label.to_string(),
                    ended: models.iter().filter(|(_, blocked)| *blocked).count(),
                    models: models.iter().map(|(model, _)| model.to_string()).collect(),
                })
            })
            .collect();
        self.memory().health_changed.notify_one();
        if resets.is_empty() {
            let asked = model.unwrap_or_default();
            let ids: Vec<_> = named.iter().map(|credential| &credential.id).collect();
            let health = snapshot.roster.health(now);
            let models = health
                .iter()
                .filter(|health| ids.contains(&&health.credential))
                .flat_map(|health| &health.models);
            return Err(ResetError::UnknownModel {
                nearest: nearest(asked, models.map(|(model, _)| model.as_str())).map(str::to_owned),
            });
        }
        Ok(resets)
    }
}

/// Resets one credential. A model may be named as upstreams know it or as clients do.
fn reset(
    snapshot: &Snapshot,
    credential: &Credential,
    model: Option<&str>,
    now: Instant,
) -> Option<Vec<(ModelId, bool)>> {
    let roster = &snapshot.roster;
    let named = model.map(ModelId::from);
    let reset = roster.reset(&credential.id, named.as_ref(), now);
    if reset.is_some() {
        return reset;
    }
    let route = snapshot.models().resolve(model?).ok()?.route;
    let source = snapshot.members.get(&credential.id)?.source;
    let serving = route
        .serving
        .iter()
        .find(|serving| serving.source == source)?;
    let targets = serving.targets.iter();
    let resets = targets.filter_map(|target| roster.reset(&credential.id, Some(target), now));
    Some(resets.flatten().collect())
}

/// Those whose upstream is not reached, and when one request may try it.
fn trials(snapshot: &Snapshot, now: Instant) -> BTreeMap<String, u64> {
    let shards = snapshot.shards.iter().filter_map(|row| row.all);
    let standings = shards.flat_map(|shard| snapshot.roster.standings(shard, now));
    let trials = standings.filter_map(|standing| match standing.state {
        State::Behind(trial) => Some((standing.credential.to_string(), whole_ms(trial))),
        _ => None,
    });
    trials.collect()
}

fn credential(
    snapshot: &Snapshot,
    trials: &BTreeMap<String, u64>,
    sign_ins: &SignIns,
    health: CredentialHealth,
) -> CredentialView {
    let id = health.credential.to_string();
    let member = snapshot.members.get(&health.credential);
    // In no route, for its weight: nobody picks it.
    let weightless = *snapshot.roster.strategy() == Strategy::Weighted
        && member.is_some_and(|member| member.weight == 0);
    // No waiting ends that, so it goes before a rest.
    let over = member.and_then(|member| sign_ins.over(member));
    let trial = trials.get(&id).copied();
    let resting = health.models.iter().filter(|(_, block)| block.is_some());
    let (state, reason, back_in_ms) = match (&health.block, resting.count(), trial) {
        _ if weightless => ("never picked", Some("weight 0".to_owned()), None),
        _ if let Some(over) = over => (over.state, Some(over.why.to_string()), None),
        (Some(block), ..) => ("cooling", Some(reason(block)), Some(remaining(block))),
        (None, 0, None) => ("ready", None, None),
        (None, 0, Some(trial)) => ("upstream not reached", None, Some(trial)),
        (None, some, _) if some == health.models.len() => {
            let blocks = || health.models.iter().filter_map(|(_, block)| block.as_ref());
            let first = blocks().min_by_key(|block| block.remaining);
            ("cooling", first.map(reason), first.map(remaining))
        }
        _ => ("partly cooling", None, None),
    };
    CredentialView {
        credential: label(snapshot, &health.credential),
        provider: member.map_or_else(String::new, |member| member.credential.provider.to_string()),
        id,
        priority: member.map_or(0, |member| member.priority),
        weight: member.map_or(1, |member| member.weight),
        state: state.to_owned(),
        reason,
        back_in_ms,
        proxy: member
            .and_then(|one| one.proxy.as_deref())
            .map(str::to_owned),
        account: member.and_then(|one| account(one, sign_ins)),
        models: health.models.into_iter().map(model).collect(),
    }
}

/// An account that serves nothing, and why.
fn idle(account: &Idle, sign_ins: &SignIns) -> CredentialView {
    let record = &account.record;
    CredentialView {
        credential: record.label.to_string(),
        id: record.id.to_string(),
        provider: record.provider.to_string(),
        priority: record.settings.priority.unwrap_or(0),
        weight: record.settings.weight.unwrap_or(1),
        state: account.state.to_owned(),
        reason: account.why.as_deref().map(str::to_owned),
        back_in_ms: None,
        proxy: account.proxy.as_deref().map(str::to_owned),
        account: Some(AccountView {
            tokens: sign_ins.tokens(owner(record)).cloned(),
            ..AccountView::of_record(record)
        }),
        models: Vec::new(),
    }
}

/// The file of one that serves.
pub(super) fn account(member: &Member, sign_ins: &SignIns) -> Option<AccountView> {
    let origin = member.origin.as_ref()?;
    let project = member
        .parent
        .as_ref()
        .and(member.credential.project.as_deref());
    let sign_in = member.sign_in.as_ref();
    let tokens = sign_in.and_then(|sign_in| sign_ins.tokens(sign_in.owner()));
    Some(AccountView {
        tokens: tokens.cloned(),
        ..AccountView::of_origin(origin, project)
    })
}

fn model((model, block): (ModelId, Option<Block>)) -> ModelView {
    ModelView {
        model: model.to_string(),
        state: if block.is_some() { "cooling" } else { "ready" }.to_owned(),
        reason: block.as_ref().map(reason),
        back_in_ms: block.as_ref().map(remaining),
        probe_in_ms: block.and_then(|block| block.probe).map(whole_ms),
    }
}

fn reason(block: &Block) -> String {
    block.reason.as_str().to_owned()
}

fn remaining(block: &Block) -> u64 {
    whole_ms(block.remaining)
}
