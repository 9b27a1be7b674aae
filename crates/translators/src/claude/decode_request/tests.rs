//! What Messages requests are read as, and which are refused.

use crate::client_body::tests::{check_refused, conversation, read, settings, tools};
use cliproxy_core::Protocol;

fn check(body: &str, expected: &str) {
    assert_eq!(
        read(Protocol::Claude, body, conversation),
        expected,
        "{body}"
    );
}

#[test]
fn system_prompts() {
    check(r#"{"system":"S","messages":[]}"#, r#"system: text "S""#);
    check(
        r#"{"system":[{"type":"text","text":"x-anthropic-billing-header: v=1\n"},
            {"type":"text","text":"S","cache_control":{"type":"ephemeral"}}],"messages":[]}"#,
        r#"system: text "S" @Ephemeral"#,
    );
    // With a prompt behind the line it is a prompt.
    check(
        r#"{"system":"x-anthropic-billing-header: v=1\nBe terse.","messages":[]}"#,
        r#"system: text "x-anthropic-billing-header: v=1\nBe terse.""#,
    );
    check(
        r#"{"system":"S","messages":[{"role":"system","content":"T"},{"role":"user","content":"a"},
            {"role":"system","content":[{"type":"text","text":"U"}]}]}"#,
        r#"system: text "S" + text "T" | user: text "a" | !system: text "U""#,
    );
    check(
        r#"{"messages":[{"role":"user","content":[{"type":"text","text":"a"},
            {"type":"mid_conv_system","content":[{"type":"text","text":"M"}]},{"type":"text","text":"b"}]}]}"#,
        r#"user: text "a" | !system: text "M" | user: text "b""#,
    );
}

#[test]
fn blocks() {
    let check = |role: &str, blocks: &str, expected: &str| {
        let body = format!(r#"{{"messages":[{{"role":"{role}","content":[{blocks}]}}]}}"#);
        check(&body, &format!("{role}: {expected}"));
    };
    check(
        "assistant",
        r#"{"type":"text","text":"a","citations":[{}]},{"type":"text","text":"b"},
           {"type":"thinking","thinking":"t","signature":"EqQB"},{"type":"text","text":"c"}"#,
        r#"text "a" + text "b" + thinking "t" <Anthropic Signature EqQB> + ¶text "c""#,
    );
    check(
        "assistant",
        r#"{"type":"thinking","thinking":"P","signature":"gw1:oa@0000002a:enc:rs_a:gAAA"},
           {"type":"thinking","thinking":"","signature":"gw1:gm:fc:CiQB"},
           {"type":"thinking","thinking":"u"},{"type":"thinking","thinking":"g","signature":"gAAAAB"},
           {"type":"redacted_thinking","data":"R"},{"type":"redacted_thinking","data":"gw1:oa:enc:rs_b:E"}"#,
        concat!(
            r#"thinking "P" <OpenAi@0000002a Encrypted rs_a:gAAA> + thinking "" <Gemini Call CiQB> + thinking "u""#,
            r#" + thinking "g" <OpenAi Encrypted gAAAAB> + redacted <Anthropic Redacted R> + redacted <OpenAi Encrypted rs_b:E>"#
        ),
    );
    check(
        "assistant",
        r#"{"type":"tool_use","id":"t1","name":"f","input":{"a":1}},{"type":"tool_use","id":"t2","name":"g"}"#,
        r#"call f#t1 {"a":1} + call g#t2 {}"#,
    );
    check(
        "assistant",
        r#"{"type":"server_tool_use","id":"s1","name":"web_search","input":{}},
           {"type":"web_search_tool_result","tool_use_id":"s1","content":[]},
           {"type":"mcp_tool_use","id":"s2","name":"x"},{"type":"web_fetch_tool_result","tool_use_id":"s9"},{"type":"new"}"#,
        "ran WebSearch with its result + ran Mcp + foreign claude + foreign claude",
    );
    check(
        "user",
        r#"{"type":"tool_result","tool_use_id":"t1","content":"r","is_error":true,"cache_control":{"type":"ephemeral"}},
           {"type":"tool_result","tool_use_id":"t2"},
           {"type":"tool_result","tool_use_id":"t3","content":[{"type":"text","text":"a"},
             {"type":"image","source":{"type":"base64","media_type":"image/jpg","data":"iVBO"}},
             {"type":"tool_reference","tool_name":"later"}]}"#,
        concat!(
            r#"result #t1 error (text "r") @Ephemeral + result #t2 () + result #t3 (text "a""#,
            r#" + image base64 iVBO mime=image/jpeg + ¶text "Tool available: later")"#
        ),
    );
    check(
        "user",
        r#"{"type":"document","title":"r.pdf","context":"c","source":{"type":"base64","media_type":"application/pdf","data":"JVBE"}},
           {"type":"document","source":{"type":"url","url":"https://e.org/x.pdf"}},
           {"type":"document","source":{"type":"file","file_id":"file_1"}},
           {"type":"document","title":"N","source":{"type":"text","media_type":"text/plain","data":"abc"}},
           {"type":"document","source":{"type":"content","content":[{"type":"text","text":"a"},{"type":"text","text":"b"},
             {"type":"image","source":{"type":"url","url":"u"}}]}},
           {"type":"search_result","source":"https://e.org","title":"T","content":[{"type":"text","text":"found"}]},
           {"type":"container_upload","file_id":"f"}"#,
        concat!(
            "document base64 JVBE mime=application/pdf title=r.pdf context=c + document url https://e.org/x.pdf",
            r#" + document file claude file_1 + document text "abc" mime=text/plain title=N"#,
            r#" + document text "a\n\nb" mime=text/plain + image url u"#,
            r#" + text "Source: https://e.org\nTitle: T\nfound" + foreign claude"#
        ),
    );
}

#[test]
fn a_result_of_a_run_may_come_in_a_later_message() {
    check(
        r#"{"messages":[{"role":"assistant","content":[{"type":"server_tool_use","id":"s1","name":"bash_code_execution"}]},
            {"role":"user","content":"go on"},
            {"role":"assistant","content":[{"type":"bash_code_execution_tool_result","tool_use_id":"s1","content":{}}]}]}"#,
        r#"assistant: ran CodeExecution with its result | user: text "go on" | assistant: "#,
    );
}

#[test]
fn tools_and_their_choice() {
    let check = |members: &str, expected: &str| {
        let body = format!("{{\"messages\":[],{members}}}");
        assert_eq!(read(Protocol::Claude, &body, tools), expected, "{members}");
    };
    check(
        r#""tools":[{"name":"f","description":"d","input_schema":{"type":"object"},"strict":true,"defer_loading":true,
              "cache_control":{"type":"ephemeral"}},
            {"type":"custom","name":"g","input_schema":{}},{"name":"later","defer_loading":true},
            {"type":"bash_20250124","name":"bash"},{"type":"web_search_20250305","name":"web_search"},
            {"type":"tool_search_tool_regex_20251119","name":"tool_search_tool_regex"}],
           "tool_choice":{"type":"tool","name":"web_search"}"#,
        concat!(
            r#"f "d" JsonSchema {"type":"object"} strict=true @Ephemeral | g JsonSchema {} | hosted Other"#,
            " | hosted Bash | hosted WebSearch | hosted ToolSearch | choose Hosted(WebSearch)"
        ),
    );
    // A function of the same name is the one that is meant.
    check(
        r#""tools":[{"type":"web_search_20250305","name":"web_search"},{"name":"web_search","input_schema":{}}],
           "tool_choice":{"type":"tool","name":"web_search"}"#,
        "hosted WebSearch | web_search JsonSchema {} | choose web_search",
    );
    check(r#""tool_choice":{"type":"any"}"#, "choose Required");
    check(r#""tool_choice":{"type":"none"}"#, "choose None");
}

#[test]
fn settings_by_name() {
    let check = |members: &str, expected: &str| {
        let body = format!("{{\"messages\":[],{members}}}");
        assert_eq!(
            read(Protocol::Claude, &body, settings),
            expected,
            "{members}"
        );
    };
    check(r#""model":"m","betas":["b"],"stream":true"#, "streams");
    check(
        r#""max_tokens":9,"top_k":5,"stop_sequences":["X"],"metadata":{"user_id":"u","x":1}"#,
        r#"MaxOutput=9, SafetyIdentifier="u", Stop=["X"], TopK=5"#,
    );
    check(
        r#""tool_choice":{"type":"auto","disable_parallel_tool_use":true}"#,
        "ParallelTools=false",
    );
    check(
        r#""thinking":{"type":"adaptive","display":"omitted"},"output_config":{"effort":"low","odd":1}"#,
        "level(low), hidden, unknown 1",
    );
    check(
        r#""thinking":{"type":"enabled","budget_tokens":2048}"#,
        "budget(2048)",
    );
    // Nothing but Claude is told how much to say.
    check(r#""output_config":{"effort":"low"}"#, "unknown 1");
    check(
        r#""thinking":{"type":"disabled"},"output_config":{"effort":"low"}"#,
        "off, unknown 1",
    );
    check(
        r#""output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}}"#,
        r#"schema "" JsonSchema {"type":"object"} Some(true)"#,
    );
}

#[test]
fn what_departs_from_the_protocol_is_refused() {
    check_refused(
        Protocol::Claude,
        &[
            ("{}", "messages", "`messages` is missing"),
            (
                r#"{"messages":[],"stream":1}"#,
                "stream",
                "`stream` must be a boolean",
            ),
            (
                r#"{"messages":[{"role":"user"}]}"#,
                "messages.0",
                "`content` is missing",
            ),
            (
                r#"{"messages":[{"role":"tool","content":"x"}]}"#,
                "messages.0.role",
                "`role` must be one of: user, assistant, system",
            ),
            (
                r#"{"messages":[{"role":"user","content":[{"type":"image","source":{"type":"ftp"}}]}]}"#,
                "messages.0.content.0.source.type",
                "this source is unknown",
            ),
            (
                r#"{"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":"x"}]}]}"#,
                "messages.0.content.0.input",
                "`input` must be an object",
            ),
            (
                r#"{"messages":[{"role":"user","content":[{"type":"tool_result","content":"x"}]}]}"#,
                "messages.0.content.0",
                "`tool_use_id` is missing",
            ),
            (
                r#"{"system":[{"type":"image","source":{"type":"url","url":"u"}}],"messages":[]}"#,
                "system.0",
                "a system prompt has texts only",
            ),
            (
                r#"{"messages":[],"tools":[{"name":"f"}]}"#,
                "tools.0",
                "`input_schema` is missing",
            ),
            (
                r#"{"messages":[],"tool_choice":{"type":"some"}}"#,
                "tool_choice.type",
                "`type` must be one of: auto, any, tool, none",
            ),
            (
                r#"{"messages":[],"output_config":{"format":{"type":"text"}}}"#,
                "output_config.format.type",
                "`type` must be `json_schema`",
            ),
        ],
    );
}
