//! OpenAI embeddings (<https://developers.openai.com/api/docs/api-reference/embeddings>), and the
//! vectors of every protocol.

use crate::{
    failure::ErrorReply,
    inspect::{Checked, Fault, Node, each},
    openai::error::refuse,
    prompt_cache::{Segment, tokens},
    reply::{Context, Reply},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use cliproxy_core::Protocol;
use rustc_hash::FxHasher;
use serde_json::{Value, json};
use std::hash::{Hash as _, Hasher as _};

const MEMBERS: &[&str] = &["dimensions", "encoding_format", "input", "model", "user"];

/// Dimensions of a vector whose size nobody asked for.
const DIMENSIONS: u64 = 8;

/// Embeds each input.
pub(crate) fn answer(body: &Value, cx: &Context<'_>) -> Result<Reply, ErrorReply> {
    cx.check(|| check(&Node::root(body)), refuse)?;
    let model = body["model"].as_str().unwrap_or_default();
    cx.serve(Protocol::Chat, model)?;
    let dimensions = body["dimensions"].as_u64();
    let inputs: Vec<&Value> = match &body["input"] {
        // A list of numbers is one text that is already tokens.
        Value::Array(list) if !list.first().is_some_and(Value::is_number) => list.iter().collect(),
        single => vec![single],
    };
    let base64 = body["encoding_format"] == "base64";
    let data: Vec<Value> = inputs
        .iter()
        .enumerate()
        .map(|(index, input)| {
            let vector = vector(&input.to_string(), dimensions);
            let embedding = if base64 {
                let bytes: Vec<u8> = vector
                    .iter()
                    .flat_map(|value| value.to_le_bytes())
                    .collect();
                json!(BASE64_STANDARD.encode(bytes))
            } else {
                json!(vector)
            };
            json!({"object": "embedding", "index": index, "embedding": embedding})
        })
        .collect();
    let prompt: Vec<Segment> = inputs.into_iter().map(Segment::of).collect();
    let tokens = tokens(&prompt);
    Ok(Reply::Document(json!({
        "object": "list",
        "data": data,
        "model": model,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    })))
}

/// A unit vector that depends on the text only.
pub(crate) fn vector(text: &str, dimensions: Option<u64>) -> Vec<f32> {
    let dimensions = dimensions.unwrap_or(DIMENSIONS).clamp(1, 4096);
    let raw: Vec<f32> = (0..dimensions)
        .map(|dimension| {
            let mut hasher = FxHasher::default();
            (text, dimension).hash(&mut hasher);
            // The upper bits are the well mixed ones.
            f32::from((hasher.finish() >> 48) as u16) / f32::from(u16::MAX) - 0.5
        })
        .collect();
    let length = raw
        .iter()
        .map(|value| value * value)
        .sum::<f32>()
        .sqrt()
        .max(f32::EPSILON);
    raw.into_iter().map(|value| value / length).collect()
}

fn check(body: &Node<'_, '_>) -> Checked {
    body.only(&[MEMBERS])?;
    body.need("model")?.filled_text()?;
    each(body, &["dimensions"], |node| {
        node.integer(1.0, 4096.0).map(drop)
    })?;
    each(body, &["encoding_format"], |node| {
        node.one_of(&["float", "base64"]).map(drop)
    })?;
    each(body, &["user"], |node| node.text().map(drop))?;
    let input = body.need("input")?;
    if input.value.is_string() {
        return input.filled_text().map(drop);
    }
    let list = input.elements()?;
    if list.len() == 0 {
        return Err(input.fault(Fault::Empty));
    }
    if list.len() > 2048 {
        return Err(input.fault(Fault::Long {
            max: 2048,
            got: list.len(),
        }));
    }
    for item in list {
        match item.value {
            Value::String(_) => item.filled_text().map(drop)?,
            Value::Number(_) => item.integer(0.0, 1e9).map(drop)?,
            Value::Array(_) => {
                for token in item.elements()? {
                    token.integer(0.0, 1e9)?;
                }
            }
            _ => return Err(item.expected("a string")),
        }
    }
    Ok(())
}
