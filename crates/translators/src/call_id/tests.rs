//! Ids that fit, ids that are made, and one id per call.

use super::{CallIds, Place, Rule, fit, mint};
use proptest::prelude::*;

const RULES: [Rule; 5] = [
    Rule::Claude,
    Rule::Responses,
    Rule::OpenAi,
    Rule::Mistral,
    Rule::Any,
];

fn fits(id: &str, rule: Rule) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    match rule {
        Rule::Claude => !id.is_empty() && id.chars().all(is_word),
        Rule::Responses => id.chars().count() <= 64,
        Rule::OpenAi => id.chars().count() <= 40,
        Rule::Mistral => id.len() == 9 && id.chars().all(|c| c.is_ascii_alphanumeric()),
        Rule::Any => true,
    }
}

#[test]
fn an_id_that_fits_stays_as_it_is() {
    let check = |rule, id: &str| assert_eq!(fit(id, rule), id, "{rule:?}");
    check(Rule::Claude, "toolu_01A-z");
    check(Rule::Responses, &"é".repeat(64));
    check(Rule::OpenAi, &"é".repeat(40));
    check(Rule::Mistral, "a1B2c3D4e");
    check(Rule::Any, "functions.get:0 ü");
    check(Rule::Any, "");
}

#[test]
fn an_id_that_does_not_fit_is_told_apart_by_a_digest() {
    let check = |rule, id: &str, expected: &str| assert_eq!(fit(id, rule), expected, "{rule:?}");
    check(Rule::Claude, "", "_e3b0c442");
    check(Rule::Claude, "a b", "a_b_c8687a08");
    let long = "é".repeat(65);
    let head = |len| "é".repeat(len);
    let digits = crate::fingerprint::hex(&[&long], 16);
    check(Rule::Responses, &long, &format!("{}_{digits}", head(47)));
    check(Rule::OpenAi, &long, &format!("{}_{digits}", head(23)));
    assert_ne!(fit("call_1", Rule::Mistral), fit("call_2", Rule::Mistral));
}

#[test]
fn a_minted_id_depends_on_place_and_content_alone() {
    let id = mint(Place::Turn(1), 0, "get", "{}");
    assert_eq!(id, mint(Place::Turn(1), 0, "get", "{}"));
    assert_eq!(id.len(), "call_".len() + 24);
    for rule in [Rule::Claude, Rule::Responses, Rule::OpenAi] {
        assert_eq!(fit(&id, rule), id);
    }
    for other in [
        mint(Place::Turn(2), 0, "get", "{}"),
        mint(Place::Turn(1), 1, "get", "{}"),
        mint(Place::Turn(1), 0, "put", "{}"),
        mint(Place::Turn(1), 0, "get", "[]"),
        mint(Place::Reply("resp_1"), 0, "get", "{}"),
    ] {
        assert_ne!(id, other);
    }
}

/// What is asked, in words: `turn`, `call ID`, `result ID`; the answers in one line.
fn answers(conversation: &[&'static str]) -> String {
    let mut ids = CallIds::default();
    let mut answers = Vec::new();
    for step in conversation {
        match step.split_once(' ') {
            Some(("call", id)) => answers.push(ids.call(id).into_owned()),
            Some(("result", id)) => {
                let id = ids.result(id).map(|id| format!("={id}"));
                answers.push(id.unwrap_or_else(|| "none".to_owned()));
            }
            _ => ids.begin_turn(),
        }
    }
    answers.join(" ")
}

#[test]
fn a_later_call_with_the_same_id_gets_the_first_free_suffix() {
    let check = |conversation: &[&'static str], expected: &str| {
        assert_eq!(answers(conversation), expected);
    };
    check(
        &["turn", "call a", "call b", "result b", "result a"],
        "a b =b =a",
    );
    check(
        &[
            "turn", "call a", "result a", "turn", "call a", "result a", "turn", "call a",
        ],
        "a =a a_2 =a_2 a_3",
    );
    // Somebody else has the suffix already, or wants it later.
    check(
        &["call a_2", "call a", "call a", "result a_2"],
        "a_2 a a_3 =a_2",
    );
    check(
        &["call a", "call a", "call a_2", "result a_2"],
        "a a_2 a_2_2 =a_2_2",
    );
    // Parallel calls under one id are answered in their order; one answer too many is the last one's.
    check(
        &[
            "turn", "call a", "call a", "result a", "result a", "result a",
        ],
        "a a_2 =a =a_2 =a_2",
    );
    // What an earlier turn left unanswered is not answered by the result of a later call.
    check(
        &["turn", "call a", "turn", "call a", "result a", "result b"],
        "a a_2 =a_2 none",
    );
}

#[test]
fn a_conversation_that_repeats_one_id_is_gone_through_once() {
    let mut ids = CallIds::default();
    let calls = 100_000;
    let last = (0..calls).map(|_| ids.call("call_0")).last().unwrap();
    assert_eq!(last, format!("call_0_{calls}"));
}

proptest! {
    #[test]
    fn a_fitted_id_fits_and_is_fitted_once(id in "([ -~]|[a-z0-9_]{1,20}|é|文){0,70}") {
        for rule in RULES {
            let fitted = fit(&id, rule);
            prop_assert!(fits(&fitted, rule), "{rule:?} {fitted}");
            prop_assert_eq!(fit(&fitted, rule), fitted.as_ref());
            if rule != Rule::Mistral && fits(&id, rule) {
                prop_assert_eq!(fitted.as_ref(), id.as_str());
            }
        }
    }

    #[test]
    fn no_two_calls_have_the_same_id(ids in prop::collection::vec("a(_[23]){0,2}", 0..30)) {
        let mut calls = CallIds::default();
        let given: Vec<_> = ids.iter().map(|id| calls.call(id.as_str())).collect();
        let mut distinct = given.clone();
        distinct.sort();
        distinct.dedup();
        prop_assert_eq!(distinct.len(), given.len());
    }
}
