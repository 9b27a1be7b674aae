//! Whether the gateway is there, and whether it can serve.

use cliproxy_gateway::Snapshot;
use http::StatusCode;
use serde_json::{Value, json};
use std::time::Instant;

pub(crate) fn banner() -> Value {
    json!({
        "message": "cliproxy",
        "endpoints": [
            "POST /v1/chat/completions",
            "POST /v1/responses",
            "POST /v1/messages",
            "POST /v1beta/models/{model}:generateContent",
            "GET /v1/models",
        ],
    })
}

pub(crate) fn alive() -> Value {
    json!({"status": "ok"})
}

/// Ready means: not draining, and at least one credential is usable now.
pub(crate) fn ready(snapshot: &Snapshot, draining: bool) -> (StatusCode, Value) {
    let status = match () {
        () if draining => "draining",
        () if !snapshot.is_ready(Instant::now()) => "no credential is usable",
        () => return (StatusCode::OK, json!({"status": "ok"})),
    };
    (StatusCode::SERVICE_UNAVAILABLE, json!({"status": status}))
}
