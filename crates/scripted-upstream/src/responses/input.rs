//! The conversation a Responses request continues: what the account has stored, then its own items.

use super::log::ResponseLog;
use crate::{failure::ErrorReply, openai::error::body, seal::Seal};
use serde_json::{Value, json};

/// What an `item_reference` or an unencrypted reasoning item names must be stored.
const NOT_PERSISTED: &str = "Items are not persisted when `store` is set to false. Try again with `store` set to true, or remove this item from your input.";

/// Puts the conversation together. Unknown ids are refused whether or not requests are checked:
/// there is nothing to go on with.
pub(super) fn resolve(request: &Value, log: &ResponseLog) -> Result<Vec<Value>, ErrorReply> {
    let mut conversation = match request["previous_response_id"].as_str() {
        None => Vec::new(),
        Some(id) => match log.conversation(id) {
            Some(stored) => stored.to_vec(),
            None => {
                return Err(refuse(
                    400,
                    &format!("Previous response with id '{id}' not found."),
                    Some("previous_response_id"),
                    Some("previous_response_not_found"),
                ));
            }
        },
    };
    match &request["input"] {
        Value::String(text) => {
            conversation.push(json!({"type": "message", "role": "user", "content": text}))
        }
        Value::Array(items) => {
            for item in items {
                conversation.push(if kind(item) == "item_reference" {
                    let id = item["id"].as_str().unwrap_or_default();
                    log.item(id).ok_or_else(|| {
                        refuse(
                            404,
                            &format!("Item with id '{id}' not found. {NOT_PERSISTED}"),
                            Some("input"),
                            None,
                        )
                    })?
                } else {
                    item.clone()
                });
            }
        }
        _ => {}
    }
    Ok(conversation)
}

/// Checks what only the whole conversation shows: calls and outputs in pairs, and reasoning that
/// this account can read.
pub(super) fn check(
    conversation: &[Value],
    account: &str,
    log: &ResponseLog,
) -> Result<(), ErrorReply> {
    let ids = |suffix: &str| -> Vec<&str> {
        let wanted = |item: &&Value| {
            let kind = kind(item);
            kind == format!("function_call{suffix}") || kind == format!("custom_tool_call{suffix}")
        };
        let found = conversation.iter().filter(wanted);
        found.filter_map(|item| item["call_id"].as_str()).collect()
    };
    let (calls, outputs) = (ids(""), ids("_output"));
    if let Some(id) = calls.iter().find(|id| !outputs.contains(id)) {
        return Err(refuse(
            400,
            &format!("No tool output found for function call {id}."),
            Some("input"),
            None,
        ));
    }
    if let Some(id) = outputs.iter().find(|id| !calls.contains(id)) {
        let message = format!("No tool call found for function call output with call_id {id}.");
        return Err(refuse(400, &message, Some("input"), None));
    }
    let mut known = Vec::new();
    for id in conversation.iter().filter_map(|item| item["id"].as_str()) {
        if known.contains(&id) {
            let message = format!(
                "Duplicate item found with id {id}. Remove duplicate items from your input and try again."
            );
            return Err(refuse(400, &message, Some("input"), None));
        }
        known.push(id);
    }
    for (index, item) in conversation.iter().enumerate() {
        if kind(item) == "reasoning" {
            check_reasoning(item, conversation.get(index + 1), account, log)?;
        }
    }
    Ok(())
}

fn check_reasoning(
    item: &Value,
    next: Option<&Value>,
    account: &str,
    log: &ResponseLog,
) -> Result<(), ErrorReply> {
    let id = item["id"].as_str().unwrap_or_default();
    match item["encrypted_content"].as_str() {
        Some(sealed) if !Seal::Encrypted.verify(sealed, account, None) => {
            return Err(refuse(
                400,
                &format!(
                    "The encrypted content for item {id} could not be verified. Reason: Encrypted content could not be decrypted or parsed."
                ),
                None,
                Some("invalid_encrypted_content"),
            ));
        }
        None if log.item(id).is_none() => {
            let message = format!("Item with id '{id}' not found. {NOT_PERSISTED}");
            return Err(refuse(404, &message, Some("input"), None));
        }
        _ => {}
    }
    let followed = next.is_some_and(|next| {
        let kind = kind(next);
        !kind.ends_with("_output") && (kind != "message" || next["role"] == "assistant")
    });
    if followed {
        return Ok(());
    }
    let message = format!(
        "Item '{id}' of type 'reasoning' was provided without its required following item."
    );
    Err(refuse(400, &message, Some("input"), None))
}

/// The type of an item; a message may leave it out.
pub(super) fn kind(item: &Value) -> &str {
    match item["type"].as_str() {
        Some(kind) => kind,
        None if item.get("role").is_some() => "message",
        None => "item_reference",
    }
}

fn refuse(status: u16, message: &str, param: Option<&str>, code: Option<&str>) -> ErrorReply {
    ErrorReply::new(status, body(message, "invalid_request_error", param, code))
}
