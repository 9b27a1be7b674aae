//! What accounts remember, and what is recorded.

use super::client::{body, generate, patched, path, post, request, send, start, upstream};
use crate::{Behaviour, Script};
use cliproxy_core::Protocol;
use http::{HeaderValue, Request};
use http_body_util::Full;
use serde_json::{Value, json};

fn two_accounts() -> Script {
    Script::new()
        .key("k", "a", Behaviour::Answer)
        .key("other", "b", Behaviour::Answer)
}

#[tokio::test]
async fn responses_are_stored_per_key() {
    let upstream = start(two_accounts());
    let respond = async |key: &str, change: Value| {
        let body = patched(body(Protocol::Responses, false), &change);
        send(
            &upstream,
            request(Protocol::Responses, "/v1/responses", key, &body),
        )
        .await
        .expect("a response")
    };
    let first = respond("k", json!({})).await.json();
    let id = &first["id"];
    let second = respond("k", json!({"previous_response_id": id, "input": "more"})).await;
    assert_eq!(second.status, 200);
    let growth =
        second.json()["usage"]["input_tokens"].as_u64() > first["usage"]["input_tokens"].as_u64();
    assert!(growth, "the chain is part of the prompt");

    let missing = json!({"error": {
        "message": format!("Previous response with id '{}' not found.", id.as_str().expect("an id")),
        "type": "invalid_request_error",
        "param": "previous_response_id",
        "code": "previous_response_not_found",
    }});
    let foreign = respond("other", json!({"previous_response_id": id})).await;
    assert_eq!((foreign.status.as_u16(), foreign.json()), (400, missing));
    let unstored = respond("k", json!({"store": false})).await.json();
    let reply = respond("k", json!({"previous_response_id": unstored["id"]})).await;
    assert_eq!(reply.status, 400, "what is not stored is not found");

    let item = &first["output"][0]["id"];
    let by_reference =
        json!([{"type": "item_reference", "id": item}, {"role": "user", "content": "x"}]);
    assert_eq!(
        respond("k", json!({"input": by_reference})).await.status,
        200
    );
    assert_eq!(
        respond("other", json!({"input": by_reference}))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn a_response_that_was_cut_is_not_stored() {
    let script = Script::new().queue("k", "a", [Behaviour::TruncateAfter(5), Behaviour::Answer]);
    let upstream = start(script);
    let cut = generate(
        &upstream,
        Protocol::Responses,
        true,
        &body(Protocol::Responses, true),
    )
    .await;
    let created = &crate::grammar::split(&cut.body)[0].data;
    let created: Value = serde_json::from_str(created).expect("JSON");
    let change = json!({"previous_response_id": created["response"]["id"]});
    let reply = generate(
        &upstream,
        Protocol::Responses,
        false,
        &patched(body(Protocol::Responses, false), &change),
    )
    .await;
    assert_eq!(reply.json()["error"]["code"], "previous_response_not_found");
}

#[tokio::test]
async fn encrypted_reasoning_belongs_to_one_account() {
    let upstream = start(two_accounts());
    let ask = json!({
        "model": "m", "input": "hello", "store": false,
        "reasoning": {"effort": "low"}, "include": ["reasoning.encrypted_content"],
    });
    let first = post(&upstream, Protocol::Responses, "/v1/responses", &ask)
        .await
        .json();
    let mut history = first["output"].as_array().expect("items").clone();
    history.push(json!({"role": "user", "content": "again"}));
    let next = json!({"model": "m", "store": false, "input": history});
    for (key, status) in [("k", 200), ("other", 400)] {
        let reply = send(
            &upstream,
            request(Protocol::Responses, "/v1/responses", key, &next),
        )
        .await;
        let reply = reply.expect("a response");
        assert_eq!(reply.status, status, "{key}: {}", reply.json());
        if status == 400 {
            assert_eq!(reply.json()["error"]["code"], "invalid_encrypted_content");
        }
    }
}

#[tokio::test]
async fn a_growing_conversation_is_cached_where_it_has_been() {
    let upstream = start(two_accounts());
    let cached = async |key: &str, turns: usize| {
        let messages: Vec<Value> = (0..turns)
            .map(|turn| json!({"role": if turn % 2 == 0 { "user" } else { "assistant" }, "content": format!("turn {turn}")}))
            .collect();
        let body = json!({"model": "m", "messages": messages});
        let reply = send(
            &upstream,
            request(Protocol::Chat, path(Protocol::Chat, false), key, &body),
        )
        .await;
        let usage = reply.expect("a response").json()["usage"].clone();
        let count = |pointer: &str| {
            usage
                .pointer(pointer)
                .and_then(Value::as_u64)
                .expect("a count")
        };
        (
            count("/prompt_tokens"),
            count("/prompt_tokens_details/cached_tokens"),
        )
    };
    let (first, cold) = cached("k", 1).await;
    let (_, warm) = cached("k", 3).await;
    let (_, elsewhere) = cached("other", 3).await;
    assert_eq!(warm, first, "all of the first prompt was cached");
    assert!(cold > 0 && cold < first);
    assert_eq!(elsewhere, cold, "another account has not seen it");
}

#[tokio::test]
async fn counting_agrees_with_generating() {
    let upstream = upstream(Behaviour::Answer);
    let tools = json!([{"name": "f", "input_schema": {"type": "object"}}]);
    let common = json!({"model": "m", "system": "s", "tools": tools, "messages": [{"role": "user", "content": "hello"}]});
    let counted = post(
        &upstream,
        Protocol::Claude,
        "/v1/messages/count_tokens",
        &common,
    )
    .await
    .json();
    let generated = patched(common, &json!({"max_tokens": 10}));
    let usage = generate(&upstream, Protocol::Claude, false, &generated)
        .await
        .json()["usage"]
        .clone();
    let sum = [
        "input_tokens",
        "cache_read_input_tokens",
        "cache_creation_input_tokens",
    ]
    .iter()
    .filter_map(|name| usage[name].as_u64())
    .sum::<u64>();
    assert_eq!(counted["input_tokens"], sum);

    let contents = body(Protocol::Gemini, false);
    let generated = generate(&upstream, Protocol::Gemini, false, &contents)
        .await
        .json();
    let wrapped =
        json!({"generateContentRequest": patched(contents.clone(), &json!({"model": "models/m"}))});
    for body in [&contents, &wrapped] {
        let counted = post(
            &upstream,
            Protocol::Gemini,
            "/v1beta/models/m:countTokens",
            body,
        )
        .await
        .json();
        assert_eq!(
            counted["totalTokens"], generated["usageMetadata"]["promptTokenCount"],
            "{body}"
        );
    }

    let input = json!({"model": "m", "input": "hello"});
    let counted = post(
        &upstream,
        Protocol::Responses,
        "/v1/responses/input_tokens",
        &input,
    )
    .await
    .json();
    let generated = generate(&upstream, Protocol::Responses, false, &input)
        .await
        .json();
    assert_eq!(counted["input_tokens"], generated["usage"]["input_tokens"]);
}

#[tokio::test]
async fn cache_marks_are_written() {
    let upstream = upstream(Behaviour::Answer);
    let system = json!([{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}]);
    let marked = patched(body(Protocol::Claude, false), &json!({"system": system}));
    let written = async || {
        let reply = generate(&upstream, Protocol::Claude, false, &marked).await;
        reply.json()["usage"]["cache_creation_input_tokens"]
            .as_u64()
            .expect("a count")
    };
    assert!(written().await > 0);
    assert_eq!(written().await, 0, "it was there already");
}

#[tokio::test]
async fn requests_are_recorded_as_they_came() {
    let upstream = upstream(Behaviour::Answer);
    let sent = body(Protocol::Claude, false);
    let mut first = request(Protocol::Claude, "/v1/messages?beta=true", "k", &sent);
    first
        .headers_mut()
        .insert("anthropic-beta", HeaderValue::from_static("x"));
    first
        .headers_mut()
        .insert("cookie", HeaderValue::from_static("a=b"));
    assert_eq!(
        send(&upstream, first).await.expect("a response").status,
        200
    );
    let recorded = upstream.take_requests();
    let [request] = recorded.as_slice() else {
        panic!("{recorded:?}");
    };
    assert_eq!(request.label.as_deref(), Some("account"));
    assert_eq!(request.uri.to_string(), "/v1/messages?beta=true");
    assert_eq!(request.header("anthropic-beta"), "x");
    assert_eq!(request.body, sent.to_string());
    assert_eq!(request.json(), sent);
    assert_eq!(request.header("x-api-key"), "k", "readable");
    assert!(
        !format!("{request:?}").contains("\"x-api-key\": \"k\""),
        "but not printed"
    );
    assert!(upstream.requests().is_empty());
    let violations = upstream.violations();
    assert_eq!(violations.len(), 1);
    assert_eq!(violations[0].what, "header cookie");
    assert_eq!(violations[0].request, request.number);
}

#[tokio::test]
async fn models_are_listed_in_three_shapes() {
    let script = Script::new()
        .key("k", "account", Behaviour::Answer)
        .models(["a", "b", "c"]);
    let upstream = start(script);
    let get = async |header: &'static str, path: &str| {
        let mut request = Request::get(path)
            .header("host", "localhost")
            .body(Full::default())
            .expect("a request");
        let value = if header == "authorization" {
            "Bearer k"
        } else {
            "k"
        };
        request
            .headers_mut()
            .insert(header, HeaderValue::from_static(value));
        send(&upstream, request).await.expect("a response")
    };
    let openai = get("authorization", "/v1/models").await.json();
    assert_eq!(openai["data"][2]["id"], "c");
    assert_eq!(
        get("authorization", "/v1/models/b").await.json()["object"],
        "model"
    );
    assert_eq!(get("authorization", "/v1/models/x").await.status, 404);
    let gemini = get("x-goog-api-key", "/v1beta/models").await.json();
    assert_eq!(gemini["models"][0]["name"], "models/a");
    let page = get("x-api-key", "/v1/models?limit=2").await.json();
    assert_eq!(
        (&page["has_more"], &page["last_id"]),
        (&json!(true), &json!("b"))
    );
    let rest = get("x-api-key", "/v1/models?limit=2&after_id=b")
        .await
        .json();
    assert_eq!(
        (&rest["has_more"], &rest["first_id"]),
        (&json!(false), &json!("c"))
    );
    for protocol in Protocol::ALL {
        let reply = generate(&upstream, protocol, false, &body(protocol, false)).await;
        assert_eq!(reply.status, 404, "{protocol}: model m is not served");
    }
}

#[tokio::test]
async fn embeddings_are_the_same_in_both_encodings() {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    let upstream = upstream(Behaviour::Answer);
    let embed = async |encoding: &str| {
        let body = json!({"model": "m", "input": ["one", "two"], "dimensions": 3, "encoding_format": encoding});
        post(&upstream, Protocol::Chat, "/v1/embeddings", &body)
            .await
            .json()["data"]
            .clone()
    };
    let (floats, packed) = (embed("float").await, embed("base64").await);
    for index in 0..2 {
        let bytes = BASE64_STANDARD
            .decode(packed[index]["embedding"].as_str().expect("text"))
            .expect("base64");
        let unpacked: Vec<f64> = bytes
            .chunks_exact(4)
            .map(|bytes| f64::from(f32::from_le_bytes(bytes.try_into().expect("four"))))
            .collect();
        let plain: Vec<f64> = floats[index]["embedding"]
            .as_array()
            .expect("numbers")
            .iter()
            .map(|value| f64::from(value.as_f64().expect("a number") as f32))
            .collect();
        assert_eq!(unpacked, plain);
        assert_eq!(plain.len(), 3);
    }
    assert_ne!(floats[0]["embedding"], floats[1]["embedding"]);
    let contents = json!({"requests": [
        {"model": "models/m", "content": {"parts": [{"text": "one"}]}},
        {"model": "models/m", "content": {"parts": [{"text": "two"}]}, "outputDimensionality": 2},
    ]});
    let batch = post(
        &upstream,
        Protocol::Gemini,
        "/v1beta/models/m:batchEmbedContents",
        &contents,
    )
    .await
    .json();
    assert_eq!(
        batch["embeddings"][1]["values"].as_array().map(Vec::len),
        Some(2)
    );
}
