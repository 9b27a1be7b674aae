//! What must have come of a run.

use crate::{findings::Findings, place::Ended};
use cliproxy_scripted_upstream::{Recorded, Violation};
use serde_json::Value;
use std::fmt::Write as _;

/// Requests of an agent that is refused. Claude Code tries six forms of its request.
const MOST_REFUSALS: usize = 8;

/// What a run must lead to, besides a good end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected {
    /// What a request has that brings the tool's result, if a tool is called.
    pub(crate) result: Option<&'static str>,
    /// What must be in the result.
    pub(crate) printed: Option<&'static str>,
    /// Whether the result goes back together with the reasoning that led to its call.
    pub(crate) reasoned: bool,
    /// How many requests the account that comes into trouble gets before the other takes over.
    pub(crate) tries: Option<usize>,
}

/// Checks how a process ended, and what the upstream got from it.
pub(crate) fn process(
    findings: &mut Findings,
    ended: &Ended,
    requests: &[Recorded],
    expected: Expected,
) {
    ends_well(findings, ended, "it ends well");
    let served = served(requests);
    let last = served.last().copied().unwrap_or_default();
    let mut reply = format!("scripted reply from {last} to");
    if let Some(member) = expected.result {
        let brings = |request: &Recorded| body(request).contains(member);
        findings.check(
            "the tool's result goes back",
            requests.iter().any(brings),
            || format!("none of {} requests has one", requests.len()),
        );
        reply += " the tool result: ";
    }
    let said = ended.stdout.split_once(&reply).map(|(_, rest)| rest);
    findings.check("it says what the upstream said", said.is_some(), || {
        format!("there is no {reply:?} in its output")
    });
    if let Some(printed) = expected.printed {
        let rest = said.unwrap_or_default();
        findings.check("the result is the tool's", rest.contains(printed), || {
            format!("it is {rest:?}")
        });
    }
    if expected.reasoned {
        let kept = said.is_some_and(|rest| rest.contains("(with its reasoning)"));
        findings.check("its reasoning goes back", kept, || {
            format!("it is {said:?}")
        });
    }
    let (what, one) = match expected.tries {
        Some(tries) => {
            let (before, after) = served.split_at(tries.min(served.len()));
            let moved = before.iter().all(|label| *label == "a")
                && !after.is_empty()
                && after.iter().all(|label| *label == "b");
            ("the other account takes the conversation over", moved)
        }
        None => {
            let same = served.windows(2).all(|pair| pair[0] == pair[1]);
            (
                "one account serves the conversation",
                same && !served.is_empty(),
            )
        }
    };
    findings.check(what, one, || format!("{served:?} did"));
}

/// Checks a process whose every request was refused.
pub(crate) fn refused(findings: &mut Findings, ended: &Ended, requests: &[Recorded]) {
    let said = format!("{}{}", ended.stdout, ended.stderr);
    findings.check(
        "it says why it was refused",
        said.contains("a scripted refusal"),
        || format!("its exit code is {:?}", ended.code),
    );
    let count = requests.len();
    findings.check(
        "a refused request is not sent for ever",
        (1..=MOST_REFUSALS).contains(&count),
        || format!("there were {count}"),
    );
    findings.show("standard output", &ended.stdout);
    findings.show("standard error", &ended.stderr);
}

/// Checks a second process that goes on with the conversation; `before` requests were the first's.
pub(crate) fn resumed(
    findings: &mut Findings,
    ended: &Ended,
    requests: &[Recorded],
    before: usize,
) {
    ends_well(findings, ended, "the second process ends well");
    let own = &requests[before..];
    let remembers = |request: &Recorded| body(request).contains("scripted reply from ");
    findings.check(
        "it sends the conversation so far",
        own.iter().any(remembers),
        || format!("none of its {} requests has the reply of before", own.len()),
    );
    let served = served(requests);
    let same = served.windows(2).all(|pair| pair[0] == pair[1]);
    findings.check("the same account serves it", same, || {
        format!("{served:?} did")
    });
}

/// Checks what the gateway wrote, as lines of JSON. `fails` is how a request has to end that the
/// agent must see failing; without it none may.
pub(crate) fn log(findings: &mut Findings, log: &str, fails: Option<&str>) {
    let events: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_default())
        .collect();
    let errors: Vec<&Value> = events
        .iter()
        .filter(|event| event["level"] == "ERROR")
        .collect();
    findings.check("the gateway logs no error", errors.is_empty(), || {
        format!("{errors:?}")
    });
    // Its own failed attempts are no line of their own: what is here is what the agent was told.
    let mut requests = events
        .iter()
        .filter(|event| event["message"] == "request")
        .peekable();
    let some = requests.peek().is_some();
    let failed: Vec<&Value> = requests
        .filter(|event| event["status"] != 200 || event["ending"] != "complete")
        .collect();
    match fails {
        None => findings.check(
            "the agent sees no failure",
            some && failed.is_empty(),
            || format!("{failed:?}"),
        ),
        Some(ending) => {
            findings.check(
                "the agent is told of the failure",
                !failed.is_empty() && failed.iter().all(|event| event["ending"] == ending),
                || format!("{failed:?}"),
            );
            let once = |event: &&&Value| {
                let attempts = event["attempts"].as_str().unwrap_or_default();
                attempts.split(", ").count() == 1
            };
            findings.check(
                "the gateway does not try it again",
                failed.iter().filter(once).count() == failed.len(),
                || format!("{failed:?}"),
            );
        }
    }
    findings.show("log of the gateway", log);
}

/// Checks that the upstream received nothing that no upstream should see.
pub(crate) fn violations(findings: &mut Findings, violations: &[Violation]) {
    findings.check(
        "nothing reaches the upstream that must not",
        violations.is_empty(),
        || format!("{violations:?}"),
    );
}

/// Everything the upstream received, for somebody to look at.
pub(crate) fn transcript(requests: &[Recorded]) -> String {
    let mut text = String::new();
    for request in requests {
        let Recorded {
            label,
            method,
            uri,
            headers,
            ..
        } = request;
        let label = label.as_deref().unwrap_or("nobody");
        _ = writeln!(text, "{method} {uri} as {label}\n{headers:#?}");
        _ = writeln!(text, "{}\n", body(request));
    }
    text
}

fn ends_well(findings: &mut Findings, ended: &Ended, what: &'static str) {
    findings.check(what, ended.code == Some(0), || {
        format!("its exit code is {:?}", ended.code)
    });
    findings.show("standard output", &ended.stdout);
    findings.show("standard error", &ended.stderr);
}

/// Which accounts were asked, in order.
fn served(requests: &[Recorded]) -> Vec<&str> {
    requests
        .iter()
        .map(|request| request.label.as_deref().unwrap_or("nobody"))
        .collect()
}

fn body(request: &Recorded) -> String {
    String::from_utf8_lossy(&request.body).into_owned()
}
