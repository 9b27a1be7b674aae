//! The same words, read from each protocol.

use super::Said;
use cliproxy_core::Protocol;

#[track_caller]
fn check(protocol: Protocol, streamed: bool, body: &str) {
    let said = Said::read(protocol, streamed, body.as_bytes()).unwrap();
    assert_eq!(said.text, "two words", "{body}");
    assert!(!said.models.is_empty(), "{body}");
    assert!(said.models.iter().all(|model| model == "m"), "{body}");
}

#[test]
fn unary() {
    check(
        Protocol::Chat,
        false,
        r#"{"model": "m", "choices": [{"message": {"content": "two words"}}]}"#,
    );
    check(
        Protocol::Claude,
        false,
        r#"{"model": "m", "content": [{"text": "two "}, {"type": "x"}, {"text": "words"}]}"#,
    );
    check(
        Protocol::Gemini,
        false,
        r#"{"modelVersion": "m", "candidates": [{"content": {"parts": [{"text": "two words"}]}}]}"#,
    );
    check(
        Protocol::Responses,
        false,
        r#"{"model": "m", "output": [{"type": "reasoning"}, {"content": [{"text": "two words"}]}]}"#,
    );
}

#[test]
fn streamed() {
    check(
        Protocol::Chat,
        true,
        "data: {\"model\": \"m\", \"choices\": [{\"delta\": {\"content\": \"two \"}}]}\n\n\
         data: {\"model\": \"m\", \"choices\": [{\"delta\": {\"content\": \"words\"}}]}\n\n\
         data: {\"model\": \"m\", \"choices\": []}\n\n\
         data: [DONE]\n\n",
    );
    check(
        Protocol::Claude,
        true,
        "event: message_start\ndata: {\"message\": {\"model\": \"m\"}}\n\n\
         : a comment\n\n\
         event: content_block_delta\ndata: {\"delta\": {\"text\": \"two words\"}}\n\n\
         event: message_delta\ndata: {\"delta\": {\"stop_reason\": \"end_turn\"}}\n\n",
    );
    check(
        Protocol::Gemini,
        true,
        "data: {\"modelVersion\": \"m\", \"candidates\": [{\"content\": {\"parts\": \
         [{\"text\": \"two words\"}]}}]}\r\n\r\n",
    );
    check(
        Protocol::Responses,
        true,
        "data: {\"type\": \"response.created\", \"response\": {\"model\": \"m\"}}\n\n\
         data: {\"type\": \"response.output_text.delta\", \"delta\": \"two words\"}\n\n\
         data: {\"type\": \"response.output_text.done\", \"text\": \"two words\"}\n\n",
    );
}

#[test]
fn what_is_not_json_is_said() {
    for streamed in [false, true] {
        assert!(Said::read(Protocol::Chat, streamed, b"data: <html>\n\n").is_err());
    }
}
