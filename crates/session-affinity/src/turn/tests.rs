//! Cases of `turn`.

use super::at_turn_boundary;
use bytes::Bytes;
use cliproxy_core::Protocol::{self, Chat, Claude, Gemini, Responses};
use cliproxy_json::Body;

/// Requests that begin a turn, then requests in the middle of one.
fn check(protocol: Protocol, begin: &[&str], within: &[&str]) {
    let cases = begin.iter().map(|body| (body, true));
    for (body, expected) in cases.chain(within.iter().map(|body| (body, false))) {
        let checked = Body::new(Bytes::copy_from_slice(body.as_bytes())).unwrap();
        let found = at_turn_boundary(&checked.head(), protocol);
        assert_eq!(found, expected, "{protocol} {body}");
    }
}

#[test]
fn chat() {
    check(
        Chat,
        &[
            r#"{"messages":[{"role":"user","content":"Hello"}]}"#,
            r#"{"messages":[{"role":"system","content":"S"},{"role":"user","content":[{"type":"image_url","image_url":{"url":"u"}}]}]}"#,
            r#"{"messages":[{"role":"assistant","tool_calls":[]},{"role":"tool","content":"r"},{"role":"assistant","content":"Done"},{"content":"More","role":"user"}]}"#,
            r#"{"input":"Hello"}"#,
            r#"{"input":[{"role":"user","content":"Hello"}]}"#,
        ],
        &[
            r#"{"messages":[{"role":"user","content":"Hello"},{"role":"assistant","tool_calls":[]},{"role":"tool","content":"r"}]}"#,
            r#"{"messages":[{"role":"user","content":"Hello"},{"role":"assistant","content":"Hi"}]}"#,
            r#"{"messages":[{"role":"user","content":"Hello"},{"role":"function","content":"r"}]}"#,
            r#"{"messages":[{"role":"user","content":"Hello"},{"role":"system","content":"Go on"}]}"#,
            r#"{"messages":[],"input":"Hello"}"#,
            r#"{"messages":"Hello"}"#,
            r#"{"input":[{"role":"user","content":"Hello"},{"type":"function_call_output","output":"r"}]}"#,
            "{}",
        ],
    );
}

#[test]
fn claude() {
    check(
        Claude,
        &[
            r#"{"messages":[{"role":"user","content":"Hello"}]}"#,
            r#"{"messages":[{"role":"user","content":[{"type":"text","text":"Hello"}]}]}"#,
            r#"{"messages":[{"role":"user","content":[{"type":"image","source":{}}]}]}"#,
            r#"{"messages":[{"role":"assistant","content":[{"type":"tool_use"}]},{"role":"user","content":[{"type":"tool_result","content":"r"},{"type":"text","text":"Stop, do it otherwise"}]}]}"#,
        ],
        &[
            r#"{"messages":[{"role":"user","content":"Hello"},{"role":"assistant","content":[{"type":"tool_use"}]},{"role":"user","content":[{"type":"tool_result","content":"r"}]}]}"#,
            r#"{"messages":[{"role":"user","content":[{"type":"tool_result","content":[{"type":"text","text":"r"}]},{"type":"tool_result"}]}]}"#,
            r#"{"messages":[{"role":"user","content":"Hello"},{"role":"assistant","content":"{"}]}"#,
            r#"{"messages":[{"role":"user","content":[]}]}"#,
            r#"{"messages":[{"role":"user"}]}"#,
            r#"{"messages":[]}"#,
            r#"{"input":"Hello"}"#,
        ],
    );
}

#[test]
fn gemini() {
    check(
        Gemini,
        &[
            r#"{"contents":[{"role":"user","parts":[{"text":"Hello"}]}]}"#,
            r#"{"contents":[{"parts":[{"text":"Hello"}]}]}"#,
            r#"{"contents":[{"role":"user","parts":[{"functionResponse":{}}]},{"role":"model","parts":[{"text":"Done"}]},{"role":"user","parts":[{"inlineData":{}},{"text":"More"}]}]}"#,
        ],
        &[
            r#"{"contents":[{"role":"user","parts":[{"functionResponse":{"name":"f"}}]}]}"#,
            r#"{"contents":[{"parts":[{"function_response":{"name":"f"}}]}]}"#,
            r#"{"contents":[{"role":"user","parts":{"functionResponse":{"name":"f"}}}]}"#,
            r#"{"contents":[{"role":"user","parts":[{"text":"r"},{"functionResponse":{"name":"f"}}]}]}"#,
            r#"{"contents":[{"role":"function","parts":[{"text":"r"}]}]}"#,
            r#"{"contents":[{"role":"user","parts":[{"text":"Hello"}]},{"role":"model","parts":[{"text":"Hi"}]}]}"#,
            r#"{"contents":[{"role":"user"}]}"#,
            r#"{"contents":[]}"#,
            "{}",
        ],
    );
}

#[test]
fn responses() {
    check(
        Responses,
        &[
            r#"{"input":"Hello"}"#,
            r#"{"input":[{"role":"user","content":"Hello"}]}"#,
            r#"{"input":[{"type":"function_call_output","output":"r"},{"type":"message","role":"user","content":[{"type":"input_text","text":"More"}]}]}"#,
        ],
        &[
            r#"{"input":[{"role":"user","content":"Hello"},{"type":"reasoning"},{"type":"function_call"},{"type":"function_call_output","output":"r"}]}"#,
            r#"{"input":[{"role":"user","content":"Hello"},{"type":"custom_tool_call_output","role":"user","output":"r"}]}"#,
            r#"{"input":[{"role":"user","content":"Hello"},{"type":"message","role":"developer","content":"Go on"}]}"#,
            r#"{"input":[{"type":"item_reference","id":"msg_1"}]}"#,
            r#"{"input":[]}"#,
            r#"{"input":7}"#,
            r#"{"previous_response_id":"resp_1"}"#,
            "{}",
        ],
    );
}
