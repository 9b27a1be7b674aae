//! Whose turn it is among those of one priority, as a list of names.

use std::collections::{BTreeMap, BTreeSet};

use super::{acts::Entry, health::Life, weighing::Weighing, *};

/// Who takes turns with each other: all (0), those of one account, or those of one weight.
pub(super) type Group = u32;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    First,
    Next,
    Accounts,
    Weights,
}

/// What makes a member the same one in the next configuration.
#[derive(Clone, PartialEq)]
pub(super) struct Seat {
    who: Life,
    provider: usize,
    account: Option<u32>,
    weight: u32,
    upstream: Option<Life>,
}

/// Those of one route and one priority, in the order of service.
#[derive(Clone)]
pub(super) struct Tier {
    pub(super) kind: Kind,
    pub(super) seats: Vec<Seat>,
    /// The order of the providers, which that of the seats follows.
    providers: Vec<usize>,
    /// Who is asked first, by group. Who is missing here begins at random.
    heads: BTreeMap<Group, usize>,
    /// Which account is asked first; at random as long as it is not known.
    account: Option<Group>,
    pub(super) weighing: Weighing,
}

impl Seat {
    pub(super) fn new(who: Life, entry: &Entry, upstream: Option<Life>) -> Self {
        Self {
            who,
            provider: entry.provider,
            account: entry.account,
            weight: entry.weight,
            upstream,
        }
    }

    pub(super) const fn who(&self) -> usize {
        self.who.0
    }
}

impl Kind {
    /// Accounts take turns where everybody has one and there are at least two.
    pub(super) fn of(strategy: &Strategy, seats: &[Seat]) -> Self {
        let accounts: BTreeSet<_> = seats.iter().map(|seat| seat.account).collect();
        match strategy {
            Strategy::FillFirst => Self::First,
            Strategy::Weighted => Self::Weights,
            _ if accounts.len() > 1 && !accounts.contains(&None) => Self::Accounts,
            _ => Self::Next,
        }
    }

    const fn is_one_circle(self) -> bool {
        matches!(self, Self::First | Self::Next)
    }
}

impl Tier {
    /// Turns go on where they were. Credit, which depends on who competes, does not, unless nothing
    /// has changed.
    pub(super) fn succeeding(
        previous: Option<&Self>,
        strategy: &Strategy,
        seats: Vec<Seat>,
        providers: &[usize],
        ready: &BTreeSet<usize>,
    ) -> Self {
        let kind = Kind::of(strategy, &seats);
        if let Some(tier) = previous.filter(|tier| tier.kind == kind && tier.seats == seats) {
            return tier.clone();
        }
        let weighing = Weighing::beginning(seats.iter().map(Seat::who), ready);
        let mut tier = Self {
            kind,
            seats,
            providers: providers.to_vec(),
            heads: BTreeMap::new(),
            account: None,
            weighing,
        };
        if kind != Kind::Accounts {
            for group in tier.groups() {
                tier.heads.insert(group, tier.of(group)[0]);
            }
        }
        match previous {
            Some(before) if kind == Kind::Accounts && before.kind == kind => {
                let left = |group: &Group| tier.groups().contains(group);
                let order = before.account.map(|turn| circle(&before.groups(), turn));
                tier.account = order.and_then(|order| order.into_iter().find(left));
                for group in tier.groups() {
                    tier.follow(before, group);
                }
            }
            Some(before) if kind.is_one_circle() && before.kind.is_one_circle() => {
                tier.follow(before, 0);
            }
            _ => {}
        }
        tier
    }

    /// Whose turn it was has it again; or the next after it, if it is gone. Where the providers have
    /// changed places and it was the last of its own, it is not said who is next.
    fn follow(&mut self, before: &Self, group: Group) {
        self.heads.remove(&group);
        let Some(&head) = before.heads.get(&group) else {
            return;
        };
        let gone = before.seats.iter().find(|seat| seat.who() == head).unwrap();
        let place = |seat: &Seat| {
            let provider = self.providers.iter().position(|&one| one == seat.provider);
            (provider, seat.who())
        };
        let members = self.of(group);
        let seats = || {
            self.seats
                .iter()
                .filter(|seat| members.contains(&seat.who()))
        };
        let next = seats().map(place).find(|other| *other > place(gone));
        let known = seats().any(|seat| seat.provider == gone.provider);
        if members.contains(&head) {
            self.heads.insert(group, head);
        } else if known || before.providers == self.providers {
            let next = next.map_or(members[0], |(_, who)| who);
            self.heads.insert(group, next);
        }
    }

    fn group(&self, seat: &Seat) -> Group {
        match self.kind {
            Kind::First | Kind::Next => 0,
            Kind::Accounts => seat.account.unwrap(),
            Kind::Weights => seat.weight,
        }
    }

    /// By their first members.
    pub(super) fn groups(&self) -> Vec<Group> {
        let mut groups = Vec::new();
        for seat in &self.seats {
            if !groups.contains(&self.group(seat)) {
                groups.push(self.group(seat));
            }
        }
        groups
    }

    pub(super) fn of(&self, group: Group) -> Vec<usize> {
        let seats = self.seats.iter();
        let members = seats.filter(|seat| self.group(seat) == group);
        members.map(Seat::who).collect()
    }

    /// Whose turn it is of those who `may`; several if it begins at random.
    pub(super) fn turn(&mut self, ready: &BTreeSet<usize>, tried: &BTreeSet<usize>) -> Vec<usize> {
        let may: BTreeSet<_> = ready.difference(tried).copied().collect();
        match self.kind {
            Kind::First => {
                let mut order = self.of(0).into_iter();
                order.find(|who| may.contains(who)).into_iter().collect()
            }
            Kind::Next => self.head(0, &may),
            Kind::Accounts => {
                let order = self.groups();
                let known = self.account.map(|turn| circle(&order, turn));
                let heads = known.as_ref().unwrap_or(&order).iter();
                let heads = heads.map(|&account| self.head(account, &may));
                let heads = heads.filter(|heads| !heads.is_empty());
                let many = if known.is_some() { 1 } else { usize::MAX };
                heads.take(many).flatten().collect()
            }
            Kind::Weights => self.weigh(ready, tried),
        }
    }

    /// Whose turn it is within a group.
    pub(super) fn head(&self, group: Group, may: &BTreeSet<usize>) -> Vec<usize> {
        let members = self.of(group);
        let known = self.heads.get(&group);
        let order = known.map(|&head| circle(&members, head));
        let heads = order.as_ref().unwrap_or(&members).iter();
        let heads = heads.filter(|who| may.contains(who)).copied();
        let many = if known.is_some() { 1 } else { usize::MAX };
        heads.take(many).collect()
    }

    /// The turn passes to the successor of who took it.
    pub(super) fn taken(&mut self, who: usize) {
        if self.kind == Kind::First {
            return;
        }
        let seat = self.seats.iter().find(|seat| seat.who() == who).unwrap();
        let group = self.group(seat);
        let (members, groups) = (self.of(group), self.groups());
        self.heads.insert(group, successor(&members, who));
        self.account = Some(successor(&groups, group));
    }

    /// Who is asked before `until`, if that is whose turn it is.
    pub(super) fn asked_before(&self, group: Group, until: Option<usize>) -> Vec<usize> {
        let members = self.of(group);
        let order = circle(&members, self.heads[&group]).into_iter();
        order.take_while(|&who| Some(who) != until).collect()
    }
}

/// All of them, beginning with this one.
fn circle<T: Copy + PartialEq>(all: &[T], first: T) -> Vec<T> {
    let (before, from) = all.split_at(all.iter().position(|&one| one == first).unwrap());
    [from, before].concat()
}

fn successor<T: Copy + PartialEq>(all: &[T], of: T) -> T {
    let circle = circle(all, of);
    circle[1 % circle.len()]
}
