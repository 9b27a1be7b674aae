//! A client's own way of putting a stream together.

use cliproxy_core::Protocol;
use serde_json::{Map, Value, json};

/// What a stream says, in the form of [`content`].
pub(in crate::reply) fn fold(protocol: Protocol, events: &[Value]) -> Value {
    let data = events.iter().map(|event| &event["data"]);
    match protocol {
        Protocol::Chat => chat(data),
        Protocol::Claude => claude(data),
        Protocol::Gemini => gemini(data),
        Protocol::Responses => events.last().unwrap()["data"]["response"].clone(),
    }
}

/// What a body says.
pub(in crate::reply) fn content(protocol: Protocol, body: Value) -> Value {
    match protocol {
        Protocol::Chat => {
            let choice = &body["choices"][0];
            let message = choice["message"].as_object().unwrap().clone();
            let said = message.into_iter().filter(|(_, value)| !value.is_null());
            json!([said.collect::<Map<_, _>>(), choice["finish_reason"]])
        }
        Protocol::Claude => json!([body["content"], body["stop_reason"], body["usage"]]),
        Protocol::Gemini => match body.get("response").unwrap_or(&body) {
            body if body["promptFeedback"].is_object() => json!([[], null, body["usageMetadata"]]),
            body => {
                let candidate = &body["candidates"][0];
                let parts = &candidate["content"]["parts"];
                json!([
                    parts,
                    [candidate["finishReason"], candidate["groundingMetadata"]],
                    body["usageMetadata"]
                ])
            }
        },
        Protocol::Responses => body,
    }
}

fn append(to: &mut Value, text: &Value) {
    let text = format!(
        "{}{}",
        to.as_str().unwrap_or_default(),
        text.as_str().unwrap()
    );
    *to = text.into();
}

fn chat<'e>(chunks: impl Iterator<Item = &'e Value>) -> Value {
    let mut message = Map::new();
    let mut finish = Value::Null;
    for chunk in chunks.filter(|chunk| chunk["choices"].get(0).is_some()) {
        let choice = &chunk["choices"][0];
        for (key, value) in choice["delta"].as_object().unwrap() {
            let known = message.entry(key).or_insert(Value::Null);
            match (key.as_str(), value) {
                ("tool_calls", value) => call(known, &value[0]),
                ("function_call", value) if known.is_null() => *known = value.clone(),
                ("function_call", value) => append(&mut known["arguments"], &value["arguments"]),
                (_, Value::Array(more)) => match known {
                    Value::Array(list) => list.extend(more.iter().cloned()),
                    _ => *known = value.clone(),
                },
                _ => append(known, value),
            }
        }
        finish = choice["finish_reason"].clone();
    }
    message.retain(|key, value| key != "content" || value != "");
    json!([message, finish])
}

fn call(calls: &mut Value, delta: &Value) {
    if calls.is_null() {
        *calls = json!([]);
    }
    let index = usize::try_from(delta["index"].as_u64().unwrap()).unwrap();
    match calls.get_mut(index) {
        Some(call) => {
            for (kind, key) in [("function", "arguments"), ("custom", "input")] {
                if let Some(text) = delta[kind].get(key) {
                    append(&mut call[kind][key], text);
                }
            }
        }
        None => {
            let mut call = delta.clone();
            call.as_object_mut().unwrap().remove("index");
            calls.as_array_mut().unwrap().push(call);
        }
    }
}

fn claude<'e>(events: impl Iterator<Item = &'e Value>) -> Value {
    let mut blocks: Vec<Value> = Vec::new();
    let mut input = String::new();
    let mut end = (Value::Null, Value::Null);
    for event in events {
        let delta = &event["delta"];
        match event["type"].as_str().unwrap() {
            "content_block_start" => blocks.push(event["content_block"].clone()),
            "content_block_delta" => {
                let block = blocks.last_mut().unwrap();
                let known = ["text", "thinking", "signature"];
                for key in known.into_iter().filter(|key| delta.get(key).is_some()) {
                    append(&mut block[key], &delta[key]);
                }
                input.push_str(delta["partial_json"].as_str().unwrap_or_default());
            }
            "content_block_stop" if !input.is_empty() => {
                let input = std::mem::take(&mut input);
                blocks.last_mut().unwrap()["input"] = serde_json::from_str(&input).unwrap();
            }
            "message_delta" => end = (delta["stop_reason"].clone(), event["usage"].clone()),
            _ => {}
        }
    }
    json!([blocks, end.0, end.1])
}

fn gemini<'e>(frames: impl Iterator<Item = &'e Value>) -> Value {
    let mut parts: Vec<Value> = Vec::new();
    let mut end = Value::Null;
    let mut usage = Value::Null;
    for frame in frames {
        let frame = frame.get("response").unwrap_or(frame);
        let candidate = &frame["candidates"][0];
        if frame["usageMetadata"].is_object() {
            usage = frame["usageMetadata"].clone();
        }
        if candidate["finishReason"].is_string() {
            end = json!([candidate["finishReason"], candidate["groundingMetadata"]]);
            continue;
        }
        for part in candidate["content"]["parts"]
            .as_array()
            .into_iter()
            .flatten()
        {
            match parts.last_mut().filter(|last| joins(last, part)) {
                Some(last) => {
                    append(&mut last["text"], &part["text"]);
                    if let Some(signature) = part.get("thoughtSignature") {
                        last["thoughtSignature"] = signature.clone();
                    }
                }
                None => parts.push(part.clone()),
            }
        }
    }
    json!([parts, end, usage])
}

/// Whether a text goes on in the part before it. A signature ends its part.
fn joins(last: &Value, part: &Value) -> bool {
    let is_text = last["text"].is_string() && part["text"].is_string();
    is_text && last["thought"] == part["thought"] && last.get("thoughtSignature").is_none()
}
