//! Bindings against a model.

use super::{Clocked, credential, id, name};
use proptest::prelude::*;

proptest! {
    /// One session under one name, against a model that is an option and a time.
    #[test]
    fn bindings_follow_the_model(steps in prop::collection::vec((0..5u8, 0..3usize, 0..3usize, 0..80u64), 1..60)) {
        let t = Clocked::new();
        let names = ["a", "b", "c"];
        let mut millis = 0;
        let mut model: Option<(&str, u64)> = None;
        for (step, one, other, passed) in steps {
            millis += passed;
            let now = t.at(millis);
            let held = model.filter(|(_, used)| millis - used < 100).map(|(held, _)| held);
            let (from, to) = (credential(names[one]), credential(names[other]));
            let (expected, found) = match step {
                0 => (held, t.bindings.lookup(&id(1), now)),
                1 => (held.or(Some(names[other])), Some(t.bindings.bind(&id(1), &to, now))),
                2 => {
                    let kept = held.filter(|held| *held != names[one]);
                    let found = t.bindings.rebind(&id(1), &from, &to, now);
                    if kept.is_some() {
                        // Seeing that it was moved already is no use of it.
                        prop_assert_eq!(Some(name(&found)), kept);
                        continue;
                    }
                    (Some(names[other]), Some(found))
                }
                3 => {
                    t.bindings.release(&id(1), &from);
                    model = model.filter(|(held, _)| *held != names[one]);
                    continue;
                }
                _ => {
                    let found = t.bindings.peek(&id(1), now);
                    prop_assert_eq!(found.as_deref().map(name), held);
                    continue;
                }
            };
            prop_assert_eq!(found.as_deref().map(name), expected);
            model = expected.map(|held| (held, millis));
        }
    }
}
