//! What a function gave.
//!
//! | `response` | result |
//! | --- | --- |
//! | `result` or `output` alone, and it is a text | the text |
//! | `error` alone, and it is a text | the text, as an error |
//! | a text | the text |
//! | another | itself |
//!
//! Media in `parts` follow. A content that names no `id` is paired by its `name`.

use super::{file_data, inline_data, media_of};
use crate::{
    client_body::{
        expect::{object, string},
        members::{camel, take},
        pieces::Pieces,
    },
    json_str::JsonStr,
    rejection::Rejection,
    request_ir::{Part, PartKind, Place, ToolResult},
};
use cliproxy_core::Protocol;
use cliproxy_json::Value;

pub(super) fn read<'a>(value: Value<'a>, pieces: &Pieces) -> Result<ToolResult<'a>, Rejection> {
    let members = camel(object(value, "functionResponse")?);
    let [id, name, response, parts] = take(members, ["id", "name", "response", "parts"]);
    let mut result = ToolResult {
        id: match id {
            Some(id) => string(id, "id")?,
            None => Default::default(),
        },
        name: name.map(|name| string(name, "name")).transpose()?,
        content: Vec::new(),
        structured: None,
        is_error: false,
        is_freeform: false,
    };
    if let Some(response) = response {
        match text_of(response) {
            Some((text, is_error)) => {
                result.is_error = is_error;
                result.content = vec![Part::text(text, Place::of(response))];
            }
            None => result.structured = Some(response),
        }
    }
    for part in parts
        .map(|parts| pieces.objects(parts, "parts"))
        .transpose()?
        .into_iter()
        .flatten()
    {
        result.content.push(media_part(part?)?);
    }
    Ok(result)
}

/// The text that is all of a response, and whether it is an error.
fn text_of(response: Value<'_>) -> Option<(JsonStr<'_>, bool)> {
    if let Some(text) = JsonStr::of(response) {
        return Some((text, false));
    }
    let mut members = response.members();
    let (name, value) = members.next()?;
    if members.next().is_some() {
        return None;
    }
    let text = JsonStr::of(value)?;
    match &*name {
        "result" | "output" => Some((text, false)),
        "error" => Some((text, true)),
        _ => None,
    }
}

fn media_part(part: Value<'_>) -> Result<Part<'_>, Rejection> {
    let [inline, file] = take(camel(part), ["inlineData", "fileData"]);
    let kind = match (inline, file) {
        (Some(data), _) => media_of(inline_data(data)?, None),
        (None, Some(file)) => media_of(file_data(file)?, None),
        (None, None) => PartKind::Foreign(Protocol::Gemini),
    };
    Ok(Part::new(kind, Place::of(part)))
}
