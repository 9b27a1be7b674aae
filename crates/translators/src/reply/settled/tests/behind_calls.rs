//! A call's arguments end where their JSON does.

use super::{close, context, delta, open, tool};
use crate::reply::{Event, Settled, Sink, transcript::Transcript};
use cliproxy_core::Protocol;

/// What is told of the call, and what is counted.
#[track_caller]
fn check(client: Protocol, pieces: &[&'static str], expected: &str, lost: &str) {
    let cx = context(client);
    let mut settled = Settled::new(&cx, Transcript::default());
    settled.event(open(0, tool("1", "f")));
    for piece in pieces {
        settled.event(delta(0, piece));
    }
    settled.event(close(0));
    settled.event(Event::End);
    assert_eq!(settled.losses().to_string(), lost, "{client}: {pieces:?}");
    let told = settled.into_sink().text();
    let told = told.strip_prefix("start").map(str::trim);
    assert_eq!(told, Some(expected), "{client}: {pieces:?}");
}

#[test]
fn what_stands_behind_complete_arguments_is_lost() {
    let value = r#"{\"x\":1}"#;
    for client in Protocol::ALL {
        let check = |pieces: &[&'static str], told: &str, lost: &str| {
            let written = format!("; open 0 tool f#1; {told}close 0; finish tools; end");
            check(client, pieces, &written, lost);
        };
        let whole = r#"+ "{\"x\":1}"; "#;
        check(&[value], whole, "");
        check(&[value, value], whole, "calls 1");
        check(&[value, value, value], whole, "calls 2");
        check(&[r#"{\"x\":1}{\"x\":1}"#], whole, "calls 1");
        check(
            &[r#"{\"x\":1}"#, r"\n", " "],
            &format!("{whole}+ \"\\n\"; + \" \"; "),
            "",
        );
        check(&[r#"{\"x\":1}"#, "}", r"\n"], whole, "calls 1");
    }
}
