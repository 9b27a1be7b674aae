//! Cases of `pins`.

use super::Pins;
use crate::{StateKind, StateRef};
use bytes::Bytes;
use cliproxy_core::{CredentialId, KeyDigest, Protocol};
use cliproxy_json::Body;
use std::time::{Duration, Instant};

const TTL: Duration = Duration::from_secs(100);

#[test]
fn state_goes_back_to_its_maker() {
    let start = Instant::now();
    let pins = Pins::new(TTL, 100, start);
    let (ada, bob) = (KeyDigest::new([1; 32]), KeyDigest::new([2; 32]));
    let response = StateRef::new(StateKind::Response, "id_1");
    let work = CredentialId::from("work");
    assert!(pins.is_empty());
    pins.remember(&ada, &response, &work, start);
    assert_eq!(pins.len(), 1);

    let check = |client: &KeyDigest, kind: StateKind, id: &str, seconds: u64, known: bool| {
        let now = start + Duration::from_secs(seconds);
        let found = pins.lookup(client, &StateRef::new(kind, id), now);
        assert_eq!(found.is_some(), known, "{kind:?} {id} after {seconds} s");
        assert!(found.is_none_or(|found| found == work));
    };
    check(&ada, StateKind::Response, "id_1", 0, true);
    check(&bob, StateKind::Response, "id_1", 0, false);
    check(&ada, StateKind::Item, "id_1", 0, false);
    check(&ada, StateKind::Response, "id_2", 0, false);
    // Asking is use.
    check(&ada, StateKind::Response, "id_1", 90, true);
    check(&ada, StateKind::Response, "id_1", 180, true);
    check(&ada, StateKind::Response, "id_1", 280, false);
}

#[test]
fn the_latest_maker_counts() {
    let now = Instant::now();
    let pins = Pins::new(TTL, 100, now);
    let file = StateRef::new(StateKind::File, "files/a");
    for maker in ["first", "second"] {
        pins.remember(&KeyDigest::ANONYMOUS, &file, &maker.into(), now);
    }
    let found = pins.lookup(&KeyDigest::ANONYMOUS, &file, now);
    assert_eq!(found, Some("second".into()));
}

#[test]
fn a_changed_ttl_applies_to_what_is_remembered() {
    let start = Instant::now();
    let pins = Pins::new(TTL, 100, start);
    let file = StateRef::new(StateKind::File, "files/a");
    pins.remember(&KeyDigest::ANONYMOUS, &file, &"work".into(), start);
    let later = start + TTL * 3;
    assert!(pins.lookup(&KeyDigest::ANONYMOUS, &file, later).is_none());
    pins.set_ttl(TTL * 4);
    assert!(pins.lookup(&KeyDigest::ANONYMOUS, &file, later).is_some());
}

#[test]
fn the_first_known_reference_decides() {
    let now = Instant::now();
    let pins = Pins::new(TTL, 100, now);
    let body = r#"{"previous_response_id":"resp_1","input":[{"type":"item_reference","id":"rs_1"},{"content":[{"file_id":"file-1"}]}]}"#;
    let body = Body::new(Bytes::from_static(body.as_bytes())).unwrap();
    let check = |expected: Option<(StateKind, &str)>| {
        let found = pins.find(
            &KeyDigest::ANONYMOUS,
            Protocol::Responses,
            Some(&body.head()),
            now,
        );
        let found = found.map(|(state, maker)| (state.kind, maker));
        assert_eq!(found, expected.map(|(kind, maker)| (kind, maker.into())));
    };
    let remember = |kind, id: &'static str, maker: &str| {
        pins.remember(
            &KeyDigest::ANONYMOUS,
            &StateRef::new(kind, id),
            &maker.into(),
            now,
        );
    };
    check(None);
    remember(StateKind::Item, "rs_2", "z");
    check(None);
    remember(StateKind::Item, "rs_1", "a");
    check(Some((StateKind::Item, "a")));
    remember(StateKind::Response, "resp_1", "b");
    check(Some((StateKind::Response, "b")));
    remember(StateKind::File, "file-1", "c");
    check(Some((StateKind::File, "c")));
}
