//! The cases of `fixtures/helpers`.

use crate::{
    arguments, completeness::Completeness, data_url::DataUrl, freeform::FreeformInput,
    tests::frames, vectors::Case,
};
use serde_json::{Value, json};

pub(super) fn actual(case: &Case) -> Result<Value, String> {
    let one = match case.name.as_str() {
        "helpers/args_repair" => object,
        "helpers/data_url" => data_url,
        "helpers/json_scanner" => completeness,
        "helpers/sse_framer" => framed,
        "helpers/string_extractor" => freeform,
        other => return Err(format!("nothing runs {other}")),
    };
    super::each(case, one)
}

fn object(input: &Value) -> Option<Value> {
    serde_json::from_str(&arguments::object(input.as_str()?)).ok()
}

fn data_url(input: &Value) -> Option<Value> {
    let read = DataUrl::parse(input.as_str()?);
    Some(read.map_or(Value::Null, |url| json!([url.mime, url.base64])))
}

fn pieces(input: &Value) -> Option<Vec<&str>> {
    input.as_array()?.iter().map(Value::as_str).collect()
}

/// Both as they are and as they stand in a JSON string.
fn completeness(input: &Value) -> Option<Value> {
    let (mut plain, mut escaped) = (Completeness::default(), Completeness::default());
    let complete = pieces(input)?.into_iter().map(|piece| {
        let json = Value::from(piece).to_string();
        let is_complete = plain.push(piece);
        assert_eq!(is_complete, escaped.push_escaped(&json[1..json.len() - 1]));
        is_complete
    });
    Some(complete.collect())
}

fn freeform(input: &Value) -> Option<Value> {
    let mut freeform = FreeformInput::default();
    let added = pieces(input)?.into_iter().map(|piece| {
        let json = Value::from(piece).to_string();
        let mut text = b"\"".to_vec();
        freeform.push_escaped(&json[1..json.len() - 1], &mut text);
        text.push(b'"');
        serde_json::from_slice(&text).ok()
    });
    let added: Option<Vec<Value>> = added.collect();
    let added = added?.into_iter().filter(|text| text != "");
    Some(added.collect())
}

fn framed(input: &Value) -> Option<Value> {
    let frames = frames(input.as_str()?);
    let with_data = frames.iter().filter_map(|frame| {
        let data = frame.data()?;
        let event = frame.event().map(String::from_utf8_lossy);
        Some(json!([event, String::from_utf8_lossy(&data)]))
    });
    Some(with_data.collect())
}
