//! The candidates of one route that have the same priority, and whose turn it is.

use std::sync::Arc;

use cliproxy_core::CredentialId;
use parking_lot::Mutex;

use crate::{
    Strategy, Tried,
    breaker::Lease,
    lineup::{Rank, Slots},
    moment::Moment,
    ready_set::{Nobody, ReadySet},
    rotation::Rotation,
    wake_log::{Wake, WakeLog},
};

/// One (route, rank).
///
/// Its lock is the widest that a pick takes, and exact rotation needs one: the cursor moves in the
/// same step as the pick, to the successor of what was picked. A counter that is merely incremented
/// would give the turn of a blocked credential to its neighbour.
#[derive(Debug)]
pub(crate) struct Tier {
    pub(crate) slots: Slots,
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
        strategy: &Strategy,
        slots: Slots,
        random: impl FnMut(usize) -> usize,
        wakes: &WakeLog,
        now: Moment,
    ) -> Arc<Self> {
        let unchanged = previous.filter(|tier| {
            tier.strategy == *strategy
                && Arc::ptr_eq(&tier.slots.lineup, &slots.lineup)
                && tier.slots.targets == slots.targets
        });
        if let Some(tier) = unchanged {
            return Arc::clone(tier);
        }
        let mut rotation = Rotation::starting(strategy, &slots.lineup, random);
        if let Some(tier) = previous {
            rotation.follow(
                &tier.turn.lock().rotation,
                &tier.slots.lineup,
                &slots.lineup,
            );
        }
        let turn = Turn {
            // Read before the health is: what ends early in between is looked at again.
            seen: wakes.count(),
            ready: ReadySet::new(&slots, now),
            rotation,
        };
        Arc::new(Self {
            slots,
            strategy: strategy.clone(),
            turn: Mutex::new(turn),
        })
    }

    pub(crate) fn rank(&self) -> Rank {
        self.slots.lineup.rank
    }

    pub(crate) fn find(&self, credential: &CredentialId) -> Option<usize> {
        self.slots.lineup.find(credential)
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
