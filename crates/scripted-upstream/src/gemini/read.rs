//! What a Gemini request asks for.

use crate::{
    ask::{Ask, Choice, Format, Thinking, Tool, ToolInput},
    prompt_cache::Segment,
    recite::{self, Places},
    seal::Seal,
};
use serde_json::{Value, json};

const SETTINGS: Places = &[
    ("limit", &["generationConfig.maxOutputTokens"]),
    ("stop", &["generationConfig.stopSequences"]),
    ("temperature", &["generationConfig.temperature"]),
    ("top_k", &["generationConfig.topK"]),
    ("top_p", &["generationConfig.topP"]),
];

pub(super) fn ask(body: &Value, model: &str) -> Ask {
    let contents = list(&body["contents"]);
    let last = contents
        .last()
        .map_or(&[][..], |content| list(&content["parts"]));
    let results: Vec<String> = last
        .iter()
        .filter_map(|part| part.get("functionResponse"))
        .map(|response| result(&response["response"]))
        .collect();
    let user = contents
        .iter()
        .rev()
        .find(|content| content["role"] != "model");
    let config = &body["generationConfig"];
    let calling = &body["toolConfig"]["functionCallingConfig"];
    let head = ["tools", "systemInstruction"]
        .iter()
        .filter_map(|name| body.get(name));
    Ask {
        model: model.to_owned(),
        user: user.map(text).unwrap_or_default(),
        results: (!results.is_empty()).then(|| results.join("; ")),
        tools: tools(body),
        choice: match calling["mode"].as_str() {
            Some("NONE") => Choice::None,
            Some("ANY") => match calling["allowedFunctionNames"][0].as_str() {
                Some(name) => Choice::Named(name.to_owned()),
                None => Choice::Required,
            },
            _ => Choice::Auto,
        },
        parallel: true,
        format: format(config),
        thinking: thinking(&config["thinkingConfig"]),
        prompt: head.chain(contents).map(Segment::of).collect(),
        writes_cache: false,
        images: recite::images(
            contents
                .rsplit(|content| content["role"] == "model")
                .next()
                .unwrap_or_default(),
        ),
        reasoned: !results.is_empty() && is_signed(contents),
        settings: recite::settings(body, &text(&body["systemInstruction"]), SETTINGS),
    }
}

/// Whether the last turn of the model has a signature of its own, and not a word instead of one.
fn is_signed(contents: &[Value]) -> bool {
    let turn = contents
        .iter()
        .rev()
        .find(|content| content["role"] == "model");
    let mut parts = turn.map_or(&[][..], |turn| list(&turn["parts"])).iter();
    parts.any(|part| {
        let signature = part["thoughtSignature"].as_str().unwrap_or_default();
        Seal::Thought.verify(signature.trim_end_matches('='), "", None)
    })
}

fn tools(body: &Value) -> Vec<Tool> {
    let declarations = list(&body["tools"])
        .iter()
        .flat_map(|tool| list(&tool["functionDeclarations"]));
    declarations
        .map(|function| {
            let schema = function
                .get("parametersJsonSchema")
                .or_else(|| function.get("parameters"));
            Tool {
                name: function["name"].as_str().unwrap_or_default().to_owned(),
                namespace: None,
                input: ToolInput::Json(
                    schema.cloned().unwrap_or_else(|| json!({"type": "object"})),
                ),
            }
        })
        .collect()
}

fn format(config: &Value) -> Format {
    let schema = [
        "responseSchema",
        "responseJsonSchema",
        "_responseJsonSchema",
    ]
    .iter()
    .find_map(|name| config.get(name));
    match schema {
        Some(schema) => Format::Schema(schema.clone()),
        None if config["responseMimeType"] == "application/json" => Format::Json,
        None => Format::Text,
    }
}

fn thinking(config: &Value) -> Thinking {
    if config["thinkingBudget"] == 0 {
        Thinking::Off
    } else if config["includeThoughts"] == true {
        Thinking::Shown
    } else if config.is_object() {
        Thinking::Hidden
    } else {
        Thinking::Off
    }
}

/// A function's result: the conventional `result` or `output` member, or all of it.
fn result(response: &Value) -> String {
    let plain = ["result", "output"]
        .iter()
        .find_map(|name| response[name].as_str());
    plain.map_or_else(|| response.to_string(), str::to_owned)
}

fn text(content: &Value) -> String {
    let texts: Vec<&str> = list(&content["parts"])
        .iter()
        .filter_map(|part| part["text"].as_str())
        .collect();
    texts.join("\n")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
