//! The set against the standard library's.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::BitSet;

#[test]
fn members_around_word_and_level_borders() {
    let len = 64 * 64 * 64 + 1;
    let members = [0, 63, 64, 4_095, 4_096, 262_143, 262_144];
    let mut set = BitSet::new(len);
    assert_eq!(set.next(0), None);
    for member in members {
        set.insert(member);
    }
    let walk = |set: &BitSet| {
        let next = |&at: &usize| set.next(at + 1);
        std::iter::successors(set.next(0), next).collect::<Vec<_>>()
    };
    assert_eq!(walk(&set), members);
    assert_eq!(set.next(len), None);
    for member in members {
        set.remove(member);
        assert!(!set.contains(member));
    }
    assert_eq!(walk(&set), []);
}

proptest! {
    #[test]
    fn agrees_with_an_ordered_set(
        len in 1..10_000usize,
        steps in prop::collection::vec((any::<bool>(), any::<prop::sample::Index>()), 1..200),
    ) {
        let mut set = BitSet::new(len);
        let mut model = BTreeSet::new();
        for (insert, index) in steps {
            let member = index.index(len);
            if insert {
                set.insert(member);
                model.insert(member);
            } else {
                set.remove(member);
                model.remove(&member);
            }
            prop_assert_eq!(set.contains(member), model.contains(&member));
            for from in [0, member, member + 1, len] {
                prop_assert_eq!(set.next(from), model.range(from..).next().copied());
            }
        }
    }
}
