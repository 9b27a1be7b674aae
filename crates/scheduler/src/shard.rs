//! One route: its tiers, and how a search goes through them.

use std::sync::Arc;

use cliproxy_core::{CredentialId, ErrorKind, ProviderId};

use crate::{
    Availability, Candidate, Choice, Custom, NoCapacity, Strategy,
    breaker::Lease,
    lineup::{Place, Targets, targets_of},
    moment::{Moment, first},
    ready_set::Nobody,
    slot::{Slot, Target},
    tier::{Search, Tier},
};

#[derive(Debug)]
pub(crate) struct Shard {
    pub(crate) key: Arc<str>,
    /// Highest priority first; no two share a credential.
    pub(crate) tiers: Box<[Arc<Tier>]>,
    /// The same of those that speak WebSocket, if that is some and not all.
    pub(crate) websocket: Box<[Arc<Tier>]>,
    /// Who belongs to the route and is never picked: those of weight zero, where weights count.
    pub(crate) weightless: Arc<[Place]>,
    /// By serving, as the weightless ones name them.
    pub(crate) targets: Targets,
    /// Whose all of them are, if it is one provider.
    pub(crate) only_provider: Option<ProviderId>,
}

/// A slot that was found, and the right to try it where it has none of its own.
pub(crate) struct Found {
    pub(crate) tier: Arc<Tier>,
    pub(crate) slot: usize,
    pub(crate) lease: Option<Lease>,
}

impl Shard {
    pub(crate) fn find(&self, credential: &CredentialId) -> Option<(&Arc<Tier>, usize)> {
        let mut tiers = self.tiers.iter();
        tiers.find_map(|tier| Some((tier, tier.find(credential)?)))
    }

    /// The models that a credential is asked for, by canonical name; nothing if it is not here.
    pub(crate) fn models_of(&self, credential: &CredentialId) -> &[Target] {
        if let Some((tier, number)) = self.find(credential) {
            return tier.slots.at(number).targets;
        }
        let mut weightless = self.weightless.iter();
        let place = weightless.find(|place| place.seat.credential == *credential);
        place.map_or(&[], |place| targets_of(&self.targets, place))
    }

    /// Everybody in the route, and what they are asked for.
    pub(crate) fn asked(&self) -> impl Iterator<Item = (&CredentialId, &[Target])> {
        let slots = self.tiers.iter().flat_map(|tier| tier.slots.iter());
        let slots = slots.map(|slot| (&slot.seat.credential, slot.targets));
        let weightless = self.weightless.iter();
        let weightless =
            weightless.map(|place| (&place.seat.credential, targets_of(&self.targets, place)));
        slots.chain(weightless)
    }

    /// Every candidate, by falling priority.
    pub(crate) fn slots(&self) -> impl Iterator<Item = (i32, Slot<'_>)> {
        self.tiers.iter().flat_map(|tier| {
            let priority = tier.rank().priority;
            tier.slots.iter().map(move |slot| (priority, slot))
        })
    }

    /// This credential, if it is ready. Takes no turn of the rotation.
    pub(crate) fn sticky(&self, credential: &CredentialId, search: Search<'_>) -> Option<Found> {
        let (tier, slot) = self.find(credential)?;
        let ready = !search.tried.contains(credential) && tier.slots.at(slot).is_ready(search.now);
        ready.then(|| Found::new(tier, slot))
    }

    /// This credential or none. Takes no turn of the rotation.
    pub(crate) fn only(
        &self,
        credential: &CredentialId,
        search: Search<'_>,
    ) -> Result<Found, NoCapacity> {
        let (tier, number) = self.find(credential).ok_or(NoCapacity::Unserved)?;
        let slot = tier.slots.at(number);
        if search.tried.contains(credential) {
            return Err(NoCapacity::Exhausted);
        }
        if slot.is_ready(search.now) {
            return Ok(Found::new(tier, number));
        }
        let lease = if slot.until() <= search.now {
            slot.upstream(search.tried).granted()
        } else if search.tried.may_probe() && slot.due(search.now) <= search.now {
            slot.probe().map(Some)
        } else {
            None
        };
        match lease {
            Some(lease) => Ok(Found {
                lease,
                ..Found::new(tier, number)
            }),
            None => Err(NoCapacity::until(Some(slot.kept_until()), search.now)),
        }
    }

    /// Takes a turn in the highest tier where someone is ready and untried. If nobody is: tries one
    /// behind an upstream that nobody reaches, then doubts a long block.
    pub(crate) fn rotate(
        &self,
        strategy: &Strategy,
        websocket: bool,
        search: Search<'_>,
    ) -> Result<Found, NoCapacity> {
        if self.tiers.is_empty() {
            return Err(NoCapacity::Unserved);
        }
        if let Strategy::Custom(custom) = strategy
            && let Some(found) = self.choose(custom, search)
        {
            return found;
        }
        if websocket {
            let mut tiers = self.websocket.iter();
            let found = tiers.find_map(|tier| Some(Found::new(tier, tier.pick(search).ok()?)));
            if let Some(found) = found {
                return Ok(found);
            }
        }
        let mut left = Nobody::NONE;
        for tier in &self.tiers {
            match tier.pick(search) {
                Ok(slot) => return Ok(Found::new(tier, slot)),
                Err(nobody) => left = left.and(nobody),
            }
        }
        self.last_resort(left, search)
            .ok_or_else(|| NoCapacity::until(left.earliest, search.now))
    }

    /// Nobody is ready: tries somebody whose upstream nobody reaches, else doubts a long block.
    fn last_resort(&self, left: Nobody, search: Search<'_>) -> Option<Found> {
        let behind = |tier: &Arc<Tier>| {
            let (slot, lease) = tier.behind(search)?;
            let found = Found::new(tier, slot);
            Some(Found { lease, ..found })
        };
        let doubtful = |tier: &Arc<Tier>| {
            let (slot, lease) = tier.doubtful(search)?;
            let found = Found::new(tier, slot);
            let lease = Some(lease);
            Some(Found { lease, ..found })
        };
        let behind = left.behind.then(|| self.tiers.iter().find_map(behind));
        behind.flatten().or_else(|| {
            let may = left.doubtful && search.tried.may_probe();
            may.then(|| self.tiers.iter().find_map(doubtful)).flatten()
        })
    }

    /// Asks an embedding program's strategy, if there is anybody to choose from.
    fn choose(&self, custom: &Custom, search: Search<'_>) -> Option<Result<Found, NoCapacity>> {
        let mut places = Vec::new();
        let mut ready = Vec::new();
        for tier in &self.tiers {
            for (number, slot) in tier.slots.iter().enumerate() {
                if search.tried.contains(&slot.credential) || slot.kept_until() > search.now {
                    continue;
                }
                places.push((tier, number));
                ready.push(Candidate {
                    credential: &slot.seat.credential,
                    provider: &slot.seat.provider,
                    priority: tier.rank().priority,
                    weight: slot.weight,
                });
            }
        }
        while !ready.is_empty() {
            let chosen = custom.select(&Choice {
                route: &self.key,
                ready: &ready,
            });
            let Some((at, &(tier, slot))) = chosen.and_then(|at| Some((at, places.get(at)?)))
            else {
                return Some(Err(NoCapacity::Exhausted));
            };
            // Of an upstream that is passed over, one request per rest sees whether it is back.
            if tier.slots.at(slot).is_ready(search.now) {
                return Some(Ok(Found::new(tier, slot)));
            }
            ready.remove(at);
            places.remove(at);
        }
        None
    }

    /// When the first untried candidate is, or will be, ready; `None` if all were tried.
    pub(crate) fn earliest(&self, search: Search<'_>) -> Option<Moment> {
        let tiers = self.tiers.iter().map(|tier| tier.earliest(search));
        tiers.fold(None, first)
    }

    pub(crate) fn availability(&self, now: Moment) -> Availability {
        let mut availability = Availability::Gone;
        for (_, slot) in self.slots() {
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

impl Found {
    fn new(tier: &Arc<Tier>, slot: usize) -> Self {
        Self {
            tier: Arc::clone(tier),
            slot,
            lease: None,
        }
    }
}

/// Whether a block says nothing about what the account may use. An outage of the upstream belongs
/// here: it would be wrong to take a model from the listing for a minute after each 503.
const fn passes(reason: ErrorKind) -> bool {
    matches!(
        reason,
        ErrorKind::Quota | ErrorKind::Transport | ErrorKind::Upstream
    )
}
