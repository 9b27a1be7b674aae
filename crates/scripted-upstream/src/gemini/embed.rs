//! Gemini embeddings (<https://ai.google.dev/api/embeddings>).

use super::{camel::normalise, error::refuse};
use crate::{
    embeddings::vector,
    failure::ErrorReply,
    inspect::{Checked, Node, each},
    reply::{Context, Reply},
};
use serde_json::{Value, json};

const MEMBERS: &[&str] = &[
    "content",
    "embedContentConfig",
    "model",
    "outputDimensionality",
    "taskType",
    "title",
];

/// Embeds one content.
pub(crate) fn embed(body: Value, cx: &Context<'_>) -> Result<Reply, ErrorReply> {
    let body = normalise(body);
    cx.check(|| check(&Node::root(&body)), refuse)?;
    Ok(Reply::Document(json!({"embedding": embedding(&body)})))
}

/// Embeds several contents.
pub(crate) fn embed_batch(body: Value, cx: &Context<'_>) -> Result<Reply, ErrorReply> {
    let body = normalise(body);
    cx.check(|| check_batch(&Node::root(&body)), refuse)?;
    let requests = body["requests"].as_array().map_or(&[][..], Vec::as_slice);
    let embeddings: Vec<Value> = requests.iter().map(embedding).collect();
    Ok(Reply::Document(json!({"embeddings": embeddings})))
}

fn embedding(request: &Value) -> Value {
    let size = request
        .get("outputDimensionality")
        .or_else(|| request["embedContentConfig"].get("outputDimensionality"));
    json!({"values": vector(&request["content"]["parts"].to_string(), size.and_then(Value::as_u64))})
}

fn check_batch(body: &Node<'_, '_>) -> Checked {
    body.only(&[&["requests"]])?;
    for request in body.need("requests")?.elements()? {
        request.need("model")?.filled_text()?;
        check(&request)?;
    }
    Ok(())
}

fn check(request: &Node<'_, '_>) -> Checked {
    request.only(&[MEMBERS])?;
    each(request, &["outputDimensionality"], |node| {
        node.integer(1.0, 4096.0).map(drop)
    })?;
    let content = request.need("content")?;
    content.only(&[&["parts", "role"]])?;
    for part in content.need("parts")?.elements()? {
        part.object()?;
    }
    Ok(())
}
