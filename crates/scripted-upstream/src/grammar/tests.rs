//! Streams that are not well-formed.

use super::check;
use cliproxy_core::Protocol;
use serde_json::{Value, json};

#[test]
fn the_grammar_notices() {
    let reject = |protocol, stream: &str, rule: &str| {
        let error = check(protocol, stream.as_bytes()).expect_err(stream);
        assert!(error.rule.contains(rule), "{stream}\n{error}, not {rule}");
    };
    let chunk = |choices: Value| {
        format!(
            "data: {}\n\n",
            json!({"object": "chat.completion.chunk", "id": "a", "created": 1, "model": "m", "choices": choices})
        )
    };
    let role = chunk(json!([{"index": 0, "delta": {"role": "assistant"}, "finish_reason": null}]));
    let stop = chunk(json!([{"index": 0, "delta": {}, "finish_reason": "stop"}]));
    let late = chunk(
        json!([{"index": 0, "delta": {"tool_calls": [{"index": 1}]}, "finish_reason": null}]),
    );
    reject(Protocol::Chat, &stop, "no role");
    reject(Protocol::Chat, &role, "before its terminal event");
    reject(
        Protocol::Chat,
        &format!("{role}data: [DONE]\n\n"),
        "before every choice",
    );
    reject(
        Protocol::Chat,
        &format!("{role}{stop}{stop}"),
        "after its finish reason",
    );
    reject(
        Protocol::Chat,
        &format!("{role}{stop}data: [DONE]\n\n{stop}"),
        "follows the end",
    );
    reject(Protocol::Chat, &format!("{role}{late}"), "not dense");
    let named = |value: Value| {
        format!(
            "event: {}\ndata: {value}\n\n",
            value["type"].as_str().expect("a type")
        )
    };
    let start = named(
        json!({"type": "message_start", "message": {"role": "assistant", "usage": {"input_tokens": 1}}}),
    );
    let block = |index: u64| {
        named(
            json!({"type": "content_block_start", "index": index, "content_block": {"type": "text"}}),
        )
    };
    let delta = named(
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta"}}),
    );
    reject(Protocol::Claude, &block(0), "message_start is not first");
    reject(
        Protocol::Claude,
        &format!("{start}{}", block(1)),
        "not dense",
    );
    reject(
        Protocol::Claude,
        &format!("{start}{}{}", block(0), block(1)),
        "two blocks",
    );
    reject(
        Protocol::Claude,
        &format!("{start}{}{delta}", block(0)),
        "does not fit",
    );
    reject(
        Protocol::Claude,
        &start.replace("event: message_start", "event: ping"),
        "name is not its type",
    );
    let created = named(json!({"type": "response.created", "sequence_number": 0}));
    let progress =
        |number: u64| named(json!({"type": "response.in_progress", "sequence_number": number}));
    reject(Protocol::Responses, &progress(0), "before created");
    reject(
        Protocol::Responses,
        &format!("{created}{}", progress(2)),
        "sequence numbers",
    );
    let frame = |id: &str, finish: Value| {
        format!(
            "data: {}\r\n\r\n",
            json!({"modelVersion": "m", "responseId": id, "usageMetadata": {}, "candidates": [{"index": 0, "finishReason": finish}]})
        )
    };
    reject(
        Protocol::Gemini,
        &frame("a", Value::Null),
        "before its terminal event",
    );
    reject(
        Protocol::Gemini,
        &format!("{}{}", frame("a", Value::Null), frame("b", json!("STOP"))),
        "responseId",
    );
    reject(
        Protocol::Gemini,
        &format!("{0}{0}", frame("a", json!("STOP"))),
        "after its finishReason",
    );
}
