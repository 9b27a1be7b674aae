//! The candidates of one route that have the same priority, and whose turn it is.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::{Strategy, Tried, moment::Moment, ready_set::ReadySet, slot::Slot, wake_log::WakeLog};

/// One (route, priority).
///
/// Its lock is the widest that a pick takes, and exact rotation needs one: the cursor moves in the
/// same step as the pick, to the successor of what was picked. A counter that is merely incremented
/// would give the turn of a blocked credential to its neighbour.
#[derive(Debug)]
pub(crate) struct Tier {
    pub(crate) priority: i32,
    /// Ordered by credential, each there once.
    pub(crate) slots: Box<[Slot]>,
    turn: Mutex<Turn>,
}

/// What a pick is looking for.
#[derive(Clone, Copy)]
pub(crate) struct Search<'a> {
    pub(crate) strategy: Strategy,
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

/// Where the next search starts.
#[derive(Debug)]
struct Rotation {
    next: usize,
}

impl Tier {
    /// `previous` is the tier of the same route and priority. If nothing about it changes it goes
    /// on as it is, shared with the requests that still run under the previous roster.
    pub(crate) fn succeeding(
        previous: Option<&Arc<Self>>,
        priority: i32,
        slots: Box<[Slot]>,
        wakes: &WakeLog,
        now: Moment,
    ) -> Arc<Self> {
        let unchanged = previous.filter(|tier| {
            tier.slots.len() == slots.len()
                && tier.slots.iter().zip(&slots).all(|(a, b)| a.is_same(b))
        });
        if let Some(tier) = unchanged {
            return Arc::clone(tier);
        }
        let turn = Turn {
            // Read before the health is: what ends early in between is looked at again.
            seen: wakes.count(),
            ready: ReadySet::new(&slots, now),
            rotation: Rotation {
                next: previous.map_or(0, |tier| tier.next_among(&slots)),
            },
        };
        Arc::new(Self {
            priority,
            slots,
            turn: Mutex::new(turn),
        })
    }

    /// Takes a turn; otherwise tells when the first untried candidate will be ready.
    pub(crate) fn pick(&self, search: Search<'_>) -> Result<usize, Option<Moment>> {
        let turn = &mut *self.turn.lock();
        let start = turn.rotation.start(search.strategy);
        let slot = turn.find(&self.slots, start, search)?;
        turn.rotation
            .advance(search.strategy, slot, self.slots.len());
        Ok(slot)
    }

    /// When the first untried candidate is, or will be, ready; `None` if all were tried.
    pub(crate) fn earliest(&self, search: Search<'_>) -> Option<Moment> {
        let turn = &mut *self.turn.lock();
        match turn.find(&self.slots, 0, search) {
            Ok(_) => Some(search.now),
            Err(earliest) => earliest,
        }
    }

    /// Whose turn it is, as a place among other slots; the successor of one that is gone.
    fn next_among(&self, slots: &[Slot]) -> usize {
        let next = self.turn.lock().rotation.next;
        let place = self.slots.get(next).map_or(0, |slot| {
            slots.partition_point(|other| other.credential < slot.credential)
        });
        if place < slots.len() { place } else { 0 }
    }
}

impl Turn {
    fn find(
        &mut self,
        slots: &[Slot],
        start: usize,
        search: Search<'_>,
    ) -> Result<usize, Option<Moment>> {
        let Search { tried, now, .. } = search;
        self.refresh(slots, search.wakes, now);
        self.ready
            .find(slots, start, tried, now)
            .ok_or_else(|| self.ready.earliest(slots, tried, now))
    }

    fn refresh(&mut self, slots: &[Slot], wakes: &WakeLog, now: Moment) {
        self.ready.release_due(slots, now);
        let heeded = wakes.catch_up(&mut self.seen, |credential| {
            let slot = slots.binary_search_by(|slot| slot.credential.cmp(credential));
            if let Ok(slot) = slot {
                self.ready.review(slots, slot, now);
            }
        });
        if heeded.is_err() {
            self.ready.review_all(slots, now);
        }
    }
}

impl Rotation {
    const fn start(&self, strategy: Strategy) -> usize {
        match strategy {
            Strategy::FillFirst => 0,
            Strategy::RoundRobin => self.next,
        }
    }

    const fn advance(&mut self, strategy: Strategy, picked: usize, len: usize) {
        match strategy {
            Strategy::FillFirst => {}
            Strategy::RoundRobin => self.next = if picked + 1 < len { picked + 1 } else { 0 },
        }
    }
}
