//! The candidates of one route that have the same priority, and whose turn it is.

use std::{ops::Range, sync::Arc};

use cliproxy_core::CredentialId;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use crate::{
    Strategy, Tried,
    breaker::Lease,
    moment::Moment,
    ready_set::{Nobody, ReadySet},
    rotation::{Grouping, Rotation},
    slot::Slot,
    wake_log::{Wake, WakeLog},
};

/// What comes first. A tier in reserve stands behind the other one of its priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rank {
    pub(crate) priority: i32,
    pub(crate) reserve: bool,
}

/// One (route, rank).
///
/// Its lock is the widest that a pick takes, and exact rotation needs one: the cursor moves in the
/// same step as the pick, to the successor of what was picked. A counter that is merely incremented
/// would give the turn of a blocked credential to its neighbour.
#[derive(Debug)]
pub(crate) struct Tier {
    pub(crate) rank: Rank,
    /// Ordered by group, then by provider and credential, each there once.
    pub(crate) slots: Box<[Slot]>,
    places: FxHashMap<CredentialId, usize>,
    strategy: Strategy,
    turn: Mutex<Turn>,
}

/// What a pick is looking for.
#[derive(Clone, Copy)]
pub(crate) struct Search<'a> {
    pub(crate) tried: &'a Tried,
    pub(crate) wakes: &'a WakeLog,
    pub(crate) now: Moment,
}

#[derive(Debug)]
struct Turn {
    ready: ReadySet,
    rotation: Rotation,
    /// How much of the wake log was heeded.
    seen: u64,
}

impl Tier {
    /// `previous` is the tier of the same route and rank. If nothing about it changes it goes
    /// on as it is, shared with the requests that still run under the previous roster.
    pub(crate) fn succeeding(
        previous: Option<&Arc<Self>>,
        rank: Rank,
        mut slots: Vec<Slot>,
        strategy: &Strategy,
        random: impl FnMut(usize) -> usize,
        wakes: &WakeLog,
        now: Moment,
    ) -> Arc<Self> {
        let grouping = Grouping::of(strategy, &slots);
        let groups = arrange(&mut slots, grouping);
        let unchanged = previous.filter(|tier| {
            tier.strategy == *strategy
                && tier.slots.len() == slots.len()
                && tier.slots.iter().zip(&slots).all(|(a, b)| a.is_same(b))
        });
        if let Some(tier) = unchanged {
            return Arc::clone(tier);
        }
        let slots: Box<[Slot]> = slots.into();
        let names = slots.iter().map(|slot| slot.credential.clone());
        let places = names.zip(0..).collect();
        let mut rotation = Rotation::starting(strategy, grouping, &slots, &groups, random);
        if let Some(tier) = previous {
            rotation.follow(&tier.turn.lock().rotation, &tier.slots, &slots);
        }
        let turn = Turn {
            // Read before the health is: what ends early in between is looked at again.
            seen: wakes.count(),
            ready: ReadySet::new(&slots, &groups, now),
            rotation,
        };
        Arc::new(Self {
            rank,
            slots,
            places,
            strategy: strategy.clone(),
            turn: Mutex::new(turn),
        })
    }

    pub(crate) fn find(&self, credential: &CredentialId) -> Option<usize> {
        self.places.get(credential).copied()
    }

    /// Takes a turn; otherwise tells what is left.
    pub(crate) fn pick(&self, search: Search<'_>) -> Result<usize, Nobody> {
        let Search { tried, now, .. } = search;
        let Turn {
            ready, rotation, ..
        } = &mut *self.turn(search);
        rotation
            .pick(ready, &self.slots, tried, now)
            .ok_or_else(|| ready.nobody(&self.slots, tried, now))
    }

    /// A slot that is kept back only by an upstream nobody reaches.
    pub(crate) fn behind(&self, search: Search<'_>) -> Option<(usize, Option<Lease>)> {
        let Search { tried, now, .. } = search;
        self.turn(search).ready.behind(&self.slots, tried, now)
    }

    /// A slot whose long block may be doubted by now.
    pub(crate) fn doubtful(&self, search: Search<'_>) -> Option<(usize, Lease)> {
        let Search { tried, now, .. } = search;
        self.turn(search).ready.doubtful(&self.slots, tried, now)
    }

    /// When the first untried candidate is, or will be, ready; `None` if all were tried.
    pub(crate) fn earliest(&self, search: Search<'_>) -> Option<Moment> {
        let Search { tried, now, .. } = search;
        let mut turn = self.turn(search);
        turn.ready.earliest(&self.slots, tried, now)
    }

    /// What the tier's lock protects, up to date.
    fn turn(&self, search: Search<'_>) -> parking_lot::MutexGuard<'_, Turn> {
        let mut turn = self.turn.lock();
        turn.refresh(self, search.wakes, search.now);
        turn
    }
}

impl Turn {
    fn refresh(&mut self, tier: &Tier, wakes: &WakeLog, now: Moment) {
        let slots = &tier.slots;
        self.ready.release_due(slots, now);
        let heeded = wakes.catch_up(&mut self.seen, |wake| match wake {
            Wake::Credential(credential) => {
                if let Some(slot) = tier.find(credential) {
                    self.ready.review(slots, slot, now);
                }
            }
            Wake::Upstream => self.ready.review_behind(slots, now),
        });
        if heeded.is_err() {
            self.ready.review_all(slots, now);
        }
    }
}

/// Orders slots by their groups, which are ordered by their first members, and says where each
/// group is; one that spans all is none.
fn arrange(slots: &mut Vec<Slot>, grouping: Grouping) -> Vec<Range<usize>> {
    slots.sort_by(Slot::order);
    if grouping == Grouping::None {
        return Vec::new();
    }
    let mut groups: Vec<Vec<Slot>> = Vec::new();
    let mut numbers = FxHashMap::default();
    for slot in slots.drain(..) {
        let number = *numbers.entry(grouping.key(&slot)).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[number].push(slot);
    }
    let mut ranges = Vec::with_capacity(groups.len());
    for group in groups {
        let start = slots.len();
        slots.extend(group);
        ranges.push(start..slots.len());
    }
    ranges
}
