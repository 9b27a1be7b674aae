//! Who in a tier may be ready, and when the others will be.

use std::{collections::BTreeSet, ops::Range};

use crate::{
    Tried,
    bitset::BitSet,
    breaker::Lease,
    groups::GroupCounts,
    lineup::Slots,
    moment::{Moment, first},
};

/// How many slots one pick looks at for a try although nobody is ready. Behind the first few are
/// others in the same state, and a request that finds nobody must stay cheap.
const TRIES: usize = 64;

/// Splits a tier's slots into those worth a look and those parked until their block ends.
///
/// The split is a hint and health is the truth: failures are recorded without touching any tier.
/// A pick that looks at a slot and finds it blocked parks it; a slot leaves the parked ones when
/// its time has come, or when it is reviewed because its block ended early. So a pick pays for
/// each block once, however many slots are blocked. A slot is always on exactly one side.
#[derive(Debug)]
pub(crate) struct ReadySet {
    hopeful: BitSet,
    counts: GroupCounts,
    /// By the end of the block. Not a heap, because a review takes members out of the middle.
    parked: BTreeSet<(Moment, usize)>,
    /// By when a long block may be doubted.
    doubted: BTreeSet<(Moment, usize)>,
    /// Parked for their upstream: those it keeps back longer than their own block does, if they have
    /// one.
    behind: BitSet,
    /// What a slot is parked under.
    tickets: Box<[Ticket]>,
}

/// Where a slot stands in the two orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ticket {
    until: Moment,
    doubt: Moment,
}

/// What is left when nobody in a tier is ready.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nobody {
    /// When the first untried slot will be ready; `None` if all were tried.
    pub(crate) earliest: Option<Moment>,
    /// Some slot waits for its upstream, and perhaps for nothing else.
    pub(crate) behind: bool,
    /// Some long block may be doubted by now.
    pub(crate) doubtful: bool,
}

impl ReadySet {
    /// The ready members of each group are counted.
    pub(crate) fn new(slots: &Slots, now: Moment) -> Self {
        let mut set = Self {
            hopeful: BitSet::new(slots.len()),
            counts: GroupCounts::new(&slots.lineup.groups),
            parked: BTreeSet::new(),
            doubted: BTreeSet::new(),
            behind: BitSet::new(slots.len()),
            tickets: vec![Ticket::NONE; slots.len()].into(),
        };
        for slot in 0..slots.len() {
            set.place(slots, slot, now);
        }
        set
    }

    /// How many of a group may be ready.
    pub(crate) fn count(&self, group: usize) -> u32 {
        self.counts.of(group)
    }

    /// The first group from `from` on in which somebody may be ready.
    pub(crate) fn next_group(&self, from: usize) -> Option<usize> {
        self.counts.next(from)
    }

    /// Frees the slots whose time has come.
    pub(crate) fn release_due(&mut self, slots: &Slots, now: Moment) {
        while let Some(&(until, slot)) = self.parked.first() {
            if until > now {
                return;
            }
            self.review(slots, slot, now);
        }
    }

    /// Looks again at a slot, if it is parked.
    pub(crate) fn review(&mut self, slots: &Slots, slot: usize, now: Moment) {
        if !self.hopeful.contains(slot) {
            self.unpark(slot);
            self.place(slots, slot, now);
        }
    }

    /// Looks again at every slot that waits for its upstream.
    pub(crate) fn review_behind(&mut self, slots: &Slots, now: Moment) {
        let mut from = 0;
        while let Some(slot) = self.behind.next(from) {
            self.review(slots, slot, now);
            from = slot + 1;
        }
    }

    /// Looks again at every parked slot.
    pub(crate) fn review_all(&mut self, slots: &Slots, now: Moment) {
        for slot in 0..slots.len() {
            self.review(slots, slot, now);
        }
    }

    /// The first slot in `range` that is ready and untried, from `start` on and round to it again.
    pub(crate) fn find(
        &mut self,
        slots: &Slots,
        range: Range<usize>,
        start: usize,
        tried: &Tried,
        now: Moment,
    ) -> Option<usize> {
        for part in [start..range.end, range.start..start] {
            let mut from = part.start;
            while let Some(slot) = self.hopeful.next(from).filter(|&slot| slot < part.end) {
                from = slot + 1;
                if tried.contains(&slots.at(slot).credential) {
                    continue;
                }
                if slots.at(slot).is_ready(now) {
                    return Some(slot);
                }
                self.hope_no_more(slot);
                self.place(slots, slot, now);
                // What kept it has ended meanwhile.
                if self.hopeful.contains(slot) {
                    from = slot;
                }
            }
        }
        None
    }

    /// What can be said when [`find`](Self::find) has found nobody.
    pub(crate) fn nobody(&mut self, slots: &Slots, tried: &Tried, now: Moment) -> Nobody {
        Nobody {
            earliest: self.first_to_end(slots, tried, now),
            behind: !self.behind.is_empty(),
            doubtful: self.doubted.first().is_some_and(|&(doubt, _)| doubt <= now),
        }
    }

    /// A slot that is kept back only by an upstream nobody reaches, and the right to try it.
    ///
    /// Where the request itself found the upstream failing, its siblings need no such right.
    pub(crate) fn behind(
        &mut self,
        slots: &Slots,
        tried: &Tried,
        now: Moment,
    ) -> Option<(usize, Option<Lease>)> {
        let mut from = 0;
        for _ in 0..TRIES {
            let slot = self.behind.next(from)?;
            from = slot + 1;
            self.review(slots, slot, now);
            let found = slots.at(slot);
            if found.until() > now || tried.contains(&found.credential) {
                continue;
            }
            if let Some(lease) = found.upstream(tried).granted() {
                return Some((slot, lease));
            }
        }
        None
    }

    /// A slot whose long block may be doubted by now, and the right to ask.
    pub(crate) fn doubtful(
        &mut self,
        slots: &Slots,
        tried: &Tried,
        now: Moment,
    ) -> Option<(usize, Lease)> {
        let mut from = (Moment::ORIGIN, 0);
        for _ in 0..TRIES {
            let &(doubt, slot) = self.doubted.range(from..).next()?;
            if doubt > now {
                return None;
            }
            from = (doubt, slot + 1);
            let found = slots.at(slot);
            if tried.contains(&found.credential) {
                continue;
            }
            if found.due(now) > now {
                // It was doubted since, in vain.
                self.review(slots, slot, now);
            } else if let Some(lease) = found.probe() {
                return Some((slot, lease));
            }
        }
        None
    }

    /// When the first untried slot is, or will be, ready; `None` if all were tried.
    pub(crate) fn earliest(&mut self, slots: &Slots, tried: &Tried, now: Moment) -> Option<Moment> {
        let mut from = 0;
        while let Some(slot) = self.hopeful.next(from) {
            from = slot + 1;
            if slots.at(slot).kept_until() > now {
                self.hope_no_more(slot);
                self.place(slots, slot, now);
            } else if !tried.contains(&slots.at(slot).credential) {
                return Some(now);
            }
        }
        self.first_to_recover(slots, tried, now)
    }

    /// When the first parked and untried slot will be ready whose block passes by itself.
    fn first_to_recover(&self, slots: &Slots, tried: &Tried, now: Moment) -> Option<Moment> {
        let untried = |slot: usize| !tried.contains(&slots.at(slot).credential);
        let mut parked = self.parked.iter().take(TRIES);
        let (_, slot) = parked.find(|&&(_, slot)| untried(slot) && slots.at(slot).recovers(now))?;
        Some(slots.at(*slot).kept_until().max(now))
    }

    /// When the first parked and untried slot will be ready.
    fn first_to_end(&mut self, slots: &Slots, tried: &Tried, now: Moment) -> Option<Moment> {
        let mut from = (Moment::ORIGIN, 0);
        while let Some(&(until, slot)) = self.parked.range(from..).next() {
            if tried.contains(&slots.at(slot).credential) {
                from = (until, slot + 1);
                continue;
            }
            let actual = slots.at(slot).kept_until();
            if actual <= until {
                return Some(actual.max(now));
            }
            // The block has grown since the slot was parked.
            self.review(slots, slot, now);
        }
        None
    }

    /// Puts a slot that is on neither side where it belongs.
    fn place(&mut self, slots: &Slots, slot: usize, now: Moment) {
        let found = slots.at(slot);
        let until = found.kept_until();
        if until <= now {
            self.hopeful.insert(slot);
            self.counts.add(slot);
            return;
        }
        let ticket = Ticket {
            until,
            doubt: found.due(now),
        };
        self.parked.insert((ticket.until, slot));
        if found.until() < until {
            self.behind.insert(slot);
        } else if ticket.doubt < until {
            self.doubted.insert((ticket.doubt, slot));
        }
        self.tickets[slot] = ticket;
    }

    fn hope_no_more(&mut self, slot: usize) {
        self.hopeful.remove(slot);
        self.counts.remove(slot);
    }

    fn unpark(&mut self, slot: usize) {
        let ticket = self.tickets[slot];
        self.parked.remove(&(ticket.until, slot));
        self.doubted.remove(&(ticket.doubt, slot));
        self.behind.remove(slot);
    }
}

impl Nobody {
    /// Of no tier at all.
    pub(crate) const NONE: Self = Self {
        earliest: None,
        behind: false,
        doubtful: false,
    };

    /// Of two tiers together.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            earliest: first(self.earliest, other.earliest),
            behind: self.behind || other.behind,
            doubtful: self.doubtful || other.doubtful,
        }
    }
}

impl Ticket {
    const NONE: Self = Self {
        until: Moment::ORIGIN,
        doubt: Moment::NEVER,
    };
}
