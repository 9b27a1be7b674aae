//! What a Chat request asks for.

use super::vendor;
use crate::{
    ask::{Ask, Format, Thinking, Tool},
    openai::tools as openai_tools,
    prompt_cache::Segment,
    recite::{self, Places, text},
};
use serde_json::Value;

const SETTINGS: Places = &[
    ("limit", &["max_completion_tokens", "max_tokens"]),
    ("stop", &["stop"]),
    ("temperature", &["temperature"]),
    ("top_p", &["top_p"]),
];

pub(crate) fn ask(body: &Value) -> Ask {
    let messages = body["messages"].as_array().map_or(&[][..], Vec::as_slice);
    let results: Vec<String> = messages
        .iter()
        .rev()
        .take_while(|message| message["role"] != "assistant")
        .filter(|message| message["role"] == "tool" || message["role"] == "function")
        .map(|message| text(&message["content"]))
        .collect();
    let user = messages
        .iter()
        .rev()
        .find(|message| message["role"] == "user");
    let has_results = !results.is_empty();
    let instructions = messages
        .iter()
        .filter(|message| message["role"] == "system" || message["role"] == "developer")
        .map(|message| text(&message["content"]))
        .collect::<Vec<_>>()
        .join("\n");
    let system = ["tools", "functions"]
        .iter()
        .filter_map(|name| body.get(name));
    Ask {
        model: body["model"].as_str().unwrap_or_default().to_owned(),
        user: user
            .map(|message| text(&message["content"]))
            .unwrap_or_default(),
        results: (!results.is_empty())
            .then(|| results.into_iter().rev().collect::<Vec<_>>().join("; ")),
        tools: tools(body),
        choice: openai_tools::choice(body.get("tool_choice")),
        parallel: body["parallel_tool_calls"] != false,
        format: format(&body["response_format"]),
        thinking: thinking(body),
        prompt: system.chain(messages).map(Segment::of).collect(),
        writes_cache: false,
        images: recite::images(
            messages
                .rsplit(|message| message["role"] == "assistant")
                .next()
                .unwrap_or_default(),
        ),
        reasoned: messages
            .iter()
            .rev()
            .find(|message| message["role"] == "assistant")
            .is_some_and(|message| message["reasoning_content"].is_string() && has_results),
        settings: recite::settings(body, &instructions, SETTINGS),
    }
}

fn thinking(body: &Value) -> Thinking {
    let effort = body["reasoning_effort"].as_str();
    if !vendor::thinks(body) && effort.is_none_or(|effort| effort == "none") {
        Thinking::Off
    } else if vendor::shows_reasoning(vendor::model(body)) {
        Thinking::Shown
    } else {
        Thinking::Hidden
    }
}

/// The declared tools, the deprecated `functions` included.
pub(crate) fn tools(body: &Value) -> Vec<Tool> {
    let list = |name: &str| body[name].as_array().map_or(&[][..], Vec::as_slice);
    let modern = list("tools")
        .iter()
        .filter_map(|tool| match tool["type"].as_str() {
            Some("function") => Some(openai_tools::function(&tool["function"], None)),
            Some("custom") => Some(openai_tools::custom(&tool["custom"], None)),
            _ => None,
        });
    let legacy = list("functions")
        .iter()
        .map(|function| openai_tools::function(function, None));
    modern.chain(legacy).collect()
}

fn format(format: &Value) -> Format {
    match format["type"].as_str() {
        Some("json_object") => Format::Json,
        Some("json_schema") => Format::Schema(format["json_schema"]["schema"].clone()),
        _ => Format::Text,
    }
}
