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

#[test]
fn a_flood_of_sessions_stays_within_capacity() {
    let now = Instant::now();
    let bindings = Bindings::new(TTL, 2_000, now);
    let to = credential("a");
    let mut most = 0;
    for session in 0..50_000 {
        bindings.bind(&id(session), &to, now);
        if session % 5_000 == 0 {
            most = most.max(bindings.len());
        }
    }
    assert!(most <= 2_000 && bindings.len() <= 2_000, "{most}");
    assert!(bindings.peek(&id(49_999), now).is_some());
    assert!(bindings.peek(&id(0), now).is_none());
}
