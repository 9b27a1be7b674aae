//! Places of a document: what stands there, and how it is taken out.

use serde_json::Value;

/// Where a value stands, as the positions that lead there, and the value.
pub(crate) fn find<'v>(document: &'v Value, path: &str) -> (Vec<usize>, &'v Value) {
    let (mut order, mut value) = (Vec::new(), document);
    for key in path.split('.') {
        let found = match value {
            Value::Array(list) => key
                .parse()
                .ok()
                .and_then(|at: usize| Some((at, list.get(at)?))),
            Value::Object(map) => {
                let position = map.keys().position(|name| name == key);
                position.and_then(|at| Some((at, map.get(key)?)))
            }
            _ => None,
        };
        let Some((at, inner)) = found else { break };
        order.push(at);
        value = inner;
    }
    (order, value)
}

/// Takes a value out of its object; in a list a text of its kind takes its place, so that the places
/// of the others stay.
pub(crate) fn clear(document: &mut Value, path: &str) -> bool {
    let (parent, last) = path.rsplit_once('.').unwrap_or(("", path));
    let pointer = match parent {
        "" => String::new(),
        parent => format!("/{}", parent.replace('.', "/")),
    };
    match document.pointer_mut(&pointer) {
        Some(Value::Object(map)) => map.shift_remove(last).is_some(),
        Some(Value::Array(list)) => {
            let Some(at) = last.parse().ok().filter(|at: &usize| *at < list.len()) else {
                return false;
            };
            if parent == "tools" {
                // The last one, so that the others keep their places.
                list.truncate(at);
                return true;
            }
            let place = &mut list[at];
            let kind = place["type"].as_str().unwrap_or_default();
            *place = match (place.get("role"), kind) {
                (Some(_), _) => serde_json::json!({"role": "user", "content": "x"}),
                (None, "") => serde_json::json!({"text": "x"}),
                (None, _) if parent == "input" => {
                    serde_json::json!({"type": "message", "role": "user", "content": "x"})
                }
                (None, kind) if kind.starts_with("input_") => {
                    serde_json::json!({"type": "input_text", "text": "x"})
                }
                (None, _) => serde_json::json!({"type": "text", "text": "x"}),
            };
            true
        }
        _ => false,
    }
}

/// What a part, a tool or a word of a list is.
pub(crate) fn kind(path: &str, value: &Value) -> String {
    let text = |value: &Value| value.as_str().map(|kind| format!("`{kind}`"));
    let role = || value.get("role").and_then(text);
    let first = || {
        let parts = [
            "text",
            "inlineData",
            "fileData",
            "executableCode",
            "codeExecutionResult",
            "toolCall",
        ];
        let tools = [
            "googleSearch",
            "urlContext",
            "codeExecution",
            "googleMaps",
            "fileSearch",
        ];
        let mut known = parts.iter().chain(&tools);
        let found = known.find(|name| value.get(**name).is_some())?;
        let mime = &value[*found]["mimeType"];
        Some(match mime.as_str() {
            Some(mime) => format!("`{found}` {mime}"),
            None => format!("`{found}`"),
        })
    };
    let is_listed = path
        .rsplit('.')
        .next()
        .is_some_and(|last| last.parse::<usize>().is_ok());
    if let Some(word) = value.as_str().filter(|_| is_listed) {
        return format!("`{word}`");
    }
    let named = value.get("type").and_then(text).or_else(role);
    named.or_else(first).unwrap_or_default()
}
