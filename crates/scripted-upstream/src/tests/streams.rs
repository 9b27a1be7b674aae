//! Both forms of every kind of answer are well-formed and say the same.

use super::client::{body, generate, patched, upstream};
use crate::{
    Behaviour,
    grammar::{Outcome, check, split},
};
use cliproxy_core::Protocol;
use serde_json::{Value, json};

/// `b` takes plain text in the protocols that have such tools, and an object in the others.
const DICTATED: &str =
    r#"call a with {"city": "Oslo"}, call b with "x", call c with {}, call b with {"days": 2}"#;

/// The kinds of answers, as changes of an ordinary request.
fn variants(protocol: Protocol) -> Vec<(&'static str, Value)> {
    let schema = json!({
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
        "required": ["city", "days"],
        "additionalProperties": false,
    });
    let wish = |text: &str| match protocol {
        Protocol::Chat | Protocol::Claude => {
            json!({"messages": [{"role": "user", "content": text}]})
        }
        Protocol::Gemini => json!({"contents": [{"role": "user", "parts": [{"text": text}]}]}),
        Protocol::Responses => json!({"input": text}),
    };
    let tools = match protocol {
        Protocol::Chat => json!({"tools": [
            {"type": "function", "function": {"name": "a", "parameters": schema}},
            {"type": "custom", "custom": {"name": "b"}},
        ]}),
        Protocol::Claude => {
            json!({"tools": [{"name": "a", "input_schema": schema}, {"name": "b", "input_schema": schema}]})
        }
        Protocol::Gemini => json!({"tools": [{"functionDeclarations": [
            {"name": "a", "parametersJsonSchema": schema}, {"name": "b"},
        ]}]}),
        Protocol::Responses => json!({"tools": [
            {"type": "namespace", "name": "n", "tools": [{"type": "function", "name": "a", "parameters": schema}]},
            {"type": "custom", "name": "b"},
        ]}),
    };
    let thinking = match protocol {
        Protocol::Chat => json!({"reasoning_effort": "low"}),
        Protocol::Claude => json!({"thinking": {"type": "enabled", "budget_tokens": 1024}}),
        Protocol::Gemini => {
            json!({"generationConfig": {"thinkingConfig": {"includeThoughts": true}}})
        }
        Protocol::Responses => json!({
            "reasoning": {"effort": "low", "summary": "auto"}, "include": ["reasoning.encrypted_content"],
        }),
    };
    let format = match protocol {
        Protocol::Chat => {
            json!({"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": schema, "strict": true}}})
        }
        Protocol::Claude => {
            json!({"output_config": {"format": {"type": "json_schema", "schema": schema}}})
        }
        Protocol::Gemini => {
            json!({"generationConfig": {"responseMimeType": "application/json", "responseJsonSchema": schema}})
        }
        Protocol::Responses => {
            json!({"text": {"format": {"type": "json_schema", "name": "x", "schema": schema}}})
        }
    };
    vec![
        ("text", json!({})),
        ("one call", patched(wish("please use the tool"), &tools)),
        (
            "parallel calls",
            patched(wish("please use the tools"), &tools),
        ),
        ("dictated calls", patched(wish(DICTATED), &tools)),
        ("thinking", thinking.clone()),
        (
            "thinking and a call",
            patched(patched(wish("use the tool"), &tools), &thinking),
        ),
        ("structured", format),
    ]
}

/// Text, calls, thinking and usage of a reply, in one shape for both forms.
#[derive(Debug, Default, PartialEq)]
struct Meaning {
    text: String,
    thinking: String,
    calls: Vec<(String, Value)>,
    output_tokens: u64,
}

impl Meaning {
    fn call(&mut self, name: &Value, arguments: &str) {
        let arguments = serde_json::from_str(arguments).unwrap_or_else(|_| json!(arguments));
        self.calls
            .push((name.as_str().expect("a name").to_owned(), arguments));
    }

    fn of(protocol: Protocol, reply: &Value) -> Self {
        let mut meaning = Self::default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match protocol {
            Protocol::Chat => {
                let message = &reply["choices"][0]["message"];
                meaning.text = text(&message["content"]);
                for call in message["tool_calls"].as_array().into_iter().flatten() {
                    match call["type"].as_str() {
                        Some("custom") => {
                            meaning.call(&call["custom"]["name"], &text(&call["custom"]["input"]))
                        }
                        _ => meaning.call(
                            &call["function"]["name"],
                            &text(&call["function"]["arguments"]),
                        ),
                    }
                }
                meaning.output_tokens =
                    reply["usage"]["completion_tokens"].as_u64().expect("usage");
            }
            Protocol::Claude => {
                for block in reply["content"].as_array().expect("content") {
                    meaning.text += &text(&block["text"]);
                    meaning.thinking += &text(&block["thinking"]);
                    if block["type"] == "tool_use" {
                        meaning.call(&block["name"], &block["input"].to_string());
                    }
                }
                meaning.output_tokens = reply["usage"]["output_tokens"].as_u64().expect("usage");
            }
            Protocol::Gemini => meaning.gemini(reply),
            Protocol::Responses => {
                for item in reply["output"].as_array().expect("output") {
                    meaning.text += &text(&item["content"][0]["text"]);
                    meaning.thinking += &text(&item["summary"][0]["text"]);
                    match item["type"].as_str() {
                        Some("function_call") => {
                            meaning.call(&item["name"], &text(&item["arguments"]))
                        }
                        Some("custom_tool_call") => {
                            meaning.call(&item["name"], &text(&item["input"]))
                        }
                        _ => {}
                    }
                }
                meaning.output_tokens = reply["usage"]["output_tokens"].as_u64().expect("usage");
            }
        }
        meaning
    }

    fn gemini(&mut self, frame: &Value) {
        for part in frame["candidates"][0]["content"]["parts"]
            .as_array()
            .expect("parts")
        {
            let text = part["text"].as_str().unwrap_or_default();
            if part["thought"] == true {
                self.thinking += text;
            } else {
                self.text += text;
            }
            if let Some(call) = part.get("functionCall") {
                self.call(&call["name"], &call["args"].to_string());
            }
        }
        let usage = &frame["usageMetadata"];
        let count = |name: &str| usage[name].as_u64().unwrap_or_default();
        assert_eq!(
            count("totalTokenCount"),
            count("promptTokenCount") + count("candidatesTokenCount") + count("thoughtsTokenCount")
        );
        self.output_tokens = count("candidatesTokenCount") + count("thoughtsTokenCount");
    }

    /// The fold of a stream.
    fn folded(protocol: Protocol, stream: &[u8]) -> Self {
        let mut meaning = Self::default();
        let mut open: Vec<(Value, String)> = Vec::new();
        for event in split(stream) {
            let Ok(value) = serde_json::from_str::<Value>(&event.data) else {
                continue;
            };
            let piece = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            match protocol {
                Protocol::Chat => {
                    let delta = &value["choices"][0]["delta"];
                    meaning.text += &piece(&delta["content"]);
                    for call in delta["tool_calls"].as_array().into_iter().flatten() {
                        let kind = if call["custom"].is_object() {
                            "custom"
                        } else {
                            "function"
                        };
                        if call["id"].is_string() {
                            open.push((call[kind]["name"].clone(), String::new()));
                        }
                        let index = usize::try_from(call["index"].as_u64().expect("an index"))
                            .expect("small");
                        open[index].1 += &piece(&call[kind]["arguments"]);
                        open[index].1 += &piece(&call[kind]["input"]);
                    }
                    if let Some(tokens) = value["usage"]["completion_tokens"].as_u64() {
                        meaning.output_tokens = tokens;
                    }
                }
                Protocol::Claude => {
                    meaning.text += &piece(&value["delta"]["text"]);
                    meaning.thinking += &piece(&value["delta"]["thinking"]);
                    if value["content_block"]["type"] == "tool_use" {
                        open.push((value["content_block"]["name"].clone(), String::new()));
                    }
                    if let (Some(json), Some(call)) =
                        (value["delta"]["partial_json"].as_str(), open.last_mut())
                    {
                        call.1 += json;
                    }
                    if let Some(tokens) = value["usage"]["output_tokens"].as_u64() {
                        meaning.output_tokens = tokens;
                    }
                }
                Protocol::Gemini => meaning.gemini(&value),
                Protocol::Responses => {
                    if value["type"] == "response.completed" {
                        meaning = Self::of(protocol, &value["response"]);
                    }
                }
            }
        }
        for (name, arguments) in open {
            meaning.call(&name, &arguments);
        }
        meaning
    }
}

async fn both_forms(protocol: Protocol) {
    let upstream = upstream(Behaviour::Answer);
    for (name, change) in variants(protocol) {
        let unary = generate(
            &upstream,
            protocol,
            false,
            &patched(body(protocol, false), &change),
        )
        .await;
        assert_eq!(unary.status, 200, "{protocol} {name}: {}", unary.json());
        let mut streaming = patched(body(protocol, true), &change);
        if protocol == Protocol::Chat {
            streaming["stream_options"] = json!({"include_usage": true});
        }
        let stream = generate(&upstream, protocol, true, &streaming).await;
        assert_eq!(
            stream.header("content-type"),
            "text/event-stream; charset=utf-8"
        );
        let text = String::from_utf8_lossy(&stream.body);
        assert_eq!(
            check(protocol, &stream.body),
            Ok(Outcome::Completed),
            "{protocol} {name}: {text}"
        );
        let meaning = Meaning::of(protocol, &unary.json());
        assert_eq!(
            Meaning::folded(protocol, &stream.body),
            meaning,
            "{protocol} {name}"
        );
        let calls: Vec<&str> = meaning
            .calls
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        let expected: &[&str] = match name {
            "one call" | "thinking and a call" => &["a"],
            "parallel calls" | "dictated calls" => &["a", "b"],
            _ => &[],
        };
        assert_eq!(calls, expected, "{protocol} {name}");
        match name {
            "dictated calls" => assert_eq!(meaning.calls[0].1, json!({"city": "Oslo"})),
            "structured" => assert_eq!(meaning.text, r#"{"city":"scripted","days":1}"#),
            "text" => assert_eq!(meaning.text, "scripted reply from account to: hello"),
            _ => {}
        }
        let shown = name.starts_with("thinking") && protocol != Protocol::Chat;
        assert_eq!(meaning.thinking.is_empty(), !shown, "{protocol} {name}");
    }
    assert_eq!(upstream.violations(), []);
}

#[tokio::test]
async fn chat() {
    both_forms(Protocol::Chat).await;
}

#[tokio::test]
async fn claude() {
    both_forms(Protocol::Claude).await;
}

#[tokio::test]
async fn gemini() {
    both_forms(Protocol::Gemini).await;
}

#[tokio::test]
async fn responses() {
    both_forms(Protocol::Responses).await;
}

#[tokio::test]
async fn choices_and_deprecated_functions_stream_well_formed() {
    let upstream = upstream(Behaviour::Answer);
    for change in [
        json!({"n": 3}),
        json!({"functions": [{"name": "f"}], "messages": [{"role": "user", "content": "use the tool"}]}),
    ] {
        let streaming = patched(body(Protocol::Chat, true), &change);
        let stream = generate(&upstream, Protocol::Chat, true, &streaming).await;
        assert_eq!(
            check(Protocol::Chat, &stream.body),
            Ok(Outcome::Completed),
            "{change}"
        );
    }
}

#[tokio::test]
async fn gemini_without_sse_streams_one_json_array() {
    let upstream = upstream(Behaviour::Answer);
    let path = "/v1beta/models/m:streamGenerateContent";
    let reply = super::client::post(
        &upstream,
        Protocol::Gemini,
        path,
        &body(Protocol::Gemini, true),
    )
    .await;
    let frames = reply.json();
    let frames = frames.as_array().expect("an array");
    assert_eq!(
        frames.last().expect("a frame")["candidates"][0]["finishReason"],
        "STOP"
    );
}
