//! What is kept of requests that are over.

use super::{Entry, KEPT, Recent};
use crate::trace::{CandidateTrace, CourseTrace, Note, Trace};
use cliproxy_core::{ErrorKind, ModelId, Operation, Protocol, Scope, Usage};
use cliproxy_scheduler::{Block, State};
use cliproxy_usage::{Attempt, Ending, Record, ReplyLosses};
use std::time::{Duration, Instant};

fn record(id: &str, outcomes: &[&str]) -> Record {
    let attempts = outcomes.iter().map(|outcome| Attempt {
        credential: "label".into(),
        model: ModelId::from("upstream-model"),
        outcome: (*outcome).into(),
        took: Duration::from_millis(3),
        translation: None,
    });
    Record {
        request_id: id.into(),
        client: "anna".into(),
        peer: None,
        protocol: Protocol::Claude,
        operation: Some(Operation::Generate),
        model: Some("m".into()),
        served_model: Some("upstream-model".into()),
        credential: Some("label".into()),
        affinity: Some("hit"),
        attempts: attempts.collect(),
        status: 200,
        ending: Ending::Complete,
        error: None,
        first_byte: Some(Duration::from_millis(4)),
        total: Duration::from_millis(5),
        usage: Usage {
            input: 7,
            ..Usage::default()
        },
        estimated: None,
        reply_losses: Some(ReplyLosses {
            semantic: 1,
            quality: 0,
            opaque: 0,
            what: "media 1".into(),
        }),
    }
}

fn candidate(state: State) -> CandidateTrace {
    CandidateTrace {
        credential: "id".into(),
        priority: 3,
        weight: 2,
        state,
    }
}

fn trace() -> Trace {
    let course = CourseTrace {
        strategy: "round-robin",
        affinity: Some("hit"),
        picked: Some(candidate(State::Ready)),
        count: 9,
        ..CourseTrace::new(ModelId::from("m"), false, 0)
    };
    Trace {
        courses: vec![course],
    }
}

/// What comes back of a request, and whether it was kept in the plain form.
fn kept(record: &Record, mut trace: Trace) -> (String, bool) {
    let recent = Recent::default();
    recent.push(record, &mut trace, Instant::now());
    let plain = matches!(recent.0.lock().back(), Some(Entry::Plain(_)));
    let decided = recent.find(&record.request_id).unwrap();
    (format!("{:?} {:?}", decided.record, decided.trace), plain)
}

#[test]
fn nothing_is_lost_in_either_form() {
    let blocked = || {
        State::Blocked(Block {
            reason: ErrorKind::Quota,
            scope: Scope::Model,
            remaining: Duration::from_secs(9),
            probe: None,
        })
    };
    type Change = fn(&mut Record, &mut Trace);
    let check = |plain: bool, change: &dyn Fn(&mut Record, &mut Trace)| {
        let (mut record, mut trace) = (record("req_0123456789abcdef", &["ok"]), trace());
        change(&mut record, &mut trace);
        let whole = format!("{record:?} {trace:?}");
        assert_eq!(kept(&record, trace), (whole, plain));
    };
    check(true, &|_, _| ());
    check(true, &|record, _| record.request_id = "x".repeat(24).into());
    let unusual: [Change; 8] = [
        |record, _| record.request_id = "x".repeat(25).into(),
        |record, _| record.attempts.push(record.attempts[0].clone()),
        |record, _| record.attempts[0].outcome = "quota 429".into(),
        |record, _| record.ending = Ending::Interrupted,
        |record, _| record.model = Some("M".into()),
        |_, trace| trace.courses[0].is_fallback = true,
        |_, trace| trace.courses[0].picked = None,
        |_, trace| trace.courses[0].note(Note::MostAttempts(1)),
    ];
    for change in unusual {
        check(false, &change);
    }
    check(false, &|_, trace| {
        trace.courses[0].skipped.push(candidate(blocked()));
    });
    check(false, &|_, trace| {
        trace.courses[0].picked = Some(candidate(blocked()));
    });
}

#[test]
fn the_oldest_go_and_of_equal_ids_the_newest_is_found() {
    let recent = Recent::default();
    let push = |id: &str, status| {
        let record = Record {
            status,
            ..record(id, &["ok"])
        };
        recent.push(&record, &mut trace(), Instant::now());
    };
    for number in 0..KEPT {
        push(&format!("req_{number}"), 200);
    }
    assert!(recent.find("req_0").is_some());
    push("again", 200);
    push("again", 429);
    assert!(recent.find("req_0").is_none() && recent.find("req_1").is_none());
    assert!(recent.find("req_2").is_some());
    assert_eq!(recent.find("again").unwrap().record.status, 429);
    assert_eq!(recent.newest(usize::MAX).len(), KEPT);
    let newest = recent.newest(3);
    let ids = newest.iter().map(|decided| &*decided.record.request_id);
    let last = format!("req_{}", KEPT - 1);
    assert_eq!(ids.collect::<Vec<_>>(), ["again", "again", &last]);
}
