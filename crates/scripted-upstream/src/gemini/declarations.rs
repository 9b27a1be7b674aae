//! What `generateContent` refuses in `tools` and `toolConfig`.

use crate::{
    inspect::{Checked, Fault, Node, each},
    schema_shape,
};
use serde_json::Value;

const TOOLS: &[&str] = &[
    "codeExecution",
    "computerUse",
    "enterpriseWebSearch",
    "exaAiSearch",
    "fileSearch",
    "functionDeclarations",
    "googleMaps",
    "googleSearch",
    "googleSearchRetrieval",
    "mcpServers",
    "parallelAiSearch",
    "retrieval",
    "urlContext",
];

const DECLARATION: &[&str] = &[
    "behavior",
    "description",
    "name",
    "parameters",
    "parametersJsonSchema",
    "response",
    "responseJsonSchema",
];

/// Keywords of Google's OpenAPI flavour of schemas (<https://ai.google.dev/api/caching#Schema>).
const SCHEMA: &[&str] = &[
    "additionalProperties",
    "anyOf",
    "default",
    "defs",
    "description",
    "enum",
    "example",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "nullable",
    "pattern",
    "properties",
    "propertyOrdering",
    "ref",
    "required",
    "title",
    "type",
];

const TYPES: &[&str] = &[
    "STRING",
    "NUMBER",
    "INTEGER",
    "BOOLEAN",
    "ARRAY",
    "OBJECT",
    "NULL",
    "TYPE_UNSPECIFIED",
];

pub(super) fn check(body: &Node<'_, '_>) -> Checked {
    let mut names = Vec::new();
    if let Some(tools) = body.find("tools") {
        for tool in tools.elements()? {
            tool.only(&[TOOLS])?;
            let Some(declarations) = tool.find("functionDeclarations") else {
                continue;
            };
            for function in declarations.elements()? {
                let name = declaration(&function)?;
                if names.contains(&name) {
                    return Err(declarations.rule(
                        None,
                        format!("Duplicate function declaration found: {name}"),
                    ));
                }
                names.push(name);
            }
        }
    }
    each(body, &["toolConfig"], |config| {
        config.only(&[&[
            "functionCallingConfig",
            "includeServerSideToolInvocations",
            "retrievalConfig",
        ]])?;
        each(config, &["functionCallingConfig"], |calling| {
            check_calling(calling, &names)
        })
    })
}

fn declaration<'v>(function: &Node<'_, 'v>) -> Checked<&'v str> {
    function.only(&[DECLARATION])?;
    let name_node = function.need("name")?;
    let name = name_node.text()?;
    let starts_well = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_.:-".contains(letter);
    if !starts_well || name.len() > 64 || !name.chars().all(plain) {
        return Err(name_node.rule(
            None,
            "Invalid function name. Must start with a letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 64.",
        ));
    }
    each(function, &["description"], |node| node.text().map(drop))?;
    each(function, &["parameters"], check_schema)?;
    each(function, &["parametersJsonSchema"], |schema| {
        schema.object()?;
        schema_shape::check(schema.value).map_err(|reason| schema.rule(None, reason))
    })?;
    if function.find("parameters").is_some() && function.find("parametersJsonSchema").is_some() {
        return Err(function.rule(
            None,
            "Only one of parameters and parameters_json_schema may be set.",
        ));
    }
    Ok(name)
}

/// A schema in Google's flavour: a closed set of keywords, and types by name.
pub(super) fn check_schema(schema: &Node<'_, '_>) -> Checked {
    // `$defs` and `$ref` are spelled so on the wire.
    schema.only(&[SCHEMA, &["$defs", "$ref"]])?;
    if let Some(kind) = schema.find("type") {
        let name = kind.text()?;
        if !TYPES.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            return Err(kind.fault(Fault::Value {
                got: name.to_owned(),
                known: TYPES.to_vec(),
            }));
        }
    }
    each(schema, &["enum"], |list| {
        for entry in list.elements()? {
            entry.text()?;
        }
        Ok(())
    })?;
    each(schema, &["items"], check_schema)?;
    each(schema, &["anyOf"], |list| {
        for branch in list.elements()? {
            check_schema(&branch)?;
        }
        Ok(())
    })?;
    let Some(properties) = schema.find("properties") else {
        return Ok(());
    };
    for name in properties.object()?.keys() {
        if let Some(property) = properties.find(name) {
            check_schema(&property)?;
        }
    }
    if let Some(required) = schema.value["required"].as_array() {
        let missing = required
            .iter()
            .filter_map(Value::as_str)
            .find(|name| properties.value.get(*name).is_none());
        if let Some(name) = missing {
            return Err(schema.rule(
                None,
                format!("required[0]: property is not defined: {name}"),
            ));
        }
    }
    Ok(())
}

fn check_calling(calling: &Node<'_, '_>, names: &[&str]) -> Checked {
    calling.only(&[&[
        "allowedFunctionNames",
        "mode",
        "streamFunctionCallArguments",
    ]])?;
    if names.is_empty() {
        return Err(calling.rule(
            None,
            "Function calling config is set without function_declarations.",
        ));
    }
    let mode = match calling.find("mode") {
        Some(mode) => mode.one_of(&["AUTO", "ANY", "NONE", "VALIDATED", "MODE_UNSPECIFIED"])?,
        None => "AUTO",
    };
    let Some(allowed) = calling.find("allowedFunctionNames") else {
        return Ok(());
    };
    let entries = allowed.elements()?;
    if entries.len() > 0 && mode != "ANY" && mode != "VALIDATED" {
        return Err(allowed.rule(
            None,
            "allowed_function_names should only be set when mode is ANY or VALIDATED.",
        ));
    }
    for entry in entries {
        let name = entry.text()?;
        if !names.contains(&name) {
            return Err(entry.rule(
                None,
                format!("Function '{name}' is allowed but not declared."),
            ));
        }
    }
    Ok(())
}
