//! Frames of a Gemini response.

use super::must;
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) fn check(events: &[Value]) -> Result<(), String> {
    let mut over = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut id = None;
    for (at, event) in events.iter().enumerate() {
        let is_last = at + 1 == events.len();
        must(event.get("event").is_none(), "a frame has no name", event)?;
        let data = match event["data"].get("response") {
            Some(data) => data,
            None => &event["data"],
        };
        if data.get("error").is_some() {
            return must(is_last, "not the last", event);
        }
        must(data["modelVersion"].is_string(), "modelVersion", event)?;
        let own = &data["responseId"];
        must(
            *id.get_or_insert(own) == own,
            "responseId has changed",
            event,
        )?;
        must(
            !is_last || data["usageMetadata"].is_object(),
            "no usage",
            event,
        )?;
        for candidate in data["candidates"].as_array().into_iter().flatten() {
            let index = candidate["index"].as_u64().unwrap_or(u64::MAX);
            seen.insert(index);
            must(!over.contains(&index), "after its finish", event)?;
            if candidate["finishReason"].is_string() {
                over.insert(index);
            }
            for part in candidate["content"]["parts"]
                .as_array()
                .into_iter()
                .flatten()
            {
                let call = part.get("functionCall");
                let is_whole = |call: &Value| call["args"].is_object() && call["name"].is_string();
                must(call.is_none_or(is_whole), "half a call", event)?;
            }
        }
    }
    match events.is_empty() || seen != over {
        true => Err("a candidate has not finished".to_owned()),
        false => Ok(()),
    }
}
