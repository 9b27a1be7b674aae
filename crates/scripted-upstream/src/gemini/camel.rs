//! Member names as proto3 JSON reads them: `snake_case` and `lowerCamelCase` are the same
//! (<https://protobuf.dev/programming-guides/json/>).

use serde_json::{Map, Value};

/// Members whose value is the client's own data.
const DATA: &[&str] = &[
    "args",
    "default",
    "example",
    "labels",
    "parametersJsonSchema",
    "partMetadata",
    "response",
    "responseJsonSchema",
];

/// Rewrites every member name of the protocol in camel case. Names of a schema's properties, and
/// data, stay as they are.
pub(super) fn normalise(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(normalise).collect(),
        Value::Object(members) => {
            let mut object = Map::with_capacity(members.len());
            for (name, member) in members {
                let name = camel(&name);
                let member = match name.as_str() {
                    data if DATA.contains(&data) => member,
                    "properties" => named(member),
                    _ => normalise(member),
                };
                object.insert(name, member);
            }
            Value::Object(object)
        }
        other => other,
    }
}

/// A map whose keys are the client's and whose values are the protocol's.
fn named(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .map(|(name, member)| (name, normalise(member)))
            .collect(),
        other => other,
    }
}

fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let mut text = words.next().unwrap_or_default().to_owned();
    if text.is_empty() {
        return name.to_owned();
    }
    for word in words {
        let mut letters = word.chars();
        text.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        text.push_str(letters.as_str());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::normalise;
    use serde_json::json;

    #[test]
    fn only_names_of_the_protocol_change() {
        let check = |given: serde_json::Value, expected: serde_json::Value| {
            assert_eq!(normalise(given), expected);
        };
        check(
            json!({"system_instruction": {"parts": [{"inline_data": {"mime_type": "a_b"}}]}}),
            json!({"systemInstruction": {"parts": [{"inlineData": {"mimeType": "a_b"}}]}}),
        );
        check(
            json!({"function_call": {"args": {"my_key": 1}}}),
            json!({"functionCall": {"args": {"my_key": 1}}}),
        );
        check(
            json!({"parameters": {"properties": {"my_key": {"max_items": 1}}}}),
            json!({"parameters": {"properties": {"my_key": {"maxItems": 1}}}}),
        );
        check(
            json!({"_responseJsonSchema": {}}),
            json!({"_responseJsonSchema": {}}),
        );
    }
}
