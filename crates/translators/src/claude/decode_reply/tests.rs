//! Messages replies, event by event.

use crate::reply::transcript::{self, check};
use cliproxy_core::Protocol::Claude;

#[track_caller]
fn stream(events: &str, expected: &str) {
    check(&transcript::stream(Claude, events), expected);
}

/// A stream of these blocks, with the beginning and the end that a test does not spell.
#[track_caller]
fn blocks(events: &str, expected: &str) {
    let events = format!(
        r#"{{"type":"message_start","message":{{"id":"m"}}}}
        {events}
        {{"type":"message_delta","delta":{{"stop_reason":"end_turn"}}}}
        {{"type":"message_stop"}}"#
    );
    stream(&events, &format!("start m; {expected}; finish stop; end"));
}

#[track_caller]
fn body(body: &str, expected: &str) {
    check(&transcript::body(Claude, body), expected);
}

/// The blocks of a body.
#[track_caller]
fn content(content: &str, expected: &str) {
    let message = format!(r#"{{"id":"m","content":[{content}],"stop_reason":"end_turn"}}"#);
    body(&message, &format!("start m; {expected}; finish stop; end"));
}

#[test]
fn a_message_with_pings_and_usage() {
    stream(
        r#"
        message {"type":"message_start","message":{"id":"m1","usage":{"input_tokens":10,"cache_creation_input_tokens":2,"cache_read_input_tokens":5,"output_tokens":1}}}
        ping {"type":"ping"}
        {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}
        {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hel"}}
        {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":""}}
        {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"lo\n"}}
        {"type":"content_block_stop","index":0}
        {"type":"message_delta","delta":{"stop_reason":"stop_sequence","stop_sequence":"END"},"usage":{"input_tokens":null,"output_tokens":12,"server_tool_use":{"web_search_requests":1}}}
        {"type":"message_stop"}
        {"type":"ping"}
        "#,
        r#"
        start m1; usage plain=10 read=5 write=2 output=1; alive
        open 0 text; + "Hel"; + "lo\n"; close 0
        usage output=12 searches=1; finish sequence END; end
        "#,
    );
}

#[test]
fn the_end_is_a_stop_or_a_reason() {
    let start = r#"{"type":"message_start","message":{"id":"m"}}"#;
    let delta = r#"{"type":"message_delta","delta":{"stop_reason":"max_tokens"}}"#;
    let open =
        r#"{"type":"content_block_delta","index":3,"delta":{"type":"text_delta","text":"a"}}"#;
    let stop = r#"{"type":"message_stop"}"#;
    stream(&format!("{start}\n{stop}"), "start m; finish stop; end");
    stream(&format!("{start}\n{delta}"), "start m; finish length; end");
    stream(
        &format!("{start}\n{open}\n{delta}\n{stop}\n{stop}"),
        r#"start m; open 0 text; + "a"; close 0; finish length; end"#,
    );
    let cut = "fail 502 -: upstream stream ended before completion";
    stream(
        &format!("{start}\n{open}"),
        &format!("start m; open 0 text; + \"a\"; {cut}"),
    );
    stream(start, &format!("start m; {cut}"));
    stream("", cut);
}

#[test]
fn thinking_is_signed_at_its_end() {
    blocks(
        r#"
        {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}
        {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm"}}
        {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"Eq"}}
        {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"QB"}}
        {"type":"content_block_stop","index":0}
        {"type":"content_block_start","index":1,"content_block":{"type":"thinking","thinking":"","signature":"EqQC"}}
        {"type":"content_block_stop","index":1}
        {"type":"content_block_start","index":2,"content_block":{"type":"thinking","thinking":""}}
        {"type":"content_block_stop","index":2}
        {"type":"content_block_start","index":3,"content_block":{"type":"redacted_thinking","data":"Em"}}
        {"type":"content_block_stop","index":3}
        "#,
        r#"
        open 0 thinking; + "Hm"; opaque 0 Anthropic Signature EqQB; close 0
        open 1 thinking; opaque 1 Anthropic Signature EqQC; close 1
        open 2 redacted; opaque 2 Anthropic Redacted Em; close 2
        "#,
    );
}

#[test]
fn calls_stream_their_arguments_or_bring_them() {
    blocks(
        r#"
        {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t1","name":"f","input":{}}}
        {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":""}}
        {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"a\""}}
        {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t2","name":"g","input":{"b": [1, 2]}}}
        {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":":1}"}}
        {"type":"content_block_stop","index":0}
        {"type":"content_block_stop","index":1}
        {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t3","name":"h","input":{"b":1}}}
        {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{}"}}
        {"type":"content_block_stop","index":2}
        {"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"t4","name":""}}
        {"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{}"}}
        "#,
        r#"
        open 0 tool f#t1; + "{\"a\""; open 1 tool g#t2; 0+ ":1}"; close 0
        + "{\"b\":[1,2]}"; close 1; open 2 tool h#t3; + "{}"; close 2; lost calls
        "#,
    );
}

#[test]
fn a_text_after_another_kind_is_a_paragraph() {
    let text = |text| format!(r#"{{"type":"text","text":"{text}"}}"#);
    let (a, b) = (text("a"), text("b"));
    let thinking = r#"{"type":"thinking","thinking":"R"}"#;
    let nothing = r#"{"type":"thinking","thinking":""},{"type":"unheard_of"}"#;
    content(
        &format!("{thinking},{a},{nothing},{b}"),
        r#"
        open 0 thinking; + "R"; close 0; open 1 text; + "a"; close 1
        lost content; open 2 text; + "b"; close 2
        "#,
    );
    content(
        &format!("{a},{thinking},{b},{a}"),
        r#"
        open 0 text; + "a"; close 0; open 1 thinking; + "R"; close 1
        open 2 text paragraph; + "b"; close 2; open 3 text; + "a"; close 3
        "#,
    );
}

#[test]
fn a_search_is_told_with_its_results() {
    let page = r#"{"type":"web_search_result_location","url":"u","title":"t","cited_text":"c"}"#;
    content(
        &format!(
            r#"{{"type":"text","text":"a"}},
            {{"type":"server_tool_use","id":"s1","name":"web_search","input":{{"query":"q"}}}},
            {{"type":"web_search_tool_result","tool_use_id":"s1","content":[{{"type":"web_search_result","url":"u","title":"t"}}]}},
            {{"type":"text","text":"b","citations":[{page}]}}"#
        ),
        r#"
        open 0 text; + "a"; close 0; open 1 search#s1 [q] [u, t]; close 1
        open 2 text paragraph; + "b"; cite 2 u t c; close 2
        "#,
    );
    blocks(
        &format!(
            r#"
            {{"type":"content_block_start","index":0,"content_block":{{"type":"server_tool_use","id":"s1","name":"web_search","input":{{}}}}}}
            {{"type":"content_block_delta","index":0,"delta":{{"type":"input_json_delta","partial_json":"{{\"query\":"}}}}
            {{"type":"content_block_delta","index":0,"delta":{{"type":"input_json_delta","partial_json":"\"q\\u00fc\"}}"}}}}
            {{"type":"content_block_stop","index":0}}
            {{"type":"content_block_start","index":1,"content_block":{{"type":"server_tool_use","id":"s2","name":"code_execution","input":{{}}}}}}
            {{"type":"content_block_stop","index":1}}
            {{"type":"content_block_start","index":2,"content_block":{{"type":"web_search_tool_result","tool_use_id":"s1","content":{{"type":"web_search_tool_result_error"}}}}}}
            {{"type":"content_block_stop","index":2}}
            {{"type":"content_block_start","index":3,"content_block":{{"type":"text","text":""}}}}
            {{"type":"content_block_delta","index":3,"delta":{{"type":"text_delta","text":"b"}}}}
            {{"type":"content_block_delta","index":3,"delta":{{"type":"citations_delta","citation":{page}}}}}
            {{"type":"content_block_stop","index":3}}
            "#
        ),
        r#"
        open 0 search#s1 [qü] []; close 0; open 1 text; + "b"; cite 1 u t c; close 1
        open 2 code#s2 [] []; close 2
        "#,
    );
}

#[test]
fn failures_end_the_reply() {
    let start = r#"{"type":"message_start","message":{"id":"m"}}"#;
    for (event, failure) in [
        (
            r#"error {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
            "529 overloaded_error: Overloaded",
        ),
        (r#"error {"message":"m"}"#, "500 -: m"),
        (
            r#"{"error":{"type":"rate_limit_error","message":"m"}}"#,
            "429 rate_limit_error: m",
        ),
        ("error no", "500 -: no"),
        ("<html>", "502 -: the upstream sent data that is not JSON"),
    ] {
        stream(
            &format!("{start}\n{event}\n{start}"),
            &format!("start m; fail {failure}"),
        );
    }
    body(
        r#"{"type":"error","error":{"type":"api_error","message":"m"}}"#,
        "fail 500 api_error: m",
    );
    body("{}", "fail 502 -: the upstream sent no reply");
}

#[test]
fn a_body_is_told_as_the_same_events() {
    body(
        r#"{"id":"m1","content":[{"type":"thinking","thinking":"R","signature":"Eq"},{"type":"text","text":"T"},
            {"type":"tool_use","id":"t1","name":"f","input":{"city": "Paris"}},{"type":"tool_use","id":"t2","name":"g","input":{}}],
            "stop_reason":"refusal","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":2}}"#,
        r#"
        start m1; usage plain=1 output=2; open 0 thinking; + "R"; opaque 0 Anthropic Signature Eq; close 0
        open 1 text; + "T"; close 1; open 2 tool f#t1; + "{\"city\":\"Paris\"}"; close 2
        open 3 tool g#t2; close 3; finish refusal; end
        "#,
    );
    body(
        r#"{"content":[],"stop_reason":null}"#,
        "start; finish stop; end",
    );
}
