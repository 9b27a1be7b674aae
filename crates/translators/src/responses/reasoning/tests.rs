//! Which items go, and which refusals ask for it.

use super::{refuses_reasoning, without_reasoning};
use cliproxy_json::{Body, apply};

#[test]
fn sealed_reasoning_is_taken_out() {
    let check = |body: &'static str, expected: &str| {
        let body = Body::new(body.into()).unwrap();
        let edited = apply(&body, &without_reasoning(&body)).unwrap();
        assert_eq!(edited.to_bytes(), expected);
    };
    for unchanged in [
        r#"{"model":"m"}"#,
        r#"{"model":"m","input":"hi"}"#,
        r#"{"input":[{"role":"user","content":"hi"}]}"#,
        r#"{"input":[{"type":"reasoning","id":"rs_1","summary":[]}]}"#,
        r#"{"input":[{"type":"reasoning","encrypted_content":null}]}"#,
        r#"{"input":[{"type":"compaction","encrypted_content":"c"}]}"#,
    ] {
        check(unchanged, unchanged);
    }
    check(
        r#"{"input":[{"type":"reasoning","encrypted_content":"a"}, {"role":"user"},
            {"encrypted_content":"b","type":"reasoning"},{"type":"reasoning","encrypted_content":"c"},
            {"type":"function_call"}],"stream":true}"#,
        r#"{"input":[{"role":"user"},
            {"type":"function_call"}],"stream":true}"#,
    );
}

#[test]
fn refusals_of_a_seal() {
    let check = |body: &str, expected| {
        assert_eq!(refuses_reasoning(body.as_bytes()), expected, "{body}");
    };
    check(
        r#"{"error":{"message":"could not be verified","type":"invalid_request_error","param":null,"code":"invalid_encrypted_content"}}"#,
        true,
    );
    check(
        r#"{"error":{"message":"invalid_encrypted_content","type":"invalid_request_error","code":"other"}}"#,
        false,
    );
    check(r#"{"error":{"message":"no","code":null}}"#, false);
    check("<html>", false);
}
