//! What the answer has to look like.
//!
//! | target | JSON object | schema |
//! | --- | --- | --- |
//! | Chat, Responses | itself | itself; Google's older form is converted |
//! | Claude | in words | itself, closed; in words if it cannot be |
//! | Gemini | itself | itself, with what Gemini knows |
//!
//! A model that cannot be bound to a schema is told of it in words, and so is a Gemini model that takes
//! either functions or a form of the answer. Words are a system message behind the others, and count as
//! changed.
//!
//! Claude always holds a schema, so for Chat and Responses a schema of a Claude client is strict.

use super::{Notes, schemas};
use crate::{
    compact::compact,
    json_str::JsonStr,
    protocols,
    request_ir::{
        Class, Format, FormatKind, Part, Place, Request, SystemMessage, SystemRole, Tool,
        ToolSchema, Why,
    },
    rules::AnswerSchema,
    target::Target,
};

pub(super) const OBJECT: &str = "Respond with one valid JSON object and nothing else.";
pub(super) const SCHEMA: &str =
    "Respond only with JSON that matches this JSON Schema, without Markdown fences:\n";

pub(super) fn fit(request: &mut Request<'_>, target: &Target<'_>, notes: &mut Notes) {
    let Some(format) = request.format.take() else {
        return;
    };
    if target.counts {
        return;
    }
    let place = format.place;
    match bound(format, request, target, notes) {
        Ok(format) => request.format = Some(format),
        Err(words) => {
            notes.losses.change(place, Class::Quality, Why::InWords);
            request.system.push(SystemMessage {
                role: SystemRole::System,
                parts: vec![Part::text(JsonStr::plain(&words), Place::NOWHERE)],
                place: Place::NOWHERE,
            });
        }
    }
}

/// The format as the target takes it, or the words that stand for it.
fn bound<'a>(
    format: Format<'a>,
    request: &Request<'_>,
    target: &Target<'_>,
    notes: &mut Notes,
) -> Result<Format<'a>, String> {
    let place = format.place;
    let is_free = !beside_functions(request, target);
    let rules = &target.rules().answer;
    let FormatKind::Schema {
        name,
        description,
        schema,
        strict,
    } = format.kind
    else {
        return match rules.object && is_free {
            true => Ok(format),
            false => Err(OBJECT.to_owned()),
        };
    };
    let can_bind = target
        .capabilities
        .is_none_or(|model| model.structured_output);
    if !can_bind || !is_free {
        return Err(words(schema, notes));
    }
    let schema = match rules.schema {
        AnswerSchema::AsItIs => schemas::as_json_schema(schema, &mut notes.losses),
        AnswerSchema::Cleaned(mode) => {
            let mode = schemas::mode(mode, target);
            schemas::clean(&schema, mode, &mut notes.losses).unwrap_or(schema)
        }
        AnswerSchema::Closed(mode) => match schemas::clean(&schema, mode, &mut notes.losses) {
            Ok(schema) => schema,
            Err(_) => return Err(words(schema, notes)),
        },
    };
    let always_strict = protocols::rules(request.source).answer.is_always_strict;
    Ok(Format {
        kind: FormatKind::Schema {
            name,
            description,
            schema,
            strict: strict.or(if always_strict { Some(true) } else { None }),
        },
        place,
    })
}

fn words(schema: ToolSchema<'_>, notes: &mut Notes) -> String {
    let schema = schemas::as_json_schema(schema, &mut notes.losses);
    format!("{SCHEMA}{}", compact(&*schema.json))
}

/// Whether functions keep a form of the answer from being asked for.
fn beside_functions(request: &Request<'_>, target: &Target<'_>) -> bool {
    let takes_both = target
        .capabilities
        .is_some_and(|model| model.schema_with_functions);
    let is_function = |tool: &Tool<'_>| matches!(tool, Tool::Function(_));
    target.rules().tools.functions_alone && !takes_both && request.tools.iter().any(is_function)
}
