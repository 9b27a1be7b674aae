//! How many bindings are kept, and which ones.

use super::{TTL, credential, id};
use crate::bindings::Bindings;
use std::time::Instant;

#[test]
fn the_least_recently_used_goes_first() {
    let now = Instant::now();
    let bindings = Bindings::new(TTL, 100, now);
    for session in 0..100 {
        bindings.bind(&id(session), &credential("a"), now);
    }
    assert_eq!(bindings.len(), 100);
    assert!(bindings.lookup(&id(0), now).is_some());
    assert_eq!(bindings.len(), 100);
    bindings.bind(&id(100), &credential("a"), now);
    assert_eq!(bindings.len(), 100);
    assert!(bindings.peek(&id(0), now).is_some());
    assert!(bindings.peek(&id(1), now).is_none());
    assert!(bindings.peek(&id(100), now).is_some());
}

/// Five times as many sessions as there is room for, while one is in use: kept are that one and the
/// latest. A million of them, the real capacity; without optimisation, which takes 20 times as long,
/// a tenth of both.
#[test]
fn a_flood_of_sessions_stays_within_capacity() {
    const CAPACITY: u64 = if cfg!(debug_assertions) {
        20_000
    } else {
        200_000
    };
    const FLOOD: u64 = 5 * CAPACITY;
    let now = Instant::now();
    let bindings = Bindings::new(TTL, CAPACITY, now);
    let to = credential("a");
    let [in_use, latest] = [0, FLOOD.into()];
    bindings.bind(&id(in_use), &to, now);
    for session in 1..=latest {
        bindings.bind(&id(session), &to, now);
        if session % 5_000 == 0 {
            assert!(bindings.lookup(&id(in_use), now).is_some(), "{session}");
            assert!(bindings.len() <= CAPACITY, "{session}");
        }
    }
    assert_eq!(bindings.len(), CAPACITY);
    let kept = |session| bindings.peek(&id(session), now).is_some();
    let others = u128::from(CAPACITY) - 1;
    assert!((1..=latest).all(|session| kept(session) == (session > latest - others)));
}
