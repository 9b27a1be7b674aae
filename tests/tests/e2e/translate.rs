//! `cliproxy translate`: what the gateway would make of a recording.

use crate::operations::ended;
use cliproxy_e2e::{Finished, Launch};

const REQUEST: &str = r#"{"model":"fast","max_tokens":64,"top_k":20,"metadata":{"user_id":"u"},
    "messages":[{"role":"user","content":"hi"}]}"#;

fn translate(text: &str, args: &str) -> Finished {
    let args: Vec<_> = ["translate"].into_iter().chain(args.split(' ')).collect();
    Launch::new(&args)
        .arg("recorded")
        .file("recorded", text)
        .run()
}

#[test]
fn a_request_and_what_it_loses() {
    let finished = translate(REQUEST, "--from claude --to chat --compact");
    ended(&finished, 0, &[]);
    let expected =
        r#"{"model":"fast","messages":[{"role":"user","content":"hi"}],"max_completion_tokens":64"#;
    assert!(finished.stdout.starts_with(expected), "{}", finished.stdout);
    assert_eq!(finished.stdout.lines().count(), 1);
    assert_eq!(
        finished.stderr,
        "lost     class    path\ndropped  quality  top_k\n"
    );
    let finished = translate(
        REQUEST,
        "--from claude --to chat --profile compat --model x",
    );
    ended(&finished, 0, &["\"max_tokens\": 64", "\"model\": \"x\""]);
    let finished = translate(REQUEST, "--from claude --to gemini --compact");
    ended(&finished, 0, &[r#""topK":20"#]);
    assert_eq!(finished.stderr, "");
}

#[test]
fn the_policy_on_losses() {
    let body = |policy: &str, content: &str, member: &str| {
        let body = format!(
            r#"{{"model":"m","max_tokens":64{member},"messages":[{{"role":"user","content":[{{"type":"text","text":"hi"}}{content}]}}]}}"#
        );
        let args = format!("--from claude --to chat --compact --loss-policy {policy}");
        translate(&body, &args)
    };
    let check = |policy, content, member, code, told: &str| {
        let finished = body(policy, content, member);
        ended(&finished, code, &[]);
        assert!(
            finished.stderr.contains(told),
            "{policy}: {}",
            finished.stderr
        );
    };
    let part = r#",{"type":"container_upload","file_id":"f"}"#;
    let place = "messages.0.content.1";
    for (policy, code, told) in [
        ("report", 1, format!("refused: {place}")),
        ("strict", 1, format!("refused: {place}")),
        ("lenient", 0, format!("dropped  semantic  {place}")),
    ] {
        check(policy, part, "", code, &told);
    }
    let label = r#","cache_control":{"type":"ephemeral"}"#;
    for policy in ["report", "strict", "lenient"] {
        let finished = body(policy, "", label);
        ended(&finished, 0, &[]);
        assert_eq!(finished.stderr, "", "labels are not told");
    }
}

#[test]
fn a_reply_and_a_stream() {
    let reply = r#"{"id":"1","choices":[{"message":{"content":"hello"},"finish_reason":"stop"}]}"#;
    let finished = translate(reply, "--from chat --to gemini --model m --reply --compact");
    ended(
        &finished,
        0,
        &[r#""parts":[{"text":"hello"}]"#, r#""modelVersion":"m""#],
    );
    let chunk =
        |rest: &str| format!("data: {{\"id\":\"1\",\"choices\":[{{\"index\":0,{rest}}}]}}\n\n");
    let begun = chunk(r#""delta":{"content":"hello"}"#);
    let ended_by = chunk(r#""delta":{},"finish_reason":"stop""#);
    let whole = format!("{begun}{ended_by}data: [DONE]\n\n");
    let finished = translate(&whole, "--from chat --to claude --stream");
    ended(&finished, 0, &[r#""text":"hello""#, "event: message_stop"]);
    // A recording that breaks off ends as it would for a client.
    let finished = translate(&begun, "--from chat --to claude --stream");
    ended(&finished, 0, &[r#""text":"hello""#, "event: error"]);
    assert!(!finished.stdout.contains("message_stop"));
}

#[test]
fn what_cannot_be_translated_says_where_it_is_wrong() {
    let check = |text: &str, args: &str, code: i32, words: &[&str]| {
        ended(&translate(text, args), code, words);
    };
    let several = r#"{"model":"m","n":2,"messages":[{"role":"user","content":"x"}]}"#;
    check(
        several,
        "--from chat --to claude",
        1,
        &["recorded: refused: n:"],
    );
    check(
        REQUEST,
        "--from claude --to chat --loss-policy strict",
        1,
        &["refused: top_k:"],
    );
    check(
        "{",
        "--from chat --to claude",
        1,
        &["recorded", "not JSON", "byte"],
    );
    check(
        r#"{"contents":[]}"#,
        "--from gemini --to chat",
        1,
        &["--model"],
    );
    check(
        "nothing",
        "--from chat --to claude --stream",
        1,
        &["no event stream"],
    );
    check(
        "[]x",
        "--from chat --to claude --reply",
        1,
        &["recorded: no reply"],
    );
    check(REQUEST, "--from claude --to claude", 2, &["both claude"]);
    check(
        REQUEST,
        "--from claude --to chat --profile opnai",
        2,
        &["did you mean openai?", "there are compat"],
    );
    check(
        REQUEST,
        "--from claude --to openai",
        2,
        &["chat, claude, gemini"],
    );
    let missing = Launch::new(&["translate", "--from", "chat", "--to", "claude", "nowhere"]).run();
    ended(&missing, 1, &["cannot read nowhere"]);
}
