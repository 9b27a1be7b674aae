//! The cases of `fixtures/ids`.

use crate::{
    call_id,
    carrier::{Carrier, decode_base64},
    tool_name,
    vectors::Case,
};
use serde_json::{Value, json};

pub(super) fn actual(case: &Case) -> Result<Value, String> {
    let one = match case.name.as_str() {
        "ids/call_ids" => call_id,
        "ids/carriers" => carrier,
        "ids/carriers_gemini" => carrier_in_base64,
        "ids/namespaces" => namespace,
        "ids/tool_names" => tool_name,
        other => return Err(format!("nothing runs {other}")),
    };
    super::each(case, one)
}

fn call_id(input: &Value) -> Option<Value> {
    let rule = match input["target"].as_str()? {
        "claude" => call_id::Rule::Claude,
        "responses" => call_id::Rule::Responses,
        "chat-openai" => call_id::Rule::OpenAi,
        "chat-mistral" => call_id::Rule::Mistral,
        "chat-compat" | "gemini" => call_id::Rule::Any,
        _ => return None,
    };
    Some(json!(call_id::fit(input["id"].as_str()?, rule)))
}

fn tool_name(input: &Value) -> Option<Value> {
    let target = match input["target"].as_str()? {
        "chat" | "responses" => tool_name::Target::OpenAi,
        "claude" => tool_name::Target::Claude,
        "gemini" => tool_name::Target::Gemini,
        _ => return None,
    };
    Some(json!(tool_name::fit(input["name"].as_str()?, target)))
}

fn namespace(input: &Value) -> Option<Value> {
    let name = input["name"].as_str()?;
    Some(json!(tool_name::flatten(input["ns"].as_str(), name)))
}

/// Family and realm as they are written, kind, item, data.
fn carrier(input: &Value) -> Option<Value> {
    let text = input.as_str()?;
    let Some(carrier) = Carrier::parse(text) else {
        return Some(Value::Null);
    };
    let written = carrier.to_string();
    let mut names = written.split(':').skip(1);
    Some(json!([
        names.next(),
        names.next(),
        carrier.item,
        carrier.data
    ]))
}

fn carrier_in_base64(input: &Value) -> Option<Value> {
    match decode_base64(input.as_str()?) {
        Some(text) => carrier(&Value::String(text)),
        None => Some(Value::Null),
    }
}
