//! What a request says besides its text, in terms that the four protocols share.

use serde_json::{Map, Value};

/// Where each protocol keeps the settings that are recited. A name with a dot is a member of a
/// member.
pub(crate) type Places = &'static [(&'static str, &'static [&'static str])];

/// The settings that `body` has, and the text of its system prompt.
pub(crate) fn settings(body: &Value, system: &str, places: Places) -> Value {
    let mut found = Map::new();
    found.insert("system".to_owned(), system.into());
    for (name, members) in places {
        let value = members
            .iter()
            .find_map(|member| at(body, member))
            .filter(|value| !value.is_null());
        if let Some(value) = value {
            found.insert((*name).to_owned(), value.clone());
        }
    }
    Value::Object(found)
}

fn at<'v>(body: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.')
        .try_fold(body, |value, member| value.get(member))
}

/// How many images there are anywhere in these values.
pub(crate) fn images<'v>(values: impl IntoIterator<Item = &'v Value>) -> usize {
    values.into_iter().map(images_in).sum()
}

fn images_in(value: &Value) -> usize {
    match value {
        Value::Array(items) => images(items),
        Value::Object(members) => {
            let is_image = matches!(
                members.get("type").and_then(Value::as_str),
                Some("image" | "image_url" | "input_image")
            ) || members.contains_key("inlineData");
            if is_image {
                1
            } else {
                images(members.values())
            }
        }
        _ => 0,
    }
}

/// The text of a content, whatever the protocol: a string, or the texts in an array.
pub(crate) fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts = parts.iter().filter_map(|part| part["text"].as_str());
            texts.collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}
