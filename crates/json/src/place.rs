//! From an offset in a document back to the path that leads there.

use crate::Value;

/// The path of the value that starts at `offset`: keys and indices from the outside in, joined by
/// dots. `None` if no value starts there, or if it is the whole document.
///
/// For reports: what is said about a value of a document is kept as the offset of its span, which
/// costs nothing, and becomes a path only if somebody reads it.
///
/// ```
/// use cliproxy_json::{Value, path_to};
///
/// let document = Value::parse(r#"{"messages": [{"role": "user"}, {"role": "tool"}]}"#)?;
/// let second = document.get("messages").unwrap().elements().nth(1).unwrap();
/// assert_eq!(path_to(document, second.span().start).as_deref(), Some("messages.1"));
/// # Ok::<(), cliproxy_json::Invalid>(())
/// ```
#[must_use]
pub fn path_to(document: Value<'_>, offset: usize) -> Option<String> {
    let mut path = String::new();
    let mut value = document;
    while value.span().start != offset {
        let members = value.members().map(|(key, value)| (Some(key), value));
        let elements = value.elements().map(|value| (None, value));
        let mut inside = members.chain(elements).enumerate();
        let (index, (key, next)) = inside.find(|(_, (_, next))| next.span().contains(&offset))?;
        if !path.is_empty() {
            path.push('.');
        }
        match key {
            Some(key) => path.push_str(&key),
            None => path.push_str(&index.to_string()),
        }
        value = next;
    }
    (!path.is_empty()).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::path_to;
    use crate::Value;

    #[test]
    fn every_value_is_found_by_its_offset() {
        let text = r#"{ "a" : [1, {"b.c": "x"}, []], "d": {"e": null} }"#;
        let document = Value::parse(text).unwrap();
        let check = |needle: &str, path: Option<&str>| {
            let offset = text.find(needle).unwrap();
            assert_eq!(path_to(document, offset).as_deref(), path, "{needle}");
        };
        check("[1", Some("a"));
        check("1,", Some("a.0"));
        check("\"x\"", Some("a.1.b.c"));
        check("[]", Some("a.2"));
        check("null", Some("d.e"));
        check("{ \"a\"", None);
        check("b.c", None);
        check(", {", None);
    }
}
