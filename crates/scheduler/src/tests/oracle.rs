//! The roster against an oracle that looks at everybody, over random histories.
//!
//! The oracle is a second scheduler, written from `docs/scheduling.md` and not from the code: no bit
//! sets, no parked slots, no wake log, no atomics. For each question it goes through all
//! credentials, asks each for how long it rests, and sorts. That is why it can be believed, and why
//! it is of no use for anything else.
//!
//! Where the documents leave open who is picked, it names everybody who may be; where they do not,
//! one.

mod acts;
mod answer;
mod comparison;
mod configured;
mod health;
mod turns;
mod weighing;

use proptest::proptest;

use self::{
    acts::{acts, entries, strategies},
    comparison::Comparison,
};
use super::*;

proptest! {
    #[test]
    fn nobody_is_picked_or_refused_without_right(
        strategy in strategies(),
        entries in entries(),
        acts in acts(),
    ) {
        let mut comparison = Comparison::new(strategy, entries);
        for act in acts {
            comparison.act(act)?;
            comparison.health_agrees()?;
        }
    }
}
