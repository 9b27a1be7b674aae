//! Cases of `bindings`: how long they hold, and under which names.

mod capacity;
mod invalidation;
mod model;
mod races;
mod spread;

use super::Bindings;
use crate::{Binding, DEFAULT_TTL, MAX_TTL, SessionId, SessionKey, Source};
use cliproxy_core::CredentialId;
use std::time::{Duration, Instant};

const TTL: Duration = Duration::from_millis(100);

fn id(primary: u128) -> SessionId {
    SessionId {
        primary: SessionKey(primary),
        inherit_from: None,
        alias: None,
        source: Source::Header,
    }
}

fn aliased(primary: u128, alias: u128) -> SessionId {
    let alias = Some(SessionKey(alias));
    SessionId {
        alias,
        ..id(primary)
    }
}

fn inheriting(primary: u128, from: u128) -> SessionId {
    let inherit_from = Some(SessionKey(from));
    SessionId {
        inherit_from,
        ..id(primary)
    }
}

fn credential(name: &str) -> CredentialId {
    name.into()
}

fn name(binding: &Binding) -> &str {
    binding.credential().as_str()
}

/// Bindings whose clock starts at zero milliseconds.
struct Clocked {
    bindings: Bindings,
    start: Instant,
}

impl Clocked {
    fn new() -> Self {
        let start = Instant::now();
        let bindings = Bindings::new(TTL, 1000, start);
        Self { bindings, start }
    }

    fn at(&self, millis: u64) -> Instant {
        self.start + Duration::from_millis(millis)
    }

    fn bind(&self, id: &SessionId, to: &str, millis: u64) -> String {
        let binding = self.bindings.bind(id, &to.into(), self.at(millis));
        name(&binding).to_owned()
    }

    fn rebind(&self, id: &SessionId, from: &str, to: &str, millis: u64) -> String {
        let now = self.at(millis);
        let binding = self.bindings.rebind(id, &from.into(), &to.into(), now);
        name(&binding).to_owned()
    }

    #[track_caller]
    fn check(&self, id: &SessionId, millis: u64, expected: Option<&str>) {
        let found = self.bindings.lookup(id, self.at(millis));
        assert_eq!(found.as_deref().map(name), expected, "after {millis} ms");
    }
}

#[test]
fn a_binding_holds_while_it_is_used() {
    let t = Clocked::new();
    t.check(&id(1), 0, None);
    t.bind(&id(1), "a", 0);
    t.check(&id(1), 60, Some("a"));
    t.check(&id(1), 120, Some("a"));
    t.check(&id(1), 219, Some("a"));
    t.check(&id(1), 319, None);
    t.check(&id(2), 0, None);
}

#[test]
fn peeking_is_no_use() {
    let t = Clocked::new();
    t.bind(&id(1), "a", 0);
    for (millis, held) in [(60, true), (99, true), (100, false)] {
        let found = t.bindings.peek(&id(1), t.at(millis));
        assert_eq!(found.is_some(), held, "after {millis} ms");
    }
    let inherits = inheriting(2, 1);
    assert!(t.bindings.peek(&inherits, t.at(0)).is_some());
    assert!(t.bindings.peek(&id(2), t.at(0)).is_none());
}

#[test]
fn a_touch_extends_and_never_shortens() {
    let t = Clocked::new();
    let binding = t.bindings.bind(&id(1), &credential("a"), t.at(50));
    t.bindings.touch(&binding, t.at(90));
    t.bindings.touch(&binding, t.at(10));
    t.check(&id(1), 189, Some("a"));

    // A moment before the origin is the origin.
    t.bindings.touch(&binding, t.start - Duration::from_secs(1));
    t.check(&id(1), 200, Some("a"));
}

#[test]
fn a_changed_ttl_applies_at_once() {
    let t = Clocked::new();
    t.bind(&id(1), "a", 0);
    let held = |millis| t.bindings.peek(&id(1), t.at(millis)).is_some();
    assert!(!held(150));
    t.bindings.set_ttl(TTL * 2);
    assert!(held(150));
    t.bindings.set_ttl(TTL / 2);
    assert!(!held(50));
    t.bindings.set_ttl(Duration::ZERO);
    let hour = u64::try_from(DEFAULT_TTL.as_millis()).unwrap();
    assert!(held(hour - 1) && !held(hour));
    t.bindings.set_ttl(Duration::MAX);
    let longest = u64::try_from(MAX_TTL.as_millis()).unwrap();
    assert!(held(longest - 1) && !held(longest));
}

#[test]
fn the_first_to_bind_wins() {
    let t = Clocked::new();
    assert_eq!(t.bind(&id(1), "a", 0), "a");
    assert_eq!(t.bind(&id(1), "b", 50), "a");
    // Binding is use, and an expired binding is none.
    t.check(&id(1), 149, Some("a"));
    assert_eq!(t.bind(&id(1), "b", 249), "b");
}

#[test]
fn a_session_moves_only_from_where_it_is() {
    let t = Clocked::new();
    t.bind(&id(1), "a", 0);
    assert_eq!(t.rebind(&id(1), "a", "b", 0), "b");
    assert_eq!(t.rebind(&id(1), "a", "c", 0), "b");
    t.check(&id(1), 0, Some("b"));
    assert_eq!(t.rebind(&id(2), "a", "c", 0), "c");
    t.check(&id(2), 0, Some("c"));
    assert_eq!(t.rebind(&id(1), "a", "d", 200), "d");
}

#[test]
fn late_results_do_not_touch_a_newer_binding() {
    let t = Clocked::new();
    let old = t.bindings.bind(&id(1), &credential("a"), t.at(0));
    t.rebind(&id(1), "a", "b", 10);
    t.bindings.touch(&old, t.at(50));
    t.bindings.release(&id(1), &credential("a"));
    t.check(&id(1), 60, Some("b"));
    t.bindings.release(&id(1), &credential("b"));
    t.check(&id(1), 60, None);
    t.bindings.touch(&old, t.at(60));
    t.check(&id(1), 60, None);
}

#[test]
fn a_request_id_counts_from_its_second_appearance() {
    let t = Clocked::new();
    t.check(&aliased(1, 10), 0, None);
    t.bind(&aliased(1, 10), "a", 0);
    // The conversation was compacted and opens otherwise; the client kept its id.
    t.check(&aliased(2, 10), 50, Some("a"));
    // The other way round: a fresh id with every request.
    t.check(&aliased(1, 11), 90, Some("a"));
    t.check(&aliased(3, 11), 90, None);
    assert_eq!(t.bindings.len(), 2);
}

#[test]
fn all_names_move_and_go_together() {
    let t = Clocked::new();
    t.bind(&aliased(1, 10), "a", 0);
    t.rebind(&aliased(1, 10), "a", "b", 0);
    t.check(&id(1), 0, Some("b"));
    t.check(&aliased(2, 10), 0, Some("b"));
    t.bindings.release(&aliased(1, 10), &credential("b"));
    t.check(&aliased(1, 10), 0, None);

    t.bind(&id(3), "a", 0);
    t.rebind(&aliased(3, 30), "a", "b", 0);
    t.check(&aliased(4, 30), 0, None);
}

#[test]
fn conversations_and_cache_keys_share_a_binding() {
    let t = Clocked::new();
    t.bind(&inheriting(1, 20), "a", 0);
    t.check(&id(20), 0, Some("a"));
    // Another cache key in the same conversation inherits, and is bound itself from then on.
    t.check(&inheriting(2, 20), 90, Some("a"));
    t.check(&id(2), 180, Some("a"));
    t.check(&id(20), 270, Some("a"));
    t.rebind(&inheriting(1, 20), "a", "b", 270);
    t.check(&id(20), 270, Some("b"));
    t.check(&id(2), 270, Some("a"));
}

#[test]
fn a_stand_in_is_remembered_for_the_ttl() {
    let t = Clocked::new();
    let binding = t.bindings.bind(&id(1), &credential("a"), t.at(0));
    let check = |at, expected: Option<&str>| {
        let stand_in = t.bindings.stand_in(&binding, t.at(at));
        assert_eq!(stand_in, expected.map(credential), "at {at}");
    };
    check(0, None);
    t.bindings
        .set_stand_in(&binding, &credential("b"), t.at(30));
    check(129, Some("b"));
    check(130, None);
    t.bindings
        .set_stand_in(&binding, &credential("c"), t.at(130));
    check(229, Some("c"));
    t.bindings.set_ttl(TTL / 2);
    check(179, Some("c"));
    check(180, None);
    t.check(&id(1), 10, Some("a"));
}

#[test]
fn whether_it_has_served_belongs_to_one_binding() {
    let t = Clocked::new();
    let first = t.bindings.bind(&aliased(1, 10), &credential("a"), t.at(0));
    assert!(!first.has_served());
    first.serve();
    let found = t.bindings.lookup(&id(1), t.at(10)).unwrap();
    assert!(found.has_served());
    let moved = t
        .bindings
        .rebind(&id(1), &credential("a"), &credential("b"), t.at(10));
    assert!(!moved.has_served() && first.has_served());
    let back = t
        .bindings
        .rebind(&id(1), &credential("b"), &credential("a"), t.at(10));
    assert!(!back.has_served());
}
