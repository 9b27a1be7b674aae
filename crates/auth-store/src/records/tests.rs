//! Sequences of what is found under one name, and what each of them changes.

use super::{Change, Changes, Difference, Observation, Records};
use crate::{CredentialFile, FileDigest, FileName};

/// What happens to `x.json`, as a test tells it.
enum Found {
    Absent,
    Text(&'static str),
    Own(&'static str),
    /// It was gone meanwhile.
    Anew(&'static str),
    Link,
}
use Found::{Absent, Anew, Link, Own, Text};

const ONE: &str = r#"{"type":"codex","access_token":"a","email":"e","account_id":"e"}"#;
const HIGH: &str =
    r#"{"type":"codex","access_token":"a","email":"e","account_id":"e","priority":5}"#;
const TOKEN: &str = r#"{"type":"codex","access_token":"b","email":"e","account_id":"e"}"#;
const OFF: &str =
    r#"{"type":"codex","access_token":"a","email":"e","account_id":"e","disabled":true}"#;
const UNKNOWN: &str = r#"{"type":"codex","access_token":"a","email":"e","account_id":"e","x":1}"#;
const OTHER: &str = r#"{"type":"codex","access_token":"b","email":"f","account_id":"f"}"#;
const WITH_A_KEY: &str = r#"{"type":"codex","api_key":"k","email":"e","account_id":"e"}"#;
const NAMELESS: &str = r#"{"type":"codex","access_token":"a"}"#;
const RENEWED: &str = r#"{"type":"codex","access_token":"b"}"#;
const HALF: &str = r#"{"type":"codex","acc"#;
const PROJECTS: &str = r#"{"type":"gemini","token":{"access_token":"a"},"project_id":"p,q"}"#;
const PROJECT: &str = r#"{"type":"gemini","token":{"access_token":"a"},"project_id":"p"}"#;

fn observe(records: &mut Records, found: &Found) -> Changes {
    let name = FileName::parse("x.json").unwrap();
    let file = |text: &str, ours| {
        let digest = FileDigest::of(text.as_bytes());
        Observation::of(CredentialFile::read(&name, text.as_bytes()), digest, ours)
    };
    let observation = match found {
        Absent => Observation::Absent,
        Text(text) | Anew(text) => file(text, false),
        Own(text) => file(text, true),
        Link => Observation::Refused(
            crate::problem::Report::of(name.clone()).problem("", "a link", "copy it"),
        ),
    };
    records.observe(&name, observation, matches!(found, Anew(_)))
}

/// A change in one word, with the id where there are several.
fn said(changes: &Changes) -> String {
    let mut words: Vec<_> = changes
        .credentials
        .iter()
        .map(|change| {
            let id = change.id().as_str().trim_start_matches("x.json");
            let word = match change {
                Change::Added(_) => "added",
                Change::Changed { ours: true, .. } => "changed-by-us",
                Change::Changed { .. } => "changed",
                Change::Recreated(_) => "recreated",
                Change::Removed(_) => "removed",
            };
            format!("{word}{id}")
        })
        .collect();
    words.extend(changes.problems.iter().map(|_| "problem".to_owned()));
    words.join(" ")
}

/// Takes the steps one after the other; each is to say this.
#[track_caller]
fn check(steps: &[(Found, &str)]) -> Records {
    let mut records = Records::default();
    for (at, (found, expected)) in steps.iter().enumerate() {
        let changes = observe(&mut records, found);
        assert_eq!(said(&changes), *expected, "step {at}: {changes:?}");
    }
    records
}

#[test]
fn a_file_comes_changes_and_goes() {
    check(&[
        (Absent, ""),
        (Text(ONE), "added"),
        (Text(ONE), ""),
        (Text(HIGH), "changed"),
        (Text(TOKEN), "changed"),
        (Absent, "removed"),
        (Absent, ""),
        (Text(ONE), "added"),
    ]);
}

#[test]
fn members_without_meaning_here_change_nothing() {
    check(&[(Text(ONE), "added"), (Text(UNKNOWN), ""), (Text(ONE), "")]);
}

#[test]
fn what_this_process_has_written_is_told_apart() {
    check(&[
        (Text(ONE), "added"),
        (Own(TOKEN), "changed-by-us"),
        (Text(TOKEN), ""),
    ]);
}

#[test]
fn what_is_wrong_is_said_once() {
    let records = check(&[
        (Text(NAMELESS), "added problem"),
        (Text(NAMELESS), ""),
        // Not with every refresh again.
        (Own(RENEWED), "changed-by-us"),
        (Anew(RENEWED), "recreated"),
    ]);
    assert_eq!(records.problems().count(), 1, "it is still wrong");
    let records = check(&[
        (Text(NAMELESS), "added problem"),
        (Text(ONE), "changed"),
        (Text(NAMELESS), "changed problem"),
        (Absent, "removed"),
    ]);
    assert_eq!(records.problems().count(), 0);
}

#[test]
fn half_a_file_keeps_what_was_there_and_is_told_once() {
    let records = check(&[
        (Text(ONE), "added"),
        (Text(""), "problem"),
        (Text(HALF), "problem"),
        (Text(HALF), ""),
    ]);
    assert_eq!(records.iter().count(), 1, "still in service");
    assert_eq!(records.problems().count(), 1);
    let records = check(&[
        (Text(ONE), "added"),
        (Text(HALF), "problem"),
        (Text(HIGH), "changed"),
    ]);
    assert_eq!(records.problems().count(), 0);
    // Repaired as it was.
    check(&[
        (Text(ONE), "added"),
        (Text(HALF), "problem"),
        (Text(ONE), ""),
    ]);
    // Never whole.
    check(&[(Text(""), "problem"), (Text(ONE), "added")]);
    check(&[(Text(HALF), "problem"), (Absent, "")]);
    check(&[
        (Text(ONE), "added"),
        (Text(HALF), "problem"),
        (Absent, "removed"),
    ]);
}

#[test]
fn a_wrong_weight_keeps_what_was_there() {
    const WEIGHT: &str = r#"{"type":"codex","access_token":"a","weight":"x"}"#;
    check(&[
        (Text(ONE), "added"),
        (Text(WEIGHT), "problem"),
        (Text(WEIGHT), ""),
    ]);
}

#[test]
fn deleted_and_created_again_is_another_credential() {
    check(&[
        (Text(ONE), "added"),
        (Anew(ONE), "recreated"),
        (Text(ONE), ""),
    ]);
    check(&[(Text(ONE), "added"), (Anew(HIGH), "recreated")]);
    check(&[(Anew(ONE), "added")]);
    // Seen while it was being written.
    check(&[
        (Text(ONE), "added"),
        (Anew(""), "problem"),
        (Text(ONE), "recreated"),
    ]);
    check(&[
        (Text(PROJECTS), "added added::p added::q"),
        (Anew(PROJECT), "removed::p removed::q recreated"),
    ]);
}

#[test]
fn projects_come_and_go_with_their_file() {
    check(&[
        (Text(PROJECTS), "added added::p added::q"),
        (Text(PROJECT), "removed::p removed::q changed"),
        (Text(PROJECTS), "changed added::p added::q"),
        (Absent, "removed removed::p removed::q"),
    ]);
}

#[test]
fn what_must_not_be_used_goes_out_of_service() {
    check(&[
        (Text(ONE), "added"),
        (Link, "removed problem"),
        (Link, ""),
        (Text(ONE), "added"),
    ]);
    check(&[(Link, "problem"), (Absent, "")]);
}

#[test]
fn in_what_two_versions_differ() {
    let check = |after: &'static str, expected: &str| {
        let mut records = Records::default();
        observe(&mut records, &Text(ONE));
        let changes = observe(&mut records, &Text(after)).credentials;
        let Some(Change::Changed { before, record, .. }) = changes.first() else {
            panic!("{after}: {changes:?}");
        };
        let Difference {
            identity,
            standing,
            settings,
            tokens,
        } = Difference::between(before, record);
        let said = [
            (identity, "identity"),
            (standing, "standing"),
            (settings, "settings"),
            (tokens, "tokens"),
        ];
        let said: Vec<_> = said
            .iter()
            .filter(|(is, _)| *is)
            .map(|(_, word)| *word)
            .collect();
        assert_eq!(said.join(" "), expected, "{after}");
    };
    check(HIGH, "settings");
    check(TOKEN, "tokens");
    check(OFF, "standing");
    check(OTHER, "identity settings tokens");
    check(WITH_A_KEY, "identity settings tokens");
}
