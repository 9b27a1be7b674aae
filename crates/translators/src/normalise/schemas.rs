//! Schemas of tools and answers, cleaned for the target.

use crate::{
    request_ir::{Class, Losses, SchemaFlavour, ToolSchema, Why},
    schema::{CLEANED, EMPTY, Held, Mode, SchemaError, SchemaKind},
    target::Target,
};
use cliproxy_json::Value;
use std::borrow::Cow;

/// How schemas are cleaned: what the profile says goes before what the protocol says.
pub(super) const fn mode(mode: Mode, target: &Target<'_>) -> Mode {
    match target.profile.openapi_schemas {
        true => Mode::GeminiOpenapi,
        false => mode,
    }
}

/// Cleans `schema` for `mode`; an assertion that is lost without a hint makes it changed.
///
/// # Errors
///
/// As `schema::clean`; nothing is noted then.
pub(super) fn clean<'a>(
    schema: &ToolSchema<'a>,
    mode: Mode,
    losses: &mut Losses,
) -> Result<ToolSchema<'a>, SchemaError> {
    let kind = kind(schema.flavour);
    let (json, changed) = match &schema.json {
        Cow::Borrowed(text) => cleaned(text, kind, mode)?,
        Cow::Owned(text) => {
            let (json, changed) = cleaned(text, kind, mode)?;
            (Cow::Owned(json.into_owned()), changed)
        }
    };
    if changed {
        losses.change(schema.place, Class::Quality, Why::Schema);
    }
    Ok(ToolSchema {
        json,
        flavour: match mode {
            Mode::GeminiOpenapi => SchemaFlavour::OpenApi,
            _ => SchemaFlavour::JsonSchema,
        },
        place: schema.place,
    })
}

/// Cleans `schema` for the first mode, which repairs its root, and closes what that leaves by the second.
///
/// `None` if it cannot be closed, and if its root was no object with properties: closed, it would
/// take nothing. Nothing is noted then.
pub(super) fn close(
    schema: &ToolSchema<'_>,
    (root, closed): (Mode, Mode),
    losses: &mut Losses,
) -> Option<ToolSchema<'static>> {
    let (repaired, is_repair_a_loss) = cleaned(&schema.json, kind(schema.flavour), root).ok()?;
    let (json, changed) = cleaned(&repaired, SchemaKind::JsonSchema, closed).ok()?;
    let changed = changed || is_repair_a_loss;
    let value = Value::parse(&json).ok()?;
    let properties = value.get("properties");
    let takes_nothing = properties.is_none_or(|all| all.members().next().is_none());
    let mut lists = ["const", "enum"].into_iter();
    let is_list_of_values = lists.any(|keyword| value.get(keyword).is_some());
    if is_list_of_values || changed && takes_nothing {
        return None;
    }
    if changed {
        losses.change(schema.place, Class::Quality, Why::Schema);
    }
    Some(ToolSchema {
        json: Cow::Owned(json.into_owned()),
        flavour: SchemaFlavour::JsonSchema,
        place: schema.place,
    })
}

/// The same schema in JSON Schema, with a root of any type.
///
/// The cleaner makes an object of every root, so the schema is shown to it as a property.
pub(super) fn as_json_schema<'a>(schema: ToolSchema<'a>, losses: &mut Losses) -> ToolSchema<'a> {
    if schema.flavour == SchemaFlavour::JsonSchema {
        return schema;
    }
    let wrapped = format!(
        r#"{{"type":"OBJECT","properties":{{"answer":{}}}}}"#,
        schema.json
    );
    let cleaned = cleaned(&wrapped, SchemaKind::Openapi, Mode::OpenaiFunction);
    let answer = cleaned.ok().and_then(|(json, changed)| {
        if changed {
            losses.change(schema.place, Class::Quality, Why::Schema);
        }
        let answer = Value::parse(&json).ok()?.at(&["properties", "answer"])?;
        Some(answer.raw().to_owned())
    });
    ToolSchema {
        json: answer.map_or(schema.json, Cow::Owned),
        flavour: SchemaFlavour::JsonSchema,
        place: schema.place,
    }
}

fn kind(flavour: SchemaFlavour) -> SchemaKind {
    match flavour {
        SchemaFlavour::JsonSchema => SchemaKind::JsonSchema,
        SchemaFlavour::OpenApi => SchemaKind::Openapi,
    }
}

fn cleaned(text: &str, kind: SchemaKind, mode: Mode) -> Result<(Cow<'_, str>, bool), SchemaError> {
    let Ok(value) = Value::parse(text) else {
        return Ok((Cow::Borrowed(EMPTY), false));
    };
    let held = CLEANED.clean(value, kind, mode)?;
    let changed = held.changed();
    Ok(match held {
        Held::AsSent(json) => (Cow::Borrowed(json), changed),
        Held::Shared(cleaned) => (Cow::Owned(cleaned.json.to_string()), changed),
    })
}
