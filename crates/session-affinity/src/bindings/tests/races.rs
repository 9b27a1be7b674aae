//! Threads that want the same binding at the same time.

use super::{TTL, aliased, credential, id, name};
use crate::bindings::Bindings;
use std::{
    sync::{Arc, Barrier},
    thread,
    time::Instant,
};

/// Runs `work` on 32 threads that start together.
fn race<T: Send>(work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(32);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..32)
            .map(|n| {
                let (barrier, work) = (&barrier, &work);
                scope.spawn(move || {
                    barrier.wait();
                    work(n)
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    })
}

#[test]
fn racing_for_the_first_binding() {
    let now = Instant::now();
    for round in 0..50 {
        let bindings = Bindings::new(TTL, 1000, now);
        let won = race(|n| bindings.bind(&aliased(round, 999), &format!("c{n}").into(), now));
        assert!(won.iter().all(|binding| Arc::ptr_eq(binding, &won[0])));
        let found = bindings.lookup(&aliased(round, 999), now).unwrap();
        assert!(Arc::ptr_eq(&found, &won[0]));
    }
}

#[test]
fn racing_to_move_a_binding() {
    let now = Instant::now();
    for round in 0..50 {
        let bindings = Bindings::new(TTL, 1000, now);
        bindings.bind(&id(round), &credential("old"), now);
        let old = credential("old");
        let moved = race(|n| bindings.rebind(&id(round), &old, &format!("c{n}").into(), now));
        assert!(moved.iter().all(|binding| Arc::ptr_eq(binding, &moved[0])));
        assert_ne!(moved[0].credential(), &old);
    }
}

#[test]
fn everybody_sees_a_binding() {
    let now = Instant::now();
    let bindings = Bindings::new(TTL, 1000, now);
    bindings.bind(&id(1), &credential("a"), now);
    race(|n| {
        for pick in 0..50 {
            let binding = match (n + pick) % 3 {
                0 => bindings.bind(&id(1), &credential("b"), now),
                1 => bindings.rebind(&id(1), &credential("c"), &credential("d"), now),
                _ => bindings.lookup(&id(1), now).unwrap(),
            };
            assert_eq!(name(&binding), "a");
        }
    });
}
