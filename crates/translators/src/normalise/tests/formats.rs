//! What the answer has to look like.

use super::{body, check, claude, gemini, losses, openai, responses, sent, translate};
use cliproxy_core::Protocol::{Chat, Claude, Gemini};
use serde_json::Value;

const SCHEMA: &str = r#""response_format":{"type":"json_schema","json_schema":{"name":"o","schema":{"type":"object","properties":{"a":{"type":"string"}}}}}"#;

/// That the format is told in words, which begin so.
#[track_caller]
fn check_told(members: &str, to: &super::Upstream, words: &str) {
    let body = body(Chat, members);
    let translated = translate(Chat, &body, to).unwrap();
    let sent = sent(&translated);
    let text = [
        &sent["system"][0]["text"],
        &sent["systemInstruction"]["parts"][0]["text"],
    ];
    let text = text.into_iter().find_map(Value::as_str).unwrap();
    assert_eq!(text, words);
    assert_eq!(losses(&translated, &body), "~response_format");
}

#[test]
fn what_cannot_be_held_is_told() {
    let object = r#""response_format":{"type":"json_object"}"#;
    check_told(object, &claude(), super::super::format::OBJECT);
    let schema = r#"Respond only with JSON that matches this JSON Schema, without Markdown fences:
{"type":"object","properties":{"a":{"type":"string"}}}"#;
    let weak = claude().with(|model| model.structured_output = false);
    check_told(SCHEMA, &weak, schema);
    let with_tool =
        format!(r#"{SCHEMA},"tools":[{{"type":"function","function":{{"name":"f"}}}}]"#);
    check_told(&with_tool, &gemini(), schema);
    check(
        Chat,
        object,
        &gemini(),
        r#"{"generationConfig":{"responseMimeType":"application/json"}}"#,
        "",
    );
}

#[test]
fn a_recursive_schema_is_told_to_claude() {
    let schema = r##"{"type":"object","properties":{"a":{"$ref":"#"}}}"##;
    let members = format!(
        r#""response_format":{{"type":"json_schema","json_schema":{{"name":"o","schema":{schema}}}}}"#
    );
    let words = format!("{}{schema}", super::super::format::SCHEMA);
    check_told(&members, &claude(), &words);
}

#[test]
fn schemas_of_other_protocols() {
    let google = r#""generationConfig":{"responseMimeType":"application/json","responseSchema":{"type":"ARRAY","items":{"type":"STRING","nullable":true}}}"#;
    let sent = r#"{"response_format":{"type":"json_schema","json_schema":{"name":"output","schema":{"type":"array","items":{"type":["string","null"]}}}}}"#;
    check(Gemini, google, &openai(), sent, "");
    let held = r#""output_config":{"format":{"type":"json_schema","schema":{"type":"object","properties":{},"additionalProperties":false}}}"#;
    let sent = r#"{"max_output_tokens":9,"store":false,"text":{"format":{"type":"json_schema","name":"output","strict":true,"schema":{"type":"object","properties":{},"additionalProperties":false}}}}"#;
    check(Claude, held, &responses(), sent, "");
}
