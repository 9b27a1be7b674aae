//! Values that must be of a type, and refusals that say where they are not.

use crate::{json_str::JsonStr, rejection::Rejection, request_ir::Place};
use cliproxy_json::{Kind, Value};
use std::borrow::Cow;

/// A refusal because of `value`.
pub(crate) fn invalid(value: Value<'_>, message: impl Into<Cow<'static, str>>) -> Rejection {
    Rejection::Invalid {
        place: Place::of(value),
        message: message.into(),
    }
}

fn wrong(value: Value<'_>, name: &str, kind: &str) -> Rejection {
    not(Place::of(value), name, kind)
}

/// A refusal of what stands at `place`, because it is not of this kind.
pub(crate) fn not(place: Place, name: &str, kind: &str) -> Rejection {
    Rejection::Invalid {
        place,
        message: format!("`{name}` must be {kind}").into(),
    }
}

/// A member that has to be there; `object` is where.
pub(crate) fn required<'a>(
    member: Option<Value<'a>>,
    object: Value<'_>,
    name: &str,
) -> Result<Value<'a>, Rejection> {
    member.ok_or_else(|| Rejection::Missing {
        object: Place::of(object),
        name: name.to_owned(),
    })
}

/// The text of a string, as it stands in the body.
pub(crate) fn text<'a>(value: Value<'a>, name: &str) -> Result<JsonStr<'a>, Rejection> {
    JsonStr::of(value).ok_or_else(|| wrong(value, name, "a string"))
}

/// The text of a string, if it is there at all.
pub(crate) fn optional_text<'a>(
    value: Option<Value<'a>>,
    name: &str,
) -> Result<Option<JsonStr<'a>>, Rejection> {
    value.map(|value| text(value, name)).transpose()
}

/// The text of a string, decoded.
pub(crate) fn string<'a>(value: Value<'a>, name: &str) -> Result<Cow<'a, str>, Rejection> {
    let text = value.as_str();
    text.ok_or_else(|| wrong(value, name, "a string"))
}

pub(crate) fn boolean(value: Value<'_>, name: &str) -> Result<bool, Rejection> {
    let boolean = value.as_bool();
    boolean.ok_or_else(|| wrong(value, name, "a boolean"))
}

pub(crate) fn object<'a>(value: Value<'a>, name: &str) -> Result<Value<'a>, Rejection> {
    match value.kind() {
        Kind::Object => Ok(value),
        _ => Err(wrong(value, name, "an object")),
    }
}

/// A list of strings.
pub(crate) fn strings(value: Value<'_>, name: &str) -> Result<(), Rejection> {
    if value.kind() != Kind::Array {
        return Err(wrong(value, name, "an array"));
    }
    match value.elements().find(|text| text.kind() != Kind::String) {
        Some(other) => Err(invalid(
            other,
            format!("`{name}` must be a list of strings"),
        )),
        None => Ok(()),
    }
}
