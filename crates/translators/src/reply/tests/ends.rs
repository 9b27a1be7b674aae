//! How a reply ends is seen by every client, whoever served it: a limit is no stop, and a failure is no
//! end at all.

use super::properties::PROTOCOLS;
use crate::{
    hub::{BodyTranslation, StreamTranslation, translate_body},
    reply::{ReplyContext, grammar},
    vectors::reply::events,
};
use cliproxy_core::Protocol::{self, Chat, Claude, Gemini, Responses};
use cliproxy_json::Value as Json;
use serde_json::{Value, json};
use std::{mem, sync::Arc};

type Data = &'static [&'static str];

/// The beginning of a reply: the text `Hi`.
fn begun(upstream: Protocol) -> Data {
    match upstream {
        Chat => &[
            r#"{"id":"chatcmpl-1","created":5,"model":"u","choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"},"finish_reason":null}]}"#,
        ],
        Claude => &[
            r#"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"u","content":[],"usage":{"input_tokens":1,"output_tokens":0}}}"#,
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}"#,
        ],
        Gemini => &[
            r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"Hi"}]},"index":0}],"modelVersion":"u","responseId":"r"}"#,
        ],
        Responses => &[
            r#"{"type":"response.created","response":{"id":"resp_1","created_at":5,"status":"in_progress","output":[]}}"#,
            r#"{"type":"response.output_item.added","output_index":0,"item":{"id":"m","type":"message","role":"assistant","content":[]}}"#,
            r#"{"type":"response.content_part.added","item_id":"m","output_index":0,"content_index":0,"part":{"type":"output_text","text":""}}"#,
            r#"{"type":"response.output_text.delta","item_id":"m","output_index":0,"content_index":0,"delta":"Hi"}"#,
        ],
    }
}

/// The same cut by the limit of tokens.
fn limit(upstream: Protocol) -> Data {
    match upstream {
        Chat => {
            &[r#"{"id":"chatcmpl-1","choices":[{"index":0,"delta":{},"finish_reason":"length"}]}"#]
        }
        Claude => &[
            r#"{"type":"content_block_stop","index":0}"#,
            r#"{"type":"message_delta","delta":{"stop_reason":"max_tokens"},"usage":{"output_tokens":1}}"#,
            r#"{"type":"message_stop"}"#,
        ],
        Gemini => {
            &[r#"{"candidates":[{"content":{"parts":[]},"finishReason":"MAX_TOKENS","index":0}]}"#]
        }
        Responses => &[
            r#"{"type":"response.incomplete","response":{"id":"resp_1","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[{"id":"m","type":"message","role":"assistant","content":[{"type":"output_text","text":"Hi"}]}]}}"#,
        ],
    }
}

/// The same broken by its provider, which is overloaded.
fn error(upstream: Protocol) -> Data {
    match upstream {
        Chat => &[r#"{"error":{"message":"busy","type":"server_error","code":"overloaded"}}"#],
        Claude => &[r#"{"type":"error","error":{"type":"overloaded_error","message":"busy"}}"#],
        Gemini => &[r#"{"error":{"code":503,"status":"UNAVAILABLE","message":"busy"}}"#],
        Responses => &[
            r#"{"type":"response.failed","response":{"id":"resp_1","status":"failed","error":{"code":"server_is_overloaded","message":"busy"},"output":[]}}"#,
        ],
    }
}

/// A unary reply that the limit has cut.
fn limited_body(upstream: Protocol) -> &'static str {
    match upstream {
        Chat => {
            r#"{"id":"chatcmpl-1","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"length"}]}"#
        }
        Claude => {
            r#"{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"text","text":"Hi"}],"stop_reason":"max_tokens","usage":{"input_tokens":1,"output_tokens":1}}"#
        }
        Gemini => {
            r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"Hi"}]},"finishReason":"MAX_TOKENS","index":0}],"responseId":"r"}"#
        }
        Responses => {
            r#"{"id":"resp_1","object":"response","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[{"id":"m","type":"message","role":"assistant","content":[{"type":"output_text","text":"Hi"}]}]}"#
        }
    }
}

/// What a client gets of a stream that closes after these events.
fn stream(upstream: Protocol, client: Protocol, told: &[Data]) -> Vec<Value> {
    let cx = Arc::new(ReplyContext::new(client, "m", 1));
    let mut translation = StreamTranslation::new(upstream, cx);
    for data in told.concat() {
        let kind: Value = serde_json::from_str(data).unwrap();
        translation.event(kind["type"].as_str(), data);
    }
    translation.eof();
    let events = events(mem::take(translation.out())).unwrap();
    let events = events.as_array().unwrap().clone();
    grammar::check(client, &events).unwrap_or_else(|wrong| panic!("{upstream} {client}: {wrong}"));
    events
}

/// The same where the client wants one body.
fn folded(upstream: Protocol, client: Protocol, told: &[Data]) -> Result<Value, u16> {
    let cx = ReplyContext::new(client, "m", 1);
    let mut translation = BodyTranslation::new(upstream, &cx);
    for data in told.concat() {
        let kind: Value = serde_json::from_str(data).unwrap();
        translation.event(kind["type"].as_str(), data);
    }
    translation.eof();
    let body = translation.finish(&cx).map_err(|fault| fault.status)?;
    Ok(serde_json::from_slice(&body.body).unwrap())
}

/// How a body or an event says it has ended, if it does.
fn ending(client: Protocol, said: &Value) -> Value {
    match client {
        Chat => said["choices"][0]["finish_reason"].clone(),
        Claude => match said["type"].as_str() {
            Some("message_delta") => said["delta"]["stop_reason"].clone(),
            Some("message_stop") => json!("message_stop"),
            _ => said["stop_reason"].clone(),
        },
        Gemini => said["candidates"][0]["finishReason"].clone(),
        Responses => {
            let response = said.get("response").unwrap_or(said);
            match response["status"].as_str() {
                Some("in_progress") | None => Value::Null,
                Some(status) => json!([status, response["incomplete_details"]["reason"]]),
            }
        }
    }
}

fn endings(client: Protocol, events: &[Value]) -> Vec<Value> {
    let said = events.iter().map(|event| ending(client, &event["data"]));
    said.filter(|ending| !ending.is_null()).collect()
}

fn pairs() -> impl Iterator<Item = (Protocol, Protocol)> {
    let pairs = PROTOCOLS
        .iter()
        .flat_map(|one| PROTOCOLS.map(|other| (*one, other)));
    pairs.filter(|(upstream, client)| upstream != client)
}

#[test]
fn a_limit_is_told_as_a_limit() {
    for (upstream, client) in pairs() {
        let expected = match client {
            Chat => json!("length"),
            Claude => json!("max_tokens"),
            Gemini => json!("MAX_TOKENS"),
            Responses => json!(["incomplete", "max_output_tokens"]),
        };
        let told = [begun(upstream), limit(upstream)];
        let mut seen = endings(client, &stream(upstream, client, &told));
        seen.retain(|ending| *ending != "message_stop");
        assert_eq!(seen, std::slice::from_ref(&expected), "{upstream} {client}");
        let body = folded(upstream, client, &told).unwrap();
        assert_eq!(ending(client, &body), expected, "{upstream} {client}");
        let cx = ReplyContext::new(client, "m", 1);
        let body = Json::parse(limited_body(upstream)).unwrap();
        let body = translate_body(upstream, body, &cx).unwrap().body;
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(ending(client, &body), expected, "{upstream} {client}");
    }
}

/// What a client reads as a failure, and its class.
fn failure(client: Protocol, event: &Value) -> Value {
    match client {
        Chat => json!([
            event["data"]["error"]["type"],
            event["data"]["error"]["code"]
        ]),
        Claude => json!([event["event"], event["data"]["error"]["type"]]),
        Gemini => json!([
            event["data"]["error"]["code"],
            event["data"]["error"]["status"]
        ]),
        Responses => json!([event["event"], event["data"]["response"]["error"]["code"]]),
    }
}

#[test]
fn a_failure_in_a_stream_never_looks_like_an_end() {
    for (upstream, client) in pairs() {
        let nothing: Data = &[];
        for (rest, status, expected) in [
            (
                error(upstream),
                529,
                match client {
                    // A code of OpenAI's own stays.
                    Chat if upstream == Responses => {
                        json!(["server_error", "server_is_overloaded"])
                    }
                    Chat => json!(["server_error", "overloaded"]),
                    Claude => json!(["error", "overloaded_error"]),
                    Gemini => json!([503, "UNAVAILABLE"]),
                    Responses => json!(["response.failed", "server_is_overloaded"]),
                },
            ),
            (
                nothing,
                502,
                match client {
                    Chat => json!(["server_error", "bad_gateway"]),
                    Claude => json!(["error", "api_error"]),
                    Gemini => json!([502, "UNAVAILABLE"]),
                    Responses => json!(["response.failed", "bad_gateway"]),
                },
            ),
        ] {
            let told = [begun(upstream), rest];
            let events = stream(upstream, client, &told);
            let last = events.last().unwrap();
            assert_eq!(failure(client, last), expected, "{upstream} {client}");
            let mut ends = endings(client, &events);
            ends.retain(|ending| ending[0] != "failed");
            assert!(ends.is_empty(), "{upstream} {client}: {ends:?}");
            let said: String = events.iter().map(Value::to_string).collect();
            assert!(!said.contains("[DONE]") && said.contains("Hi"), "{said}");
            let body = folded(upstream, client, &told);
            assert_eq!(body, Err(status), "{upstream} {client}");
        }
    }
}
