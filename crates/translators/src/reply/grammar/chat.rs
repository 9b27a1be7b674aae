//! Chat chunks.

use super::must;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Default)]
struct Choice {
    calls: u64,
    is_over: bool,
}

pub(super) fn check(events: &[Value]) -> Result<(), String> {
    let mut choices: BTreeMap<u64, Choice> = BTreeMap::new();
    let mut same = None;
    let mut has_usage = false;
    for (at, event) in events.iter().enumerate() {
        let data = &event["data"];
        let is_last = at + 1 == events.len();
        must(event.get("event").is_none(), "a chunk has no name", event)?;
        if data.get("error").is_some() || data == "[DONE]" {
            let is_end = data == "[DONE]";
            let all_over = !choices.is_empty() && choices.values().all(|choice| choice.is_over);
            must(!is_end || all_over, "not all choices have finished", event)?;
            return must(is_last, "not the last", event);
        }
        must(!has_usage, "after usage", event)?;
        let head = [&data["id"], &data["created"], &data["model"]];
        must(
            *same.get_or_insert(head) == head,
            "the head has changed",
            event,
        )?;
        let Some([chunk]) = data["choices"].as_array().map(Vec::as_slice) else {
            must(data["usage"].is_object(), "no choice", event)?;
            has_usage = true;
            continue;
        };
        let index = chunk["index"].as_u64().unwrap_or(u64::MAX);
        let delta = &chunk["delta"];
        let is_first = !choices.contains_key(&index);
        let choice = choices.entry(index).or_default();
        must(is_first == (delta["role"] == "assistant"), "role", event)?;
        must(!choice.is_over, "after its finish", event)?;
        choice.is_over = !chunk["finish_reason"].is_null();
        for call in delta["tool_calls"].as_array().into_iter().flatten() {
            let index = call["index"].as_u64().unwrap_or(u64::MAX);
            let kind = call["type"].as_str().unwrap_or_default();
            let has_name = call["id"].is_string() && call[kind]["name"].is_string();
            must(index <= choice.calls, "a call is left out", event)?;
            must(
                has_name == (index == choice.calls),
                "how a call begins",
                event,
            )?;
            choice.calls = choice.calls.max(index + 1);
        }
    }
    Err("neither [DONE] nor an error".to_owned())
}
