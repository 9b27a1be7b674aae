//! Whether the gateway is there, and whether it can serve.

use cliproxy_gateway::Gateway;
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

/// Ready means: not draining, and at least one credential is usable now. It serves with tokens that
/// could not be written as well, but somebody should look.
pub(crate) fn ready(gateway: &Gateway, draining: bool) -> (StatusCode, Value) {
    let (code, status) = match () {
        () if draining => (StatusCode::SERVICE_UNAVAILABLE, "draining"),
        () if !gateway.snapshot().is_ready(Instant::now()) => {
            (StatusCode::SERVICE_UNAVAILABLE, "no credential is usable")
        }
        () if !gateway.at_risk().is_empty() => (StatusCode::OK, "degraded"),
        () => (StatusCode::OK, "ok"),
    };
    (code, json!({"status": status}))
}
