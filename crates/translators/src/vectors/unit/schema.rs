//! The cases of `fixtures/schema`.
//!
//! `to` is the mode. The input is one schema, or a list of them.

use crate::{
    schema::{Mode, SchemaKind, clean},
    vectors::Case,
};
use serde_json::Value;

pub(super) fn actual(case: &Case) -> Result<Value, String> {
    let mode = match case.text("to") {
        "claude-output" => Mode::ClaudeOutput,
        "claude-tool" => Mode::ClaudeTool,
        "gemini-json" => Mode::GeminiJson,
        "gemini-openapi" => Mode::GeminiOpenapi,
        "openai-function" => Mode::OpenaiFunction,
        other => return Err(format!("no mode is called {other}")),
    };
    // The one list whose schemas come from a client that writes them as OpenAPI.
    let kind = match case.name.as_str() {
        "schema/openapi_to_json" => SchemaKind::Openapi,
        _ => SchemaKind::JsonSchema,
    };
    let cleaned = |schema: &Value| {
        let text = schema.to_string();
        let schema = cliproxy_json::Value::parse(&text).map_err(|error| error.to_string())?;
        let cleaned = clean(schema, kind, mode).map_err(|error| error.to_string())?;
        serde_json::from_str(&cleaned.json).map_err(|error| error.to_string())
    };
    match &case.json["input"] {
        Value::Array(schemas) => schemas.iter().map(cleaned).collect(),
        schema => cleaned(schema),
    }
}
