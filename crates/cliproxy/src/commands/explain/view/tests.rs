//! Explanations as they are printed.

use super::text;
use crate::screen::Paint;
use cliproxy_gateway::{
    AttemptView, CandidateView, Explanation, ReplyLossesView, Step, TranslationView,
};

fn explanation(steps: Vec<Step>) -> Explanation {
    Explanation {
        request_id: "req_07".to_owned(),
        at_ms: 1_778_234_400_250,
        client: "alice".to_owned(),
        protocol: "claude".to_owned(),
        operation: "generate".to_owned(),
        model: "sonnet".to_owned(),
        status: 200,
        ending: "complete".to_owned(),
        error: None,
        total_ms: 2_310,
        reply_losses: None,
        steps,
    }
}

fn step(candidates: Vec<CandidateView>, attempts: Vec<AttemptView>) -> Step {
    Step {
        route: "sonnet".to_owned(),
        strategy: "round-robin".to_owned(),
        session: None,
        affinity: "-".to_owned(),
        candidates,
        more_candidates: 0,
        attempts,
        notes: Vec::new(),
        outcome: "served".to_owned(),
    }
}

fn candidate(label: &str, state: &str, back: Option<u64>, note: Option<&str>) -> CandidateView {
    CandidateView {
        credential: label.to_owned(),
        id: format!("id-of-{label}"),
        priority: 0,
        weight: 1,
        state: state.to_owned(),
        back_in_ms: back,
        note: note.map(str::to_owned),
        sent_as: None,
    }
}

fn attempt(label: &str, outcome: &str, ms: u64) -> AttemptView {
    AttemptView {
        credential: label.to_owned(),
        model: "claude-sonnet-4-5".to_owned(),
        outcome: outcome.to_owned(),
        ms,
        translation: None,
    }
}

#[track_caller]
fn check(explanation: &Explanation, expected: &str) {
    assert_eq!(text(explanation, Paint::Nothing), expected);
}

#[test]
fn a_request_that_was_served_by_the_second() {
    let mut step = step(
        vec![
            candidate("spare", "ready", None, Some("tried: quota")),
            candidate("third", "cooling: quota", Some(180_000), None),
            candidate("main", "ready", None, Some("picked")),
        ],
        vec![
            attempt("spare", "quota 429", 12),
            attempt("main", "ok", 1_230),
        ],
    );
    step.session = Some("header:abc".to_owned());
    step.affinity = "moved: quota".to_owned();
    step.more_candidates = 4;
    check(
        &explanation(vec![step]),
        "\
req_07 for sonnet by alice, claude generate, 2026-05-08T10:00:00Z
200 complete after 2.3 s

route sonnet (round-robin, session header:abc, affinity moved: quota)
     candidate   priority  weight  state           back in  note
     spare              0       1  ready                    tried: quota
     third              0       1  cooling: quota    3 min
  →  main               0       1  ready                    picked
     and 4 more
     attempt  model              outcome     time
  1  spare    claude-sonnet-4-5  quota 429  12 ms
  2  main     claude-sonnet-4-5  ok         1.2 s
  served
",
    );
}

#[test]
fn a_request_that_was_translated() {
    let translated = |protocol: &str, dropped: &str, changed: &str, repairs| {
        let paths = |paths: &str| (!paths.is_empty()).then(|| paths.to_owned());
        let count = |paths: &str| paths.split_terminator(", ").count();
        Some(TranslationView {
            protocol: protocol.to_owned(),
            dropped: count(dropped),
            cut: 0,
            dropped_paths: paths(dropped),
            changed: count(changed),
            changed_paths: paths(changed),
            repairs,
        })
    };
    let step = step(
        vec![candidate("main", "ready", None, Some("picked"))],
        vec![
            AttemptView {
                translation: translated("gemini", "top_k, metadata.a", "max_tokens", 0),
                ..attempt("spare", "server 500", 7)
            },
            AttemptView {
                translation: translated("chat", "", "", 2),
                ..attempt("main", "ok", 12)
            },
        ],
    );
    let losses = ReplyLossesView {
        semantic: 1,
        quality: 2,
        opaque: 0,
        what: "media 1, citations 2".to_owned(),
    };
    let explanation = Explanation {
        reply_losses: Some(losses),
        ..explanation(vec![step])
    };
    check(
        &explanation,
        "\
req_07 for sonnet by alice, claude generate, 2026-05-08T10:00:00Z
200 complete after 2.3 s

route sonnet (round-robin)
     candidate  priority  weight  state  note
  →  main              0       1  ready  picked
     attempt  model              sent as  outcome      time
  1  spare    claude-sonnet-4-5  gemini   server 500   7 ms
  2  main     claude-sonnet-4-5  chat     ok          12 ms
  lost in attempt 1: 2 dropped (top_k, metadata.a), 1 changed (max_tokens)
  repaired in the history for attempt 2: 2
  served

lost of the reply: media 1, citations 2
",
    );
}

#[test]
fn a_request_that_went_on_to_a_fallback_and_failed() {
    let mut first = step(vec![candidate("main", "ready", None, None)], Vec::new());
    first.notes = vec!["waited 1.2s for main to be back".to_owned()];
    first.outcome = "went on: nothing ready".to_owned();
    let mut second = step(Vec::new(), vec![attempt("other", "server 500", 7)]);
    second.route = "haiku".to_owned();
    second.outcome = "failed: server".to_owned();
    let mut other = step(Vec::new(), Vec::new());
    other.route = "gpt".to_owned();
    other.strategy = String::new();
    other.outcome = "passed over: nobody serves it".to_owned();
    let failed = Explanation {
        status: 502,
        ending: "failed".to_owned(),
        error: Some("the upstream failed".to_owned()),
        total_ms: 90,
        ..explanation(vec![first, other, second])
    };
    check(
        &failed,
        "\
req_07 for sonnet by alice, claude generate, 2026-05-08T10:00:00Z
502 failed after 90 ms: the upstream failed

route sonnet (round-robin)
  candidate  priority  weight  state
  main              0       1  ready
  waited 1.2s for main to be back
  went on: nothing ready

then route gpt
  passed over: nobody serves it

then route haiku (round-robin)
     attempt  model              outcome     time
  1  other    claude-sonnet-4-5  server 500  7 ms
  failed: server
",
    );
}

#[test]
fn a_request_that_was_never_made() {
    let mut step = step(
        vec![candidate("main", "ready", None, Some("picked"))],
        vec![],
    );
    step.outcome = String::new();
    let never = Explanation {
        request_id: String::new(),
        status: 0,
        ending: String::new(),
        ..explanation(vec![step])
    };
    check(
        &never,
        "\
a request for sonnet now, claude generate

route sonnet (round-robin)
     candidate  priority  weight  state  note
  →  main              0       1  ready  picked
",
    );
    let refused = Explanation {
        error: Some("nothing is ready".to_owned()),
        steps: Vec::new(),
        ..never
    };
    check(
        &refused,
        "a request for sonnet now, claude generate\nnothing is ready\n",
    );
}

#[test]
fn a_request_that_was_never_made_says_what_it_would_be_sent_as() {
    let candidate = CandidateView {
        sent_as: Some("chat, responses".to_owned()),
        ..candidate("main", "ready", None, None)
    };
    let never = Explanation {
        request_id: String::new(),
        protocol: "any".to_owned(),
        operation: String::new(),
        ..explanation(vec![step(vec![candidate], vec![])])
    };
    let text = text(&never, Paint::Nothing);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "a request for sonnet now, any");
    assert_eq!(
        lines[3..5],
        [
            "  candidate  priority  weight  state  sent as",
            "  main              0       1  ready  chat, responses",
        ]
    );
}

#[test]
fn keys_of_one_entry_are_told_apart() {
    let twin = |id: &str| CandidateView {
        id: id.to_owned(),
        ..candidate("main", "ready", None, None)
    };
    let other = candidate("other", "ready", None, None);
    let text = text(
        &explanation(vec![step(vec![twin("k1"), twin("k2"), other], vec![])]),
        Paint::Nothing,
    );
    let rows: Vec<&str> = text.lines().skip(4).take(4).collect();
    assert_eq!(
        rows,
        [
            "  candidate  id  priority  weight  state",
            "  main       k1         0       1  ready",
            "  main       k2         0       1  ready",
            "  other                 0       1  ready",
        ]
    );
}

#[test]
fn nothing_in_it_reaches_the_terminal() {
    let evil = "a\u{1b}]0;x\u{7}\n\u{9b}1m\u{202e}";
    let mut step = step(
        vec![candidate(evil, evil, None, Some(evil)); 2],
        vec![attempt(evil, evil, 1)],
    );
    step.route = evil.to_owned();
    step.strategy = evil.to_owned();
    step.session = Some(evil.to_owned());
    step.affinity = evil.to_owned();
    step.outcome = evil.to_owned();
    let [request_id, client, protocol, operation, model, ending] = [evil; 6].map(str::to_owned);
    let evil = Explanation {
        request_id,
        client,
        protocol,
        operation,
        model,
        ending,
        error: Some(evil.to_owned()),
        ..explanation(vec![step])
    };
    let text = text(&evil, Paint::Nothing);
    let obeyed = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert_eq!(text.find(obeyed), None, "{text:?}");
    assert_eq!(text.lines().count(), 10, "{text}");
}
