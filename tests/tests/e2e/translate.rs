//! `cliproxy translate`: what the gateway would make of a recording.

use crate::operations::ended;
use cliproxy_e2e::{Finished, Launch};

pub(crate) const REQUEST: &str = r#"{"model":"fast","max_tokens":64,"top_k":20,"metadata":{"user_id":"u"},
    "messages":[{"role":"user","content":"hi"}]}"#;

pub(crate) fn translate(text: &str, args: &str) -> Finished {
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
        "lost     class    path   why\n\
         dropped  quality  top_k  the upstream does not take it, or not in this form\n"
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
        (
            "report",
            1,
            "under lenient a note takes its place".to_owned(),
        ),
        ("strict", 1, format!("refused: {place}")),
        ("strict", 1, "the loss policy is strict".to_owned()),
        ("lenient", 0, format!("  semantic  {place}")),
        // What the next policy would lose is listed, also beside a refusal.
        ("report", 1, format!("  semantic  {place}")),
    ] {
        check(policy, part, "", code, &told);
    }
    for told in [
        "`top_k` would be lost, and the loss policy is strict",
        "dropped  quality  top_k",
        "dropped  quality  container",
    ] {
        check("strict", "", r#","top_k":2,"container":"c""#, 1, told);
    }
    let label = r#","cache_control":{"type":"ephemeral"}"#;
    for policy in ["report", "strict", "lenient"] {
        let finished = body(policy, "", label);
        ended(&finished, 0, &[]);
        assert_eq!(finished.stderr, "", "labels are not told");
    }
}

#[test]
fn a_suffix_of_the_model_is_applied() {
    let check = |body: &str, args: &str, words: &[&str]| {
        let finished = translate(body, &format!("{args} --compact"));
        ended(&finished, 0, words);
    };
    let chat = r#"{"model":"fast","messages":[{"role":"user","content":"hi"}]}"#;
    let high = [r#""model":"x""#, r#""effort":"high""#];
    check(chat, "--from chat --to responses --model x(high)", &high);
    let own = chat.replace("fast", "fast(low)");
    let low = [r#""model":"x""#, r#""effort":"low""#];
    check(&own, "--from chat --to responses --model x(high)", &low);
    let patched = [r#""model":"x""#, r#""reasoning_effort":"high""#];
    check(chat, "--from chat --to chat --model x(high)", &patched);
}

#[test]
fn a_body_of_responses_on_the_path_of_chat_is_translated() {
    let body = r#"{"model":"m","input":"hi"}"#;
    let finished = translate(body, "--from chat --to chat --compact");
    let expected = r#""messages":[{"role":"user","content":"hi"}]"#;
    ended(&finished, 0, &[expected]);
}

#[test]
fn a_reply_alone_is_of_the_recorded_model() {
    let reply = r#"{"id":"1","model":"gpt-x","choices":[{"message":{"content":"hello"},"finish_reason":"stop"}]}"#;
    let check = |args: &str, model: &str| {
        let finished = translate(
            reply,
            &format!("--from chat --to gemini --reply --compact{args}"),
        );
        ended(&finished, 0, &[&format!(r#""modelVersion":"{model}""#)]);
    };
    check("", "gpt-x");
    check(" --model mine", "mine");
    let stream = r#"data: {"id":"1","model":"gpt-x","choices":[{"index":0,"delta":{"content":"hello"},"finish_reason":"stop"}]}"#;
    let finished = translate(stream, "--from chat --to claude --stream");
    ended(&finished, 0, &[r#""model":"gpt-x""#]);
}

#[test]
fn the_example_of_the_documentation() {
    let page = include_str!("../../../docs/translation.md");
    let (_, example) = page.split_once("\n## An example\n").unwrap();
    let (example, _) = example.split_once("\n## ").unwrap();
    let blocks: Vec<_> = example.split("```").skip(1).step_by(2).collect();
    let blocks = blocks.iter().map(|block| block.split_once('\n').unwrap().1);
    let [request, sent, events, told] = blocks.collect::<Vec<_>>()[..] else {
        panic!("{example}");
    };
    let args = "--from claude --to chat --model gpt-5 --compact";
    let finished = translate(request, args);
    ended(&finished, 0, &[]);
    assert_eq!(finished.stdout, sent);
    assert!(finished.stderr.contains("top_k"), "{}", finished.stderr);
    let args = "translate --from chat --to claude --stream --request asked recorded";
    let finished = Launch::new(&args.split(' ').collect::<Vec<_>>())
        .file("asked", request)
        .file("recorded", &format!("{events}\n"))
        .run();
    ended(&finished, 0, &[]);
    assert_eq!(finished.stdout.trim_end(), told.trim_end());
}

#[test]
fn a_stream_that_google_writes_as_an_array() {
    let events = r#"[{"candidates":[{"content":{"parts":[{"text":"Hel"}]}}],"modelVersion":"g"},
        {"candidates":[{"content":{"parts":[{"text":"lo"}]},"finishReason":"STOP"}]}]"#;
    let finished = translate(events, "--from gemini --to chat --stream");
    let words = [
        r#""content":"Hel""#,
        r#""content":"lo""#,
        r#""model":"g""#,
        "[DONE]",
    ];
    ended(&finished, 0, &words);
    let finished = translate(events, "--from gemini --to chat --reply --compact");
    ended(&finished, 0, &[r#""content":"Hello""#]);
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
    ended(&finished, 1, &[r#""text":"hello""#, "event: error"]);
    assert!(finished.stderr.contains("the reply ends in an error"));
    assert!(!finished.stdout.contains("message_stop"));
}

#[test]
fn a_request_that_both_sides_speak_is_patched() {
    let check = |body: &str, args: &str, sent: &str, lost: &str| {
        let finished = translate(body, &format!("{args} --compact"));
        ended(&finished, 0, &[]);
        assert_eq!(finished.stdout.trim_end(), sent, "{args}");
        assert_eq!(finished.stderr.trim_end(), lost, "{args}");
    };
    let body = r#"{"max_tokens":6.40e1, "model":"fast","odd":1}"#;
    check(body, "--from claude --to claude", body, "");
    check(
        body,
        "--from claude --to claude --model claude-x",
        &body.replace("fast", "claude-x"),
        "",
    );
    let codex = "--from responses --to responses --profile codex";
    check(
        r#"{"model":"m","input":[],"top_p":0.5}"#,
        codex,
        r#"{"model":"m","input":[],"stream":true,"store":false,"instructions":"","include":["reasoning.encrypted_content"]}"#,
        "lost     class    path   why\n\
         dropped  quality  top_p  the upstream does not take it, or not in this form",
    );
    let strict = translate(
        r#"{"model":"m","input":[],"top_p":0.5}"#,
        &format!("{codex} --loss-policy strict"),
    );
    ended(&strict, 1, &["refused: `top_p` would be lost"]);
}

#[test]
fn a_reply_is_what_its_request_asked_for() {
    let name = "a.tool.with.dots";
    let request = |stream_options: &str| {
        format!(
            r#"{{"model":"mine","stream":true{stream_options},"messages":[{{"role":"user","content":"hi"}}],
            "tools":[{{"type":"function","function":{{"name":"{name}","parameters":{{"type":"object"}}}}}}]}}"#
        )
    };
    let events = [
        r#"{"type":"message_start","message":{"id":"msg_1","model":"c","usage":{"input_tokens":3}}}"#,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t1","name":"NAME","input":{}}}"#,
        r#"{"type":"content_block_stop","index":0}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":2}}"#,
        r#"{"type":"message_stop"}"#,
    ];
    // What the upstream was told the tool is called.
    let sent = translate(&request(""), "--from chat --to claude --model c --compact");
    ended(&sent, 0, &[]);
    let fitted = sent.stdout.split(r#""name":""#).nth(1).unwrap();
    let fitted = fitted.split('"').next().unwrap();
    assert_ne!(fitted, name);
    let events = events.map(|data| format!("data: {data}\n\n"));
    let stream = events.concat().replace("NAME", fitted);
    let answered = |request: &str| {
        let args = "translate --from claude --to chat --model c --stream --request asked recorded";
        let args: Vec<_> = args.split(' ').collect();
        let launch = Launch::new(&args).file("recorded", &stream);
        launch.file("asked", request).run()
    };
    let check = |options: &str, has_usage: bool| {
        let finished = answered(&request(options));
        ended(
            &finished,
            0,
            &[&format!(r#""name":"{name}""#), r#""model":"mine""#],
        );
        assert_eq!(finished.stdout.contains("prompt_tokens"), has_usage);
    };
    check("", false);
    check(r#","stream_options":{"include_usage":true}"#, true);
    let refused = r#"{"model":"m","n":2,"messages":[{"role":"user","content":"x"}]}"#;
    ended(
        &answered(refused),
        1,
        &["asked: refused: `n` cannot be translated"],
    );
}

#[test]
fn a_repaired_history_is_told() {
    let body = r#"{"model":"m","messages":[{"role":"user","content":"x"},{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"user","content":"y"}],"tools":[{"type":"function","function":{"name":"f"}}]}"#;
    let finished = translate(body, "--from chat --to claude --compact");
    ended(&finished, 0, &[]);
    assert_eq!(finished.stderr, "repaired in the history: 1\n");
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
        &[
            "recorded: refused: `n` cannot be",
            "(under every loss policy)",
        ],
    );
    check(
        REQUEST,
        "--from claude --to chat --loss-policy strict",
        1,
        &["refused: `top_k` would be lost"],
    );
    check(
        "{",
        "--from chat --to claude",
        1,
        &["recorded", "not JSON", "byte"],
    );
    check(
        "[1]",
        "--from chat --to claude",
        1,
        &["no request: the top level must be a JSON object"],
    );
    for kind in ["--reply", "--stream"] {
        let reply = r#"{"choices":[{"message":{"content":"hello"},"finish_reason":"stop"}]}"#;
        let text = match kind {
            "--stream" => format!("data: {reply}\n\n"),
            _ => reply.to_owned(),
        };
        let finished = translate(&text, &format!("--from gemini --to claude {kind}"));
        let wrong = "no reply of gemini: it looks like one of chat; check --from";
        ended(&finished, 1, &[wrong]);
        assert_eq!(finished.stdout, "");
    }
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
    check(
        REQUEST,
        "--from claude --to claude --reply",
        2,
        &["both claude"],
    );
    check(
        REQUEST,
        "--from claude --to chat --stream --profile openai",
        2,
        &["need --request"],
    );
    let twice = "translate --from claude --to chat --reply --request - -";
    let twice: Vec<_> = twice.split(' ').collect();
    ended(
        &Launch::new(&twice).run(),
        2,
        &["cannot both be the standard input"],
    );
    check(
        REQUEST,
        "--from claude --to chat --request recorded",
        2,
        &["--stream or --reply"],
    );
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
