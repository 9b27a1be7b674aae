//! Who in a tier may be ready, and when the others will be.

use std::collections::BTreeSet;

use crate::{Tried, bitset::BitSet, moment::Moment, slot::Slot};

/// Splits a tier's slots into those worth a look and those parked until their block ends.
///
/// The split is a hint and health is the truth: failures are recorded without touching any tier.
/// A pick that looks at a slot and finds it blocked parks it; a slot leaves the parked ones when
/// its time has come, or when it is reviewed because its block ended early. So a pick pays for
/// each block once, however many slots are blocked. A slot is always on exactly one side.
#[derive(Debug)]
pub(crate) struct ReadySet {
    hopeful: BitSet,
    /// By the end of the block. Not a heap, because a review takes members out of the middle.
    parked: BTreeSet<(Moment, usize)>,
    /// The moment under which a slot is parked.
    parked_until: Box<[Moment]>,
}

impl ReadySet {
    pub(crate) fn new(slots: &[Slot], now: Moment) -> Self {
        let parked_until: Box<[Moment]> = slots.iter().map(Slot::until).collect();
        let mut hopeful = BitSet::new(slots.len());
        let mut parked = Vec::new();
        for (slot, &until) in parked_until.iter().enumerate() {
            if until > now {
                parked.push((until, slot));
            } else {
                hopeful.insert(slot);
            }
        }
        Self {
            hopeful,
            parked: parked.into_iter().collect(),
            parked_until,
        }
    }

    /// Frees the slots whose time has come.
    pub(crate) fn release_due(&mut self, slots: &[Slot], now: Moment) {
        while let Some(&(until, slot)) = self.parked.first() {
            if until > now {
                return;
            }
            self.review(slots, slot, now);
        }
    }

    /// Looks again at a slot, if it is parked.
    pub(crate) fn review(&mut self, slots: &[Slot], slot: usize, now: Moment) {
        if self.hopeful.contains(slot) {
            return;
        }
        self.parked.remove(&(self.parked_until[slot], slot));
        let until = slots[slot].until();
        if until > now {
            self.park(slot, until);
        } else {
            self.hopeful.insert(slot);
        }
    }

    /// Looks again at every parked slot.
    pub(crate) fn review_all(&mut self, slots: &[Slot], now: Moment) {
        for slot in 0..slots.len() {
            self.review(slots, slot, now);
        }
    }

    /// The first slot that is ready and untried, from `start` on and round to it again.
    pub(crate) fn find(
        &mut self,
        slots: &[Slot],
        start: usize,
        tried: &Tried,
        now: Moment,
    ) -> Option<usize> {
        for (from, end) in [(start, slots.len()), (0, start)] {
            let mut from = from;
            while let Some(slot) = self.hopeful.next(from).filter(|&slot| slot < end) {
                from = slot + 1;
                if tried.contains(&slots[slot].credential) {
                    continue;
                }
                let until = slots[slot].until();
                if until <= now {
                    return Some(slot);
                }
                self.hopeful.remove(slot);
                self.park(slot, until);
            }
        }
        None
    }

    /// When the first parked and untried slot will be ready; `None` if all were tried.
    pub(crate) fn earliest(
        &mut self,
        slots: &[Slot],
        tried: &Tried,
        now: Moment,
    ) -> Option<Moment> {
        let mut from = (Moment::ORIGIN, 0);
        while let Some(&(until, slot)) = self.parked.range(from..).next() {
            if tried.contains(&slots[slot].credential) {
                from = (until, slot + 1);
                continue;
            }
            let actual = slots[slot].until();
            if actual <= until {
                return Some(actual.max(now));
            }
            // The block has grown since the slot was parked.
            self.review(slots, slot, now);
        }
        None
    }

    fn park(&mut self, slot: usize, until: Moment) {
        self.parked.insert((until, slot));
        self.parked_until[slot] = until;
    }
}
