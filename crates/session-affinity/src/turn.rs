//! Where a turn of a conversation begins.
//!
//! A model that calls tools answers in several requests, and to its provider they are one turn: it
//! may want back the reasoning that it sealed in them (such a loop is one assistant turn, says
//! <https://platform.claude.com/docs/en/build-with-claude/thinking-tool-workflows>). Where the user
//! speaks, nothing is under way, and a session that moves loses its prompt cache and no more.

use crate::opening::parts;
use cliproxy_core::Protocol;
use cliproxy_json::{Head, Kind, Value};

/// Whether a request begins a turn: its last message is from the user, and is more than the results
/// of tools. What cannot be told does not begin one.
///
/// Walks to the last message and reads no other.
#[must_use]
pub fn at_turn_boundary(head: &Head<'_>, protocol: Protocol) -> bool {
    match protocol {
        Protocol::Chat => match head.get("messages") {
            Some(messages) => messages.elements().last().is_some_and(is_from_user),
            // Some agents send a Responses body to the chat path.
            None => responses(head),
        },
        Protocol::Claude => last(head, "messages").is_some_and(claude),
        Protocol::Gemini => last(head, "contents").is_some_and(gemini),
        Protocol::Responses => responses(head),
    }
}

fn claude(message: Value<'_>) -> bool {
    // Results of tools have no role of their own here.
    let is_result = |part: Value<'_>| says(part, "type", "tool_result");
    is_from_user(message)
        && message.get("content").is_some_and(|content| {
            content.kind() == Kind::String || content.elements().any(|part| !is_result(part))
        })
}

fn gemini(content: Value<'_>) -> bool {
    // A missing role is the user's. Protocol buffers accept both spellings of a field.
    let is_result = |part: Value<'_>| {
        part.get("functionResponse").is_some() || part.get("function_response").is_some()
    };
    (content.get("role").is_none() || is_from_user(content))
        && content
            .get("parts")
            .is_some_and(|content| !parts(content).any(is_result))
}

fn responses(head: &Head<'_>) -> bool {
    let Some(input) = head.get("input") else {
        return false;
    };
    // Messages may leave their type out.
    let is_message = |item: Value<'_>| item.get("type").is_none() || says(item, "type", "message");
    input.kind() == Kind::String
        || input
            .elements()
            .last()
            .is_some_and(|item| is_message(item) && is_from_user(item))
}

fn last<'a>(head: &Head<'a>, key: &str) -> Option<Value<'a>> {
    head.get(key)?.elements().last()
}

fn is_from_user(message: Value<'_>) -> bool {
    says(message, "role", "user")
}

fn says(value: Value<'_>, key: &str, word: &str) -> bool {
    let member = value.get(key).and_then(|member| member.as_str());
    member.as_deref() == Some(word)
}

#[cfg(test)]
mod tests;
