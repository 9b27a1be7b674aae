//! What Responses requests are read as, and which are refused.

use crate::client_body::tests::{check_refused, conversation, read, settings, tools};
use cliproxy_core::Protocol;

#[test]
fn items() {
    let check = |items: &str, expected: &str| {
        let body = format!("{{\"input\":[{items}]}}");
        assert_eq!(
            read(Protocol::Responses, &body, conversation),
            expected,
            "{items}"
        );
    };
    // Neighbours of one side are a turn.
    check(
        r#"{"role":"developer","content":"D"},{"role":"user","content":"go"},
           {"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gAAA"},
           {"type":"message","role":"assistant","phase":"commentary","content":[{"type":"output_text","text":"Wait."}]},
           {"type":"function_call","call_id":"c1","name":"f","namespace":"ns","arguments":"{\"x\":2}"},
           {"type":"custom_tool_call","call_id":"c2","name":"p","input":"raw"},
           {"type":"function_call_output","call_id":"c1","output":"r1"},
           {"type":"custom_tool_call_output","call_id":"c2","output":[{"type":"input_text","text":"r2"}]},
           {"role":"user","content":[{"type":"input_text","text":"and?"}]},
           {"role":"system","content":"late"},
           {"role":"assistant","content":[{"type":"output_text","text":"Half.","annotations":[{}]},{"type":"output_text","text":" So."}]},
           {"role":"assistant","content":[{"type":"output_text","text":"Done."},{"type":"refusal","refusal":"No."}]}"#,
        concat!(
            r#"developer: text "D" | user: text "go" | assistant: thinking "" <OpenAi Encrypted rs_1:gAAA>"#,
            r#" + text "Wait." Commentary + call ns/f#c1 {"x":2} + call p#c2 "raw""#,
            r#" | user: result #c1 (text "r1") + result #c2 freeform (text "r2") + text "and?""#,
            r#" | !system: text "late" | assistant: text "Half." + text " So." + ¶text "Done." + refusal "No.""#
        ),
    );
    // What ran at the provider belongs to the model, what nobody else has to the user.
    check(
        r#"{"type":"web_search_call","id":"ws_1"},{"type":"mcp_call","id":"m"},{"type":"compaction","encrypted_content":"x"},
           {"type":"item_reference","id":"msg_1"},{"type":"computer_call_output"},{"type":"new"}"#,
        concat!(
            "assistant: ran WebSearch + ran Mcp | user: foreign responses + foreign responses",
            " + foreign responses + foreign responses"
        ),
    );
    check(
        r#"{"role":"user","content":[{"type":"input_image","image_url":"data:image/png;base64,iVBO","detail":"original"},
             {"type":"input_image","file_id":"file_1"},{"type":"input_file","file_url":"https://e.org/x.pdf","filename":"x.pdf"}]}"#,
        concat!(
            "user: image base64 iVBO mime=image/png detail=Original + image file responses file_1",
            " + document url https://e.org/x.pdf name=x.pdf"
        ),
    );
}

#[test]
fn reasoning() {
    let check = |item: &str, expected: &str| {
        let body = format!("{{\"input\":[{{\"type\":\"reasoning\",{item}}}]}}");
        let expected = format!("assistant: {expected}");
        assert_eq!(
            read(Protocol::Responses, &body, conversation),
            expected,
            "{item}"
        );
    };
    check(
        r#""id":"rs_1","summary":[{"type":"summary_text","text":"a"},{"type":"summary_text","text":"b"}],"encrypted_content":"E""#,
        r#"thinking "a\n\nb" of 2 <OpenAi Encrypted rs_1:E>"#,
    );
    check(
        r#""summary":[],"content":[{"type":"reasoning_text","text":"r"}]"#,
        r#"thinking "r""#,
    );
    // An id that this gateway has given is none of OpenAI's.
    check(
        r#""id":"rs_gw_r_0","summary":[{"type":"summary_text","text":"T"}],"encrypted_content":"gw1:gm:fc:CiQB""#,
        r#"thinking "T" <Gemini Call CiQB>"#,
    );
    check(
        r#""id":"rs_gw_r_0","summary":[],"encrypted_content":"gw1:an:red:Eo""#,
        "redacted <Anthropic Redacted Eo>",
    );
    check(
        r#""id":"rs_gw_r_0","summary":[],"encrypted_content":"gw1:an:sig:Eq""#,
        r#"thinking "" <Anthropic Signature Eq>"#,
    );
    check(
        r#""id":"rs_gw_r_0","encrypted_content":"E""#,
        r#"thinking "" <OpenAi Encrypted E>"#,
    );
}

#[test]
fn shells() {
    let check = |items: &str, expected: &str| {
        let body = format!("{{\"input\":[{items}]}}");
        assert_eq!(
            read(Protocol::Responses, &body, conversation),
            expected,
            "{items}"
        );
    };
    // An output names its call by `call_id`, or by the `id` of the call's item.
    check(
        r#"{"type":"local_shell_call","id":"i1","call_id":"c1","action":{"type":"exec","command":["ls"],"env":{}}},
           {"type":"local_shell_call","id":"i2","call_id":"c2","action":{"type":"exec","command":["id"]}},
           {"type":"local_shell_call_output","id":"c1","output":"f"},{"type":"local_shell_call_output","id":"i2","output":"root"}"#,
        concat!(
            r#"assistant: call local_shell#c1 {"command":["ls"],"env":{}} + call local_shell#c2 {"command":["id"]}"#,
            r#" | user: result #c1 (text "f") + result #c2 (text "root")"#
        ),
    );
    check(
        r#"{"type":"shell_call","call_id":"c1","action":{"commands":["ls"]}},
           {"type":"shell_call_output","call_id":"c1","output":[{"stdout":"f"}]},
           {"type":"apply_patch_call","call_id":"c2","operation":{"type":"delete_file","path":"a"}},
           {"type":"apply_patch_call_output","call_id":"c2","status":"completed"}"#,
        concat!(
            r#"assistant: call shell#c1 {"commands":["ls"]} | user: result #c1 (text "[{\"stdout\":\"f\"}]")"#,
            r#" | assistant: call apply_patch#c2 {"path":"a","type":"delete_file"} | user: result #c2 ()"#
        ),
    );
}

#[test]
fn tools_and_their_choice() {
    let check = |members: &str, expected: &str| {
        let body = format!("{{\"input\":\"go\",{members}}}");
        assert_eq!(
            read(Protocol::Responses, &body, tools),
            expected,
            "{members}"
        );
    };
    check(
        r#""tools":[{"type":"function","name":"f","parameters":{"type":"object"},"strict":false},
            {"type":"namespace","name":"ns","tools":[{"type":"function","name":"f"},{"type":"custom","name":"p"}]},
            {"type":"web_search_preview_2025_03_11"},{"type":"local_shell"},{"type":"apply_patch"},
            {"type":"function","name":"later","defer_loading":true},{"type":"computer_use_preview"}]"#,
        concat!(
            r#"f JsonSchema {"type":"object"} strict=false | ns/f | freeform ns/p | hosted WebSearch"#,
            " | hosted LocalShell | hosted ApplyPatch | hosted Other | hosted Computer"
        ),
    );
    check(
        r#""tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"f"},{"type":"mcp","server_label":"s"}]}"#,
        r#"allow ["f"] [Mcp] required=false"#,
    );
    check(
        r#""tool_choice":{"type":"function","name":"f","namespace":"ns"}"#,
        "choose ns/f",
    );
    check(
        r#""tool_choice":{"type":"web_search"}"#,
        "choose Hosted(WebSearch)",
    );
    // Items bring tools along; the first definition of a name wins.
    let body = r#"{"tools":[{"type":"function","name":"f"}],"input":[{"type":"additional_tools","tools":[
        {"type":"function","name":"f","description":"other"},{"type":"function","name":"g"},{"type":"custom","name":"g"}]}]}"#;
    assert_eq!(read(Protocol::Responses, body, tools), "f | g");
}

#[test]
fn settings_by_name() {
    let check = |members: &str, expected: &str| {
        let body = format!("{{\"input\":\"go\",{members}}}");
        assert_eq!(
            read(Protocol::Responses, &body, settings),
            expected,
            "{members}"
        );
    };
    check(
        r#""max_output_tokens":9,"previous_response_id":"r","store":null,"stream":true"#,
        r#"MaxOutput=9, PreviousResponse="r", streams"#,
    );
    check(
        r#""text":{"format":{"type":"json_schema","name":"o","schema":{}},"verbosity":"low","odd":1}"#,
        r#"Verbosity="low", schema "o" JsonSchema {} None, unknown 1"#,
    );
    check(r#""text":{"format":{"type":"text"}}"#, "");
    check(
        r#""reasoning":{"effort":"low","summary":"concise"}"#,
        "level(low), shown(concise)",
    );
    check(
        r#""reasoning":{"generate_summary":"auto","odd":1}"#,
        "shown(auto), unknown 1",
    );
    check(r#""seed":1,"include":["x"]"#, r#"Include=["x"], unknown 1"#);
}

#[test]
fn what_departs_from_the_protocol_is_refused() {
    check_refused(
        Protocol::Responses,
        &[
            ("{}", "input", "`input` is missing"),
            (r#"{"input":5}"#, "input", "`input` must be an array"),
            (
                r#"{"input":[{"content":"x"}]}"#,
                "input.0",
                "`type` is missing",
            ),
            (
                r#"{"input":[{"role":"tool","content":"x"}]}"#,
                "input.0.role",
                "`role` must be one of: system, developer, user, assistant",
            ),
            (
                r#"{"input":[{"type":"function_call","name":"f","arguments":"{}"}]}"#,
                "input.0",
                "`call_id` is missing",
            ),
            (
                r#"{"input":[{"type":"function_call","call_id":"c","name":"f","arguments":{}}]}"#,
                "input.0.arguments",
                "`arguments` must be a string",
            ),
            (
                r#"{"input":[{"type":"local_shell_call_output","output":"f"}]}"#,
                "input.0",
                "`call_id` is missing",
            ),
            (
                r#"{"input":"go","tools":[{"type":"namespace","name":"n"}]}"#,
                "tools.0",
                "`tools` is missing",
            ),
            (
                r#"{"input":"go","text":{"format":{"type":"json_schema","name":"o"}}}"#,
                "text.format",
                "`schema` is missing",
            ),
            (
                r#"{"input":"go","tool_choice":{"type":"allowed_tools","mode":"none","tools":[]}}"#,
                "tool_choice.mode",
                "`mode` must be one of: auto, required",
            ),
        ],
    );
}
