//! The same from many threads at once.

use std::{collections::BTreeMap, thread};

use super::*;

const THREADS: usize = 32;

#[test]
fn concurrent_turns_are_exactly_fair() {
    let stage = Stage::new(tier("a b c"));
    let served = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|_| scope.spawn(|| stage.turns(100)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect::<Vec<_>>()
    });
    let mut counts = BTreeMap::<&str, usize>::new();
    for name in served.iter().flat_map(|turns| turns.split(' ')) {
        *counts.entry(name).or_default() += 1;
    }
    let expected = [("a", 1_067), ("b", 1_067), ("c", 1_066)];
    assert_eq!(counts, expected.into());
}

#[test]
fn no_early_end_is_missed() {
    let names: Vec<_> = (0..10).map(|number| format!("c{number}")).collect();
    let all = names.join(" ");
    let stage = Stage::new(tier(&all));
    let late: Vec<_> = names.iter().map(|name| stage.visit(name)).collect();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (stage, late) = (&stage, &late);
            scope.spawn(move || {
                for step in 0..500 {
                    let pick = &late[(thread + step) % late.len()];
                    let outcome = match step % 2 {
                        0 => quota(HOUR),
                        _ => Outcome::Succeeded,
                    };
                    stage.record(pick, outcome);
                    drop(stage.pick(""));
                }
            });
        }
    });
    for pick in &late {
        stage.record(pick, Outcome::Succeeded);
    }
    let mut served: Vec<_> = (0..names.len())
        .map(|_| stage.pick("").unwrap().credential().to_string())
        .collect();
    served.sort_unstable();
    assert_eq!(served, names);
}
