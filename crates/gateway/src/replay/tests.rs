//! Whose entries are found, and for how long.

use super::{ENTRIES, Key, Owner, ReplayStore, TTL};
use cliproxy_core::{KeyDigest, Protocol};
use cliproxy_translators::{Remembered, Replay as _};
use std::time::{Duration, Instant};

const CLIENT: KeyDigest = KeyDigest::new([1; 32]);

const OWNER: Owner<'_> = Owner {
    client: &CLIENT,
    upstream: Protocol::Claude,
    model: "m",
};

fn keep(store: &ReplayStore, call: &str, now: Instant) {
    store.keep(&OWNER, vec![(call.to_owned(), Remembered::default())], now);
}

fn recalled(store: &ReplayStore, owner: &Owner<'_>, call: &str, now: Instant) -> Vec<Key> {
    let view = store.view(owner, now);
    let found = view.recall(call).is_some();
    let recalled = view.into_recalled();
    assert_eq!(recalled.len(), usize::from(found));
    recalled
}

#[test]
fn entries_are_found_by_their_owner_alone() {
    let now = Instant::now();
    let store = ReplayStore::new(now);
    keep(&store, "c", now);
    let check = |owner, call, expected| {
        let found = recalled(&store, &owner, call, now);
        assert_eq!(!found.is_empty(), expected, "{owner:?} {call}");
    };
    check(OWNER, "c", true);
    check(OWNER, "d", false);
    let other = KeyDigest::new([2; 32]);
    let client = &other;
    check(Owner { client, ..OWNER }, "c", false);
    let upstream = Protocol::Gemini;
    check(Owner { upstream, ..OWNER }, "c", false);
    check(
        Owner {
            model: "n",
            ..OWNER
        },
        "c",
        false,
    );
    // The same text in all, divided otherwise.
    keep(&store, "bc", now);
    check(
        Owner {
            model: "mb",
            ..OWNER
        },
        "c",
        false,
    );
}

#[test]
fn what_is_asked_for_stays() {
    let start = Instant::now();
    let store = ReplayStore::new(start);
    for call in ["asked", "idle"] {
        keep(&store, call, start);
    }
    let almost = TTL - Duration::from_secs(1);
    let found = |call, after| !recalled(&store, &OWNER, call, start + after).is_empty();
    assert!(found("asked", almost));
    assert!(found("asked", almost * 2));
    assert!(!found("idle", TTL));
    assert!(!found("asked", almost * 2 + TTL));
}

#[test]
fn what_was_refused_is_forgotten() {
    let now = Instant::now();
    let store = ReplayStore::new(now);
    keep(&store, "c", now);
    keep(&store, "d", now);
    store.forget(&recalled(&store, &OWNER, "c", now));
    assert!(recalled(&store, &OWNER, "c", now).is_empty());
    assert!(!recalled(&store, &OWNER, "d", now).is_empty());
}

#[test]
fn entries_are_bounded() {
    let now = Instant::now();
    let store = ReplayStore::new(now);
    for call in 0..ENTRIES + 500 {
        keep(&store, &call.to_string(), now);
    }
    store.cache.run_pending_tasks();
    let count = store.cache.entry_count();
    assert!((ENTRIES - 10..=ENTRIES).contains(&count), "{count}");
    assert_eq!(store.evictions(), ENTRIES + 500 - count);
}

#[test]
fn only_what_goes_for_others_is_counted() {
    let now = Instant::now();
    let store = ReplayStore::new(now);
    for call in ["c", "c", "d", "e"] {
        keep(&store, call, now);
    }
    store.forget(&recalled(&store, &OWNER, "c", now));
    store.clear();
    store.cache.run_pending_tasks();
    assert!(recalled(&store, &OWNER, "d", now).is_empty());
    assert_eq!(store.evictions(), 0);
}
