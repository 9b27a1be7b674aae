//! All credentials, who is due when, and who is being refreshed. It decides; others act.

mod attempts;

pub(crate) use self::attempts::Held;

use crate::{
    Counts, Event, LiveTokens, Outcome, Reason, Revision, Settings, Spec, Status, Verdict,
    ready::{Life, Ready},
    record::{Phase, Record, Standing, Waiter},
    schedule::Schedule,
    spread,
};
use cliproxy_core::CredentialId;
use rustc_hash::FxHashMap;
use std::{collections::hash_map::Entry, mem, sync::Arc, time::SystemTime};
use tokio::sync::oneshot;

/// All credentials. Every change is one call under one lock; nothing here waits.
pub(crate) struct Registry {
    settings: Settings,
    /// In boxes: a map is up to half empty, and a record is large.
    records: FxHashMap<CredentialId, Box<Record>>,
    schedule: Schedule,
    ready: Ready,
    in_flight: usize,
    closed: bool,
    pub(crate) counts: Counts,
    events: Vec<(CredentialId, Event)>,
    incarnations: u64,
    revisions: Revision,
}

/// What becomes of asking for fresh tokens.
pub(crate) enum Demand {
    Answered(Outcome),
    Waits(oneshot::Receiver<Outcome>),
}

impl Registry {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            settings,
            records: FxHashMap::default(),
            schedule: Schedule::default(),
            ready: Ready::default(),
            in_flight: 0,
            closed: false,
            counts: Counts::default(),
            events: Vec::new(),
            incarnations: 0,
            revisions: Revision::default(),
        }
    }

    pub(crate) fn set(&mut self, settings: Settings, now: SystemTime) {
        self.settings = settings;
        self.reschedule_all(now);
    }

    /// Works out all dates again: the rules have changed, or the clock was put back.
    pub(crate) fn reschedule_all(&mut self, now: SystemTime) {
        let ids: Vec<CredentialId> = self.records.keys().cloned().collect();
        ids.iter().for_each(|id| self.reschedule(id, now));
    }

    /// Adds and changes credentials; those that are due at once are spread.
    pub(crate) fn upsert(
        &mut self,
        batch: Vec<(CredentialId, Spec)>,
        now: SystemTime,
    ) -> Vec<Arc<LiveTokens>> {
        let mut ids = Vec::with_capacity(batch.len());
        let mut live = Vec::with_capacity(batch.len());
        for (id, spec) in batch {
            let record = self.put(&id, spec);
            record.tell_served(now);
            live.push(Arc::clone(&record.live));
            ids.push(id);
        }
        self.spread(&ids, now);
        ids.iter().for_each(|id| self.reschedule(id, now));
        live
    }

    fn put(&mut self, id: &CredentialId, spec: Spec) -> &mut Record {
        let (record, before) = match self.records.entry(id.clone()) {
            Entry::Occupied(record) => {
                let record = record.into_mut();
                let before = record.verdict().cloned();
                record.update(spec, &mut self.revisions);
                (record, before)
            }
            Entry::Vacant(place) => {
                let before = spec.remembered.verdict.clone();
                self.incarnations += 1;
                self.revisions.0 += 1;
                let record = Record::new(id, spec, self.incarnations, self.revisions);
                (place.insert(Box::new(record)), before)
            }
        };
        Self::compare(&mut self.events, id, before.as_ref(), record.verdict());
        record
    }

    /// Tells what is to be remembered, if that has changed.
    fn compare(
        events: &mut Vec<(CredentialId, Event)>,
        id: &CredentialId,
        before: Option<&Verdict>,
        after: Option<&Verdict>,
    ) {
        if before != after {
            events.push((id.clone(), Event::Verdict(after.cloned())));
        }
    }

    fn spread(&mut self, ids: &[CredentialId], now: SystemTime) {
        let mut due: Vec<(bool, f64, &CredentialId)> = Vec::new();
        for id in ids {
            let Some(record) = self.records.get(id) else {
                continue;
            };
            let at_once = record.phase == Phase::Idle
                && record.next(self.settings, now).is_some_and(|at| at <= now);
            if at_once {
                let good = !record.live.load().is_expired(now);
                due.push((good, record.share.place, id));
            }
        }
        // Those that no request can be made with come first.
        due.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        for ((_, _, id), offset) in due.iter().zip(spread::offsets(due.len())) {
            if let Some(record) = self.records.get_mut(*id) {
                record.spread_until = Some(now + offset);
            }
        }
    }

    /// Takes a credential away. An attempt under way runs to its end, so that what it is granted
    /// may still be written where it belongs; nothing comes back to life by it.
    pub(crate) fn remove(&mut self, id: &CredentialId) {
        self.schedule.set(id, None);
        if let Some(record) = self.records.remove(id) {
            for waiter in record.waiters {
                drop(waiter.tell.send(Outcome::Gone));
            }
        }
    }

    /// Somebody asks for fresh tokens.
    pub(crate) fn demand(
        &mut self,
        id: &CredentialId,
        seen: Revision,
        reason: Reason,
        now: SystemTime,
    ) -> Demand {
        let Some(record) = self.records.get_mut(id) else {
            return Demand::Answered(Outcome::Gone);
        };
        let current = record.live.load();
        let served = match reason {
            Reason::Expired => true,
            Reason::Rejected => current.revision > seen,
            Reason::Checked => {
                // Nobody else is as urgent.
                record.spread_until = None;
                record.standing == Standing::Sound
                    && record.next(self.settings, now).is_none_or(|at| at > now)
            }
        };
        if served && !current.is_expired(now) {
            return Demand::Answered(Outcome::Fresh(current));
        }
        let urgent = Phase::Queued { urgent: true };
        match record.phase {
            Phase::Running { .. } => {}
            _ if self.closed => return Demand::Answered(Outcome::Stopped),
            Phase::Queued { urgent: true } => {}
            Phase::Idle | Phase::Queued { urgent: false } => {
                if let Some(outcome) = record.refusal(reason, now) {
                    return Demand::Answered(outcome);
                }
                record.phase = urgent;
                let incarnation = record.incarnation;
                let id = id.clone();
                self.ready.push(Life { id, incarnation }, true);
            }
        }
        let (tell, hears) = oneshot::channel();
        record.waiters.push(Waiter { seen, reason, tell });
        Demand::Waits(hears)
    }

    /// Works out again when `id` is due; takes it back if it waits for a worker and is not due any
    /// more.
    fn reschedule(&mut self, id: &CredentialId, now: SystemTime) {
        let Some(record) = self.records.get_mut(id) else {
            return;
        };
        let next = record.next(self.settings, now);
        let date = match record.phase {
            Phase::Running { .. } => None,
            Phase::Queued { urgent: true } if !record.waiters.is_empty() => None,
            Phase::Queued { urgent: false } if next.is_some_and(|at| at <= now) => None,
            Phase::Queued { .. } | Phase::Idle => {
                record.phase = Phase::Idle;
                next
            }
        };
        self.schedule.set(id, date);
    }

    pub(crate) fn live(&self, id: &CredentialId) -> Option<Arc<LiveTokens>> {
        self.records.get(id).map(|record| Arc::clone(&record.live))
    }

    pub(crate) fn status(&self, id: &CredentialId, now: SystemTime) -> Option<Status> {
        let record = self.records.get(id)?;
        Some(record.status(self.settings, now))
    }

    /// Of all, in the order of their ids.
    pub(crate) fn statuses(&self, now: SystemTime) -> Vec<(CredentialId, Status)> {
        let all = self.records.iter();
        let all = all.map(|(id, record)| (id.clone(), record.status(self.settings, now)));
        let mut all: Vec<_> = all.collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }

    pub(crate) fn take_events(&mut self) -> Vec<(CredentialId, Event)> {
        mem::take(&mut self.events)
    }

    pub(crate) fn earliest(&self) -> Option<SystemTime> {
        self.schedule.earliest()
    }
}
