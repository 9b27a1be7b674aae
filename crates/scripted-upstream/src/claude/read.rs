//! What a Messages request asks for.

use super::cache_marks;
use crate::{
    ask::{Ask, Choice, Format, Thinking, Tool, ToolInput},
    prompt_cache::Segment,
    recite::{self, Places, text},
};
use serde_json::Value;

const SETTINGS: Places = &[
    ("limit", &["max_tokens"]),
    ("stop", &["stop_sequences"]),
    ("temperature", &["temperature"]),
    ("top_k", &["top_k"]),
    ("top_p", &["top_p"]),
];

pub(super) fn ask(body: &Value) -> Ask {
    let messages = body["messages"].as_array().map_or(&[][..], Vec::as_slice);
    let last_user = messages
        .iter()
        .rev()
        .find(|message| message["role"] == "user");
    let content = last_user.map_or(&Value::Null, |message| &message["content"]);
    let results = blocks(content)
        .iter()
        .filter(|block| block["type"] == "tool_result")
        .map(|block| text(&block["content"]))
        .collect::<Vec<_>>();
    let reasoned = !results.is_empty()
        && messages
            .iter()
            .rev()
            .find(|message| message["role"] == "assistant")
            .is_some_and(|message| message["content"][0]["type"] == "thinking");
    let choice = &body["tool_choice"];
    let head = ["tools", "system"].iter().filter_map(|name| body.get(name));
    Ask {
        model: body["model"].as_str().unwrap_or_default().to_owned(),
        user: text(content),
        results: (!results.is_empty()).then(|| results.join("; ")),
        tools: tools(body),
        choice: match choice["type"].as_str() {
            Some("any") => Choice::Required,
            Some("none") => Choice::None,
            Some("tool") => Choice::Named(choice["name"].as_str().unwrap_or_default().to_owned()),
            _ => Choice::Auto,
        },
        parallel: choice["disable_parallel_tool_use"] != true,
        format: match &body["output_config"]["format"]["schema"] {
            Value::Null => Format::Text,
            schema => Format::Schema(schema.clone()),
        },
        thinking: match body["thinking"]["type"].as_str() {
            Some("enabled" | "adaptive") => Thinking::Shown,
            _ => Thinking::Off,
        },
        prompt: head.chain(messages).map(Segment::of).collect(),
        writes_cache: cache_marks::any(body),
        images: recite::images([content]),
        reasoned,
        settings: recite::settings(body, &text(&body["system"]), SETTINGS),
    }
}

/// The tools that the client runs and describes.
fn tools(body: &Value) -> Vec<Tool> {
    let list = body["tools"].as_array().map_or(&[][..], Vec::as_slice);
    list.iter()
        .filter(|tool| tool["input_schema"].is_object())
        .map(|tool| Tool {
            name: tool["name"].as_str().unwrap_or_default().to_owned(),
            namespace: None,
            input: ToolInput::Json(tool["input_schema"].clone()),
        })
        .collect()
}

fn blocks(content: &Value) -> &[Value] {
    content.as_array().map_or(&[], Vec::as_slice)
}
