//! The cases of `fixtures/finish`: a reason of one protocol, as each of the four tells it.

use crate::{chat, claude, gemini, reply::Finish, responses, vectors::Case};
use serde_json::{Value, json};

pub(super) fn actual(case: &Case) -> Result<Value, String> {
    let rows = case.json["input"].as_array().into_iter().flatten();
    rows.map(row).collect()
}

fn row(input: &Value) -> Result<Value, String> {
    let name = input["finish"].as_str().unwrap_or_default();
    let finish = match input["from"].as_str() {
        Some("chat") => chat::finish::decode(name).map_err(|status| status.to_string())?,
        Some("claude") => claude::finish::decode(name, None),
        Some("gemini") => gemini::finish::decode(name),
        _ => match name.split_once(':') {
            Some((_, reason)) => responses::finish::decode_incomplete(Some(reason)),
            None => Finish::Stop,
        },
    };
    let finish = finish.settled(input["calls"] != json!(0));
    let status = match responses::finish::encode(&finish) {
        responses::finish::Ending::Completed => "completed".to_owned(),
        responses::finish::Ending::Incomplete(reason) => format!("incomplete:{reason}"),
    };
    Ok(json!([
        chat::finish::encode(&finish),
        status,
        claude::finish::encode(&finish),
        gemini::finish::encode(&finish),
    ]))
}
