//! Events of a Responses reply.

use super::{must, typed};
use serde_json::{Value, json};

#[derive(Default)]
struct Item {
    id: Value,
    /// What the deltas since the last `done` add up to.
    text: String,
    done: Option<Value>,
}

pub(super) fn check(events: &[Value]) -> Result<(), String> {
    let mut items: Vec<Item> = Vec::new();
    for (at, event) in events.iter().enumerate() {
        let (kind, data) = typed(event)?;
        let is_last = at + 1 == events.len();
        must(data["sequence_number"] == at, "sequence_number", event)?;
        let kind = match (kind, at) {
            ("error", 0) => return must(is_last, "not the last", event),
            _ => kind.strip_prefix("response.").unwrap_or_default(),
        };
        match (kind, at) {
            ("created", 0) | ("in_progress", 1) => continue,
            (_, 0 | 1) => must(false, "before created and in_progress", event)?,
            _ => {}
        }
        match kind {
            "completed" | "incomplete" | "failed" => {
                let done = items.iter().filter_map(|item| item.done.as_ref());
                let done: Vec<_> = done.cloned().collect();
                let response = &data["response"];
                must(response["output"] == json!(done), "output", event)?;
                must(response["status"] == kind, "status", event)?;
                let is_whole = kind == "failed" || done.len() == items.len();
                must(is_whole, "an item is not done", event)?;
                return must(is_last, "not the last", event);
            }
            "output_item.added" => {
                must(data["output_index"] == items.len(), "output_index", event)?;
                items.push(Item {
                    id: data["item"]["id"].clone(),
                    ..Item::default()
                });
                continue;
            }
            _ => {}
        }
        let index = data["output_index"].as_u64().unwrap_or(u64::MAX);
        let item = usize::try_from(index).ok().and_then(|at| items.get_mut(at));
        let Some(item) = item.filter(|item| item.done.is_none()) else {
            return must(false, "no open item", event);
        };
        if kind == "output_item.done" {
            must(data["item"]["id"] == item.id, "id", event)?;
            item.done = Some(data["item"].clone());
            continue;
        }
        must(data["item_id"] == item.id, "item_id", event)?;
        if let Some(delta) = data["delta"].as_str() {
            item.text.push_str(delta);
        } else if kind.ends_with(".done") && !kind.contains("part") {
            let whole = ["text", "refusal", "arguments", "input"];
            let whole = whole.iter().find_map(|key| data[key].as_str());
            let text = std::mem::take(&mut item.text);
            must(whole == Some(text.as_str()), "deltas do not add up", event)?;
        }
    }
    Err("no terminal event".to_owned())
}
