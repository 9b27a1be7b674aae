//! Bindings that are ended from outside.

use super::{Clocked, TTL, aliased, credential, id, inheriting, name};
use crate::bindings::Bindings;
use std::{collections::BTreeMap, time::Instant};

#[test]
fn all_bindings_of_a_credential_end_at_once() {
    let now = Instant::now();
    let bindings = Bindings::new(TTL, 10_000, now);
    for session in 0..1000 {
        let to = if session < 300 { "a" } else { "b" };
        bindings.bind(&id(session), &credential(to), now);
    }
    bindings.invalidate_credential(&credential("a"));
    let mut found = BTreeMap::new();
    for session in 0..1000 {
        let peeked = bindings.peek(&id(session), now);
        let bound = bindings.lookup(&id(session), now);
        assert_eq!(peeked.as_deref().map(name), bound.as_deref().map(name));
        let bound = bound.map(|binding| name(&binding).to_owned());
        *found.entry(bound).or_insert(0) += 1;
    }
    let expected = [(None, 300), (Some("b".to_owned()), 700)];
    assert_eq!(found, expected.into());
}

#[test]
fn what_is_bound_again_holds() {
    let t = Clocked::new();
    t.bind(&id(1), "a", 0);
    t.bind(&id(2), "a", 0);
    t.bindings.invalidate_credential(&credential("a"));
    // In the same moment: what counts is the order, not the clock.
    assert_eq!(t.bind(&id(1), "a", 0), "a");
    t.check(&id(1), 0, Some("a"));
    t.check(&id(2), 0, None);
    t.bindings.invalidate_credential(&credential("b"));
    t.check(&id(1), 0, Some("a"));
    t.bindings.invalidate_credential(&credential("a"));
    t.check(&id(1), 0, None);
}

#[test]
fn an_ended_binding_gives_way() {
    let t = Clocked::new();
    t.bind(&aliased(1, 10), "a", 0);
    t.bindings.invalidate_credential(&credential("a"));
    t.check(&aliased(2, 10), 0, None);
    assert_eq!(t.bind(&id(1), "b", 0), "b");
    t.bind(&id(3), "a", 0);
    t.bindings.invalidate_credential(&credential("a"));
    assert_eq!(t.rebind(&id(3), "c", "b", 0), "b", "not bound at all");
}

#[test]
fn late_uses_do_not_bring_an_ended_binding_back() {
    let t = Clocked::new();
    let [by_credential, by_session] = [1, 2].map(|session| {
        t.bindings
            .bind(&id(session), &format!("c{session}").into(), t.at(0))
    });
    t.bindings.invalidate_credential(by_credential.credential());
    t.bindings.invalidate(&id(2));
    for binding in [&by_credential, &by_session] {
        t.bindings.touch(binding, t.at(50));
        t.bindings.set_stand_in(binding, &credential("b"), t.at(90));
    }
    t.check(&id(1), 60, None);
    t.check(&id(2), 60, None);
}

#[test]
fn stand_ins_end_with_their_credential() {
    let t = Clocked::new();
    let binding = t.bindings.bind(&id(1), &credential("a"), t.at(0));
    let stand_in = || t.bindings.stand_in(&binding, t.at(0));
    t.bindings.invalidate_credential(&credential("b"));
    t.bindings
        .set_stand_in(&binding, &credential("b"), t.at(50));
    assert_eq!(stand_in(), Some("b".into()), "it was ended before");
    t.bindings.invalidate_credential(&credential("b"));
    assert_eq!(stand_in(), None);
    // The session itself is where it was.
    t.check(&id(1), 0, Some("a"));
}

#[test]
fn a_session_ends_under_all_its_names() {
    let t = Clocked::new();
    let names = [
        aliased(1, 10),
        aliased(2, 10),
        inheriting(1, 20),
        id(1),
        id(20),
    ];
    for named in names {
        t.bind(&aliased(1, 10), "a", 0);
        t.bind(&inheriting(1, 20), "a", 0);
        t.bind(&id(3), "a", 0);
        t.bindings.invalidate(&named);
        for ended in names {
            t.check(&ended, 0, None);
        }
        t.check(&id(3), 0, Some("a"));
    }
    t.bind(&id(1), "b", 0);
    t.check(&id(1), 0, Some("b"));
}

#[test]
fn nothing_is_inherited_by_a_session_that_was_ended() {
    type End = fn(&Clocked);
    let ends: [End; 2] = [
        |t| t.bindings.invalidate(&inheriting(1, 20)),
        |t| t.bindings.release(&inheriting(1, 20), &credential("a")),
    ];
    for end in ends {
        let t = Clocked::new();
        t.bind(&id(20), "a", 0);
        t.bind(&id(1), "a", 0);
        end(&t);
        t.check(&inheriting(1, 20), 0, None);
    }
}

#[test]
fn credentials_that_come_and_go_leave_nothing_behind() {
    let t = Clocked::new();
    t.bind(&id(1), "stays", 0);
    t.bind(&id(2), "first", 0);
    let mut from = "first".to_owned();
    for n in 0..10_000 {
        let to = format!("c{n}");
        assert_eq!(t.rebind(&id(2), &from, &to, 0), to);
        from = to;
    }
    // moka frees what was replaced some hundreds at a time.
    let known = t.bindings.table.holders.len();
    assert!(known < 5_000, "{known}");
    t.bindings.invalidate_credential(&credential("stays"));
    t.check(&id(1), 0, None);
}
