//! What of a record counts, and for whom.

use super::Counters;
use crate::journal::blank;
use cliproxy_core::Protocol::{self, Chat, Claude, Gemini};
use cliproxy_usage::{Attempt, Record, ReplyLosses, Translation};
use std::{sync::Arc, time::Duration};

/// A request of a client with one attempt per upstream: `(upstream, dropped, repairs)`.
fn record(client: Protocol, attempts: &[(Protocol, usize, u32)], reply: usize) -> Record {
    let attempts = attempts
        .iter()
        .map(|&(upstream, dropped, repairs)| Attempt {
            credential: "main".into(),
            model: "m".into(),
            outcome: "ok".into(),
            took: Duration::ZERO,
            translation: Some(Arc::new(Translation {
                upstream,
                dropped,
                cut: 0,
                changed: 7,
                dropped_paths: None,
                changed_paths: None,
                repairs,
            })),
        });
    Record {
        attempts: attempts.collect(),
        reply_losses: (reply > 0).then(|| ReplyLosses {
            semantic: 0,
            quality: reply,
            opaque: 0,
            what: "".into(),
        }),
        ..blank(&"nobody".into(), client)
    }
}

#[test]
fn losses_and_repairs_are_counted_by_pair() {
    let check = |records: &[Record], expected: &[&str]| {
        let counters = Counters::default();
        for record in records {
            counters.count(record);
        }
        let views = counters.views().into_iter().map(|view| {
            let name = view.name.strip_prefix("cliproxy_translation_").unwrap();
            let labels: Vec<_> = view.labels.values().map(String::as_str).collect();
            format!("{name} {} {}", labels.join(" "), view.value)
        });
        assert_eq!(views.collect::<Vec<_>>(), expected);
    };
    check(&[], &[]);
    check(
        &[record(Chat, &[], 0), record(Chat, &[(Claude, 0, 0)], 0)],
        &[],
    );
    // The attempt before was not the one that served.
    check(
        &[record(Chat, &[(Gemini, 5, 5), (Claude, 2, 1)], 0)],
        &["dropped_total chat claude 2", "repairs_total chat claude 1"],
    );
    let same = record(Claude, &[(Claude, 1, 0)], 0);
    let other = record(Claude, &[(Chat, 1, 0)], 3);
    check(
        &[same, other.clone(), other],
        &[
            "dropped_total chat claude 6",
            "dropped_total claude chat 2",
            "dropped_total claude claude 1",
        ],
    );
}
