//! Habits of other gateways, for clients that have grown used to them.

/// What is done as another gateway does it. Nothing, by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compat {
    /// Whether a Gemini client that does not say `alt` gets its stream as a JSON array, as from Google.
    pub gemini_json_array_stream: bool,
    /// Whether a Responses stream that fails has an `error` event before its `response.failed`.
    pub responses_error_event: bool,
}
