//! What becomes of native bodies of Chat.

use super::{model, native, sent};
use crate::{finish::Account, profile::Profile};
use cliproxy_core::{Capabilities, Effort, Protocol, ThoughtSignatures};

/// Sends `text` to an upstream: what goes up, and the dropped paths.
#[track_caller]
fn check(
    profile: &str,
    model: Option<&Capabilities>,
    asked: &str,
    text: &'static str,
    expected: (&str, &str),
) {
    let profile = Profile::by_name(Protocol::Chat, profile).unwrap();
    let native = native((Protocol::Chat, profile), asked, model);
    let sent = sent(text, &native, &Account::default());
    assert_eq!((&*sent.0, &*sent.1), expected, "{} {text}", profile.name());
}

#[test]
fn signatures_of_calls_go_to_google_alone() {
    const SIGNED: &str = r#"{"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"a","extra_content":{"google":{"thought_signature":"S"}}, "type":"function"},{"id":"b"}]},{"role":"tool","content":"thought_signature"}]}"#;
    const CUT: &str = r#"{"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"a", "type":"function"},{"id":"b"}]},{"role":"tool","content":"thought_signature"}]}"#;
    const PLACE: &str = "messages.0.tool_calls.0.extra_content.google.thought_signature";
    let demanding = Capabilities {
        thought_signatures: ThoughtSignatures::Required,
        ..Capabilities::default()
    };
    for profile in Profile::names(Protocol::Chat) {
        let expected = match profile {
            "google" => (SIGNED, ""),
            _ => (CUT, PLACE),
        };
        check(profile, None, "m", SIGNED, expected);
        check(profile, Some(&demanding), "m", SIGNED, (SIGNED, ""));
    }
    // What else stands there is the client's.
    check(
        "compat",
        None,
        "m",
        r#"{"model":"m","messages":[{"tool_calls":[{"extra_content":{"k":1,"google":{"thought_signature":"S"}}},{"extra_content":{"google":{"thought_signature":"S","k":1}}}]}]}"#,
        (
            r#"{"model":"m","messages":[{"tool_calls":[{"extra_content":{"k":1}},{"extra_content":{"google":{"k":1}}}]}]}"#,
            "messages.0.tool_calls.0.extra_content.google.thought_signature messages.0.tool_calls.1.extra_content.google.thought_signature",
        ),
    );
}

#[test]
fn an_effort_of_a_suffix_goes_where_there_are_functions() {
    let newer = Capabilities {
        effort_with_functions: false,
        ..model(&[Effort::Low, Effort::High], None)
    };
    let older = model(&[Effort::Low, Effort::High], None);
    let check = |profile, model, asked, text, sent, dropped| {
        check(profile, Some(model), asked, text, (sent, dropped));
    };
    const TOOLS: &str =
        r#"{"model":"m","reasoning_effort":"low","tools":[{"type":"function","function":{}}]}"#;
    const WITHOUT: &str = r#"{"model":"m","tools":[{"type":"function","function":{}}]}"#;
    const WITH: &str =
        r#"{"model":"m","reasoning_effort":"high","tools":[{"type":"function","function":{}}]}"#;
    check("openai", &newer, "m(high)", TOOLS, WITHOUT, "model");
    check("openai", &older, "m(high)", TOOLS, WITH, "");
    check("compat", &newer, "m(high)", TOOLS, WITH, "");
    check(
        "openai",
        &newer,
        "m(high)",
        r#"{"model":"m","functions":[{"name":"f"}]}"#,
        r#"{"model":"m","functions":[{"name":"f"}]}"#,
        "model",
    );
    // What is no effort stays, and so does one without functions.
    check(
        "openai",
        &newer,
        "m(none)",
        WITHOUT,
        r#"{"model":"m","tools":[{"type":"function","function":{}}],"reasoning_effort":"none"}"#,
        "",
    );
    check(
        "openai",
        &newer,
        "m(high)",
        r#"{"model":"m","tools":[{"type":"web_search"}],"functions":[]}"#,
        r#"{"model":"m","tools":[{"type":"web_search"}],"functions":[],"reasoning_effort":"high"}"#,
        "",
    );
    // Without a suffix nothing is looked at.
    check("openai", &newer, "m", TOOLS, TOOLS, "");
}
