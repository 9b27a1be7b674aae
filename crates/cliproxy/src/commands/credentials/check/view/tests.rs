//! What a check prints.

use super::text;
use crate::{
    commands::credentials::{
        check::{Report, Row},
        finding::{Finding, Weight},
        scenery::seen,
    },
    screen::Paint,
};

fn row(label: &str, name: &str, is_renewed: bool, finding: Finding) -> Row {
    let remarks = match is_renewed {
        true => vec!["priority: not a whole number (write one)".to_owned()],
        false => Vec::new(),
    };
    Row {
        remarks,
        label: label.to_owned(),
        name: name.to_owned(),
        kind: "codex".to_owned(),
        is_renewed,
        finding,
    }
}

#[test]
fn what_was_done_and_what_is_to_do() {
    let fine = Finding {
        weight: Weight::Fine,
        state: "ready".to_owned(),
        what: "its token ends in 1 h".to_owned(),
        remedy: None,
    };
    let dead = Finding::trouble(
        "needs-login",
        "its refresh token is refused",
        "sign in again",
    );
    let report = Report {
        seen: seen(Vec::new()),
        rows: vec![row("a", "a", true, fine), row("me", "dead", false, dead)],
    };
    assert_eq!(
        text(&report, Paint::Nothing),
        "\
credential  name  type   result
a           a     codex  ok       refreshed now; its token ends in 1 h
me          dead  codex  trouble  its refresh token is refused

what to do
dead        sign in again

remarks
a        priority: not a whole number (write one)

1 needs you (/etc/config.yaml)
"
    );
}
