//! One route: its tiers, and where in them each credential is.

use std::sync::Arc;

use cliproxy_core::{CredentialId, ErrorKind};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    Availability, CandidateSpec, NoCapacity,
    moment::Moment,
    slot::Slot,
    tier::{Search, Tier},
};

#[derive(Debug)]
pub(crate) struct Shard {
    /// Highest priority first.
    tiers: Box<[Arc<Tier>]>,
    index: FxHashMap<CredentialId, Place>,
}

/// Where a credential is in its route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    tier: usize,
    slot: usize,
}

impl Shard {
    /// `tiers` must be ordered by falling priority and share no credential.
    pub(crate) fn new(tiers: Box<[Arc<Tier>]>) -> Self {
        let mut index = FxHashMap::default();
        for (tier, members) in tiers.iter().enumerate() {
            for (slot, member) in members.slots.iter().enumerate() {
                index.insert(member.credential.clone(), Place { tier, slot });
            }
        }
        Self { tiers, index }
    }

    pub(crate) fn tier(&self, priority: i32) -> Option<&Arc<Tier>> {
        self.tiers.iter().find(|tier| tier.priority == priority)
    }

    pub(crate) fn slot(&self, place: Place) -> Option<&Slot> {
        self.tiers.get(place.tier)?.slots.get(place.slot)
    }

    pub(crate) fn find(&self, credential: &CredentialId) -> Option<(Place, &Slot)> {
        let place = *self.index.get(credential)?;
        Some((place, self.slot(place)?))
    }

    /// This credential or none. Takes no turn of the rotation.
    pub(crate) fn only(
        &self,
        credential: &CredentialId,
        search: Search<'_>,
    ) -> Result<Place, NoCapacity> {
        let (place, slot) = self.find(credential).ok_or(NoCapacity::Unserved)?;
        if search.tried.contains(credential) {
            return Err(NoCapacity::Exhausted);
        }
        let until = slot.until();
        if until > search.now {
            return Err(NoCapacity::until(Some(until), search.now));
        }
        Ok(place)
    }

    /// Takes a turn in the highest tier where someone is ready and untried.
    pub(crate) fn rotate(&self, search: Search<'_>) -> Result<Place, NoCapacity> {
        if self.tiers.is_empty() {
            return Err(NoCapacity::Unserved);
        }
        let mut earliest = None;
        for (tier, members) in self.tiers.iter().enumerate() {
            match members.pick(search) {
                Ok(slot) => return Ok(Place { tier, slot }),
                Err(end) => earliest = first(earliest, end),
            }
        }
        Err(NoCapacity::until(earliest, search.now))
    }

    /// When the first untried candidate is, or will be, ready; `None` if all were tried.
    pub(crate) fn earliest(&self, search: Search<'_>) -> Option<Moment> {
        let tiers = self.tiers.iter().map(|tier| tier.earliest(search));
        tiers.fold(None, first)
    }

    pub(crate) fn availability(&self, now: Moment) -> Availability {
        let mut availability = Availability::Gone;
        for slot in self.tiers.iter().flat_map(|tier| &tier.slots) {
            if slot.until() <= now {
                return Availability::Ready;
            }
            let passing = slot
                .sentence(now)
                .is_some_and(|(_, sentence)| passes(sentence.reason));
            if passing {
                availability = Availability::CoolingOnly;
            }
        }
        availability
    }
}

/// The candidates in the order of their slots: by falling priority, then by credential; each
/// credential once.
pub(crate) fn in_order(mut candidates: Vec<CandidateSpec>) -> Vec<CandidateSpec> {
    candidates.sort_by(|a, b| {
        let falling = b.priority.cmp(&a.priority);
        falling.then_with(|| a.credential.cmp(&b.credential))
    });
    let mut seen = FxHashSet::default();
    candidates.retain(|candidate| seen.insert(candidate.credential.clone()));
    candidates
}

/// Whether a block says nothing about what the account may use. An outage of the upstream belongs
/// here: it would be wrong to take a model from the listing for a minute after each 503.
const fn passes(reason: ErrorKind) -> bool {
    matches!(
        reason,
        ErrorKind::Quota | ErrorKind::Transport | ErrorKind::Upstream
    )
}

fn first(a: Option<Moment>, b: Option<Moment>) -> Option<Moment> {
    a.into_iter().chain(b).min()
}
