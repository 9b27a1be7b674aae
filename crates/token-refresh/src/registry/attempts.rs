//! Attempts: who begins one, what one is told, and what it leaves behind.

use super::Registry;
use crate::{
    Current, Ending, Event, Fingerprint, Grant, TokenEndpoint, Tokens, VaultDoor, VaultError,
    ready::Life,
    record::{Ended, Found, Phase, Record},
};
use cliproxy_core::CredentialId;
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

/// What an attempt works with, as it is at this moment.
pub(crate) struct Held {
    pub(crate) current: Arc<Current>,
    pub(crate) vault: Arc<dyn VaultDoor>,
    pub(crate) endpoint: Arc<dyn TokenEndpoint>,
    pub(crate) setup: u64,
    /// What is in use and not on disk, and the refresh token that was used up for it.
    pub(crate) unwritten: Option<(Grant, Fingerprint)>,
    /// The refresh token went out before and brought no answer.
    pub(crate) doubted: bool,
    /// A request waits that the upstream has refused.
    pub(crate) rejected: bool,
    /// Nobody waits but a person who wants to know whether it works.
    pub(crate) by_hand: bool,
    /// The token endpoint may be asked.
    pub(crate) may_ask: bool,
    /// The gateway is stopping.
    pub(crate) closing: bool,
}

impl Registry {
    /// Hands those whose date has come to the workers.
    pub(crate) fn promote(&mut self, now: SystemTime) {
        while !self.closed {
            let Some(id) = self.schedule.pop(now) else {
                return;
            };
            let Some(record) = self.records.get_mut(&id) else {
                continue;
            };
            record.phase = Phase::Queued { urgent: false };
            let incarnation = record.incarnation;
            self.ready.push(Life { id, incarnation }, false);
        }
    }

    /// Who begins now: as many as there are workers free.
    pub(crate) fn dispatch(&mut self, now: SystemTime) -> Vec<Life> {
        let mut begun = Vec::new();
        while !self.closed && self.in_flight < self.settings.workers.max(1) {
            let Some((life, urgent)) = self.ready.pop() else {
                break;
            };
            let record = self.records.get(&life.id);
            let waits = record.is_some_and(|record| {
                record.incarnation == life.incarnation && record.phase == Phase::Queued { urgent }
            });
            if waits && self.begin(&life.id, now).is_some() {
                begun.push(life);
            }
        }
        begun
    }

    fn begin(&mut self, id: &CredentialId, now: SystemTime) -> Option<Life> {
        let record = self.records.get_mut(id)?;
        record.phase = Phase::Running { since: now };
        self.schedule.set(id, None);
        self.in_flight += 1;
        let (id, incarnation) = (id.clone(), record.incarnation);
        Some(Life { id, incarnation })
    }

    /// No more attempts begin; those that run are waited for by others.
    pub(crate) fn close(&mut self) {
        self.closed = true;
        self.ready.clear();
        for record in self.records.values_mut() {
            if matches!(record.phase, Phase::Queued { .. }) {
                record.phase = Phase::Idle;
                record.dismiss();
            }
        }
    }

    /// Begins one more attempt to write, at the end of everything.
    pub(crate) fn begin_last(&mut self, id: &CredentialId, now: SystemTime) -> Option<Life> {
        self.records.get(id)?.unwritten()?;
        self.begin(id, now)
    }

    pub(crate) fn at_risk(&self) -> Vec<CredentialId> {
        let at_risk = self.records.iter().filter(|(_, r)| r.unwritten().is_some());
        at_risk.map(|(id, _)| id.clone()).collect()
    }

    pub(crate) const fn in_flight(&self) -> usize {
        self.in_flight
    }

    fn record(&mut self, life: &Life) -> Option<&mut Record> {
        let record = self.records.get_mut(&life.id).map(|record| &mut **record);
        record.filter(|record| record.incarnation == life.incarnation)
    }

    /// What an attempt works with; nothing once its credential is gone.
    pub(crate) fn held(&mut self, life: &Life, now: SystemTime) -> Option<Held> {
        let closing = self.closed;
        let record = self.record(life)?;
        let unwritten = record.unwritten();
        Some(Held {
            current: record.live.load(),
            vault: Arc::clone(&record.spec.vault),
            endpoint: Arc::clone(&record.spec.endpoint),
            setup: record.spec.setup,
            unwritten: unwritten.map(|(grant, used)| (grant.clone(), used)),
            doubted: record.doubted(),
            rejected: record.rejected(),
            by_hand: record.by_hand(),
            may_ask: !closing && record.spec.policy.refreshed && record.may_ask(now),
            closing,
        })
    }

    /// This refresh token may have been used up by somebody who is not at it any more.
    pub(crate) fn doubts(&mut self, life: &Life, token: Fingerprint) {
        if let Some(record) = self.record(life) {
            record.doubts(token);
        }
    }

    /// The vault holds these tokens.
    pub(crate) fn found(&mut self, life: &Life, tokens: &Tokens) -> Option<Found> {
        let mut revisions = self.revisions;
        let record = self.record(life)?;
        let before = record.verdict().cloned();
        let found = record.find(tokens, &mut revisions);
        let after = record.verdict().cloned();
        self.revisions = revisions;
        Self::compare(&mut self.events, &life.id, before.as_ref(), after.as_ref());
        Some(found)
    }

    /// Puts granted tokens to use; says whether they differ from the old ones. Nothing if the
    /// credential is gone, and nothing changes then.
    pub(crate) fn granted(&mut self, life: &Life, tokens: Tokens, now: SystemTime) -> Option<bool> {
        let mut revisions = self.revisions;
        let record = self.record(life)?;
        let changed = record.grant(tokens, &mut revisions, now);
        self.revisions = revisions;
        Some(changed)
    }

    /// Puts granted tokens to use that could not be written, unless somebody else's tokens have
    /// come into use since `base`.
    pub(crate) fn at_risk_now(
        &mut self,
        life: &Life,
        tokens: Tokens,
        (base, used): (Fingerprint, Fingerprint),
        (grant, why): (Grant, &VaultError),
        now: SystemTime,
    ) -> bool {
        let same = |record: &&mut Record| record.live.load().tokens.mark() == base;
        if self.record(life).filter(same).is_none() {
            return false;
        }
        self.granted(life, tokens, now);
        if let Some(record) = self.record(life) {
            record.at_risk(grant, used, why, now);
        }
        true
    }

    pub(crate) fn written(&mut self, life: &Life) {
        if let Some(record) = self.record(life) {
            record.written();
        }
    }

    /// An attempt is over.
    pub(crate) fn ended(&mut self, life: &Life, ended: Ended, took: Duration, now: SystemTime) {
        self.in_flight -= 1;
        let ending = match self.record(life) {
            None => Ending::Discarded,
            Some(record) => {
                let before = record.verdict().cloned();
                record.phase = Phase::Idle;
                let ending = record.ended(ended, now);
                record.tell_ended(now);
                let after = record.verdict().cloned();
                Self::compare(&mut self.events, &life.id, before.as_ref(), after.as_ref());
                ending
            }
        };
        self.counts.ended(ending);
        let event = Event::Ended(ending, took);
        self.events.push((life.id.clone(), event));
        self.go_on(life, now);
    }

    /// After an attempt: another one for those who still wait, or a date for the next.
    fn go_on(&mut self, life: &Life, now: SystemTime) {
        let closed = self.closed;
        match self.record(life) {
            Some(record) if closed => record.dismiss(),
            Some(record) if !record.waiters.is_empty() => {
                record.phase = Phase::Queued { urgent: true };
                self.ready.push(life.clone(), true);
            }
            _ => self.reschedule(&life.id, now),
        }
    }
}
