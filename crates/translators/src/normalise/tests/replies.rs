//! What a request leaves behind for its reply.

use super::{Upstream, body, claude, compat, gemini, openai, responses, translate};
use crate::{
    reply::{ReplyContext, ShowThinking},
    request_ir::HostedKind,
};
use cliproxy_core::Protocol::{self, Chat, Claude, Gemini, Responses};

fn reply(from: Protocol, members: &str, to: &Upstream) -> ReplyContext {
    translate(from, &body(from, members), to).unwrap().reply
}

#[test]
fn who_sees_reasoning() {
    let check = |from, members: &str, expected| {
        assert_eq!(reply(from, members, &compat()).show_thinking, expected);
    };
    check(Claude, "", ShowThinking::No);
    check(
        Claude,
        r#""thinking":{"type":"disabled"}"#,
        ShowThinking::No,
    );
    check(
        Claude,
        r#""thinking":{"type":"adaptive"}"#,
        ShowThinking::Yes,
    );
    let omitted = r#""thinking":{"type":"adaptive","display":"omitted"}"#;
    check(Claude, omitted, ShowThinking::Omitted);
    check(Chat, "", ShowThinking::Yes);
    check(Responses, "", ShowThinking::Yes);
    check(Gemini, "", ShowThinking::No);
    let shown = r#""generationConfig":{"thinkingConfig":{"includeThoughts":true}}"#;
    check(Gemini, shown, ShowThinking::Yes);
}

#[test]
fn usage_and_encrypted_reasoning_are_for_those_who_ask() {
    assert!(!reply(Chat, r#""stream":true"#, &claude()).include_usage);
    let asked = r#""stream":true,"stream_options":{"include_usage":true}"#;
    assert!(reply(Chat, asked, &claude()).include_usage);
    assert!(!reply(Responses, "", &claude()).include_encrypted);
    let asked = r#""include":["reasoning.encrypted_content"]"#;
    assert!(reply(Responses, asked, &claude()).include_encrypted);
    // Nobody of the others reads a stream without its usage.
    let body = body(Claude, r#""stream":true"#);
    let sent = super::sent(&translate(Claude, &body, &openai()).unwrap());
    assert_eq!(sent["stream_options"]["include_usage"], true);
}

#[test]
fn tools_find_their_way_back() {
    let tools = r#""tools":[{"type":"namespace","name":"fs","tools":[{"type":"function","name":"read"}]},{"type":"custom","name":"sql"},{"type":"local_shell"}]"#;
    let cx = reply(Responses, tools, &gemini());
    let read = cx.names.get("fs__read").unwrap();
    assert_eq!(
        (read.namespace.as_deref(), &*read.name),
        (Some("fs"), "read")
    );
    assert!(cx.freeform.contains("sql"));
    assert_eq!(
        cx.native_tools.get("local_shell"),
        Some(&HostedKind::LocalShell)
    );
    assert!(reply(Responses, tools, &openai()).freeform.is_empty());
    // A function of that name is the client's own.
    let own = r#""tools":[{"type":"function","name":"shell"},{"type":"shell"}]"#;
    assert!(reply(Responses, own, &claude()).native_tools.is_empty());
    let legacy = r#""functions":[{"name":"f"}]"#;
    assert!(reply(Chat, legacy, &responses()).uses_legacy_functions);
}

#[test]
fn a_responses_reply_repeats_its_request() {
    let members = r#""temperature":0.50,"seed":1,"text":{"verbosity":"low"},"metadata":null"#;
    let cx = reply(Responses, members, &claude());
    let echo: Vec<_> = cx
        .echo
        .iter()
        .map(|(key, value)| (*key, &value[..]))
        .collect();
    let expected: [(&str, &[u8]); 2] = [
        ("temperature", b"0.50"),
        ("text", br#"{"verbosity":"low"}"#),
    ];
    assert_eq!(echo, expected);
}

#[test]
fn what_a_reply_repeats_stands_on_one_line() {
    let tools = "\"tools\":[\r\n{\"type\": \"function\",\n\"name\":\"a b\"}]";
    let cx = reply(Responses, tools, &claude());
    let said = cx.echo.iter().find(|(name, _)| *name == "tools").unwrap();
    assert_eq!(said.1, r#"[{"type":"function","name":"a b"}]"#);
    let spaced = r#""tools":[ {"type": "function", "name": "f"} ]"#;
    let cx = reply(Responses, spaced, &claude());
    let said = cx.echo.iter().find(|(name, _)| *name == "tools").unwrap();
    assert_eq!(said.1, r#"[ {"type": "function", "name": "f"} ]"#);
}
