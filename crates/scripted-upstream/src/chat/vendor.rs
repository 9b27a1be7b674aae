//! Vendors that speak Chat Completions in a manner of their own: their models show what they think,
//! and some want it back (<https://api-docs.deepseek.com/guides/thinking_mode>).

use crate::inspect::{Checked, Node, each};
use serde_json::Value;

/// Whether replies of the model hold their reasoning in plain text.
pub(super) fn shows_reasoning(model: &str) -> bool {
    is_deepseek(model) || model.starts_with("gpt-oss")
}

/// Members that the vendor has besides those of the protocol.
pub(super) fn members(model: &str) -> &'static [&'static str] {
    if is_deepseek(model) {
        &["thinking"]
    } else {
        &[]
    }
}

/// Whether the request switches thinking on, in the vendor's words.
pub(super) fn thinks(body: &Value) -> bool {
    body["thinking"]["type"] == "enabled"
}

/// Checks the switch, and that a tool loop brings its reasoning back.
pub(super) fn check(body: &Node<'_, '_>) -> Checked {
    each(body, &["thinking"], |node| {
        node.only(&[&["type"]])?;
        node.need("type")?
            .one_of(&["enabled", "disabled"])
            .map(drop)
    })?;
    if !is_deepseek(model(body.value)) || !thinks(body.value) {
        return Ok(());
    }
    let messages = body.need("messages")?;
    let list: Vec<Node<'_, '_>> = messages.elements()?.collect();
    let asked = list
        .iter()
        .rposition(|message| message.value["role"] == "user");
    let mut answers = list[asked.unwrap_or(0)..].iter();
    match answers.find(|message| {
        message.find("tool_calls").is_some() && message.find("reasoning_content").is_none()
    }) {
        Some(message) => Err(message.rule(
            None,
            "Missing `reasoning_content` field in the assistant message. For more information, please refer to https://api-docs.deepseek.com/guides/thinking_mode#tool-calls",
        )),
        None => Ok(()),
    }
}

pub(super) fn model(body: &Value) -> &str {
    body["model"].as_str().unwrap_or_default()
}

fn is_deepseek(model: &str) -> bool {
    model.starts_with("deepseek")
}
