//! Who stands in a tier, and in which order.

use std::{
    cmp::Ordering,
    ops::Range,
    sync::{Arc, atomic::AtomicU32},
};

use cliproxy_core::CredentialId;
use rustc_hash::FxHashMap;

use crate::{
    rotation::Grouping,
    seat::Seat,
    slot::{Slot, Target},
};

/// What comes first. A tier in reserve stands behind the other one of its priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rank {
    pub(crate) priority: i32,
    pub(crate) reserve: bool,
}

/// The seats of one rank. All routes that the same credentials serve have the same one.
#[derive(Debug)]
pub(crate) struct Lineup {
    pub(crate) rank: Rank,
    pub(crate) grouping: Grouping,
    /// The contiguous places of each group; none if one spans all.
    pub(crate) groups: Box<[Range<usize>]>,
    /// Ordered by group, then by provider and credential, each there once.
    places: Box<[Place]>,
    numbers: FxHashMap<CredentialId, u32>,
}

/// A seat in a lineup.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) seat: Arc<Seat>,
    /// Its provider's place among those of the route.
    pub(crate) provider: u32,
    /// Which of the servings it belongs to.
    pub(crate) serving: u32,
}

/// What each serving is asked for.
pub(crate) type Targets = Box<[Box<[Target]>]>;

/// A lineup with what its route asks for.
#[derive(Debug)]
pub(crate) struct Slots {
    pub(crate) lineup: Arc<Lineup>,
    pub(crate) targets: Targets,
    /// By place; none where there is no pool.
    visits: Box<[AtomicU32]>,
}

impl Lineup {
    /// The same one as before, if nothing about it changes; and which of the route's servings are
    /// behind those that its places name.
    pub(crate) fn succeeding(
        before: Option<&Arc<Self>>,
        rank: Rank,
        mut places: Vec<Place>,
        grouping: Grouping,
    ) -> (Arc<Self>, Vec<u32>) {
        let groups = arrange(&mut places, grouping);
        let servings = renumber(&mut places);
        let same = before.filter(|lineup| {
            lineup.rank == rank
                && lineup.grouping == grouping
                && lineup.places.len() == places.len()
                && lineup.places.iter().zip(&places).all(|(a, b)| a.is_same(b))
        });
        if let Some(lineup) = same {
            return (Arc::clone(lineup), servings);
        }
        let names = places.iter().map(|place| place.seat.credential.clone());
        let lineup = Self {
            rank,
            grouping,
            groups: groups.into(),
            numbers: names.zip(0..).collect(),
            places: places.into(),
        };
        (Arc::new(lineup), servings)
    }

    pub(crate) fn places(&self) -> &[Place] {
        &self.places
    }

    pub(crate) fn find(&self, credential: &CredentialId) -> Option<usize> {
        let number = self.numbers.get(credential)?;
        Some(*number as usize)
    }

    /// Where a place of another lineup would stand among some of these. What place its provider has is
    /// taken from them: that changes with the numbers of candidates.
    pub(crate) fn number_of(&self, other: &Place, among: Range<usize>) -> usize {
        let others = &self.places[among];
        let is_sibling = |place: &&Place| place.seat.provider == other.seat.provider;
        let sibling = others.iter().find(is_sibling);
        let provider = sibling.map_or(other.provider, |place| place.provider);
        let own = (provider, &other.seat.credential);
        others.partition_point(|place| (place.provider, &place.seat.credential) < own)
    }
}

impl Place {
    fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.seat, &other.seat)
            && self.provider == other.provider
            && self.serving == other.serving
    }

    /// The order of those who are served alike.
    fn order(&self, other: &Self) -> Ordering {
        let providers = self.provider.cmp(&other.provider);
        providers.then_with(|| self.seat.credential.cmp(&other.seat.credential))
    }
}

impl Slots {
    /// `visits` tells how often a place was visited under the previous roster.
    pub(crate) fn new(
        lineup: Arc<Lineup>,
        targets: Targets,
        visits: impl Fn(&CredentialId) -> u32,
    ) -> Self {
        let visits = match targets.iter().any(|targets| targets.len() > 1) {
            true => {
                let of = |place: &Place| AtomicU32::new(visits(&place.seat.credential));
                lineup.places.iter().map(of).collect()
            }
            false => Box::default(),
        };
        Self {
            lineup,
            targets,
            visits,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.lineup.places.len()
    }

    /// The slot of this number, which is one of the lineup's.
    pub(crate) fn at(&self, number: usize) -> Slot<'_> {
        self.slot(number, &self.lineup.places[number])
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Slot<'_>> {
        let numbered = self.lineup.places.iter().enumerate();
        numbered.map(|(number, place)| self.slot(number, place))
    }

    fn slot<'a>(&'a self, number: usize, place: &'a Place) -> Slot<'a> {
        let targets = targets_of(&self.targets, place);
        Slot {
            seat: &place.seat,
            targets,
            visits: self.visits.get(number).filter(|_| targets.len() > 1),
        }
    }
}

pub(crate) fn targets_of<'a>(targets: &'a [Box<[Target]>], place: &Place) -> &'a [Target] {
    targets
        .get(place.serving as usize)
        .map_or(&[], |targets| targets)
}

/// Counts the servings as they come, so that one which comes or goes elsewhere in the route changes
/// nothing here.
fn renumber(places: &mut [Place]) -> Vec<u32> {
    let mut servings: Vec<u32> = Vec::new();
    let mut numbers = FxHashMap::default();
    for place in places {
        place.serving = *numbers.entry(place.serving).or_insert_with(|| {
            servings.push(place.serving);
            (servings.len() - 1) as u32
        });
    }
    servings
}

/// Orders places by their groups, which are ordered by their first members, and says where each
/// group is; one that spans all is none.
fn arrange(places: &mut Vec<Place>, grouping: Grouping) -> Vec<Range<usize>> {
    places.sort_by(Place::order);
    if grouping == Grouping::None {
        return Vec::new();
    }
    let mut groups: Vec<Vec<Place>> = Vec::new();
    let mut numbers = FxHashMap::default();
    for place in places.drain(..) {
        let number = *numbers.entry(grouping.key(&place.seat)).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[number].push(place);
    }
    let mut ranges = Vec::with_capacity(groups.len());
    for group in groups {
        let start = places.len();
        places.extend(group);
        ranges.push(start..places.len());
    }
    ranges
}
