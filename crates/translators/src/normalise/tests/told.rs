//! What only one protocol can say, and where it is said.

use super::{
    Upstream, check, claude, codex, compat, gemini, losses, openai, responses, sent, translate,
};
use cliproxy_core::{
    Effort,
    Protocol::{self, Chat, Claude, Gemini, Responses},
    Thinking,
};

/// What of a whole body is lost on the way to every other protocol.
#[track_caller]
fn check_lost(from: Protocol, body: &str, lost: &str) {
    for to in [openai(), responses(), claude(), gemini()] {
        if to.protocol != from {
            let translated = translate(from, body, &to).unwrap();
            assert_eq!(losses(&translated, body), lost, "{} {body}", to.protocol);
        }
    }
}

#[test]
fn members_of_parts_that_one_protocol_has() {
    let check = |part: &str, lost: &str| {
        let body = format!(
            r#"{{"model":"m","max_tokens":9,"messages":[{{"role":"user","content":[{{"type":"text","text":"x"}},{part}]}}]}}"#
        );
        check_lost(Claude, &body, lost);
    };
    let document = |citations: &str| {
        format!(
            r#"{{"type":"document","source":{{"type":"text","media_type":"text/plain","data":"d"}}{citations}}}"#
        )
    };
    let found = |citations: &str| {
        format!(
            r#"{{"type":"search_result","source":"s","title":"t","content":[{{"type":"text","text":"f"}}]{citations}}}"#
        )
    };
    let wanted = r#","citations":{"enabled":true}"#;
    let unwanted = r#","citations":{"enabled":false}"#;
    check(&document(""), "");
    check(&document(unwanted), "");
    check(&document(wanted), "-messages.0.content.1.citations");
    check(&found(unwanted), "");
    check(&found(wanted), "-messages.0.content.1.citations");
}

#[test]
fn an_image_in_a_search_result_arrives() {
    let body = r#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[
        {"type":"search_result","source":"s","title":"t","content":[{"type":"text","text":"f"},
         {"type":"image","source":{"type":"url","url":"https://e.org/a.png"}}]}]}]}"#;
    let translated = translate(Claude, body, &openai()).unwrap();
    assert_eq!(losses(&translated, body), "");
    let sent = translated.body.finish(&Default::default()).body.to_bytes();
    let sent = String::from_utf8(sent.to_vec()).unwrap();
    assert!(
        sent.contains("Source: s") && sent.contains("e.org/a.png"),
        "{sent}"
    );
}

#[test]
fn what_gemini_says_of_clips_results_and_functions() {
    let body = |parts: &str, more: &str| {
        format!(r#"{{"contents":[{{"role":"user","parts":[{parts}]}}]{more}}}"#)
    };
    let clip = r#"{"fileData":{"mimeType":"image/png","fileUri":"https://e.org/a.png"},"video_metadata":{"fps":1}}"#;
    check_lost(
        Gemini,
        &body(clip, ""),
        "-contents.0.parts.0.video_metadata",
    );
    let call = r#"{"text":"x"}]},{"role":"model","parts":[{"functionCall":{"id":"1","name":"f"}}]},{"role":"user","parts":["#;
    let result = |more: &str| {
        format!(
            r#"{call}{{"functionResponse":{{"id":"1","name":"f","response":{{"result":"r"}}{more}}}}}"#
        )
    };
    let usual = r#","scheduling":"WHEN_IDLE","willContinue":false"#;
    check_lost(Gemini, &body(&result(usual), ""), "");
    let unusual = r#","scheduling":"SILENT","willContinue":true"#;
    let at = "contents.2.parts.0.functionResponse";
    check_lost(
        Gemini,
        &body(&result(unusual), ""),
        &format!("-{at}.scheduling -{at}.willContinue"),
    );
    let function = |more: &str| {
        body(
            r#"{"text":"x"}"#,
            &format!(r#","tools":[{{"functionDeclarations":[{{"name":"f"{more}}}]}}]"#),
        )
    };
    check_lost(
        Gemini,
        &function(r#","behavior":"BLOCKING","response":null"#),
        "",
    );
    let at = "tools.0.functionDeclarations.0";
    check_lost(
        Gemini,
        &function(r#","behavior":"NON_BLOCKING","response":{"type":"OBJECT"}"#),
        &format!("-{at}.behavior -{at}.response"),
    );
    let schema = r#","responseJsonSchema":{"type":"object"}"#;
    check_lost(
        Gemini,
        &function(schema),
        &format!("-{at}.responseJsonSchema"),
    );
}

#[test]
fn members_of_functions_that_nobody_knows() {
    let chat = r#"{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","new":1,"function":{"name":"f","newer":2,"strict":false}}]}"#;
    for to in [responses(), claude(), gemini()] {
        let translated = translate(Chat, chat, &to).unwrap();
        let lost = losses(&translated, chat);
        assert_eq!(
            lost, "-tools.0.function.newer -tools.0.new",
            "{}",
            to.protocol
        );
    }
    let claude = r#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"x"}],"tools":[{"name":"f","input_schema":{},"new":1,"input_examples":[{}]}]}"#;
    check_lost(Claude, claude, "-tools.0.new");
    let responses = r#"{"model":"m","input":"x","tools":[{"type":"function","name":"f","parameters":{},"new":1}]}"#;
    check_lost(Responses, responses, "-tools.0.new");
}

/// What says how a tool is called and streamed is the vendor's own business; nobody else has a place
/// for it.
#[test]
fn members_of_claude_tools_that_file_them() {
    let tool = |members: &str| {
        format!(
            r#"{{"model":"m","max_tokens":9,"messages":[{{"role":"user","content":"x"}}],"tools":[{{"name":"f","input_schema":{{"type":"object"}}}},{{"name":"g",{members}}}]}}"#
        )
    };
    let with_schema =
        |member: &str| tool(&format!(r#""input_schema":{{"type":"object"}},{member}"#));
    for member in [
        r#""cache_control":{"type":"ephemeral","ttl":"1h"}"#,
        r#""eager_input_streaming":true"#,
        r#""input_examples":[{}]"#,
        // It is declared like any other: nobody else loads tools later.
        r#""defer_loading":true"#,
    ] {
        check_lost(Claude, &with_schema(member), "");
    }
    check_lost(Claude, &with_schema(r#""eager":true"#), "-tools.1.eager");
    // There is nothing to declare.
    check_lost(Claude, &tool(r#""defer_loading":true"#), "-tools.1");
}

#[test]
fn what_tools_of_providers_gave() {
    let body = |item: &str| {
        format!(
            r#"{{"model":"m","input":[{{"role":"user","content":"x"}},{item},{{"type":"message","role":"assistant","content":[{{"type":"output_text","text":"y"}}]}},{{"role":"user","content":"z"}}]}}"#
        )
    };
    let check = |item: &str, lost: &str| check_lost(Responses, &body(item), lost);
    check(
        r#"{"type":"web_search_call","id":"w","status":"completed","action":{"type":"search","query":"q"}}"#,
        "",
    );
    for kind in ["file_search_call", "image_generation_call", "mcp_call"] {
        check(&format!(r#"{{"type":"{kind}","id":"i"}}"#), "-input.1");
    }
    let ran = |outputs: &str| {
        format!(
            r#"{{"type":"code_interpreter_call","id":"c","code":"print(1)","outputs":{outputs}}}"#
        )
    };
    check(&ran("null"), "");
    let outputs = r#"[{"type":"logs","logs":"1\n"},{"type":"image","url":"u"}]"#;
    check(&ran(outputs), "-input.1.outputs.1");
    let text = body(&ran(outputs));
    let translated = translate(Responses, &text, &compat()).unwrap();
    let sent = translated.body.finish(&Default::default()).body.to_bytes();
    let sent = String::from_utf8(sent.to_vec()).unwrap();
    assert!(
        sent.contains(r"```\nprint(1)\n```\n\n```\n1\n\n```"),
        "{sent}"
    );
}

#[test]
fn log_probabilities() {
    let both = r#""logprobs":true,"top_logprobs":2"#;
    check(
        Chat,
        both,
        &claude(),
        r#"{"max_tokens":32000}"#,
        "-logprobs -top_logprobs",
    );
    let translated = translate(Chat, &super::body(Chat, both), &codex()).unwrap();
    assert_eq!(
        losses(&translated, &super::body(Chat, both)),
        "-logprobs -top_logprobs"
    );
    check(
        Chat,
        both,
        &gemini(),
        r#"{"generationConfig":{"responseLogprobs":true,"logprobs":2}}"#,
        "",
    );
    let none = r#""logprobs":false,"top_logprobs":0"#;
    check(Chat, none, &claude(), r#"{"max_tokens":32000}"#, "");
}

#[test]
fn newer_models_of_openai_take_no_effort_beside_functions_in_chat() {
    let thinking = |takes_both, to: Upstream| {
        to.with(|it| {
            it.effort_with_functions = takes_both;
            it.thinking = Some(Thinking {
                levels: vec![Effort::Low, Effort::High],
                none_level: true,
                ..Thinking::default()
            });
        })
    };
    let check = |to: Upstream, effort: &str, tools: bool, kept: Option<&str>| {
        let tools = match tools {
            true => r#","tools":[{"name":"f","input_schema":{}}]"#,
            false => "",
        };
        let asked = format!(
            r#"{{"model":"m","max_tokens":9,"thinking":{{"type":"adaptive"}},"output_config":{{"effort":"{effort}"}},"messages":[{{"role":"user","content":"x"}}]{tools}}}"#
        );
        let body = asked;
        let translated = translate(Claude, &body, &to).unwrap();
        assert_eq!(
            sent(&translated)["reasoning_effort"].as_str(),
            kept,
            "{effort} {tools}"
        );
        let lost = losses(&translated, &body);
        assert_eq!(
            lost.contains("output_config.effort"),
            kept.is_none(),
            "{lost}"
        );
    };
    check(thinking(false, openai()), "high", true, None);
    check(thinking(false, openai()), "low", true, None);
    check(thinking(false, openai()), "high", false, Some("high"));
    check(thinking(true, openai()), "high", true, Some("high"));
    check(thinking(false, compat()), "high", true, Some("high"));
}
