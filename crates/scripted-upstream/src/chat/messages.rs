//! What Chat Completions refuses in `messages`: roles, parts, and calls without results.

use crate::{
    inspect::{Checked, Fault, Node, each},
    openai::limits,
};

const ROLES: &[&str] = &[
    "system",
    "assistant",
    "user",
    "function",
    "tool",
    "developer",
];

pub(crate) fn check(messages: &Node<'_, '_>) -> Checked {
    let list = messages.elements()?;
    if list.len() == 0 {
        return Err(messages.fault(Fault::Empty));
    }
    // Calls that the messages after their assistant message still have to answer.
    let mut open: Vec<String> = Vec::new();
    for message in list {
        let role_node = message.need("role")?;
        let role = role_node.one_of(ROLES)?;
        if role == "tool" {
            let id = message.need("tool_call_id")?.text()?;
            let Some(at) = open.iter().position(|call| call == id) else {
                return Err(role_node.rule(
                    None,
                    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
                ));
            };
            open.swap_remove(at);
        } else {
            answered(messages, &open)?;
        }
        members(&message, role)?;
        if role == "assistant" {
            open = calls(&message)?;
        }
    }
    answered(messages, &open)
}

fn answered(messages: &Node<'_, '_>, open: &[String]) -> Checked {
    if open.is_empty() {
        return Ok(());
    }
    Err(messages.rule(
        None,
        format!(
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: {}",
            open.join(", ")
        ),
    ))
}

fn members(message: &Node<'_, '_>, role: &str) -> Checked {
    let own: &[&str] = match role {
        // Official SDKs send a reply's message back with its empty members; compatible vendors
        // want their `reasoning_content` back.
        "assistant" => &[
            "annotations",
            "audio",
            "function_call",
            "reasoning_content",
            "refusal",
            "tool_calls",
        ],
        "tool" => &["tool_call_id"],
        _ => &[],
    };
    message.only(&[&["content", "name", "role"], own])?;
    each(message, &["name"], |name| {
        let reserved = |letter: char| letter.is_whitespace() || "<|\\/>".contains(letter);
        let text = name.filled_text()?;
        if text.len() <= 64 && !text.contains(reserved) {
            return Ok(());
        }
        Err(name.rule(
            Some("invalid_value"),
            "Invalid 'name': string does not match pattern. Expected a string that matches the pattern '^[^\\s<|\\\\/>]+$'.",
        ))
    })?;
    let parts: &[&str] = match role {
        "assistant" => &["text", "refusal"],
        "user" => &["text", "image_url", "input_audio", "file"],
        _ => &["text"],
    };
    match message.find("content") {
        Some(content) => check_content(&content, parts),
        None if role == "assistant"
            && ["tool_calls", "function_call", "refusal", "audio"]
                .iter()
                .any(|name| message.find(name).is_some()) =>
        {
            Ok(())
        }
        None if role == "function" => Ok(()),
        None => Err(message.rule(
            Some("invalid_type"),
            "Invalid value for 'content': expected a string, got null.",
        )),
    }
}

fn check_content(content: &Node<'_, '_>, kinds: &[&'static str]) -> Checked {
    if content.value.is_string() {
        return Ok(());
    }
    let parts = content.elements()?;
    if parts.len() == 0 {
        return Err(content.fault(Fault::Empty));
    }
    for part in parts {
        let kind = part.need("type")?.one_of(kinds)?;
        let cached: &[&str] = &["prompt_cache_breakpoint", "type"];
        part.only(&[cached, &[kind]])?;
        let value = part.need(kind)?;
        match kind {
            "text" | "refusal" => {
                value.text()?;
            }
            "image_url" => image(&value)?,
            "input_audio" => {
                value.only(&[&["data", "format"]])?;
                value.need("data")?.text()?;
                value.need("format")?.one_of(&["wav", "mp3"])?;
            }
            _ => {
                value.only(&[&["file_data", "file_id", "filename"]])?;
                match value.find("file_data") {
                    Some(data) => limits::check_file_data(&data)?,
                    None => value.need("file_id")?.text().map(drop)?,
                }
            }
        }
    }
    Ok(())
}

fn image(image: &Node<'_, '_>) -> Checked {
    image.only(&[&["detail", "url"]])?;
    limits::check_image_url(&image.need("url")?)?;
    each(image, &["detail"], |detail| {
        detail
            .one_of(&["auto", "low", "high", "original"])
            .map(drop)
    })
}

/// The ids of a message's calls.
fn calls(message: &Node<'_, '_>) -> Checked<Vec<String>> {
    let Some(list) = message.find("tool_calls") else {
        return Ok(Vec::new());
    };
    let calls = list.elements()?;
    if calls.len() == 0 {
        return Err(list.fault(Fault::Empty));
    }
    let mut ids = Vec::new();
    for call in calls {
        let kind = call.need("type")?.one_of(&["function", "custom"])?;
        call.only(&[&["id", "type", kind]])?;
        let id = call.need("id")?;
        if id.filled_text()?.len() > 40 {
            return Err(id.rule(
                Some("string_above_max_length"),
                "Invalid tool call id: string too long. Expected a string with maximum length 40.",
            ));
        }
        let definition = call.need(kind)?;
        let input = if kind == "function" {
            "arguments"
        } else {
            "input"
        };
        definition.only(&[&["name", input]])?;
        limits::check_called(&definition.need("name")?)?;
        definition.need(input)?.text()?;
        ids.push(id.text()?.to_owned());
    }
    Ok(ids)
}
