//! Chat Completions.

use super::{check, check_all};
use crate::{
    Behaviour,
    tests::client::{patched, send, upstream},
};
use bytes::Bytes;
use cliproxy_core::Protocol;
use http::Request;
use http_body_util::Full;
use serde_json::{Value, json};

fn call(id: &str) -> Value {
    json!({"role": "assistant", "content": null, "tool_calls": [
        {"id": id, "type": "function", "function": {"name": "f", "arguments": "{}"}},
    ]})
}

fn result(id: &str) -> Value {
    json!({"role": "tool", "tool_call_id": id, "content": "r"})
}

fn messages(list: &[Value]) -> Value {
    json!({"messages": list})
}

fn function(definition: &Value) -> Value {
    json!({"tools": [{"type": "function", "function": definition}]})
}

#[tokio::test]
async fn messages_and_calls() {
    let user = json!({"role": "user", "content": "hi"});
    check_all(
        Protocol::Chat,
        &[
            (messages(&[]), 400, "Invalid 'messages'"),
            (json!({"messages": null}), 400, "missing_required_parameter"),
            (messages(&[json!({"role": "x", "content": "a"})]), 400, "messages[0].role"),
            (messages(&[json!({"role": "user", "content": null})]), 400, "expected a string, got null"),
            (messages(&[json!({"role": "user", "content": "a", "extra": 1})]), 400, "messages[0].extra"),
            (messages(&[json!({"role": "user", "content": [{"type": "input_text", "text": "a"}]})]), 400, "content[0].type"),
            (messages(&[json!({"role": "user", "content": [{"type": "text", "text": "a", "cache_control": {}}]})]), 400, "cache_control"),
            (messages(&[json!({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "ftp://x"}}]})]), 400, "invalid_image_url"),
            (messages(&[json!({"role": "system", "content": [{"type": "image_url", "image_url": {"url": "https://x"}}]})]), 400, "content[0].type"),
            (messages(&[user.clone(), call("c1"), result("c1")]), 200, ""),
            (messages(&[user.clone(), call("c1")]), 400, "did not have response messages: c1"),
            (messages(&[user.clone(), call("c1"), user.clone()]), 400, "did not have response messages: c1"),
            (messages(&[user.clone(), result("c1")]), 400, "must be a response to a preceeding message"),
            (messages(&[user.clone(), call("c1"), result("c2")]), 400, "must be a response to a preceeding message"),
            (messages(&[user.clone(), call("c1"), result("c1"), result("c1")]), 400, "must be a response"),
            (messages(&[user.clone(), call(&"x".repeat(41)), result("c1")]), 400, "maximum length 40"),
            (messages(&[user.clone(), json!({"role": "assistant", "content": "a", "reasoning_content": "t"})]), 200, ""),
            (messages(&[json!({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,A_"}}]})]), 400, "invalid_image_url"),
            (messages(&[json!({"role": "user", "content": [{"type": "file", "file": {"file_data": "AA=="}}]})]), 400, "Invalid file data"),
            (
                messages(&[user.clone(), json!({"role": "assistant", "tool_calls": [{"id": "c", "type": "function", "function": {"name": "a.b", "arguments": "{}"}}]})]),
                400,
                "does not match pattern",
            ),
            (messages(&[json!({"role": "user", "content": "a", "reasoning_content": "t"})]), 400, "unknown_parameter"),
        ],
    )
    .await;
}

#[tokio::test]
async fn members_and_ranges() {
    let named = |schema: Value| json!({"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": schema, "strict": true}}});
    check_all(
        Protocol::Chat,
        &[
            (json!({"nonsense": 1}), 400, "Unknown parameter: 'nonsense'."),
            (json!({"model": null}), 400, "Missing required parameter: 'model'."),
            (json!({"temperature": 2.5}), 400, "decimal_above_max_value"),
            (json!({"temperature": "1"}), 400, "invalid_type"),
            (json!({"top_p": -0.1}), 400, "decimal_below_min_value"),
            (json!({"max_tokens": 1, "max_completion_tokens": 1}), 400, "at the same time"),
            (json!({"stop": ["a", "b", "c", "d", "e"]}), 400, "maximum length 4"),
            (json!({"stream_options": {"include_usage": true}}), 400, "only allowed when 'stream' is enabled"),
            (json!({"tool_choice": "auto"}), 400, "only allowed when 'tools' are specified"),
            (json!({"parallel_tool_calls": false}), 400, "only allowed when 'tools' are specified"),
            (json!({"reasoning_effort": "lots"}), 400, "reasoning_effort"),
            (json!({"safety_identifier": "x".repeat(65)}), 400, "maximum length 64"),
            (json!({"prompt_cache_key": "x".repeat(65)}), 400, "maximum length 64"),
            (json!({"top_logprobs": 2}), 400, "only allowed when 'logprobs'"),
            (json!({"tools": vec![json!({"type": "function", "function": {"name": "f"}}); 129]}), 400, "tools"),
            (function(&json!({"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "array"}}}})), 400, "array schema missing items"),
            (function(&json!({"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "STRING"}}}})), 400, "'type' may not be"),
            (json!({"metadata": {"a": 1}}), 400, "metadata.a"),
            (function(&json!({"name": "bad name"})), 400, "does not match pattern"),
            (function(&json!({"name": "f", "parameters": {"type": "string"}})), 400, "invalid_function_parameters"),
            (function(&json!({"name": "f", "parameters": {"type": "object", "anyOf": []}})), 400, "at the top level"),
            (function(&json!({"name": "f", "parameters": {"type": "object"}, "strict": true})), 400, "additionalProperties"),
            (function(&json!({"name": "f", "input_schema": {}})), 400, "input_schema"),
            (json!({"tools": [{"type": "function", "name": "f"}]}), 400, "tools[0].name"),
            (
                json!({"tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": {"type": "function", "function": {"name": "g"}}}),
                400,
                "'g' not found",
            ),
            (json!({"response_format": {"type": "json_object"}}), 400, "must contain the word 'json'"),
            (
                json!({"response_format": {"type": "json_object"}, "messages": [{"role": "user", "content": "as JSON"}]}),
                200,
                "",
            ),
            (named(json!({"type": "object", "properties": {}})), 400, "additionalProperties"),
            (named(json!({"type": "object", "properties": {}, "required": [], "additionalProperties": false})), 200, ""),
        ],
    )
    .await;
}

#[tokio::test]
async fn repeated_members_and_broken_json() {
    let upstream = upstream(Behaviour::Answer);
    for text in [
        r#"{"model":"m","model":"m","messages":[{"role":"user","content":"a"}]}"#,
        r#"{"model":"m","messages":[{"role":"user","content":"a","role":"user"}]}"#,
        r#"{"model":"m""#,
    ] {
        let request = Request::post("/v1/chat/completions")
            .header("host", "localhost")
            .header("authorization", "Bearer k")
            .body(Full::new(Bytes::from_static(text.as_bytes())))
            .expect("a request");
        let reply = send(&upstream, request).await.expect("a response");
        check(&reply, 400, "could not parse the JSON body", text);
    }
}

#[tokio::test]
async fn models_take_what_they_know() {
    let with = |model: &str, change: Value| patched(json!({"model": model}), &change);
    let reasoning = |effort: &str| {
        patched(
            function(&json!({"name": "f"})),
            &json!({"reasoning_effort": effort}),
        )
    };
    let looped = |message: Value| {
        patched(
            messages(&[
                json!({"role": "user", "content": "hi"}),
                message,
                result("c1"),
            ]),
            &json!({"model": "deepseek-reasoner", "thinking": {"type": "enabled"}}),
        )
    };
    check_all(
        Protocol::Chat,
        &[
            (
                with("gpt-4.1", json!({"temperature": 0.5, "max_tokens": 5})),
                200,
                "",
            ),
            (
                with("gpt-4.1", json!({"reasoning_effort": "low"})),
                400,
                "not supported with this model",
            ),
            (
                with("gpt-5-mini", json!({"temperature": 0.5})),
                400,
                "not supported with this model",
            ),
            (
                with("gpt-5", json!({"reasoning_effort": "none"})),
                400,
                "reasoning_effort",
            ),
            (
                with("gpt-5", json!({"reasoning_effort": "minimal"})),
                200,
                "",
            ),
            (with("gpt-5.2", json!({"temperature": 0.5})), 200, ""),
            (
                with(
                    "gpt-5.2",
                    json!({"temperature": 0.5, "reasoning_effort": "low"}),
                ),
                400,
                "not supported with this model",
            ),
            (
                with("gpt-5.2", json!({"max_tokens": 5})),
                400,
                "max_completion_tokens",
            ),
            (with("gpt-5.2", reasoning("low")), 200, ""),
            (with("gpt-5.5", reasoning("low")), 400, "/v1/responses"),
            (with("gpt-5.5", reasoning("none")), 200, ""),
            (
                with("o3", json!({"stop": "x"})),
                400,
                "not supported with this model",
            ),
            (
                with("m", json!({"thinking": {"type": "enabled"}})),
                400,
                "Unknown parameter: 'thinking'.",
            ),
            (looped(call("c1")), 400, "reasoning_content"),
            (
                looped(patched(call("c1"), &json!({"reasoning_content": "t"}))),
                200,
                "",
            ),
        ],
    )
    .await;
}
