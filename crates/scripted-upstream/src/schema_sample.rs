//! A sample value for a JSON schema.

use serde_json::{Map, Value};

/// References are followed, and schemas entered, at most this deep.
const DEPTH: usize = 16;

/// A value that matches `schema`, the same one every time.
///
/// Strings are `scripted`, integers 1, an `enum` gives its first entry; objects have their required
/// properties, or all of them if none is required. `pattern`, `not` and conditions are not
/// understood. Upper-case type names (Gemini's) are.
///
/// ```
/// use cliproxy_scripted_upstream::sample;
/// use serde_json::json;
///
/// let schema = json!({
///     "type": "object",
///     "properties": {"city": {"type": "string"}, "unit": {"enum": ["c", "f"]}},
///     "required": ["city", "unit"],
/// });
/// assert_eq!(sample(&schema), json!({"city": "scripted", "unit": "c"}));
/// ```
#[must_use]
pub fn sample(schema: &Value) -> Value {
    Sampler { root: schema }.value(schema, DEPTH)
}

struct Sampler<'a> {
    root: &'a Value,
}

impl Sampler<'_> {
    fn value(&self, schema: &Value, depth: usize) -> Value {
        let (Some(schema), Some(depth)) = (schema.as_object(), depth.checked_sub(1)) else {
            return Value::Null;
        };
        if let Some(pointer) = schema.get("$ref").and_then(Value::as_str) {
            let target = pointer
                .strip_prefix('#')
                .and_then(|path| self.root.pointer(path));
            return target.map_or(Value::Null, |target| self.value(target, depth));
        }
        if let Some(constant) = schema.get("const") {
            return constant.clone();
        }
        if let Some(first) = schema
            .get("enum")
            .and_then(Value::as_array)
            .and_then(|list| list.first())
        {
            return first.clone();
        }
        for keyword in ["anyOf", "oneOf"] {
            if let Some(branches) = schema.get(keyword).and_then(Value::as_array) {
                let branch = branches.iter().find(|branch| branch["type"] != "null");
                return branch.map_or(Value::Null, |branch| self.value(branch, depth));
            }
        }
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
            return self.merged(schema, parts, depth);
        }
        match kind(schema).as_str() {
            "object" => self.object(schema, depth),
            "array" => self.array(schema, depth),
            "boolean" => Value::Bool(true),
            "integer" | "number" => number(schema),
            "null" => Value::Null,
            _ => Value::String(text(schema)),
        }
    }

    /// Objects of an `allOf` are joined; of anything else the first one wins.
    fn merged(&self, schema: &Map<String, Value>, parts: &[Value], depth: usize) -> Value {
        let mut own = schema.clone();
        own.remove("allOf");
        let mut all = Map::new();
        let mut other = None;
        for part in parts.iter().chain(
            own.contains_key("properties")
                .then_some(&Value::Object(own.clone())),
        ) {
            match self.value(part, depth) {
                Value::Object(members) => all.extend(members),
                scalar => other = other.or(Some(scalar)),
            }
        }
        match other {
            Some(scalar) if all.is_empty() => scalar,
            _ => Value::Object(all),
        }
    }

    fn object(&self, schema: &Map<String, Value>, depth: usize) -> Value {
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
            return Value::Object(Map::new());
        };
        let required = schema
            .get("required")
            .and_then(Value::as_array)
            .filter(|list| !list.is_empty());
        let wanted = properties.iter().filter(|(name, _)| {
            required.is_none_or(|list| list.iter().any(|entry| entry == name.as_str()))
        });
        wanted
            .map(|(name, property)| (name.clone(), self.value(property, depth)))
            .collect()
    }

    fn array(&self, schema: &Map<String, Value>, depth: usize) -> Value {
        if let Some(prefix) = schema.get("prefixItems").and_then(Value::as_array) {
            return prefix.iter().map(|item| self.value(item, depth)).collect();
        }
        let bound =
            |keyword: &str, absent: u64| schema.get(keyword).and_then(count).unwrap_or(absent);
        let length = bound("minItems", 1)
            .min(bound("maxItems", u64::MAX))
            .min(64);
        let Some(items) = schema.get("items") else {
            return Value::Array(Vec::new());
        };
        (0..length).map(|_| self.value(items, depth)).collect()
    }
}

/// The first type that is not `null`, in lower case.
fn kind(schema: &Map<String, Value>) -> String {
    let named = match schema.get("type") {
        Some(Value::String(name)) => Some(name.as_str()),
        Some(Value::Array(names)) => names
            .iter()
            .filter_map(Value::as_str)
            .find(|name| *name != "null"),
        _ => None,
    };
    match named {
        Some(name) => name.to_ascii_lowercase(),
        None if schema.contains_key("properties") => "object".to_owned(),
        None if schema.contains_key("items") => "array".to_owned(),
        None => "string".to_owned(),
    }
}

fn number(schema: &Map<String, Value>) -> Value {
    let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_f64);
    let low = bound("minimum").or_else(|| bound("exclusiveMinimum").map(|low| low.floor() + 1.0));
    let high = bound("maximum").or_else(|| bound("exclusiveMaximum").map(|high| high.ceil() - 1.0));
    let mut value = 1.0_f64;
    value = low.map_or(value, |low| value.max(low.ceil()));
    value = high.map_or(value, |high| value.min(high.floor()));
    if let Some(step) = bound("multipleOf").filter(|step| *step > 0.0) {
        value = (value / step).ceil() * step;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "bounds of a sample are small, and a cast saturates"
    )]
    if value.fract() == 0.0 {
        Value::from(value as i64)
    } else {
        Value::from(value)
    }
}

fn text(schema: &Map<String, Value>) -> String {
    let known = match schema.get("format").and_then(Value::as_str) {
        Some("date-time") => "2026-01-01T00:00:00Z",
        Some("date") => "2026-01-01",
        Some("time") => "00:00:00Z",
        Some("duration") => "PT1S",
        Some("email") => "scripted@example.com",
        Some("hostname") => "scripted.example.com",
        Some("uri") => "https://scripted.example.com/",
        Some("ipv4") => "127.0.0.1",
        Some("ipv6") => "::1",
        Some("uuid") => "00000000-0000-4000-8000-000000000000",
        _ => "scripted",
    };
    let bound = |keyword: &str, absent: u64| schema.get(keyword).and_then(count).unwrap_or(absent);
    let (min, max) = (
        bound("minLength", 0).min(4096),
        bound("maxLength", u64::MAX),
    );
    let mut text: String = known
        .chars()
        .take(usize::try_from(max).unwrap_or(usize::MAX))
        .collect();
    while (text.len() as u64) < min {
        text.push('.');
    }
    text
}

/// A count; Gemini writes 64-bit integers as strings.
fn count(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::sample;
    use serde_json::json;

    #[test]
    fn samples_match_their_schemas() {
        let check = |schema: serde_json::Value, expected: serde_json::Value| {
            assert_eq!(sample(&schema), expected, "{schema}");
        };
        check(json!({"type": "string"}), json!("scripted"));
        check(json!({"type": "STRING"}), json!("scripted"));
        check(json!({"type": "string", "maxLength": 3}), json!("scr"));
        check(
            json!({"type": "string", "minLength": 10}),
            json!("scripted.."),
        );
        check(
            json!({"type": "string", "format": "date"}),
            json!("2026-01-01"),
        );
        check(json!({"type": ["null", "integer"]}), json!(1));
        check(json!({"type": "integer", "minimum": 5}), json!(5));
        check(json!({"type": "integer", "exclusiveMinimum": 5}), json!(6));
        check(json!({"type": "integer", "maximum": -3}), json!(-3));
        check(json!({"type": "number", "multipleOf": 2.5}), json!(2.5));
        check(json!({"enum": ["a", "b"]}), json!("a"));
        check(json!({"const": 7}), json!(7));
        check(
            json!({"anyOf": [{"type": "null"}, {"type": "boolean"}]}),
            json!(true),
        );
        check(
            json!({"type": "array", "items": {"type": "integer"}, "minItems": 2}),
            json!([1, 1]),
        );
        check(
            json!({"type": "array", "items": {"type": "integer"}, "maxItems": 0}),
            json!([]),
        );
        check(json!({"type": "object"}), json!({}));
        check(
            json!({"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}, "required": ["b"]}),
            json!({"b": "scripted"}),
        );
        check(
            json!({"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}}),
            json!({"a": 1, "b": "scripted"}),
        );
        check(
            json!({"$ref": "#/$defs/p", "$defs": {"p": {"type": "object", "properties": {"n": {"type": "null"}}}}}),
            json!({"n": null}),
        );
        check(
            json!({"allOf": [{"properties": {"a": {"type": "integer"}}}, {"properties": {"b": {"const": 2}}}]}),
            json!({"a": 1, "b": 2}),
        );
        check(json!(true), json!(null));
    }

    #[test]
    fn a_recursive_schema_ends() {
        let schema = json!({"$ref": "#/$defs/n", "$defs": {"n": {"properties": {"next": {"$ref": "#/$defs/n"}}}}});
        assert!(sample(&schema).is_object());
    }
}
