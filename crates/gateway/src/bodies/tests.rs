//! Bodies share the bytes that were received.

use super::{Bodies, Goal};
use crate::member::Dialect;
use bytes::Bytes;
use cliproxy_core::{ModelId, Operation, Protocol};
use cliproxy_json::Body;
use cliproxy_translators::{Account, Asked, LossPolicy, Options, Profile, Refused, Translated};
use std::{cell::Cell, sync::Arc};

fn goal(protocol: Protocol, model: &ModelId) -> Goal<'_> {
    Goal {
        dialect: Dialect {
            repairs: false,
            protocol,
            profile: *Profile::for_host(protocol, ""),
            params: Arc::default(),
        },
        model,
        info: None,
        suffix: None,
        operation: Operation::GenerateStream,
    }
}

/// The slices of what goes up for `upstream`, with where each stands in the received body; `None`
/// for one that was made here.
fn made(received: &'static str, upstream: &str, usage: bool) -> Vec<(String, Option<usize>)> {
    let received = Bytes::from_static(received.as_bytes());
    let body = Body::new(received).unwrap();
    let received = body.raw();
    let mut bodies = Bodies::new(&body, (Protocol::Chat, Operation::Generate), "m");
    let upstream = ModelId::from(upstream);
    let goal = goal(Protocol::Chat, &upstream);
    let mut slices = || {
        let patched = bodies.native(&goal, usage, LossPolicy::Report).unwrap();
        patched.body.finish(&Account::default()).body
    };
    let (slices, again) = (slices(), slices());
    assert!(
        slices
            .iter()
            .zip(again.iter())
            .all(|(one, other)| one.as_ptr() == other.as_ptr()),
        "a second attempt shares them too"
    );
    let start = received.as_ptr().addr();
    let place = |slice: &Bytes| {
        let at = slice.as_ptr().addr().checked_sub(start)?;
        (at < received.len()).then_some(at)
    };
    let text = |slice: &Bytes| String::from_utf8(slice.to_vec()).unwrap();
    slices
        .iter()
        .map(|slice| (text(slice), place(slice)))
        .collect()
}

#[test]
fn nothing_is_copied() {
    let check = |body, model, usage, expected: &[(&str, Option<usize>)]| {
        let made = made(body, model, usage);
        let made: Vec<_> = made.iter().map(|(text, at)| (text.as_str(), *at)).collect();
        assert_eq!(made, expected);
    };
    let body = r#"{"model":"m","stream":true,"n":1}"#;
    check(body, "m", false, &[(body, Some(0))]);
    let renamed = [
        (r#"{"model":"#, Some(0)),
        (r#""a/\"b""#, None),
        (r#","stream":true,"n":1}"#, Some(12)),
    ];
    check(body, r#"a/"b"#, false, &renamed);
    let asked = r#"{"model":"m","stream":true,"stream_options":{"include_usage":true}}"#;
    check(asked, "m", true, &[(asked, Some(0))]);
    let unary = r#"{"model":"m"}"#;
    check(unary, "m", true, &[(unary, Some(0))]);

    let added: String = made(body, "x", true)
        .iter()
        .map(|(text, _)| &**text)
        .collect();
    let expected = r#"{"model":"x","stream":true,"n":1,"stream_options":{"include_usage":true}}"#;
    assert_eq!(added, expected);
    let shared = made(body, "x", true);
    assert!(shared.iter().any(|(_, at)| at.is_some()), "{shared:?}");
}

#[test]
fn sealed_reasoning_is_left_out_once_asked() {
    let text =
        r#"{"model":"m","input":[{"type":"reasoning","encrypted_content":"s"},{"role":"user"}]}"#;
    let body = Body::new(text.into()).unwrap();
    let mut bodies = Bodies::new(&body, (Protocol::Responses, Operation::Generate), "m");
    let made = |bodies: &mut Bodies<'_>, upstream: &str| {
        let upstream = ModelId::from(upstream);
        let goal = goal(bodies.protocol, &upstream);
        let patched = bodies.native(&goal, false, LossPolicy::Report).unwrap();
        let body = patched.body.finish(&Account::default()).body.to_bytes();
        String::from_utf8(body.to_vec()).unwrap()
    };
    assert_eq!(made(&mut bodies, "m"), text);
    assert!(bodies.leave_out_reasoning().is_empty());
    assert_eq!(
        made(&mut bodies, "m"),
        r#"{"model":"m","input":[{"role":"user"}]}"#
    );
    assert_eq!(
        made(&mut bodies, "n"),
        r#"{"model":"n","input":[{"role":"user"}]}"#
    );
    let mut chat = Bodies::new(&body, (Protocol::Chat, Operation::Generate), "m");
    chat.leave_out_reasoning();
    assert_eq!(
        made(&mut chat, "m"),
        text,
        "another protocol has no such items"
    );
}

/// Translates for such goals, and counts how often the body was really made.
struct Translations<'a> {
    bodies: Bodies<'a>,
    made: Cell<usize>,
}

impl<'a> Translations<'a> {
    fn of(body: &'a Body) -> Self {
        Self {
            bodies: Bodies::new(body, (Protocol::Chat, Operation::Generate), "m"),
            made: Cell::new(0),
        }
    }

    fn make(&mut self, goal: &Goal<'_>) -> Result<Arc<Translated>, Refused> {
        let asked = Asked {
            protocol: Protocol::Chat,
            model: "m",
            streams: false,
            now: 0,
            id: "id",
        };
        let view = || {
            self.made.set(self.made.get() + 1);
            None
        };
        self.bodies
            .in_dialect(&asked, goal, &Options::default(), view)
    }
}

#[test]
fn a_body_is_translated_once_per_upstream_model_and_dialect() {
    let text = r#"{"model":"m","messages":[{"role":"user","content":"hello"}]}"#;
    let body = Body::new(text.into()).unwrap();
    let mut translations = Translations::of(&body);
    let (one, other) = (ModelId::from("n"), ModelId::from("o"));
    let claude = goal(Protocol::Claude, &one);
    let goals = [
        claude.clone(),
        goal(Protocol::Claude, &other),
        goal(Protocol::Gemini, &one),
        Goal {
            suffix: Some("high"),
            ..claude.clone()
        },
        Goal {
            dialect: Dialect {
                profile: *Profile::by_name(Protocol::Claude, "anthropic").unwrap(),
                ..claude.dialect.clone()
            },
            ..claude.clone()
        },
    ];
    let first = goals
        .each_ref()
        .map(|goal| translations.make(goal).unwrap());
    assert_eq!(translations.made.get(), goals.len());
    // Another credential, and another round.
    for _ in 0..2 {
        for (goal, first) in goals.iter().zip(&first) {
            let again = translations.make(goal).unwrap();
            assert!(Arc::ptr_eq(&again, first), "{goal:?}");
        }
    }
    assert_eq!(translations.made.get(), goals.len());
    // What is left out from now on is in none of them.
    translations.bodies.leave_out_reasoning();
    let anew = translations.make(&claude).unwrap();
    assert!(!Arc::ptr_eq(&anew, &first[0]));
}

#[test]
fn that_a_body_cannot_be_translated_is_found_out_once() {
    let text = r#"{"model":"m","n":2,"messages":[{"role":"user","content":"hello"}]}"#;
    let body = Body::new(text.into()).unwrap();
    let mut translations = Translations::of(&body);
    let model = ModelId::from("n");
    let goal = goal(Protocol::Claude, &model);
    for _ in 0..3 {
        let refused = translations.make(&goal).map(drop).unwrap_err();
        assert_eq!(refused.param.as_deref(), Some("n"));
    }
    assert_eq!(translations.made.get(), 1);
}
