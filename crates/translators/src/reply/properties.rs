//! Any events, for any client.

pub(super) mod folded;
mod steps;

use super::{Event, Fault, Fold, ReplyContext, Settled, Sink, grammar, transcript::Transcript};
use crate::{hub, vectors::reply::events};
use cliproxy_core::Protocol;
use proptest::prelude::*;
use serde_json::Value;
use std::sync::Arc;
pub(super) use steps::client;
use steps::{Step, orderly, step};

/// What a client of `cx` gets to read.
fn stream(cx: &ReplyContext, steps: &[Step]) -> Vec<Value> {
    let mut encoder = hub::reply_encoder(Arc::new(cx.clone()));
    for step in steps {
        step.tell(&mut |event: Event<'_>| encoder.event(event));
    }
    encoder.event(Event::Fail(Fault::cut_off()));
    match events(std::mem::take(encoder.out())).unwrap() {
        Value::Array(events) => events,
        other => panic!("{other}"),
    }
}

/// The same as one body.
fn body(cx: &ReplyContext, steps: &[Step]) -> Value {
    let mut fold = Settled::new(cx, Fold::default());
    for step in steps {
        step.tell(&mut fold);
    }
    let mut out = Vec::new();
    hub::write_body(&fold.into_sink().finish(), cx, &mut out);
    serde_json::from_slice(&out).unwrap()
}

proptest! {
    #[test]
    fn every_stream_is_well_formed(cx in client(), steps in proptest::collection::vec(step(), 0..40)) {
        let events = stream(&cx, &steps);
        if let Err(wrong) = grammar::check(cx.client, &events) {
            prop_assert!(false, "{wrong}\n{steps:?}\n{events:#?}");
        }
    }

    #[test]
    fn encoders_are_told_what_is_in_order(cx in client(), steps in proptest::collection::vec(step(), 0..40)) {
        let mut settled = Settled::new(&cx, Transcript::default());
        for step in &steps {
            step.tell(&mut settled);
        }
        settled.event(Event::Fail(Fault::cut_off()));
    }

    #[test]
    fn every_body_is_json(cx in client(), steps in proptest::collection::vec(step(), 0..40)) {
        prop_assert!(body(&cx, &steps).is_object());
    }

    #[test]
    fn a_stream_and_a_body_say_the_same(cx in client(), steps in orderly()) {
        // Claude's bodies split a text at the borders of what is cited, which a stream cannot.
        let is_told = |step: &Step| cx.client != Protocol::Claude || !step.is_citation();
        let steps: Vec<_> = steps.into_iter().filter(is_told).collect();
        let events = stream(&cx, &steps);
        let whole = body(&cx, &steps);
        let put_together = folded::fold(cx.client, &events);
        let whole = folded::content(cx.client, whole);
        prop_assert_eq!(&put_together, &whole, "{:?}\n{:#?}", steps, events);
    }
}
