//! Whether a JSON schema is one: what validators of the draft refuse, whatever the provider.

use serde_json::Value;

const TYPES: &[&str] = &[
    "array", "boolean", "integer", "null", "number", "object", "string",
];
/// Keywords whose members are schemas under names of the client's.
const NAMED: &[&str] = &[
    "$defs",
    "definitions",
    "dependentSchemas",
    "patternProperties",
    "properties",
];
/// Keywords that hold one schema.
const SINGLE: &[&str] = &[
    "additionalProperties",
    "contains",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
];
/// Keywords that hold a list of them.
const LISTS: &[&str] = &["allOf", "anyOf", "oneOf", "prefixItems"];
const NUMBERS: &[&str] = &[
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maximum",
    "maxItems",
    "maxLength",
    "minimum",
    "minItems",
    "minLength",
    "multipleOf",
];

/// Checks a schema and what is inside it; the error says which keyword is wrong.
pub(crate) fn check(schema: &Value) -> Result<(), String> {
    let members = match schema {
        Value::Bool(_) => return Ok(()),
        Value::Object(members) => members,
        other => return Err(format!("{other} is not of type 'object', 'boolean'")),
    };
    for (keyword, value) in members {
        let right = match keyword.as_str() {
            "type" => match value {
                Value::Array(list) => !list.is_empty() && list.iter().all(is_type),
                one => is_type(one),
            },
            "required" => value
                .as_array()
                .is_some_and(|list| list.iter().all(Value::is_string)),
            "enum" => value.is_array(),
            "$ref" | "description" | "format" | "pattern" | "title" => value.is_string(),
            name if NAMED.contains(&name) => value.is_object(),
            name if LISTS.contains(&name) => value.as_array().is_some_and(|list| !list.is_empty()),
            name if NUMBERS.contains(&name) => value.is_number(),
            _ => true,
        };
        if !right {
            return Err(format!("'{keyword}' may not be {value}"));
        }
        match keyword.as_str() {
            name if NAMED.contains(&name) => inside(value.as_object().map(|named| named.values()))?,
            name if LISTS.contains(&name) => inside(value.as_array().map(|list| list.iter()))?,
            name if SINGLE.contains(&name) => check(value)?,
            _ => {}
        }
    }
    Ok(())
}

/// Whether there is an array whose elements are not described, which OpenAI refuses.
pub(crate) fn has_bare_array(schema: &Value) -> bool {
    let Some(members) = schema.as_object() else {
        return false;
    };
    let bare = schema["type"] == "array" && members.get("items").is_none();
    let inside = members.iter().any(|(keyword, value)| match value {
        Value::Object(named) if NAMED.contains(&keyword.as_str()) => {
            named.values().any(has_bare_array)
        }
        Value::Array(list) if LISTS.contains(&keyword.as_str()) => list.iter().any(has_bare_array),
        one => SINGLE.contains(&keyword.as_str()) && has_bare_array(one),
    });
    bare || inside
}

fn inside<'v>(schemas: Option<impl Iterator<Item = &'v Value>>) -> Result<(), String> {
    schemas.into_iter().flatten().try_for_each(check)
}

fn is_type(value: &Value) -> bool {
    value.as_str().is_some_and(|name| TYPES.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::{check, has_bare_array};
    use serde_json::json;

    #[test]
    fn what_is_no_schema_is_found() {
        for good in [
            json!(true),
            json!({"type": ["string", "null"], "description": "x"}),
            json!({"properties": {"type": {"type": "string"}, "required": {"enum": [1]}}}),
            json!({"items": {"type": "string"}, "additionalProperties": false, "default": {"type": 1}}),
        ] {
            assert_eq!(check(&good), Ok(()), "{good}");
        }
        for bad in [
            json!("string"),
            json!({"type": "STRING"}),
            json!({"type": []}),
            json!({"required": true}),
            json!({"properties": {"a": {"type": "OBJECT"}}}),
            json!({"properties": []}),
            json!({"items": [{"type": "string"}]}),
            json!({"anyOf": []}),
            json!({"anyOf": [{"required": true}]}),
            json!({"exclusiveMinimum": true}),
            json!({"additionalProperties": {"type": "any"}}),
        ] {
            assert!(check(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn arrays_without_elements_are_found_at_any_depth() {
        for (schema, expected) in [
            (json!({"type": "array"}), true),
            (json!({"type": "array", "items": {}}), false),
            (json!({"properties": {"a": {"type": "array"}}}), true),
            (
                json!({"anyOf": [{"type": "null"}, {"type": "array"}]}),
                true,
            ),
            (json!({"items": {"type": "array"}}), true),
            (json!({"default": {"type": "array"}}), false),
        ] {
            assert_eq!(has_bare_array(&schema), expected, "{schema}");
        }
    }
}
