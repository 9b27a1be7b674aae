//! Whose turn it is in a tier, under each of the strategies.

use std::{ops::Range, sync::Arc};

use crate::{
    Strategy, Tried,
    lineup::{Lineup, Place, Slots},
    moment::Moment,
    ready_set::ReadySet,
    seat::Seat,
};

/// The state of a strategy. Groups are contiguous ranges of the tier's slots.
#[derive(Debug)]
pub(crate) enum Rotation {
    /// The first, every time. Remembers whose turn it would be, should turns be taken again.
    First(Group),
    /// One after the other.
    Turns(Group),
    /// The accounts one after the other, and within each its projects.
    Accounts { next: usize, accounts: Box<[Group]> },
    /// By weight: those that weigh the same take turns.
    Weights(Weights),
}

/// Slots that take turns.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) slots: Range<usize>,
    /// Where the next search starts.
    pub(crate) next: usize,
}

/// The classes, and what all that were ready earned together when credit was last given.
#[derive(Debug)]
pub(crate) struct Weights {
    classes: Box<[Class]>,
    earned: i64,
}

/// Slots of one weight.
///
/// All of them together are one party of a smooth weighted rotation, with the weight of those that
/// are ready. Where every slot has its own weight that is the rotation known from nginx; where all
/// weigh the same it is round-robin. A pick costs one step per distinct weight, not per slot.
#[derive(Debug)]
pub(crate) struct Class {
    members: Group,
    weight: i64,
    credit: i64,
    /// Nobody in it is ready and untried; of this pick only.
    passed: bool,
}

/// How a tier's slots are grouped under a strategy; they are ordered by group first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grouping {
    None,
    Accounts,
    Weights,
}

impl Grouping {
    /// By account only where everybody has one and there are at least two, else the odd one out
    /// would get as much as a whole account.
    pub(crate) fn of(strategy: &Strategy, places: &[Place]) -> Self {
        match strategy {
            Strategy::Weighted => Self::Weights,
            Strategy::RoundRobin if several_accounts(places) => Self::Accounts,
            _ => Self::None,
        }
    }

    /// What those of one group have in common.
    pub(crate) fn key(self, seat: &Seat) -> GroupKey {
        match self {
            Self::None => GroupKey::All,
            Self::Accounts => GroupKey::Account(seat.parent.clone()),
            Self::Weights => GroupKey::Weight(seat.weight),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum GroupKey {
    Account(Option<Arc<str>>),
    All,
    Weight(u32),
}

fn several_accounts(places: &[Place]) -> bool {
    let mut parents = places.iter().map(|place| place.seat.parent.as_ref());
    let Some(Some(first)) = parents.next() else {
        return false;
    };
    let mut several = false;
    for parent in parents {
        match parent {
            Some(parent) => several |= parent != first,
            None => return false,
        }
    }
    several
}

impl Rotation {
    /// From the beginning; that of the accounts and of their projects is drawn with `random`.
    pub(crate) fn starting(
        strategy: &Strategy,
        lineup: &Lineup,
        mut random: impl FnMut(usize) -> usize,
    ) -> Self {
        let (places, groups) = (lineup.places(), &lineup.groups);
        match (strategy, lineup.grouping) {
            (Strategy::FillFirst | Strategy::Custom(_), _) => {
                Self::First(Group::at_start(0..places.len()))
            }
            (_, Grouping::None) => Self::Turns(Group::at_start(0..places.len())),
            (_, Grouping::Accounts) => Self::Accounts {
                next: random(groups.len()),
                accounts: groups
                    .iter()
                    .map(|slots| Group {
                        next: slots.start + random(slots.len()),
                        slots: slots.clone(),
                    })
                    .collect(),
            },
            (_, Grouping::Weights) => Self::Weights(Weights {
                earned: 0,
                classes: groups
                    .iter()
                    .map(|members| Class {
                        weight: i64::from(places[members.start].seat.weight),
                        members: Group::at_start(members.clone()),
                        credit: 0,
                        passed: false,
                    })
                    .collect(),
            }),
        }
    }

    /// Continues where `previous` was, as far as both rotate in the same way.
    pub(crate) fn follow(&mut self, previous: &Self, old: &Lineup, new: &Lineup) {
        match (self, previous) {
            (
                Self::First(group) | Self::Turns(group),
                Self::First(before) | Self::Turns(before),
            ) => group.follow(before, old, new),
            (
                Self::Accounts { next, accounts },
                Self::Accounts {
                    next: turn,
                    accounts: before,
                },
            ) => {
                let parent = |lineup: &'_ Lineup, group: &Group| {
                    let first = &lineup.places()[group.slots.start];
                    first.seat.parent.clone()
                };
                let place = |name: Option<Arc<str>>| {
                    let mut names = accounts.iter().map(|group| parent(new, group));
                    names.position(|other| other == name)
                };
                let order = before[*turn..].iter().chain(&before[..*turn]);
                let mut names = order.map(|group| parent(old, group));
                *next = names.find_map(place).unwrap_or(0);
                for group in accounts {
                    let name = parent(new, group);
                    let was = before.iter().find(|was| parent(old, was) == name);
                    if let Some(was) = was {
                        group.follow(was, old, new);
                    }
                }
            }
            // Other members are another competition: it begins without credit.
            _ => {}
        }
    }

    /// Takes a turn.
    pub(crate) fn pick(
        &mut self,
        ready: &mut ReadySet,
        slots: &Slots,
        tried: &Tried,
        now: Moment,
    ) -> Option<usize> {
        match self {
            Self::First(group) => ready.find(slots, group.slots.clone(), 0, tried, now),
            Self::Turns(group) => group.pick(ready, slots, tried, now),
            Self::Accounts { next, accounts } => {
                for part in [*next..accounts.len(), 0..*next] {
                    let mut from = part.start;
                    while let Some(at) = ready.next_group(from).filter(|&at| at < part.end) {
                        from = at + 1;
                        if let Some(slot) = accounts[at].pick(ready, slots, tried, now) {
                            *next = if from < accounts.len() { from } else { 0 };
                            return Some(slot);
                        }
                    }
                }
                None
            }
            Self::Weights(weights) => weights.pick(ready, slots, tried, now),
        }
    }
}

impl Weights {
    /// Smooth weighted rotation: everybody earns their weight, the richest serves and pays for all.
    fn pick(
        &mut self,
        ready: &mut ReadySet,
        slots: &Slots,
        tried: &Tried,
        now: Moment,
    ) -> Option<usize> {
        for class in &mut self.classes {
            class.passed = false;
        }
        loop {
            self.settle(ready);
            let chosen = self.richest(ready)?;
            let class = &mut self.classes[chosen];
            let Some(slot) = class.members.pick(ready, slots, tried, now) else {
                class.passed = true;
                continue;
            };
            // Those found blocked on the way are not counted any more when it is paid.
            self.settle(ready);
            let mut total: i64 = 0;
            for (number, class) in self.classes.iter_mut().enumerate() {
                if !class.passed {
                    let earned = class.earns(ready.count(number));
                    class.credit = class.credit.saturating_add(earned);
                    total = total.saturating_add(earned);
                }
            }
            let class = &mut self.classes[chosen];
            class.credit = class.credit.saturating_sub(total);
            return Some(slot);
        }
    }

    /// Credit is a share of a turn. Where others compete than before, a turn costs another price, and
    /// the credit of all changes with it: kept as a number, that from a costly competition would
    /// decide a cheap one for hundreds of turns. Who is away has none, and is not favoured on return.
    fn settle(&mut self, ready: &ReadySet) {
        let classes = || self.classes.iter().enumerate();
        let earned = classes().fold(0_i64, |sum, (number, class)| {
            sum.saturating_add(class.earns(ready.count(number)))
        });
        if earned == self.earned {
            return;
        }
        let before = i128::from(self.earned.max(1));
        for (number, class) in self.classes.iter_mut().enumerate() {
            let share = i128::from(class.credit) * i128::from(earned) / before;
            let away = ready.count(number) == 0;
            class.credit = if away {
                0
            } else {
                i64::try_from(share).unwrap_or(0)
            };
        }
        self.earned = earned;
    }

    fn richest(&self, ready: &ReadySet) -> Option<usize> {
        let mut richest: Option<(usize, i64)> = None;
        let mut at = 0;
        while let Some(number) = ready.next_group(at) {
            at = number + 1;
            let class = &self.classes[number];
            let wealth = class
                .credit
                .saturating_add(class.earns(ready.count(number)));
            if !class.passed && richest.is_none_or(|(_, most)| wealth > most) {
                richest = Some((number, wealth));
            }
        }
        richest.map(|(number, _)| number)
    }
}

impl Class {
    const fn earns(&self, members: u32) -> i64 {
        self.weight.saturating_mul(members as i64)
    }
}

impl Group {
    const fn at_start(slots: Range<usize>) -> Self {
        Self {
            next: slots.start,
            slots,
        }
    }

    fn pick(
        &mut self,
        ready: &mut ReadySet,
        slots: &Slots,
        tried: &Tried,
        now: Moment,
    ) -> Option<usize> {
        let slot = ready.find(slots, self.slots.clone(), self.next, tried, now)?;
        self.next = if slot + 1 < self.slots.end {
            slot + 1
        } else {
            self.slots.start
        };
        Some(slot)
    }

    /// Whose turn it was, or the successor of one that is gone.
    fn follow(&mut self, before: &Self, old: &Lineup, new: &Lineup) {
        let Some(turn) = old.places().get(before.next) else {
            return;
        };
        let here = new.number_of(turn, self.slots.clone());
        self.next = self.slots.start + if here < self.slots.len() { here } else { 0 };
    }
}
