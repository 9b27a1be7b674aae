//! Smooth weighted rotation with fractions of a turn: no price of a turn, so nothing to convert when
//! it changes.
//!
//! Credit depends on who is thought to be ready, and a rest is noticed only when somebody is asked.
//! So this keeps, beside the credit, who counts.

use std::collections::{BTreeMap, BTreeSet};

use super::turns::{Group, Tier};

/// Two as rich as this are equally rich: the scheduler counts whole units.
const EQUAL: f64 = 1e-3;

#[derive(Clone)]
pub(super) struct Weighing {
    /// Turns that each weight has earned and not taken; unknown after two were equally rich.
    credit: Option<BTreeMap<Group, f64>>,
    counting: BTreeSet<usize>,
}

impl Weighing {
    pub(super) fn beginning(members: impl Iterator<Item = usize>, ready: &BTreeSet<usize>) -> Self {
        Self {
            credit: Some(BTreeMap::new()),
            counting: members.filter(|who| ready.contains(who)).collect(),
        }
    }

    /// Everybody was asked.
    pub(super) fn asked_all(&mut self, ready: &BTreeSet<usize>) {
        self.counting.retain(|who| ready.contains(who));
    }
}

impl Tier {
    /// Everybody earns their weight, the richest serves and pays for all.
    pub(super) fn weigh(&mut self, ready: &BTreeSet<usize>, tried: &BTreeSet<usize>) -> Vec<usize> {
        let may: BTreeSet<_> = ready.difference(tried).copied().collect();
        let here = self.seats.iter().map(|seat| seat.who());
        self.weighing
            .counting
            .extend(here.filter(|who| ready.contains(who)));
        let mut passed = BTreeSet::new();
        loop {
            let shares = self.shares();
            let Some(credit) = &mut self.weighing.credit else {
                let groups = self.groups().into_iter();
                return groups.flat_map(|group| self.head(group, &may)).collect();
            };
            credit.retain(|group, _| shares.contains_key(group));
            let wealth = |group: &Group| credit.get(group).unwrap_or(&0.0) + shares[group];
            let rivals = shares.keys().filter(|group| !passed.contains(*group));
            let mut rivals: Vec<_> = rivals.map(|group| (wealth(group), *group)).collect();
            rivals.sort_by(|(a, _), (b, _)| b.total_cmp(a));
            let Some(&(most, richest)) = rivals.first() else {
                return Vec::new();
            };
            if rivals.get(1).is_some_and(|(next, _)| most - next < EQUAL) {
                self.weighing.credit = None;
                continue;
            }
            let head = self.head(richest, &may);
            for asked in self.asked_before(richest, head.first().copied()) {
                if !tried.contains(&asked) {
                    self.weighing.counting.remove(&asked);
                }
            }
            if head.is_empty() {
                passed.insert(richest);
                continue;
            }
            self.pay(richest, &passed);
            return head;
        }
    }

    fn pay(&mut self, richest: Group, passed: &BTreeSet<Group>) {
        let mut shares = self.shares();
        let credit = self.weighing.credit.get_or_insert_default();
        credit.retain(|group, _| shares.contains_key(group));
        shares.retain(|group, _| !passed.contains(group));
        for (group, share) in &shares {
            *credit.entry(*group).or_default() += share;
        }
        *credit.entry(richest).or_default() -= shares.values().sum::<f64>();
    }

    /// What part of a turn each weight earns: as much as those of it who count weigh.
    fn shares(&self) -> BTreeMap<Group, f64> {
        let weight = |group: Group| {
            let members = self.of(group);
            let counting = members
                .iter()
                .filter(|who| self.weighing.counting.contains(who));
            f64::from(group) * counting.count() as f64
        };
        let mut shares: BTreeMap<_, _> = self
            .groups()
            .into_iter()
            .map(|group| (group, weight(group)))
            .collect();
        shares.retain(|_, weight| *weight > 0.0);
        let all: f64 = shares.values().sum();
        shares
            .into_iter()
            .map(|(group, weight)| (group, weight / all))
            .collect()
    }
}
