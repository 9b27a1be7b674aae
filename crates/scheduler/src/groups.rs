//! How many of each group of slots may be ready.

use std::ops::Range;

use crate::bitset::BitSet;

/// Counts by group. A tier without groups counts nothing.
#[derive(Debug)]
pub(crate) struct GroupCounts {
    /// The group of each slot; empty if there are no groups.
    group_of: Box<[u32]>,
    counts: Box<[u32]>,
    occupied: BitSet,
}

impl GroupCounts {
    /// Of groups that follow each other and cover every slot.
    pub(crate) fn new(groups: &[Range<usize>]) -> Self {
        let numbered = (0_u32..).zip(groups);
        Self {
            group_of: numbered
                .flat_map(|(number, slots)| slots.clone().map(move |_| number))
                .collect(),
            counts: vec![0; groups.len()].into(),
            occupied: BitSet::new(groups.len()),
        }
    }

    pub(crate) fn of(&self, group: usize) -> u32 {
        self.counts[group]
    }

    /// The first group from `from` on that counts anybody.
    pub(crate) fn next(&self, from: usize) -> Option<usize> {
        self.occupied.next(from)
    }

    pub(crate) fn add(&mut self, slot: usize) {
        if let Some(&group) = self.group_of.get(slot) {
            let group = group as usize;
            self.counts[group] += 1;
            self.occupied.insert(group);
        }
    }

    pub(crate) fn remove(&mut self, slot: usize) {
        if let Some(&group) = self.group_of.get(slot) {
            let group = group as usize;
            self.counts[group] -= 1;
            if self.counts[group] == 0 {
                self.occupied.remove(group);
            }
        }
    }
}
