//! Responses.

use super::check_all;
use cliproxy_core::Protocol;
use serde_json::{Value, json};

fn input(items: &[Value]) -> Value {
    json!({"input": items})
}

fn call(id: &str) -> Value {
    json!({"type": "function_call", "call_id": id, "name": "f", "arguments": "{}"})
}

fn output(id: &str) -> Value {
    json!({"type": "function_call_output", "call_id": id, "output": "r"})
}

#[tokio::test]
async fn items_and_calls() {
    let user = json!({"role": "user", "content": "hi"});
    let reasoning = json!({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAAAforeign"});
    check_all(
        Protocol::Responses,
        &[
            (json!({"input": null}), 400, "Missing required parameter: 'input'."),
            (input(&[json!({"role": "tool", "content": "a"})]), 400, "input[0].role"),
            (input(&[json!({"type": "thing"})]), 400, "input[0].type"),
            (input(&[json!({"role": "user", "content": [{"type": "text", "text": "a"}]})]), 400, "input[0].content[0].type"),
            (input(&[json!({"role": "assistant", "content": [{"type": "input_text", "text": "a"}]})]), 400, "input[0].content[0].type"),
            (input(&[json!({"role": "user", "content": "a", "tool_calls": []})]), 400, "input[0].tool_calls"),
            (input(&[json!({"type": "message", "id": "rs_1", "role": "user", "content": "a"})]), 400, "begins with 'msg'"),
            (input(&[json!({"type": "message", "id": format!("msg_{}", "x".repeat(64)), "role": "user", "content": "a"})]), 400, "maximum length 64"),
            (input(&[user.clone(), call("c1"), output("c1")]), 200, ""),
            (input(&[user.clone(), call("c1")]), 400, "No tool output found for function call c1."),
            (input(&[user.clone(), output("c1")]), 400, "No tool call found for function call output with call_id c1."),
            (input(&[user.clone(), reasoning.clone(), call("c1"), output("c1")]), 400, "invalid_encrypted_content"),
            (
                input(&[user.clone(), json!({"type": "reasoning", "id": "rs_1", "summary": []}), call("c1"), output("c1")]),
                404,
                "Item with id 'rs_1' not found.",
            ),
            (
                input(&[json!({"type": "message", "id": "msg_1", "role": "user", "content": "a"}), json!({"type": "message", "id": "msg_1", "role": "user", "content": "b"})]),
                400,
                "Duplicate item found with id msg_1",
            ),
            (input(&[json!({"role": "user", "content": [{"type": "input_image", "image_url": "data:image/png;base64,A_"}]})]), 400, "invalid_image_url"),
            (input(&[json!({"type": "function_call", "call_id": "c", "name": "a.b", "arguments": "{}"})]), 400, "does not match pattern"),
            (input(&[json!({"type": "item_reference", "id": "msg_nowhere"})]), 404, "Item with id 'msg_nowhere' not found."),
            (input(&[user.clone(), json!({"type": "web_search_call", "id": "ws_1", "status": "completed"})]), 200, ""),
        ],
    )
    .await;
}

#[tokio::test]
async fn members_and_ranges() {
    check_all(
        Protocol::Responses,
        &[
            (
                json!({"messages": []}),
                400,
                "Unknown parameter: 'messages'.",
            ),
            (
                json!({"max_tokens": 5}),
                400,
                "Unknown parameter: 'max_tokens'.",
            ),
            (json!({"max_output_tokens": 1}), 400, ">= 16"),
            (json!({"temperature": 3}), 400, "temperature"),
            (json!({"include": ["everything"]}), 400, "include[0]"),
            (
                json!({"reasoning": {"effort": "lots"}}),
                400,
                "reasoning.effort",
            ),
            (json!({"reasoning": {"budget": 1}}), 400, "reasoning.budget"),
            (
                json!({"text": {"format": {"type": "json_schema", "schema": {}}}}),
                400,
                "text.format.name",
            ),
            (
                json!({"text": {"format": {"type": "json_object"}}}),
                400,
                "must contain the word 'json'",
            ),
            (
                json!({"previous_response_id": "resp_x"}),
                400,
                "previous_response_not_found",
            ),
            (
                json!({"previous_response_id": "resp_x", "conversation": "c"}),
                400,
                "mutually_exclusive_parameters",
            ),
            (
                json!({"tools": [{"type": "function", "function": {"name": "f"}}]}),
                400,
                "tools[0].function",
            ),
            (
                json!({"tools": [{"type": "nothing"}]}),
                400,
                "tools[0].type",
            ),
            (json!({"tools": [{"type": "web_search"}]}), 200, ""),
            (
                json!({"tool_choice": "required"}),
                400,
                "must be specified with 'tools'",
            ),
            (json!({"tool_choice": "auto"}), 200, ""),
            (json!({"background": true}), 400, "unsupported_parameter"),
            (
                json!({"model": "gpt-4.1", "include": ["reasoning.encrypted_content"]}),
                400,
                "Encrypted content is not supported",
            ),
            (
                json!({"model": "gpt-4.1", "reasoning": {"summary": "auto"}}),
                400,
                "not supported with this model",
            ),
            (
                json!({"model": "gpt-5.5", "reasoning": {"effort": "max"}}),
                400,
                "reasoning.effort",
            ),
            (
                json!({"model": "o3", "temperature": 0.5}),
                400,
                "not supported with this model",
            ),
            (
                json!({"stream_options": {"include_obfuscation": false}}),
                400,
                "only allowed when 'stream' is enabled",
            ),
        ],
    )
    .await;
}
