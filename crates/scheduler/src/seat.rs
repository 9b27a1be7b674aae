//! A credential, as every route sees it.

use std::sync::Arc;

use cliproxy_core::{CredentialId, ProviderId};

use crate::{
    CandidateSpec, Cooling, Tried,
    breaker::{Breaker, Lease},
    vitals::Vitals,
};

/// One credential, with its health at hand. What differs from route to route is in the
/// [`Slot`](crate::slot::Slot).
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) credential: CredentialId,
    pub(crate) provider: ProviderId,
    pub(crate) parent: Option<Arc<str>>,
    pub(crate) weight: u32,
    pub(crate) cooling: Cooling,
    pub(crate) vitals: Arc<Vitals>,
    pub(crate) breaker: Option<Arc<Breaker>>,
}

/// Whether a slot that is well may be tried although its upstream is passed over.
pub(crate) enum Upstream {
    /// It may: the upstream is not passed over any more, or this request found it failing itself.
    Free,
    /// It may, as the only one.
    Leased(Lease),
    /// Somebody else is trying.
    Taken,
}

impl Upstream {
    /// The right to try it, which may be everybody's.
    pub(crate) fn granted(self) -> Option<Option<Lease>> {
        match self {
            Self::Free => Some(None),
            Self::Leased(lease) => Some(Some(lease)),
            Self::Taken => None,
        }
    }
}

impl Seat {
    /// The same one as before, if nothing about it changes.
    pub(crate) fn succeeding(
        before: Option<&Arc<Self>>,
        candidate: &CandidateSpec,
        vitals: Arc<Vitals>,
        breaker: Option<Arc<Breaker>>,
    ) -> Arc<Self> {
        let same = before.filter(|seat| {
            seat.credential == candidate.credential
                && seat.provider == candidate.provider
                && seat.parent == candidate.parent
                && seat.weight == candidate.weight
                && seat.cooling == candidate.cooling
                && Arc::ptr_eq(&seat.vitals, &vitals)
                && seat.breaker.as_ref().map(Arc::as_ptr) == breaker.as_ref().map(Arc::as_ptr)
        });
        same.map_or_else(
            || {
                Arc::new(Self {
                    credential: candidate.credential.clone(),
                    provider: candidate.provider.clone(),
                    parent: candidate.parent.clone(),
                    weight: candidate.weight,
                    cooling: candidate.cooling,
                    vitals,
                    breaker,
                })
            },
            Arc::clone,
        )
    }

    /// The right to ask before its block has ended.
    pub(crate) fn probe(&self) -> Option<Lease> {
        self.vitals
            .whole
            .probe()
            .then(|| Lease::Probe(Arc::clone(&self.vitals)))
    }

    /// Whether this request may try its upstream although it is passed over.
    pub(crate) fn upstream(&self, tried: &Tried) -> Upstream {
        match &self.breaker {
            None => Upstream::Free,
            Some(breaker) if !breaker.is_open() || tried.met(&breaker.upstream) => Upstream::Free,
            Some(breaker) if breaker.try_alone() => {
                Upstream::Leased(Lease::Upstream(Arc::clone(breaker)))
            }
            Some(_) => Upstream::Taken,
        }
    }
}
