//! The four protocols as a client speaks them.

use cliproxy_core::Protocol;
use serde_json::{Value, json};

/// The model that an [`Entry`](crate::Entry) serves unless it says otherwise.
pub const MODEL: &str = "scripted-1";

/// A body that the provider accepts. `text` is the user's.
#[must_use]
pub fn body(protocol: Protocol, model: &str, stream: bool, text: &str) -> Value {
    match protocol {
        Protocol::Chat => json!({
            "model": model, "stream": stream,
            "messages": [{"role": "user", "content": text}],
        }),
        Protocol::Claude => json!({
            "model": model, "max_tokens": 4096, "stream": stream,
            "messages": [{"role": "user", "content": text}],
        }),
        Protocol::Gemini => json!({"contents": [{"role": "user", "parts": [{"text": text}]}]}),
        Protocol::Responses => json!({"model": model, "stream": stream, "input": text}),
    }
}

/// Where a reply is asked for.
#[must_use]
pub fn generate_path(protocol: Protocol, model: &str, stream: bool) -> String {
    match (protocol, stream) {
        (Protocol::Chat, _) => "/v1/chat/completions".to_owned(),
        (Protocol::Claude, _) => "/v1/messages".to_owned(),
        (Protocol::Responses, _) => "/v1/responses".to_owned(),
        (Protocol::Gemini, false) => format!("/v1beta/models/{model}:generateContent"),
        (Protocol::Gemini, true) => format!("/v1beta/models/{model}:streamGenerateContent?alt=sse"),
    }
}
