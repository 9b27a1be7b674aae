//! What Messages refuses in `messages`: order, empty content, and calls without results.

use super::{
    blocks::{self, ASSISTANT, USER},
    check::at_least_one,
};
use crate::inspect::{Checked, Node};
use serde_json::Value;

/// Checks the conversation. `system_turns`: whether it may hold messages of role `system`.
pub(super) fn check(messages: &Node<'_, '_>, system_turns: bool) -> Checked {
    let list: Vec<Node<'_, '_>> = messages.elements()?.collect();
    at_least_one(messages, list.len())?;
    // The calls of the assistant message before, which this message has to answer.
    let mut open: Vec<&str> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for (index, message) in list.iter().enumerate() {
        message.only(&[&["content", "role"]])?;
        let roles: &[&str] = if system_turns {
            &["user", "assistant", "system"]
        } else {
            &["user", "assistant"]
        };
        let role = message.need("role")?.one_of(roles)?;
        if index == 0 && role != "user" {
            return Err(messages.rule(None, "first message must use the \"user\" role"));
        }
        let is_last = index + 1 == list.len();
        content(message, role, is_last)?;
        match role {
            "system" => placed(message, index, &list)?,
            "user" => {
                results(message, &open)?;
                open.clear();
            }
            _ => {
                unanswered(message, &open)?;
                open = calls(message.value);
                for id in &open {
                    if seen.contains(id) {
                        return Err(
                            message.rule(None, format!("`tool_use` ids must be unique: {id}"))
                        );
                    }
                    seen.push(id);
                }
            }
        }
    }
    match list.last() {
        Some(last) => unanswered(last, &open),
        None => Ok(()),
    }
}

/// With manual thinking, the assistant turn whose results are being sent must begin with the
/// thinking it had.
pub(super) fn check_thinking_loop(body: &Node<'_, '_>) -> Checked {
    if body.value["thinking"]["type"] != "enabled" {
        return Ok(());
    }
    let messages = body.need("messages")?;
    let list: Vec<Node<'_, '_>> = messages.elements()?.collect();
    let answers_calls = list
        .last()
        .is_some_and(|last| last.value["content"][0]["type"] == "tool_result");
    let assistant = list
        .iter()
        .rev()
        .find(|message| message.value["role"] == "assistant");
    let (true, Some(assistant)) = (answers_calls, assistant) else {
        return Ok(());
    };
    let first = assistant.value["content"][0]["type"]
        .as_str()
        .unwrap_or_default();
    if first == "thinking" || first == "redacted_thinking" {
        return Ok(());
    }
    Err(assistant.rule(
        None,
        format!(
            "Expected `thinking` or `redacted_thinking`, but found `{first}`. When `thinking` is enabled, a final `assistant` message must start with a thinking block (preceding the lastmost set of `tool_use` and `tool_result` blocks)."
        ),
    ))
}

fn content(message: &Node<'_, '_>, role: &str, is_last: bool) -> Checked {
    let content = message.need("content")?;
    let kinds = match role {
        "user" => USER,
        "assistant" => ASSISTANT,
        _ => &["text"],
    };
    let prefill = role == "assistant" && is_last;
    let blank = |text: &str| !text.is_empty() && text.trim().is_empty();
    let last_text = match content.value {
        Value::String(text) => {
            if text.is_empty() && !prefill {
                return Err(empty(message));
            }
            if blank(text) {
                return Err(whitespace(message));
            }
            text.as_str()
        }
        _ => {
            let blocks: Vec<Node<'_, '_>> = content.elements()?.collect();
            if blocks.is_empty() && !prefill {
                return Err(empty(message));
            }
            for block in &blocks {
                blocks::check(block, kinds)?;
                if block.value["text"].as_str().is_some_and(blank) {
                    return Err(whitespace(message));
                }
            }
            let last_kind = blocks
                .last()
                .and_then(|block| block.value["type"].as_str())
                .unwrap_or_default();
            if ["thinking", "redacted_thinking"].contains(&last_kind) {
                return Err(message.rule(
                    None,
                    format!("The final block in an assistant message cannot be `{last_kind}`."),
                ));
            }
            blocks
                .last()
                .and_then(|block| block.value["text"].as_str())
                .unwrap_or_default()
        }
    };
    if prefill && last_text.ends_with(char::is_whitespace) {
        return Err(message.rule(
            None,
            "final assistant content cannot end with trailing whitespace",
        ));
    }
    Ok(())
}

fn empty(message: &Node<'_, '_>) -> crate::inspect::Problem {
    message.rule(
        None,
        "all messages must have non-empty content except for the optional final assistant message",
    )
}

fn whitespace(message: &Node<'_, '_>) -> crate::inspect::Problem {
    message.rule(None, "text content blocks must contain non-whitespace text")
}

/// A system message stands behind a user's, and only an assistant's may follow.
fn placed(message: &Node<'_, '_>, index: usize, list: &[Node<'_, '_>]) -> Checked {
    let role_at = |at: usize| list.get(at).map(|message| &message.value["role"]);
    let before = index.checked_sub(1).and_then(role_at);
    let after = role_at(index + 1);
    if before.is_some_and(|role| role == "user") && after.is_none_or(|role| role == "assistant") {
        return Ok(());
    }
    Err(message.rule(
        None,
        "a system message must follow a user message and be last or be followed by an assistant message",
    ))
}

/// Every open call is answered, in front of everything else, and nothing but calls is answered.
fn results(message: &Node<'_, '_>, open: &[&str]) -> Checked {
    let blocks = message.value["content"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let mut answered = Vec::new();
    let mut others = false;
    for (index, block) in blocks.iter().enumerate() {
        if block["type"] != "tool_result" {
            others = true;
            continue;
        }
        let id = block["tool_use_id"].as_str().unwrap_or_default();
        if !open.contains(&id) {
            return Err(message.rule(
                None,
                format!(
                    "content.{index}: unexpected `tool_use_id` found in `tool_result` blocks: {id}. Each `tool_result` block must have a corresponding `tool_use` block in the previous message."
                ),
            ));
        }
        if !others {
            answered.push(id);
        }
    }
    let rest: Vec<&str> = open
        .iter()
        .copied()
        .filter(|id| !answered.contains(id))
        .collect();
    unanswered(message, &rest)
}

fn unanswered(message: &Node<'_, '_>, open: &[&str]) -> Checked {
    if open.is_empty() {
        return Ok(());
    }
    Err(message.rule(
        None,
        format!(
            "`tool_use` ids were found without `tool_result` blocks immediately after: {}. Each `tool_use` block must have a corresponding `tool_result` block in the next message.",
            open.join(", ")
        ),
    ))
}

fn calls(message: &Value) -> Vec<&str> {
    let blocks = message["content"].as_array().map_or(&[][..], Vec::as_slice);
    let calls = blocks.iter().filter(|block| block["type"] == "tool_use");
    calls.filter_map(|block| block["id"].as_str()).collect()
}
