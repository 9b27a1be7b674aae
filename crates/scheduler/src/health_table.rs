//! Who has which health, and what of it outlives a reload.

use std::sync::Arc;

use cliproxy_core::{CredentialId, ErrorKind, ModelId, Scope, canonical};
use rustc_hash::FxHashMap;

use crate::{
    CandidateSpec, breaker::Breaker, health::Sentence, moment::Moment, seat::Seat, vitals::Vitals,
};

/// Every credential of a roster, and what is behind them.
///
/// Filled when the roster is built and never by a request, so that clients cannot grow it.
#[derive(Debug, Default)]
pub(crate) struct HealthTable {
    seats: FxHashMap<CredentialId, Arc<Seat>>,
    breakers: FxHashMap<Arc<str>, Arc<Breaker>>,
}

impl HealthTable {
    /// Enters a candidate, keeping what `previous` knows about it.
    pub(crate) fn admit(
        &mut self,
        candidate: &CandidateSpec,
        previous: Option<&Self>,
    ) -> Arc<Seat> {
        let breaker = candidate.upstream.as_ref();
        let breaker = breaker.map(|upstream| self.breaker(upstream, previous));
        let before = previous.and_then(|table| table.seats.get(&candidate.credential));
        let known = self.seats.get(&candidate.credential);
        let vitals = match known {
            Some(known) => Arc::clone(&known.vitals),
            None => inherit(before, candidate),
        };
        let seat = Seat::succeeding(known.or(before), candidate, vitals, breaker);
        if known.is_none() {
            let name = candidate.credential.clone();
            self.seats.insert(name, Arc::clone(&seat));
        }
        seat
    }

    /// Room for so many more.
    pub(crate) fn reserve(&mut self, candidates: usize) {
        self.seats.reserve(candidates);
    }

    /// By name, so that all who share an upstream share what is known about it.
    fn breaker(&mut self, upstream: &Arc<str>, previous: Option<&Self>) -> Arc<Breaker> {
        if let Some(known) = self.breakers.get(upstream) {
            return Arc::clone(known);
        }
        let earlier = previous.and_then(|table| table.breakers.get(upstream));
        let breaker = earlier.map_or_else(
            || Arc::new(Breaker::closed(Arc::clone(upstream))),
            Arc::clone,
        );
        self.breakers
            .insert(Arc::clone(upstream), Arc::clone(&breaker));
        breaker
    }

    pub(crate) fn breakers(&self) -> impl Iterator<Item = &Breaker> {
        self.breakers.values().map(|breaker| &**breaker)
    }

    /// Everybody, in no order.
    pub(crate) fn seats(&self) -> impl Iterator<Item = &Arc<Seat>> {
        self.seats.values()
    }

    pub(crate) fn get(&self, credential: &CredentialId) -> Option<&Arc<Seat>> {
        self.seats.get(credential)
    }

    /// What keeps `credential` from serving `model`.
    pub(crate) fn sentence(
        &self,
        credential: &CredentialId,
        model: &ModelId,
        now: Moment,
    ) -> Option<(Scope, Sentence)> {
        let vitals = &self.seats.get(credential)?.vitals;
        let model = vitals.model(canonical(model.as_str()));
        last_to_end(
            vitals.whole.sentence(now),
            model.and_then(|health| health.sentence(now)),
        )
    }
}

/// Of two blocks on the same way the one that ends last; of equals the quota, which is the one
/// that a client can be told to wait for.
pub(crate) fn last_to_end(
    whole: Option<Sentence>,
    model: Option<Sentence>,
) -> Option<(Scope, Sentence)> {
    let whole = whole.map(|sentence| (Scope::Credential, sentence));
    let model = model.map(|sentence| (Scope::Model, sentence));
    let both = whole.into_iter().chain(model);
    both.max_by_key(|(_, sentence)| (sentence.until, sentence.reason == ErrorKind::Quota))
}

/// Health is shared, not copied, so that the outcomes of requests that still run under the previous
/// roster count in this one. Switching cooling off frees what cooling held.
fn inherit(before: Option<&Arc<Seat>>, candidate: &CandidateSpec) -> Arc<Vitals> {
    let before = before.filter(|seat| seat.vitals.generation == candidate.generation);
    match before {
        Some(seat) if seat.cooling.enabled && !candidate.cooling.enabled => {
            Arc::new(seat.vitals.without_cooling())
        }
        Some(seat) => Arc::clone(&seat.vitals),
        None => Arc::new(Vitals::clean(candidate.generation)),
    }
}
