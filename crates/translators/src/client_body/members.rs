//! The members of an object, found in one walk.

use crate::request_ir::{Place, Request, key_of};
use cliproxy_json::Value;
use std::borrow::Cow;

/// The members of these names. `null` is absent; of two members of one name the first counts.
pub(crate) fn take<'a, const N: usize>(
    members: impl Iterator<Item = (Cow<'a, str>, Value<'a>)>,
    names: [&str; N],
) -> [Option<Value<'a>>; N] {
    take_or(members, names, |_, _| {})
}

/// The same, in an object of settings: what is not among `names` becomes a setting of the request, or
/// is noted as unknown. `parent` is the member that the object is, or empty for the body itself.
pub(crate) fn take_settings<'a, const N: usize>(
    request: &mut Request<'a>,
    parent: &str,
    members: impl Iterator<Item = (Cow<'a, str>, Value<'a>)>,
    names: [&str; N],
) -> [Option<Value<'a>>; N] {
    let protocol = request.source;
    take_or(members, names, |name, value| {
        match key_of(protocol, parent, name) {
            Some(key) => request.settings.take(key, value),
            None => request.unknown.push(Place::of(value)),
        }
    })
}

fn take_or<'a, const N: usize>(
    members: impl Iterator<Item = (Cow<'a, str>, Value<'a>)>,
    names: [&str; N],
    mut other: impl FnMut(&str, Value<'a>),
) -> [Option<Value<'a>>; N] {
    let mut found = [None; N];
    for (name, value) in members {
        if value.is_null() {
            continue;
        }
        match names.iter().position(|known| **known == *name) {
            Some(at) => _ = found[at].get_or_insert(value),
            None => other(&name, value),
        }
    }
    found
}

/// Notes the members that are not among `known`, and not `null`.
pub(crate) fn note_others<'a>(
    unknown: &mut Vec<Place>,
    members: impl Iterator<Item = (Cow<'a, str>, Value<'a>)>,
    known: &[&str],
) {
    let others = members.filter(|(name, value)| !value.is_null() && !known.contains(&&**name));
    unknown.extend(others.map(|(_, value)| Place::of(value)));
}

/// The members of an object of Gemini's, whose names may be spelled in camel case or with underscores.
/// They are given in camel case.
pub(crate) fn camel<'a>(
    object: Value<'a>,
) -> impl Iterator<Item = (Cow<'a, str>, Value<'a>)> + use<'a> {
    let members = object.members();
    members.map(|(name, value)| (in_camel_case(name), value))
}

fn in_camel_case(name: Cow<'_, str>) -> Cow<'_, str> {
    let inner = name.trim_start_matches('_');
    if !inner.contains('_') {
        return name;
    }
    let mut out = String::with_capacity(name.len());
    out.push_str(&name[..name.len() - inner.len()]);
    for (at, word) in inner.split('_').enumerate() {
        let mut letters = word.chars();
        match letters.next() {
            Some(first) if at > 0 => out.push(first.to_ascii_uppercase()),
            Some(first) => out.push(first),
            None => continue,
        }
        out.push_str(letters.as_str());
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::{camel, take};
    use cliproxy_json::Value;

    #[test]
    fn the_first_of_a_name_counts_and_null_is_absent() {
        let text = r#"{"a":null,"b":1,"a":2,"a":3,"c":4}"#;
        let found = take(Value::parse(text).unwrap().members(), ["a", "b", "d"]);
        let raw = found.map(|value| value.map(|value| value.raw()));
        assert_eq!(raw, [Some("2"), Some("1"), None]);
    }

    #[test]
    fn names_of_gemini_in_either_spelling() {
        let check = |name: &str, expected: &str| {
            let text = format!("{{\"{name}\":1}}");
            let object = Value::parse(&text).unwrap();
            assert_eq!(camel(object).next().unwrap().0, expected);
        };
        check("topP", "topP");
        check("top_p", "topP");
        check("system_instruction", "systemInstruction");
        check("_responseJsonSchema", "_responseJsonSchema");
        check("response_json_schema", "responseJsonSchema");
        check("a__b_", "aB");
    }
}
