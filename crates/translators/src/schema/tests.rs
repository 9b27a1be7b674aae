//! What cleaning does: schema in, schema out, and whether that is reported.

mod cached;
mod hints;
mod limits;
mod modes;
mod properties;
mod roots;

use super::{Mode, SchemaError, SchemaKind, clean};
use cliproxy_json::Value;
use serde_json::Value as Json;

const MODES: [Mode; 5] = [
    Mode::GeminiJson,
    Mode::GeminiOpenapi,
    Mode::ClaudeOutput,
    Mode::ClaudeTool,
    Mode::OpenaiFunction,
];

/// The cleaned text, and whether it is reported as changed.
fn cleaned(schema: &str, kind: SchemaKind, mode: Mode) -> Result<(String, bool), SchemaError> {
    let schema = Value::parse(schema).unwrap();
    let cleaned = clean(schema, kind, mode)?;
    Ok((cleaned.json.into_owned(), cleaned.changed))
}

#[track_caller]
fn check_report(mode: Mode, schema: &str, expected: &str, reported: bool) {
    let (json, changed) = cleaned(schema, SchemaKind::JsonSchema, mode).unwrap();
    let expected: Json = serde_json::from_str(expected).unwrap();
    let found: Json = serde_json::from_str(&json).unwrap();
    assert_eq!(found, expected, "{mode:?} of {schema}\ngave     {json}");
    assert_eq!(changed, reported, "{mode:?} of {schema}");
}

/// Nothing is lost without a trace.
#[track_caller]
fn check(mode: Mode, schema: &str, expected: &str) {
    check_report(mode, schema, expected, false);
}

/// An assertion is lost.
#[track_caller]
fn check_changed(mode: Mode, schema: &str, expected: &str) {
    check_report(mode, schema, expected, true);
}

/// The same for the only property of an object, which is named `p`.
#[track_caller]
fn check_property(mode: Mode, schema: &str, expected: &str) {
    let (schema, expected) = (
        object(schema, false),
        object(expected, mode == Mode::ClaudeOutput),
    );
    check(mode, &schema, &expected);
}

#[track_caller]
fn check_property_changed(mode: Mode, schema: &str, expected: &str) {
    let (schema, expected) = (
        object(schema, false),
        object(expected, mode == Mode::ClaudeOutput),
    );
    check_changed(mode, &schema, &expected);
}

fn object(property: &str, is_closed: bool) -> String {
    let closed = if is_closed {
        r#","additionalProperties":false"#
    } else {
        ""
    };
    format!(r#"{{"type":"object","properties":{{"p":{property}}}{closed}}}"#)
}
