//! What Chat and Responses have in common. Chat puts an object between where Responses is flat
//! (`function`, `custom`, `json_schema`, `allowed_tools`); either is read in both.

mod annotations;
mod choice;
mod parts;
mod tools;

pub(crate) use self::{annotations::annotate, choice::choice, parts::content, tools::Tools};

use super::{
    expect::{boolean, invalid, object, optional_text, required, string},
    members::take,
};
use crate::{
    rejection::Rejection,
    request_ir::{Format, FormatKind, Place, SchemaFlavour, ToolSchema},
    schema::EMPTY,
};
use cliproxy_json::{Kind, Value};
use std::borrow::Cow;

/// What the answer has to look like: `response_format`, or `text.format`. Plain text is `None`.
///
/// # Errors
///
/// [`Rejection`] for a format that neither protocol has.
pub(crate) fn format(value: Value<'_>) -> Result<Option<Format<'_>>, Rejection> {
    let [kind, inner] = take(value.members(), ["type", "json_schema"]);
    let kind = match &*string(required(kind, value, "type")?, "type")? {
        "text" => return Ok(None),
        "json_object" => FormatKind::Object,
        "json_schema" => {
            let inner = object(inner.unwrap_or(value), "json_schema")?;
            let names = ["name", "description", "schema", "strict"];
            let [name, description, schema, strict] = take(inner.members(), names);
            FormatKind::Schema {
                name: optional_text(name, "name")?,
                description: optional_text(description, "description")?,
                schema: schema_of(required(schema, inner, "schema")?, "schema")?,
                strict: strict.map(|strict| boolean(strict, "strict")).transpose()?,
            }
        }
        _ => return Err(invalid(value, "this format of the answer is unknown")),
    };
    Ok(Some(Format {
        kind,
        place: Place::of(value),
    }))
}

/// The parameters of a tool: what is no object says nothing of them, `true` as little as a text. No
/// upstream takes it, so it becomes a tool without any.
pub(crate) fn parameters_of(value: Value<'_>) -> ToolSchema<'_> {
    let is_schema = value.kind() == Kind::Object;
    ToolSchema {
        json: Cow::Borrowed(if is_schema { value.raw() } else { EMPTY }),
        flavour: SchemaFlavour::JsonSchema,
        place: Place::of(value),
    }
}

/// A JSON schema, moved as it is.
pub(crate) fn schema_of<'a>(value: Value<'a>, name: &str) -> Result<ToolSchema<'a>, Rejection> {
    Ok(ToolSchema {
        json: Cow::Borrowed(object(value, name)?.raw()),
        flavour: SchemaFlavour::JsonSchema,
        place: Place::of(value),
    })
}
