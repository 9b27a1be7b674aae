//! What did not arrive at the target, or arrived as something else.

use super::Place;

/// What a loss is about. `docs/translation.md` says what each does under each policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Class {
    /// What the request is about.
    Semantic,
    /// What shapes the answer.
    Quality,
    /// What labels or files the request. Never listed.
    Bookkeeping,
    /// Reasoning of the history that the target cannot take.
    Opaque,
}

impl Class {
    /// The name in logs and documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Semantic => "semantic",
            Self::Quality => "quality",
            Self::Bookkeeping => "bookkeeping",
            Self::Opaque => "opaque",
        }
    }
}

/// The losses of one encoding, by place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Losses {
    pub(crate) dropped: Vec<(Place, Class)>,
    pub(crate) changed: Vec<(Place, Class)>,
}

impl Losses {
    /// Left no trace.
    pub(crate) fn drop(&mut self, place: Place, class: Class) {
        note(&mut self.dropped, place, class);
    }

    /// Arrived as another value, or by weaker means.
    pub(crate) fn change(&mut self, place: Place, class: Class) {
        note(&mut self.changed, place, class);
    }

    /// Puts places into the order of the body, each once in either list: what counts is the graver class.
    pub(crate) fn settle(&mut self) {
        for list in [&mut self.dropped, &mut self.changed] {
            list.sort_unstable();
            list.dedup_by_key(|(place, _)| *place);
        }
    }
}

fn note(list: &mut Vec<(Place, Class)>, place: Place, class: Class) {
    if place.is_known() && class != Class::Bookkeeping {
        list.push((place, class));
    }
}
