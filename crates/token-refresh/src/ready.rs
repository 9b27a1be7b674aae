//! Who is refreshed next once a worker is free.

use cliproxy_core::CredentialId;
use std::collections::VecDeque;

/// One life of a credential: the same id after a deletion is another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Life {
    pub(crate) id: CredentialId,
    pub(crate) incarnation: u64,
}

/// Those that a request waits for, and the others; each in the order in which they came. Unbounded:
/// whoever is due is here at once, and no timer waits for a worker.
///
/// One that is taken back, or moved to the front, stays where it was; the taker looks whether it
/// still means anything.
#[derive(Debug, Default)]
pub(crate) struct Ready {
    urgent: VecDeque<Life>,
    background: VecDeque<Life>,
}

impl Ready {
    pub(crate) fn push(&mut self, life: Life, urgent: bool) {
        let queue = if urgent {
            &mut self.urgent
        } else {
            &mut self.background
        };
        queue.push_back(life);
    }

    /// The next one, and whether it was urgent.
    pub(crate) fn pop(&mut self) -> Option<(Life, bool)> {
        let urgent = self.urgent.pop_front().map(|life| (life, true));
        urgent.or_else(|| self.background.pop_front().map(|life| (life, false)))
    }

    pub(crate) fn clear(&mut self) {
        self.urgent.clear();
        self.background.clear();
    }
}
