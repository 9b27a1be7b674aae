//! Function and custom tools of the OpenAI protocols.

use super::limits::bad_name;
use crate::{
    ask::{Choice, Tool, ToolInput},
    inspect::{Checked, Node, each, is_plain_name},
    schema_shape, strict_schema,
};
use serde_json::{Value, json};

/// Schemas that stand where an object schema must stand.
const ROOT_COMBINATORS: &[&str] = &["oneOf", "anyOf", "allOf", "enum", "not"];

/// The members of a function's definition: Chat nests them, Responses does not.
pub(crate) fn check_function(function: &Node<'_, '_>) -> Checked {
    let name = function.need("name")?;
    if !is_plain_name(name.text()?, 64) {
        return Err(bad_name(&name));
    }
    each(function, &["description"], |node| node.text().map(drop))?;
    each(function, &["strict"], |node| node.flag().map(drop))?;
    let Some(schema) = function.find("parameters") else {
        return Ok(());
    };
    let members = schema.object()?;
    let bad = |reason: &str| {
        schema.rule(
            Some("invalid_function_parameters"),
            format!(
                "Invalid schema for function '{}': {reason}.",
                name.value.as_str().unwrap_or_default()
            ),
        )
    };
    if !members.is_empty() && members.get("type").and_then(Value::as_str) != Some("object") {
        return Err(bad("schema must be a JSON Schema of 'type: \"object\"'"));
    }
    if members
        .keys()
        .any(|keyword| ROOT_COMBINATORS.contains(&keyword.as_str()))
    {
        return Err(bad(
            "schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level",
        ));
    }
    schema_shape::check(schema.value).map_err(|reason| bad(&reason))?;
    if schema_shape::has_bare_array(schema.value) {
        return Err(bad("array schema missing items"));
    }
    if function
        .find("strict")
        .is_some_and(|strict| strict.value == true)
    {
        strict_schema::check(schema.value).map_err(|reason| bad(&reason))?;
    }
    Ok(())
}

/// A custom tool: a name and perhaps a grammar.
pub(crate) fn check_custom(custom: &Node<'_, '_>) -> Checked {
    let name = custom.need("name")?;
    if !is_plain_name(name.text()?, 64) {
        return Err(bad_name(&name));
    }
    each(custom, &["description"], |node| node.text().map(drop))?;
    each(custom, &["format"], |node| {
        node.need("type")?.one_of(&["text", "grammar"]).map(drop)
    })
}

/// A function as the answer needs it. Absent parameters mean no arguments.
pub(crate) fn function(definition: &Value, namespace: Option<&str>) -> Tool {
    let schema = definition
        .get("parameters")
        .filter(|schema| schema.is_object());
    Tool {
        name: text(definition, "name"),
        namespace: namespace.map(str::to_owned),
        input: ToolInput::Json(schema.cloned().unwrap_or_else(|| json!({"type": "object"}))),
    }
}

pub(crate) fn custom(definition: &Value, namespace: Option<&str>) -> Tool {
    Tool {
        name: text(definition, "name"),
        namespace: namespace.map(str::to_owned),
        input: ToolInput::Freeform,
    }
}

/// Reads `tool_choice`, whose named form holds the name at depth 1 (Responses) or 2 (Chat).
pub(crate) fn choice(choice: Option<&Value>) -> Choice {
    match choice {
        Some(Value::String(word)) if word == "none" => Choice::None,
        Some(Value::String(word)) if word == "required" => Choice::Required,
        Some(object @ Value::Object(_)) => {
            let inner = ["function", "custom"]
                .iter()
                .find_map(|kind| object.get(kind))
                .unwrap_or(object);
            let allowed = object.get("allowed_tools").unwrap_or(object);
            match inner.get("name").and_then(Value::as_str) {
                Some(name) => Choice::Named(name.to_owned()),
                None if allowed.get("mode").and_then(Value::as_str) == Some("required") => {
                    Choice::Required
                }
                None => Choice::Auto,
            }
        }
        _ => Choice::Auto,
    }
}

/// A forced tool must have been declared.
pub(crate) fn check_choice(node: &Node<'_, '_>, tools: &[Tool]) -> Checked {
    if node.value.is_string() {
        return node.one_of(&["none", "auto", "required"]).map(drop);
    }
    node.object()?;
    if let Choice::Named(name) = choice(Some(node.value))
        && !tools.iter().any(|tool| tool.name == name)
    {
        return Err(node.rule(
            None,
            format!("Tool choice '{name}' not found in 'tools' parameter."),
        ));
    }
    Ok(())
}

fn text(object: &Value, member: &str) -> String {
    object
        .get(member)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}
