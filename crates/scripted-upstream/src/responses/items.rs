//! What Responses refuses in a single input item.

use crate::{
    inspect::{Checked, Fault, Node, each},
    openai::limits,
};

/// Items that carry a provider's own state and are taken back unseen.
const UNSEEN: &[&str] = &[
    "additional_tools",
    "apply_patch_call",
    "apply_patch_call_output",
    "code_interpreter_call",
    "compaction",
    "compaction_summary",
    "compaction_trigger",
    "computer_call",
    "computer_call_output",
    "file_search_call",
    "image_generation_call",
    "local_shell_call",
    "local_shell_call_output",
    "mcp_approval_request",
    "mcp_approval_response",
    "mcp_call",
    "mcp_list_tools",
    "shell_call",
    "shell_call_output",
    "tool_search_call",
    "tool_search_output",
    "web_search_call",
];

const KNOWN: &[&str] = &[
    "message",
    "function_call",
    "function_call_output",
    "custom_tool_call",
    "custom_tool_call_output",
    "reasoning",
    "item_reference",
];

const ROLES: &[&str] = &["assistant", "system", "developer", "user"];
const STATUS: &[&str] = &["in_progress", "completed", "incomplete"];

/// The whole `input`: a text, or a list of items.
pub(super) fn check(input: &Node<'_, '_>) -> Checked {
    if input.value.is_string() {
        return Ok(());
    }
    for item in input.elements()? {
        check_item(&item)?;
    }
    Ok(())
}

fn check_item(item: &Node<'_, '_>) -> Checked {
    item.object()?;
    let kind = match item.find("type") {
        Some(kind) => kind.text()?,
        None if item.find("role").is_some() => "message",
        None => "item_reference",
    };
    each(item, &["status"], |status| status.one_of(STATUS).map(drop))?;
    match kind {
        "message" => message(item),
        "function_call" => {
            item.only(&[&[
                "arguments",
                "call_id",
                "caller",
                "id",
                "name",
                "namespace",
                "status",
                "type",
            ]])?;
            id(item, "fc")?;
            call_id(item)?;
            limits::check_called(&item.need("name")?)?;
            item.need("arguments")?.text().map(drop)
        }
        "custom_tool_call" => {
            item.only(&[&[
                "call_id",
                "caller",
                "id",
                "input",
                "name",
                "namespace",
                "status",
                "type",
            ]])?;
            id(item, "ctc")?;
            call_id(item)?;
            limits::check_called(&item.need("name")?)?;
            item.need("input")?.text().map(drop)
        }
        "function_call_output" | "custom_tool_call_output" => {
            item.only(&[&["call_id", "caller", "id", "output", "status", "type"]])?;
            call_id(item)?;
            output(&item.need("output")?)
        }
        "reasoning" => reasoning(item),
        "item_reference" => {
            item.only(&[&["id", "type"]])?;
            item.need("id")?.filled_text().map(drop)
        }
        other if UNSEEN.contains(&other) => Ok(()),
        other => {
            let known = KNOWN.iter().chain(UNSEEN).copied().collect();
            Err(item.need("type")?.fault(Fault::Value {
                got: other.to_owned(),
                known,
            }))
        }
    }
}

fn message(message: &Node<'_, '_>) -> Checked {
    message.only(&[&["content", "id", "phase", "role", "status", "type"]])?;
    let role = message.need("role")?.one_of(ROLES)?;
    id(message, "msg")?;
    each(message, &["phase"], |phase| {
        phase.one_of(&["commentary", "final_answer"]).map(drop)
    })?;
    let content = message.need("content")?;
    if content.value.is_string() {
        return Ok(());
    }
    let kinds: &[&str] = if role == "assistant" {
        &["output_text", "refusal"]
    } else {
        &["input_text", "input_image", "input_file"]
    };
    for part in content.elements()? {
        check_part(&part, kinds)?;
    }
    Ok(())
}

fn check_part(part: &Node<'_, '_>, kinds: &[&'static str]) -> Checked {
    let kind = part.need("type")?.one_of(kinds)?;
    let own: &[&str] = match kind {
        "input_text" => &["text"],
        "output_text" => &["annotations", "logprobs", "text"],
        "refusal" => &["refusal"],
        "input_image" => &["detail", "file_id", "image_url"],
        _ => &["detail", "file_data", "file_id", "file_url", "filename"],
    };
    part.only(&[&["prompt_cache_breakpoint", "type"], own])?;
    match kind {
        "input_text" | "output_text" => part.need("text")?.text().map(drop),
        "refusal" => part.need("refusal")?.text().map(drop),
        "input_image" => {
            each(part, &["detail"], |detail| {
                detail
                    .one_of(&["auto", "low", "high", "original"])
                    .map(drop)
            })?;
            if part.find("file_id").is_none() {
                limits::check_image_url(&part.need("image_url")?)?;
            }
            Ok(())
        }
        _ => each(part, &["file_data"], limits::check_file_data),
    }
}

fn output(output: &Node<'_, '_>) -> Checked {
    if output.value.is_string() {
        return Ok(());
    }
    for part in output.elements()? {
        check_part(&part, &["input_text", "input_image", "input_file"])?;
    }
    Ok(())
}

fn reasoning(item: &Node<'_, '_>) -> Checked {
    item.only(&[&[
        "content",
        "encrypted_content",
        "id",
        "status",
        "summary",
        "type",
    ]])?;
    id(item, "rs")?;
    for part in item.need("summary")?.elements()? {
        part.only(&[&["text", "type"]])?;
        part.need("type")?.one_of(&["summary_text"])?;
        part.need("text")?.text()?;
    }
    each(item, &["encrypted_content"], |node| node.text().map(drop))
}

fn call_id(item: &Node<'_, '_>) -> Checked {
    let id = item.need("call_id")?;
    short(&id, id.filled_text()?)
}

/// Item ids say what kind of item they name.
fn id(item: &Node<'_, '_>, prefix: &str) -> Checked {
    let Some(id) = item.find("id") else {
        return Ok(());
    };
    let text = id.text()?;
    if !text.starts_with(prefix) {
        return Err(id.rule(
            Some("invalid_value"),
            format!("Invalid item id: '{text}'. Expected an ID that begins with '{prefix}'."),
        ));
    }
    short(&id, text)
}

fn short(id: &Node<'_, '_>, text: &str) -> Checked {
    if text.len() <= 64 {
        return Ok(());
    }
    Err(id.rule(
        Some("string_above_max_length"),
        format!(
            "Invalid id: string too long. Expected a string with maximum length 64, but got a string with length {} instead.",
            text.len()
        ),
    ))
}
