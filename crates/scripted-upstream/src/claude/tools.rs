//! What Messages refuses in `tools` and `tool_choice`.

use super::cache_marks;
use super::check::UNSUPPORTED;
use crate::{
    inspect::{Checked, Node, each, is_plain_name},
    schema_shape, strict_schema,
};
use serde_json::Value;

/// Members of a tool that the client describes itself.
const CUSTOM: &[&str] = &[
    "allowed_callers",
    "cache_control",
    "defer_loading",
    "description",
    "eager_input_streaming",
    "input_examples",
    "input_schema",
    "name",
    "strict",
    "type",
];

/// Beginnings of the names of tools that Anthropic describes, which carry a date.
const OWN: &[&str] = &[
    "bash_",
    "browser_toolset_",
    "code_execution_",
    "computer_",
    "mcp_toolset",
    "memory_",
    "text_editor_",
    "tool_search_tool_",
    "web_fetch_",
    "web_search_",
];

pub(super) fn check(body: &Node<'_, '_>) -> Checked {
    let mut names: Vec<&str> = Vec::new();
    if let Some(tools) = body.find("tools") {
        for tool in tools.elements()? {
            check_one(&tool)?;
            let name = tool.value["name"].as_str().unwrap_or_default();
            if !name.is_empty() && names.contains(&name) {
                return Err(tools.rule(None, "Tool names must be unique."));
            }
            names.push(name);
        }
    }
    let Some(choice) = body.find("tool_choice") else {
        return Ok(());
    };
    if names.is_empty() {
        return Err(choice.rule(
            None,
            "tool_choice may only be specified while providing tools.",
        ));
    }
    let kind = choice
        .need("type")?
        .one_of(&["auto", "any", "tool", "none"])?;
    let own: &[&str] = match kind {
        "tool" => &["disable_parallel_tool_use", "name"],
        "none" => &[],
        _ => &["disable_parallel_tool_use"],
    };
    choice.only(&[&["type"], own])?;
    each(&choice, &["disable_parallel_tool_use"], |node| {
        node.flag().map(drop)
    })?;
    if kind == "tool" {
        let name = choice.need("name")?.text()?;
        if !names.contains(&name) {
            return Err(choice.rule(None, format!("Tool '{name}' not found in provided tools")));
        }
    }
    Ok(())
}

fn check_one(tool: &Node<'_, '_>) -> Checked {
    each(tool, &["cache_control"], cache_marks::mark)?;
    if let Some(kind) = tool.find("type").filter(|kind| kind.value != "custom") {
        let name = kind.text()?;
        if OWN.iter().any(|prefix| name.starts_with(prefix)) {
            return Ok(());
        }
        return Err(tool.rule(
            None,
            format!(
                "Input tag '{name}' found using 'type' does not match any of the expected tags"
            ),
        ));
    }
    tool.only(&[CUSTOM])?;
    let name = tool.need("name")?;
    if !is_plain_name(name.text()?, 128) {
        return Err(name.rule(None, "String should match pattern '^[a-zA-Z0-9_-]{1,128}$'"));
    }
    each(tool, &["description"], |node| node.text().map(drop))?;
    each(tool, &["defer_loading", "strict"], |node| {
        node.flag().map(drop)
    })?;
    let schema = tool.need("input_schema")?;
    let members = schema.object()?;
    schema.need("type")?.one_of(&["object"])?;
    if ["oneOf", "allOf", "anyOf"]
        .iter()
        .any(|keyword| members.contains_key(*keyword))
    {
        return Err(schema.rule(
            None,
            "input_schema does not support oneOf, allOf, or anyOf at the top level",
        ));
    }
    schema_shape::check(schema.value).map_err(|reason| {
        schema.rule(
            None,
            format!("JSON schema is invalid. It must match JSON Schema draft 2020-12 (https://json-schema.org/draft/2020-12): {reason}"),
        )
    })?;
    let mut names = members
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(|properties| properties.keys());
    if names.any(|name| !is_plain_name(&name.replace('.', "_"), 64)) {
        return Err(schema.rule(
            None,
            "Property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'",
        ));
    }
    if tool
        .find("strict")
        .is_some_and(|strict| strict.value == true)
    {
        strict_schema::check_closed(schema.value).map_err(|reason| schema.rule(None, reason))?;
        if let Some(keyword) = strict_schema::find_keyword(schema.value, UNSUPPORTED) {
            return Err(schema.rule(None, format!("property '{keyword}' is not supported")));
        }
    }
    Ok(())
}
