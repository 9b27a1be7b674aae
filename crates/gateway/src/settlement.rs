//! What is noted when a reply is over: health, usage, bindings, the record. Exactly once.

use crate::{
    journal::Journal, memory::Memory, replay::Owner, secrets::of_tokens, snapshot::Snapshot,
};
use cliproxy_core::{KeyDigest, ModelId, Protocol, Secret};
use cliproxy_executors::UpstreamError;
use cliproxy_scheduler::{Outcome, Pick};
use cliproxy_session_affinity::{Binding, StateKind, StateRef};
use cliproxy_token_refresh::Current;
use cliproxy_translators::{Remembered, ReplyTap};
use cliproxy_usage::Ending;
use std::{sync::Arc, time::Instant};

/// A reply's open account.
#[derive(Debug)]
pub(crate) struct Settlement {
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) memory: Arc<Memory>,
    /// `None` for a client's own credential, which has no health.
    pub(crate) pick: Option<Pick>,
    /// What an account's request was made with.
    pub(crate) tokens: Option<Arc<Current>>,
    pub(crate) target: ModelId,
    /// The label of the credential that serves.
    pub(crate) label: Arc<str>,
    pub(crate) client: KeyDigest,
    pub(crate) binding: Option<Arc<Binding>>,
    pub(crate) journal: Journal,
}

impl Settlement {
    /// What an error of the upstream may quote, and the client must not read.
    pub(crate) fn quotable(&self) -> Vec<Secret> {
        let tokens = self.tokens.as_deref().map(of_tokens);
        [&tokens.unwrap_or_default(), self.snapshot.secrets()].concat()
    }

    /// The whole reply was delivered.
    pub(crate) fn completed(&mut self, tap: &mut ReplyTap) {
        let now = Instant::now();
        if let Some(pick) = &self.pick {
            let roster = &self.snapshot.roster;
            let recorded = roster.record(pick, &self.target, Outcome::Succeeded, now);
            self.memory.recorded(recorded);
            self.remember(tap, pick, now);
        }
        if let Some(binding) = &self.binding {
            self.memory.bindings.touch(binding, now);
        }
        self.journal.used(tap.usage());
        self.journal.end(Ending::Complete, None);
    }

    /// The reply broke off after it had begun.
    pub(crate) fn interrupted(&mut self, tap: &mut ReplyTap, error: &UpstreamError) {
        if let Some(pick) = &self.pick {
            let outcome = outcome_of(error);
            let roster = &self.snapshot.roster;
            let recorded = roster.record(pick, &self.target, outcome, Instant::now());
            self.memory.recorded(recorded);
        }
        self.journal.used(tap.usage());
        let why = error.message.as_ref();
        self.journal.end(Ending::Interrupted, Some(why.into()));
    }

    /// The client left, or the gateway ends without waiting: nobody's health changes, and what was
    /// used so far is accounted for.
    pub(crate) fn abandoned(&mut self, tap: &mut ReplyTap) {
        self.journal.used(tap.usage());
        self.journal.abandon();
    }

    /// Reasoning of a translated reply that its client may drop.
    pub(crate) fn keep_reasoning(&self, upstream: Protocol, remembered: Vec<(String, Remembered)>) {
        if remembered.is_empty() {
            return;
        }
        let owner = Owner {
            client: &self.client,
            upstream,
            model: self.target.as_str(),
        };
        self.memory.replay.keep(&owner, remembered, Instant::now());
    }

    /// State that the upstream keeps lives under this credential only.
    fn remember(&self, tap: &mut ReplyTap, pick: &Pick, now: Instant) {
        let ids = tap.response_ids();
        let response = ids
            .response
            .map(|id| StateRef::new(StateKind::Response, id));
        let items = ids
            .items
            .into_iter()
            .map(|id| StateRef::new(StateKind::Item, id));
        for state in response.into_iter().chain(items) {
            self.memory
                .pins
                .remember(&self.client, &state, pick.credential(), now);
        }
    }
}

/// A failed attempt as the scheduler wants to hear of it.
pub(crate) const fn outcome_of(error: &UpstreamError) -> Outcome {
    Outcome::Failed {
        kind: error.kind,
        scope: error.scope,
        retry_after: error.retry_after,
    }
}
