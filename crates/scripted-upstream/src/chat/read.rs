//! What a Chat request asks for.

use crate::{
    ask::{Ask, Format, Thinking, Tool},
    openai::tools as openai_tools,
    prompt_cache::Segment,
};
use serde_json::Value;

pub(crate) fn ask(body: &Value) -> Ask {
    let messages = body["messages"].as_array().map_or(&[][..], Vec::as_slice);
    let results: Vec<String> = messages
        .iter()
        .rev()
        .take_while(|message| message["role"] == "tool" || message["role"] == "function")
        .map(|message| text(&message["content"]))
        .collect();
    let user = messages
        .iter()
        .rev()
        .find(|message| message["role"] == "user");
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
        thinking: match body["reasoning_effort"].as_str() {
            None | Some("none") => Thinking::Off,
            Some(_) => Thinking::Hidden,
        },
        prompt: system.chain(messages).map(Segment::of).collect(),
        writes_cache: false,
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

/// A content's text: a string, or the text parts of an array.
fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts: Vec<&str> = parts
                .iter()
                .filter_map(|part| part["text"].as_str())
                .collect();
            texts.join("\n")
        }
        _ => String::new(),
    }
}
