//! Messages.

use super::{check, check_all};
use crate::{
    Behaviour,
    seal::Seal,
    tests::client::{body, generate, patched, post, request, send, upstream},
};
use cliproxy_core::Protocol;
use http::HeaderValue;
use serde_json::{Value, json};

fn conversation(blocks: &[(&str, Value)]) -> Value {
    let messages: Vec<Value> = blocks
        .iter()
        .map(|(role, content)| json!({"role": role, "content": content}))
        .collect();
    json!({"messages": messages})
}

fn call(id: &str) -> Value {
    json!({"type": "tool_use", "id": id, "name": "f", "input": {}})
}

fn result(id: &str) -> Value {
    json!({"type": "tool_result", "tool_use_id": id, "content": "r"})
}

fn text(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

#[tokio::test]
async fn messages_and_calls() {
    let with = |extra: &[(&str, Value)]| {
        let mut all = vec![("user", json!("hi"))];
        all.extend(extra.iter().cloned());
        conversation(&all)
    };
    check_all(
        Protocol::Claude,
        &[
            (json!({"messages": []}), 400, "at least one message is required"),
            (conversation(&[("assistant", json!("a"))]), 400, "first message must use the"),
            (conversation(&[("tool", json!("a"))]), 400, "messages.0.role"),
            (conversation(&[("user", json!(""))]), 400, "must have non-empty content"),
            (conversation(&[("user", json!([text("")]))]), 400, "text content blocks must be non-empty"),
            (conversation(&[("user", json!("a")), ("user", json!("b"))]), 200, ""),
            (with(&[("assistant", json!("prefill"))]), 200, ""),
            (with(&[("assistant", json!("prefill "))]), 400, "trailing whitespace"),
            (with(&[("assistant", json!([call("t1")])), ("user", json!([result("t1")]))]), 200, ""),
            (with(&[("assistant", json!([call("t1")]))]), 400, "without `tool_result` blocks immediately after: t1"),
            (with(&[("assistant", json!([call("t1")])), ("user", json!("no"))]), 400, "immediately after: t1"),
            (with(&[("assistant", json!([call("t1")])), ("user", json!([text("x"), result("t1")]))]), 400, "immediately after"),
            (with(&[("assistant", json!([call("t1"), call("t1")])), ("user", json!([result("t1")]))]), 400, "must be unique"),
            (with(&[("user", json!([result("t1")]))]), 400, "unexpected `tool_use_id`"),
            (with(&[("assistant", json!([call("a:b")])), ("user", json!([result("a:b")]))]), 400, "should match pattern"),
            (with(&[("assistant", json!([{"type": "tool_use", "id": "t", "name": "f", "input": "{}"}]))]), 400, "valid dictionary"),
            (conversation(&[("user", json!([{"type": "text", "text": "a", "extra": 1}]))]), 400, "messages.0.content.0.extra: Extra inputs"),
            (conversation(&[("user", json!([{"type": "image", "source": {"type": "base64", "media_type": "image/bmp", "data": "AA"}}]))]), 400, "media_type"),
            (with(&[("system", json!("later"))]), 400, "messages.1.role"),
            (conversation(&[("user", json!(" \n"))]), 400, "non-whitespace text"),
            (conversation(&[("user", json!([text("a"), text("\n")]))]), 400, "non-whitespace text"),
            (conversation(&[("user", json!([{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "A_"}}]))]), 400, "invalid base64"),
            (conversation(&[("user", json!([{"type": "image", "source": {"type": "url", "url": "data:image/png;base64,AA=="}}]))]), 400, "HTTPS"),
            (with(&[("assistant", json!([{"type": "server_tool_use", "id": "call_1", "name": "web_search", "input": {}}]))]), 400, "srvtoolu_"),
            (
                with(&[("assistant", json!([{"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [{"type": "web_search_result", "url": "u", "title": "t", "encrypted_content": ""}]}]))]),
                400,
                "encrypted_content",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn thinking_comes_back_unchanged_or_not_at_all() {
    let ours = Seal::Signature.make("", "t");
    let turn = |thinking: Value| {
        conversation(&[
            ("user", json!("hi")),
            ("assistant", json!([thinking, call("t1")])),
            ("user", json!([result("t1")])),
        ])
    };
    let block = |text: &str, signature: &str| json!({"type": "thinking", "thinking": text, "signature": signature});
    let manual = json!({"thinking": {"type": "enabled", "budget_tokens": 1024}});
    check_all(
        Protocol::Claude,
        &[
            (turn(block("t", &ours)), 200, ""),
            (turn(block("", &ours)), 200, ""),
            (
                turn(block("other", &ours)),
                400,
                "Invalid `signature` in `thinking` block",
            ),
            (
                turn(block("t", "ErUBCkYICRgC")),
                400,
                "Invalid `signature` in `thinking` block",
            ),
            (
                turn(json!({"type": "thinking", "thinking": "t"})),
                400,
                "signature: Field required",
            ),
            (
                turn(json!({"type": "redacted_thinking", "data": "foreign"})),
                400,
                "redacted_thinking",
            ),
            (
                conversation(&[
                    ("user", json!("hi")),
                    ("assistant", json!([block("t", &ours)])),
                    ("user", json!("hi")),
                ]),
                400,
                "final block in an assistant message cannot be `thinking`",
            ),
            (patched(turn(block("t", &ours)), &manual), 200, ""),
            (
                patched(
                    conversation(&[
                        ("user", json!("hi")),
                        ("assistant", json!([call("t1")])),
                        ("user", json!([result("t1")])),
                    ]),
                    &manual,
                ),
                400,
                "Expected `thinking` or `redacted_thinking`, but found `tool_use`",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn members_and_ranges() {
    let tool = |change: Value| json!({"tools": [patched(json!({"name": "f", "input_schema": {"type": "object"}}), &change)]});
    let mark = |ttl: &str| json!({"type": "text", "text": "a", "cache_control": {"type": "ephemeral", "ttl": ttl}});
    let thinking = |change: Value| {
        patched(
            json!({"thinking": {"type": "enabled", "budget_tokens": 1024}}),
            &change,
        )
    };
    check_all(
        Protocol::Claude,
        &[
            (json!({"max_tokens": null}), 400, "max_tokens: Field required"),
            (json!({"max_tokens": 0}), 400, "greater than or equal to 1"),
            (json!({"nonsense": 1}), 400, "nonsense: Extra inputs are not permitted"),
            (json!({"context_management": {}}), 400, "Extra inputs"),
            (json!({"temperature": 1.5}), 400, "less than or equal to 1"),
            (json!({"stream": "yes"}), 400, "valid boolean"),
            (json!({"metadata": {"other": "x"}}), 400, "metadata.other"),
            (json!({"stop_sequences": [" "]}), 400, "non-whitespace"),
            (json!({"system": [{"type": "text", "text": ""}]}), 400, "non-empty"),
            (json!({"system": [mark("5m"), mark("5m"), mark("5m"), mark("5m"), mark("5m")]}), 400, "maximum of 4 blocks"),
            (json!({"system": [mark("5m"), mark("1h")]}), 400, "must not come after"),
            (json!({"system": [mark("1h"), mark("5m")]}), 200, ""),
            (thinking(json!({})), 200, ""),
            (thinking(json!({"max_tokens": 1024})), 400, "must be greater than"),
            (thinking(json!({"temperature": 0.5})), 400, "may only be set to 1"),
            (thinking(json!({"top_k": 5})), 400, "top_k"),
            (thinking(json!({"thinking": {"budget_tokens": 5}})), 400, "thinking.budget_tokens"),
            (patched(thinking(json!({"tool_choice": {"type": "any"}})), &tool(json!({}))), 400, "forces tool use"),
            (tool(json!({"name": "bad name"})), 400, "should match pattern"),
            (tool(json!({"input_schema": {"type": null}})), 400, "input_schema.type: Field required"),
            (tool(json!({"input_schema": {"anyOf": []}})), 400, "at the top level"),
            (tool(json!({"strict": true, "parameters": {}})), 400, "parameters: Extra inputs"),
            (tool(json!({"strict": true})), 400, "additionalProperties"),
            (tool(json!({"input_schema": {"properties": {"a": {"type": "STRING"}}}})), 400, "JSON schema is invalid"),
            (tool(json!({"input_schema": {"properties": {"a b": {}}}})), 400, "Property keys should match"),
            (json!({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}), 200, ""),
            (json!({"tools": [{"type": "function", "name": "f"}]}), 400, "does not match any of the expected tags"),
            (json!({"tool_choice": {"type": "auto"}}), 400, "while providing tools"),
            (patched(tool(json!({})), &json!({"tool_choice": {"type": "tool", "name": "g"}})), 400, "'g' not found"),
            (
                json!({"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}}),
                400,
                "additionalProperties",
            ),
            (
                json!({"output_config": {"format": {"type": "json_schema", "schema": {"type": "integer", "minimum": 1}}}}),
                400,
                "'minimum' is not supported",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn models_take_what_they_know() {
    let with = |model: &str, change: Value| patched(json!({"model": model}), &change);
    let adaptive = |effort: &str| json!({"thinking": {"type": "adaptive"}, "output_config": {"effort": effort}});
    let manual = || json!({"thinking": {"type": "enabled", "budget_tokens": 1024}});
    let prefill = || conversation(&[("user", json!("a")), ("assistant", json!("b"))]);
    check_all(
        Protocol::Claude,
        &[
            (with("claude-sonnet-4-5", manual()), 200, ""),
            (
                with("claude-sonnet-4-5", adaptive("low")),
                400,
                "adaptive thinking is not supported",
            ),
            (
                with(
                    "claude-sonnet-4-5",
                    json!({"output_config": {"effort": "low"}}),
                ),
                400,
                "effort parameter",
            ),
            (
                with(
                    "claude-sonnet-4-5",
                    json!({"temperature": 0.5, "top_p": 0.5}),
                ),
                400,
                "cannot both be specified",
            ),
            (
                with("claude-sonnet-4-5", json!({"max_tokens": 64_001})),
                400,
                "maximum allowed number of output tokens",
            ),
            (with("claude-sonnet-4-5", prefill()), 200, ""),
            (
                with("claude-opus-4-6", adaptive("xhigh")),
                400,
                "output_config.effort",
            ),
            (with("claude-opus-4-6", prefill()), 400, "prefill"),
            (with("claude-sonnet-5", adaptive("xhigh")), 200, ""),
            (
                with("claude-sonnet-5", manual()),
                400,
                "thinking.type.enabled",
            ),
            (
                with("claude-sonnet-5", json!({"temperature": 0.5})),
                400,
                "deprecated for this model",
            ),
            (
                with("claude-sonnet-5", json!({"top_k": 5})),
                400,
                "deprecated for this model",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn headers_say_the_version_and_the_betas() {
    let upstream = upstream(Behaviour::Answer);
    let protocol = Protocol::Claude;
    let ordinary = || request(protocol, "/v1/messages", "k", &body(protocol, false));
    let mut unversioned = ordinary();
    unversioned.headers_mut().remove("anthropic-version");
    let reply = send(&upstream, unversioned).await.expect("a response");
    check(
        &reply,
        400,
        "anthropic-version: header is required",
        "no version",
    );
    let mut newer = ordinary();
    newer
        .headers_mut()
        .insert("anthropic-version", HeaderValue::from_static("2026-10-21"));
    assert_eq!(
        send(&upstream, newer).await.expect("a response").status,
        200
    );

    let managed = patched(
        body(protocol, false),
        &json!({"context_management": {"edits": []}}),
    );
    let mut with_beta = request(protocol, "/v1/messages", "k", &managed);
    let beta = HeaderValue::from_static("context-management-2025-06-27");
    with_beta.headers_mut().insert("anthropic-beta", beta);
    assert_eq!(
        send(&upstream, with_beta).await.expect("a response").status,
        200
    );

    let system = conversation(&[("user", json!("a")), ("system", json!("b"))]);
    let newer_model = patched(
        body(protocol, false),
        &patched(system.clone(), &json!({"model": "claude-opus-4-8"})),
    );
    assert_eq!(
        generate(&upstream, protocol, false, &newer_model)
            .await
            .status,
        200
    );
    let misplaced = conversation(&[
        ("user", json!("a")),
        ("system", json!("b")),
        ("user", json!("c")),
    ]);
    let misplaced = patched(newer_model, &misplaced);
    let reply = generate(&upstream, protocol, false, &misplaced).await;
    check(
        &reply,
        400,
        "must follow a user message",
        "system between users",
    );

    let count = post(
        &upstream,
        protocol,
        "/v1/messages/count_tokens",
        &body(protocol, false),
    )
    .await;
    check(
        &count,
        400,
        "Extra inputs",
        "generation members do not count",
    );
}
