//! Reasoning against the rest of the request.

use super::{Upstream, check, claude, compat, sent, translate};
use cliproxy_core::{Effort, Protocol::Chat, Thinking};

fn thinks(to: Upstream, levels: &[Effort], budget: Option<(u32, u32)>) -> Upstream {
    to.with(|model| {
        model.thinking = Some(Thinking {
            levels: levels.to_vec(),
            budget,
            can_off: true,
            ..Thinking::default()
        });
    })
}

const TOOL: &str = r#""tools":[{"type":"function","function":{"name":"f"}}]"#;
const SENT: &str = r#""tools":[{"name":"f","input_schema":{"type":"object","properties":{}}}]"#;

#[test]
fn a_manual_budget_yields_to_a_forced_call() {
    let forced = format!(r#""reasoning_effort":"low","tool_choice":"required",{TOOL}"#);
    let sent = format!(
        r#"{{"max_tokens":32000,"thinking":{{"type":"disabled"}},"tool_choice":{{"type":"any"}},{SENT}}}"#
    );
    let manual = thinks(claude(), &[], Some((1024, 32_000)));
    check(Chat, &forced, &manual, &sent, "~reasoning_effort");
    let adaptive = thinks(claude(), &[Effort::Low, Effort::High], None);
    let sent = format!(
        r#"{{"max_tokens":32000,"thinking":{{"type":"adaptive"}},"output_config":{{"effort":"low"}},"tool_choice":{{"type":"any"}},{SENT}}}"#
    );
    check(Chat, &forced, &adaptive, &sent, "");
}

#[test]
fn a_manual_budget_yields_to_a_call_without_reasoning() {
    let call = r#"{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"r"}"#;
    let to = |budget| {
        thinks(
            claude(),
            if budget { &[] } else { &[Effort::Low] },
            budget.then_some((1024, 32_000)),
        )
    };
    let check = |after: &str, to: &Upstream, kind: &str| {
        let body = format!(
            r#"{{"model":"m","reasoning_effort":"low","messages":[{{"role":"user","content":"hi"}},{call}{after}]}}"#
        );
        let translated = translate(Chat, &body, to).unwrap();
        assert_eq!(sent(&translated)["thinking"]["type"], kind, "{after}");
    };
    check("", &to(true), "disabled");
    check("", &to(false), "adaptive");
    let answered = r#",{"role":"assistant","content":"a"},{"role":"user","content":"b"}"#;
    check(answered, &to(true), "enabled");
}

#[test]
fn a_default_limit_makes_room_for_a_budget() {
    let mut to = thinks(claude(), &[], Some((1024, 128_000)));
    to.max_output = Some(64_000);
    let sent = r#"{"max_tokens":64000,"thinking":{"type":"enabled","budget_tokens":32768}}"#;
    check(Chat, r#""reasoning_effort":"xhigh""#, &to, sent, "");
}

#[test]
fn sampling_yields_to_reasoning() {
    let to = thinks(claude(), &[Effort::Low, Effort::High], None);
    let members = r#""reasoning_effort":"low","temperature":0.5,"top_p":0.99"#;
    let sent = r#"{"max_tokens":32000,"top_p":0.99,"thinking":{"type":"adaptive"},"output_config":{"effort":"low"}}"#;
    check(Chat, members, &to, sent, "-temperature");
}

#[test]
fn a_control_that_the_model_lacks() {
    check(
        Chat,
        r#""reasoning_effort":"low""#,
        &compat(),
        "{}",
        "-reasoning_effort",
    );
}
