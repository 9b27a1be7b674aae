//! The cases of `fixtures/errors`: an upstream's error body, as a client of another protocol reads it.

use crate::{
    error::error_body,
    read_error,
    vectors::{Case, context},
};
use serde_json::Value;

pub(super) fn actual(case: &Case) -> Result<Value, String> {
    let rows = case.json["input"].as_array().into_iter().flatten();
    rows.map(row).collect()
}

fn row(input: &Value) -> Result<Value, String> {
    let body = input["body"].to_string();
    let text = read_error(body.as_bytes()).ok_or("no message")?;
    let status = input["http"].as_u64().unwrap_or_default();
    let status = u16::try_from(status).map_err(|error| error.to_string())?;
    let client = context::protocol(input["client"].as_str().unwrap_or_default())?;
    let body = error_body(client, &text.view(status));
    serde_json::from_slice(&body).map_err(|error| error.to_string())
}
