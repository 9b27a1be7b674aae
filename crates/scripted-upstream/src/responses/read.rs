//! What a Responses request asks for.

use super::input::kind;
use crate::{
    ask::{Ask, Format, Thinking, Tool},
    openai::tools as openai_tools,
    prompt_cache::Segment,
    recite::{self, Places, text},
};
use serde_json::Value;

const SETTINGS: Places = &[
    ("limit", &["max_output_tokens"]),
    ("temperature", &["temperature"]),
    ("top_p", &["top_p"]),
];

pub(super) fn ask(body: &Value, conversation: &[Value]) -> Ask {
    // What came after the model last said something.
    let own = |item: &Value| kind(item).ends_with("_call") || item["role"] == "assistant";
    let last = conversation.iter().rposition(own);
    let last = &conversation[last.map_or(0, |at| at + 1)..];
    let results: Vec<String> = last
        .iter()
        .filter(|item| kind(item).ends_with("_output"))
        .map(|item| text(&item["output"]))
        .collect();
    let user = conversation
        .iter()
        .rev()
        .find(|item| kind(item) == "message" && item["role"] == "user");
    let instructions = conversation
        .iter()
        .filter(|item| item["role"] == "system" || item["role"] == "developer")
        .map(|item| text(&item["content"]));
    let instructions = body["instructions"]
        .as_str()
        .map(str::to_owned)
        .into_iter()
        .chain(instructions)
        .collect::<Vec<_>>()
        .join("\n");
    let reasoned = !results.is_empty()
        && conversation
            .iter()
            .rev()
            .skip_while(|item| !own(item))
            .take_while(|item| kind(item) != "message" || own(item))
            .any(|item| kind(item) == "reasoning" && item["encrypted_content"].is_string());
    let head = ["tools", "instructions"]
        .iter()
        .filter_map(|name| body.get(name));
    Ask {
        model: body["model"].as_str().unwrap_or_default().to_owned(),
        user: user
            .map(|message| text(&message["content"]))
            .unwrap_or_default(),
        results: (!results.is_empty()).then(|| results.join("; ")),
        tools: tools(body),
        choice: openai_tools::choice(body.get("tool_choice")),
        parallel: body["parallel_tool_calls"] != false,
        format: match body["text"]["format"]["type"].as_str() {
            Some("json_object") => Format::Json,
            Some("json_schema") => Format::Schema(body["text"]["format"]["schema"].clone()),
            _ => Format::Text,
        },
        thinking: thinking(body),
        prompt: head.chain(conversation).map(Segment::of).collect(),
        writes_cache: false,
        images: recite::images(last),
        reasoned,
        settings: recite::settings(body, &instructions, SETTINGS),
    }
}

/// Whether the client wants its reasoning back encrypted.
pub(super) fn wants_encrypted(body: &Value) -> bool {
    body["include"].as_array().is_some_and(|list| {
        list.iter()
            .any(|entry| entry == "reasoning.encrypted_content")
    })
}

/// The functions and custom tools, also those inside namespaces.
pub(super) fn tools(body: &Value) -> Vec<Tool> {
    let mut found = Vec::new();
    collect(&body["tools"], None, &mut found);
    found
}

fn collect(list: &Value, namespace: Option<&str>, found: &mut Vec<Tool>) {
    for tool in list.as_array().map_or(&[][..], Vec::as_slice) {
        match tool["type"].as_str() {
            Some("function") => found.push(openai_tools::function(tool, namespace)),
            Some("custom") => found.push(openai_tools::custom(tool, namespace)),
            Some("namespace") => collect(&tool["tools"], tool["name"].as_str(), found),
            _ => {}
        }
    }
}

fn thinking(body: &Value) -> Thinking {
    let reasoning = &body["reasoning"];
    let has = |name: &str| reasoning[name].is_string();
    if reasoning["effort"] == "none" {
        Thinking::Off
    } else if has("summary") || has("generate_summary") {
        Thinking::Shown
    } else if has("effort") || wants_encrypted(body) {
        Thinking::Hidden
    } else {
        Thinking::Off
    }
}
