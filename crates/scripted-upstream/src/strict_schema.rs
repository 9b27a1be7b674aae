//! The rules of schemas that a provider enforces while it generates: every object closed, and for
//! OpenAI every property required (<https://developers.openai.com/api/docs/guides/structured-outputs>).

use serde_json::Value;

/// Checks an OpenAI strict schema; the error says what is missing, and where.
pub(crate) fn check(schema: &Value) -> Result<(), String> {
    walk(schema, &mut Vec::new(), true)
}

/// Checks a schema for Anthropic's structured output, where properties may be optional.
pub(crate) fn check_closed(schema: &Value) -> Result<(), String> {
    walk(schema, &mut Vec::new(), false)
}

/// The first of `keywords` that a schema uses, property names and values aside.
pub(crate) fn find_keyword<'a>(schema: &Value, keywords: &[&'a str]) -> Option<&'a str> {
    match schema {
        Value::Array(list) => list
            .iter()
            .find_map(|schema| find_keyword(schema, keywords)),
        Value::Object(members) => members
            .iter()
            .find_map(|(name, member)| match name.as_str() {
                "const" | "default" | "enum" | "examples" => None,
                "properties" | "$defs" | "definitions" => {
                    let mut named = member.as_object()?.values();
                    named.find_map(|schema| find_keyword(schema, keywords))
                }
                name => {
                    let used = keywords.iter().copied().find(|keyword| *keyword == name);
                    used.or_else(|| find_keyword(member, keywords))
                }
            }),
        _ => None,
    }
}

fn walk<'a>(
    schema: &'a Value,
    context: &mut Vec<&'a str>,
    all_required: bool,
) -> Result<(), String> {
    let Some(members) = schema.as_object() else {
        return Ok(());
    };
    let properties = members.get("properties").and_then(Value::as_object);
    let is_object =
        properties.is_some() || members.get("type").is_some_and(|kind| kind == "object");
    if is_object && members.get("additionalProperties") != Some(&Value::Bool(false)) {
        return Err(at(
            context,
            "'additionalProperties' is required to be supplied and to be false",
        ));
    }
    if let Some(properties) = properties {
        let required = members.get("required").and_then(Value::as_array);
        for (name, property) in properties {
            let listed =
                required.is_some_and(|list| list.iter().any(|entry| entry == name.as_str()));
            if all_required && !listed {
                return Err(at(
                    context,
                    &format!(
                        "'required' is required to be supplied and to be an array including every key in properties. Missing '{name}'"
                    ),
                ));
            }
            nested(property, context, ["properties", name], all_required)?;
        }
    }
    for keyword in ["items", "anyOf", "$defs", "definitions"] {
        match members.get(keyword) {
            Some(Value::Array(list)) => {
                for branch in list {
                    nested(branch, context, [keyword, "*"], all_required)?;
                }
            }
            Some(Value::Object(names)) if keyword.ends_with("efs") || keyword == "definitions" => {
                for (name, definition) in names {
                    nested(definition, context, [keyword, name], all_required)?;
                }
            }
            Some(single) => nested(single, context, [keyword, "*"], all_required)?,
            None => {}
        }
    }
    Ok(())
}

fn nested<'a>(
    schema: &'a Value,
    context: &mut Vec<&'a str>,
    way: [&'a str; 2],
    all_required: bool,
) -> Result<(), String> {
    let depth = context.len();
    context.extend(way);
    walk(schema, context, all_required)?;
    context.truncate(depth);
    Ok(())
}

fn at(context: &[&str], reason: &str) -> String {
    format!("In context=({}), {reason}", context.join(", "))
}

#[cfg(test)]
mod tests {
    use super::{check, check_closed};
    use serde_json::json;

    #[test]
    fn objects_are_closed_and_complete() {
        let verdict = |schema: serde_json::Value, strict: bool, closed: bool| {
            assert_eq!(check(&schema).is_ok(), strict, "strict: {schema}");
            assert_eq!(check_closed(&schema).is_ok(), closed, "closed: {schema}");
        };
        verdict(json!({"type": "string"}), true, true);
        verdict(json!({"type": "object", "properties": {}}), false, false);
        verdict(
            json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": false}),
            true,
            true,
        );
        verdict(
            json!({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": false}),
            false,
            true,
        );
        verdict(
            json!({"type": "array", "items": {"type": "object"}}),
            false,
            false,
        );
        verdict(
            json!({"anyOf": [{"type": "null"}, {"type": "object"}]}),
            false,
            false,
        );
        verdict(
            json!({"$defs": {"x": {"type": "object"}}, "$ref": "#/$defs/x"}),
            false,
            false,
        );
        // A property may be called like a keyword.
        verdict(
            json!({"type": "object", "properties": {"items": {"type": "string"}}, "required": ["items"], "additionalProperties": false}),
            true,
            true,
        );
    }
}
