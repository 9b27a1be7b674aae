//! What did not arrive at the target, or arrived as something else.

use super::Place;
pub(crate) use why::Why;

mod why;

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

/// One thing that is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Lost {
    pub(crate) place: Place,
    pub(crate) class: Class,
    pub(crate) why: Why,
}

/// The losses of one encoding, by place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Losses {
    pub(crate) dropped: Vec<Lost>,
    pub(crate) changed: Vec<Lost>,
}

impl Losses {
    /// Left no trace.
    pub(crate) fn drop(&mut self, place: Place, class: Class, why: Why) {
        note(&mut self.dropped, Lost { place, class, why });
    }

    /// Arrived as another value, or by weaker means.
    pub(crate) fn change(&mut self, place: Place, class: Class, why: Why) {
        note(&mut self.changed, Lost { place, class, why });
    }

    /// Puts places into the order of the body, each once in either list: what counts is the graver class.
    pub(crate) fn settle(&mut self) {
        for list in [&mut self.dropped, &mut self.changed] {
            list.sort_unstable();
            list.dedup_by_key(|lost| lost.place);
        }
    }
}

fn note(list: &mut Vec<Lost>, lost: Lost) {
    if lost.place.is_known() && lost.class != Class::Bookkeeping {
        list.push(lost);
    }
}
