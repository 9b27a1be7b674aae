//! Facts out of a reply and its explanation.

use super::Facts;
use crate::{client::Reply, commands::demo::served::Served};
use bytes::Bytes;
use cliproxy_gateway::{AttemptView, CandidateView, Explanation, Step};
use http::{HeaderMap, StatusCode};
use std::time::Duration;

const USAGE: &str =
    r#"{"usage": {"prompt_tokens": 50, "prompt_tokens_details": {"cached_tokens": 8}}}"#;

fn served(attempts: u32) -> Served {
    Served {
        id: "tour-3".to_owned(),
        by: "b".to_owned(),
        fallback: None,
        attempts,
        affinity: "moved: short block".to_owned(),
        text: String::new(),
        took: Duration::ZERO,
    }
}

fn candidate(label: &str, state: &str, back_in_ms: Option<u64>) -> CandidateView {
    CandidateView {
        credential: label.to_owned(),
        id: label.to_owned(),
        priority: if label == "a" { 1 } else { 0 },
        weight: 1,
        state: state.to_owned(),
        back_in_ms,
        note: None,
        sent_as: None,
    }
}

fn explanation(attempts: &[(&str, &str)]) -> Explanation {
    let attempts = attempts.iter().map(|(credential, outcome)| AttemptView {
        credential: (*credential).to_owned(),
        model: "m".to_owned(),
        outcome: (*outcome).to_owned(),
        ms: 1,
        translation: None,
    });
    Explanation {
        request_id: "tour-3".to_owned(),
        at_ms: 0,
        client: "demo".to_owned(),
        protocol: "chat".to_owned(),
        operation: "generate".to_owned(),
        model: "m".to_owned(),
        status: 200,
        ending: "complete".to_owned(),
        error: None,
        total_ms: 1,
        reply_losses: None,
        steps: vec![Step {
            route: "m".to_owned(),
            strategy: "round-robin".to_owned(),
            session: None,
            affinity: "moved: short block".to_owned(),
            candidates: vec![
                candidate("a", "cooling: quota", Some(900)),
                candidate("b", "ready", None),
            ],
            more_candidates: 0,
            attempts: attempts.collect(),
            notes: Vec::new(),
            outcome: "served".to_owned(),
        }],
    }
}

fn read(attempts: u32, explained: &[(&str, &str)], body: &'static str) -> anyhow::Result<Facts> {
    let reply = Reply {
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        body: Bytes::from_static(body.as_bytes()),
        took: Duration::ZERO,
    };
    Facts::of(served(attempts), &reply, &explanation(explained))
}

#[test]
fn what_headers_body_and_explanation_tell() {
    let facts = read(2, &[("a", "quota 429"), ("b", "ok")], USAGE).unwrap();
    assert_eq!(facts.tried, ["a quota 429", "b ok"]);
    assert_eq!(facts.priority, Some(0));
    assert_eq!(facts.resting, [("a".to_owned(), Some(900))]);
    assert_eq!((facts.prompt_tokens, facts.cached_tokens), (50, 8));
}

#[test]
fn they_must_not_contradict_each_other() {
    let check = |attempts, explained: &[(&str, &str)], body, expected: &str| {
        let error = read(attempts, explained, body).unwrap_err().to_string();
        assert_eq!(error, expected);
    };
    let more = "the headers say 2 attempts, and `explain` 1";
    check(2, &[("b", "ok")], USAGE, more);
    let another = "the headers say b, and `explain` a";
    check(1, &[("a", "ok")], USAGE, another);
    check(0, &[], USAGE, "`explain` knows of no attempt");
    check(
        1,
        &[("b", "ok")],
        "{}",
        "no /usage/prompt_tokens in the reply",
    );
}
