//! What Chat Completions requests are read as, and which are refused.

use crate::client_body::tests::{check_refused, conversation, read, settings, tools};
use cliproxy_core::Protocol;

#[test]
fn messages() {
    let check = |messages: &str, expected: &str| {
        let body = format!("{{\"messages\":[{messages}]}}");
        assert_eq!(
            read(Protocol::Chat, &body, conversation),
            expected,
            "{messages}"
        );
    };
    check(r#"{"role":"user","content":"go"}"#, r#"user: text "go""#);
    check(
        r#"{"role":"system","content":"S"},{"role":"developer","content":[{"type":"text","text":"D"}]},
           {"role":"user","content":"a","name":"ann"},{"role":"system","content":"T"},{"role":"user","content":null}"#,
        r#"system: text "S" | developer: text "D" | user: text "a" | !system: text "T" | user: "#,
    );
    check(
        r#"{"role":"user","content":"go"},{"role":"assistant","content":"","refusal":"No.","audio":{"id":"a1"}}"#,
        r#"user: text "go" | assistant: text "" + refusal "No." + foreign chat"#,
    );
    check(
        r#"{"role":"assistant","content":[{"type":"output_text","text":"a"},{"type":"refusal","refusal":"b"},{"type":"new"}]}"#,
        r#"assistant: text "a" + refusal "b" + foreign chat"#,
    );
    // Calls, their results, and the older form.
    check(
        r#"{"role":"assistant","content":null,"function_call":null,"tool_calls":[
             {"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},
             {"id":"c2","type":"custom","custom":{"name":"p","input":"x\ny"}},
             {"id":"c3","function":{"name":"g","arguments":{"b":2}},"extra_content":{"google":{"thought_signature":"CiQB"}}},
             {"id":"c4","type":"function","function":{"name":"h"}}]},
           {"role":"tool","tool_call_id":"c1","content":[{"type":"text","text":"r"}]},
           {"role":"tool","tool_call_id":"c2","content":"ok"}"#,
        concat!(
            r#"assistant: call f#c1 {"a":1} + call p#c2 "x\ny" + call g#c3 {"b":2} <Gemini Call CiQB> + call h#c4 """#,
            r#" | user: result #c1 (text "r") + result #c2 freeform (text "ok")"#
        ),
    );
    check(
        r#"{"role":"assistant","function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"1"}"#,
        r#"assistant: call f# {} | user: result f# (text "1")"#,
    );
}

#[test]
fn reasoning_of_the_history() {
    let check = |message: &str, expected: &str| {
        let body =
            format!("{{\"messages\":[{{\"role\":\"assistant\",\"content\":\"a\",{message}}}]}}");
        let expected = format!("assistant: {expected}");
        assert_eq!(
            read(Protocol::Chat, &body, conversation),
            expected,
            "{message}"
        );
    };
    check(
        r#""reasoning_content":"why""#,
        r#"thinking "why" + text "a""#,
    );
    check(r#""reasoning":"why""#, r#"thinking "why" + text "a""#);
    check(r#""reasoning_content":"""#, r#"text "a""#);
    // The details win, and are in the order of their index.
    check(
        r#""reasoning_content":"t","reasoning_details":[
            {"type":"reasoning.encrypted","data":"gw1:oa:enc:rs_9:gAAA","index":1},
            {"type":"reasoning.text","text":"t","signature":"gw1:an:sig:EqQB","index":0}]"#,
        r#"thinking "t" <Anthropic Signature EqQB> + redacted <OpenAi Encrypted rs_9:gAAA> + text "a""#,
    );
    check(
        r#""reasoning_details":[
            {"type":"reasoning.text","text":"t","signature":"S","format":"anthropic-claude-v1"},
            {"type":"reasoning.encrypted","data":"R","format":"anthropic-claude-v1"},
            {"type":"reasoning.summary","summary":"s","format":"openai-responses-v1"},
            {"type":"reasoning.encrypted","data":"E","id":"rs_1","format":"openai-responses-v1"},
            {"type":"reasoning.encrypted","data":"C","id":"c1","format":"google-gemini-v1"},
            {"type":"reasoning.text","text":"u","signature":"X"},
            {"type":"reasoning.new"}]"#,
        concat!(
            r#"thinking "t" <Anthropic Signature S> + redacted <Anthropic Redacted R> + thinking "s""#,
            r#" + redacted <OpenAi Encrypted rs_1:E> + thinking "" <Gemini Call C>"#,
            r#" + thinking "u" <Unknown Signature X> + foreign chat + text "a""#
        ),
    );
}

#[test]
fn media() {
    let check = |part: &str, expected: &str| {
        let body = format!(r#"{{"messages":[{{"role":"user","content":[{part}]}}]}}"#);
        let expected = format!("user: {expected}");
        assert_eq!(
            read(Protocol::Chat, &body, conversation),
            expected,
            "{part}"
        );
    };
    check(
        r#"{"type":"image_url","image_url":{"url":"data:image/jpg;base64,\/9j\/4AA=","detail":"high"}}"#,
        "image base64 /9j/4AA= mime=image/jpeg detail=High",
    );
    check(
        r#"{"type":"image_url","image_url":"https://e.org/a.png"}"#,
        "image url https://e.org/a.png",
    );
    check(
        r#"{"type":"input_image","image_url":"data:;base64,iVBORw0KGgo=","detail":"low"}"#,
        "image base64 iVBORw0KGgo= mime=image/png detail=Low",
    );
    // The type of the data beats the field.
    check(
        r#"{"type":"image_url","image_url":{"url":"data:application/pdf;base64,JVBE"}}"#,
        "document base64 JVBE mime=application/pdf",
    );
    check(
        r#"{"type":"input_audio","input_audio":{"data":"SUQz","format":"mp3"}}"#,
        "audio base64 SUQz mime=audio/mpeg",
    );
    check(
        r#"{"type":"video_url","video_url":{"url":"https://e.org/v"}}"#,
        "video url https://e.org/v",
    );
    check(
        r#"{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBE"}}"#,
        "document base64 JVBE mime=application/pdf name=a.pdf",
    );
    check(
        r#"{"type":"file","file":{"filename":"a.csv","file_data":"YSxi"}}"#,
        "document base64 YSxi mime=text/csv name=a.csv",
    );
    check(
        r#"{"type":"file","file":{"file_id":"file-1"}}"#,
        "document file chat file-1",
    );
    check(
        r#"{"type":"thinking","thinking":"t","signature":"s"}"#,
        r#"thinking "t" <Anthropic Signature s>"#,
    );
    check(
        r#"{"type":"text","text":"a","cache_control":{"type":"ephemeral","ttl":"1h"}},
           {"type":"text","text":"b","prompt_cache_breakpoint":{"mode":"explicit"}}"#,
        r#"text "a" @EphemeralHour + text "b" @Breakpoint"#,
    );
}

#[test]
fn tools_and_their_choice() {
    let check = |members: &str, expected: &str| {
        let body = format!("{{\"messages\":[],{members}}}");
        assert_eq!(read(Protocol::Chat, &body, tools), expected, "{members}");
    };
    check(r#""tools":[],"tool_choice":null"#, "");
    check(
        r#""web_search_options":{},"tool_choice":"auto","tools":[
            {"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":true}},
            {"type":"custom","custom":{"name":"p","format":{"type":"text"}}},
            {"type":"custom","custom":{"name":"q","format":{"type":"grammar","grammar":{}}}},
            {"type":"file_search"}]"#,
        concat!(
            r#"f "d" JsonSchema {"type":"object"} strict=true | freeform p | freeform q {"grammar":{},"type":"grammar"}"#,
            " | hosted FileSearch | hosted WebSearch | choose Auto"
        ),
    );
    check(
        r#""functions":[{"name":"f"}],"function_call":{"name":"f"}"#,
        "f | choose f",
    );
    check(r#""tool_choice":"required""#, "choose Required");
    check(
        r#""tool_choice":{"type":"function","function":{"name":"f"}}"#,
        "choose f",
    );
    check(
        r#""tool_choice":{"type":"custom","custom":{"name":"p"}}"#,
        "choose p",
    );
    check(
        r#""tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[
            {"type":"function","function":{"name":"f"}},{"type":"web_search"}]}}"#,
        r#"allow ["f"] [WebSearch] required=true"#,
    );
}

#[test]
fn settings_by_name() {
    let check = |members: &str, expected: &str| {
        let body = format!("{{\"messages\":[],{members}}}");
        assert_eq!(read(Protocol::Chat, &body, settings), expected, "{members}");
    };
    check(
        r#""model":"m","stream":false,"temperature":null,"stop":null"#,
        "",
    );
    check(
        r#""stream":true,"stream_options":{"include_usage":true}"#,
        "streams",
    );
    check(
        r#""stop":"END","seed":7,"n":2"#,
        r#"Choices=2, Seed=7, Stop=["END"]"#,
    );
    check(r#""stop":["A","B"]"#, r#"Stop=["A","B"]"#);
    check(r#""max_tokens":5,"max_completion_tokens":6"#, "MaxOutput=6");
    check(r#""max_completion_tokens":6,"max_tokens":5"#, "MaxOutput=6");
    check(r#""max_tokens":5"#, "MaxOutput=5");
    check(r#""modalities":[ "text" ]"#, "");
    check(
        r#""modalities":["text","audio"]"#,
        r#"Modalities=["text","audio"]"#,
    );
    check(r#""response_format":{"type":"text"}"#, "");
    check(r#""response_format":{"type":"json_object"}"#, "any object");
    check(
        r#""response_format":{"type":"json_schema","json_schema":{"name":"o","schema":{},"strict":true}}"#,
        r#"schema "o" JsonSchema {} Some(true)"#,
    );
    check(r#""reasoning_effort":"high""#, "level(high)");
    check(
        r#""reasoning":{"exclude":true,"max_tokens":9,"odd":1}"#,
        "budget(9), hidden, unknown 1",
    );
    check(
        r#""foo":1,"bar":null,"text":{"verbosity":"low"}"#,
        "unknown 2",
    );
}

#[test]
fn a_body_of_responses_is_read_as_one() {
    let body = r#"{"instructions":"S","input":"go","max_output_tokens":5}"#;
    let rendered = read(Protocol::Chat, body, conversation);
    assert_eq!(rendered, r#"instructions: text "S" | user: text "go""#);
    assert_eq!(read(Protocol::Chat, body, settings), "MaxOutput=5");
}

#[test]
fn what_departs_from_the_protocol_is_refused() {
    check_refused(
        Protocol::Chat,
        &[
            ("[]", "", "`the body` must be an object"),
            ("{}", "messages", "`messages` is missing"),
            (
                r#"{"messages":{}}"#,
                "messages",
                "`messages` must be an array",
            ),
            (
                r#"{"messages":["go"]}"#,
                "messages.0",
                "`message` must be an object",
            ),
            (
                r#"{"messages":[{"content":"go"}]}"#,
                "messages.0",
                "`role` is missing",
            ),
            (
                r#"{"messages":[{"role":"owner","content":"go"}]}"#,
                "messages.0.role",
                "`role` must be one of: system, developer, user, assistant, tool, function",
            ),
            (
                r#"{"messages":[{"role":"user","content":5}]}"#,
                "messages.0.content",
                "`content` must be an array",
            ),
            (
                r#"{"messages":[{"role":"user","content":[{"text":"go"}]}]}"#,
                "messages.0.content.0",
                "`type` is missing",
            ),
            (
                r#"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:x"}}]}]}"#,
                "messages.0.content.0.image_url.url",
                "`url` is not a readable data URL",
            ),
            (
                r#"{"messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"!"}}]}]}"#,
                "messages.0.content.0.input_audio.data",
                "`data` must be base64",
            ),
            (
                r#"{"messages":[{"role":"system","content":[{"type":"image_url","image_url":"u"}]}]}"#,
                "messages.0.content.0",
                "a system message has texts only",
            ),
            (
                r#"{"messages":[{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":5}}]}]}"#,
                "messages.0.tool_calls.0.function.arguments",
                "`arguments` must be a string",
            ),
            (
                r#"{"messages":[],"tools":[{"type":"function","function":{}}]}"#,
                "tools.0.function",
                "`name` is missing",
            ),
            (
                r#"{"messages":[],"tool_choice":"maybe"}"#,
                "tool_choice",
                "`tool_choice` must be one of: none, auto, required",
            ),
            (
                r#"{"messages":[],"stop":[1]}"#,
                "stop.0",
                "`stop` must be a list of strings",
            ),
            (
                r#"{"messages":[],"response_format":{"type":"xml"}}"#,
                "response_format",
                "this format of the answer is unknown",
            ),
        ],
    );
}
