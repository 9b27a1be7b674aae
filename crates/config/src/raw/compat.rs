//! What may be said about habits of other gateways.

use crate::Compat;
use schemars::JsonSchema;
use serde::Deserialize;

/// `compat`
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
#[schemars(rename = "Compat")]
pub(crate) struct RawCompat {
    /// Stream to Gemini clients that do not say `alt` as one JSON array, as Google does. Off by default.
    pub(crate) gemini_json_array_stream: Option<bool>,
    /// Send an `error` event before the `response.failed` of a Responses stream. Off by default.
    pub(crate) responses_error_event: Option<bool>,
}

impl RawCompat {
    pub(crate) fn resolve(&self) -> Compat {
        Compat {
            gemini_json_array_stream: self.gemini_json_array_stream.unwrap_or(false),
            responses_error_event: self.responses_error_event.unwrap_or(false),
        }
    }
}
