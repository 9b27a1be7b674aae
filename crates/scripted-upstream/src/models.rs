//! Lists of models, in the shapes of three vendors.

use crate::{
    chat::CREATED,
    failure::{ErrorReply, Failure, render},
    reply::{Context, Reply},
};
use cliproxy_core::Protocol;
use serde_json::{Value, json};

/// What a script without models lists.
const ANY: &str = "scripted-model";

/// The list, or one model.
pub(crate) fn answer(
    shape: Protocol,
    id: Option<&str>,
    cx: &Context<'_>,
) -> Result<Reply, ErrorReply> {
    if let Some(id) = id {
        let id = id.strip_prefix("models/").unwrap_or(id);
        if !names(cx).any(|name| name == id) {
            return Err(render(Failure::ModelNotFound, shape, id, cx.now));
        }
        return Ok(Reply::Document(one(shape, id)));
    }
    let all = || -> Vec<Value> { names(cx).map(|name| one(shape, name)).collect() };
    Ok(Reply::Document(match shape {
        Protocol::Chat | Protocol::Responses => json!({"object": "list", "data": all()}),
        Protocol::Gemini => json!({"models": all()}),
        Protocol::Claude => page(cx),
    }))
}

/// Anthropic's list comes in pages (<https://platform.claude.com/docs/en/api/models/list>).
fn page(cx: &Context<'_>) -> Value {
    let parameter = |name: &str| {
        let pairs = cx.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs
            .into_iter()
            .find_map(|(key, value)| (key == name).then_some(value))
    };
    let limit = parameter("limit")
        .and_then(|text| text.parse().ok())
        .unwrap_or(20)
        .clamp(1, 1000);
    let after = parameter("after_id");
    let mut rest: Vec<&str> = names(cx)
        .skip_while(|name| after.is_some_and(|after| *name != after))
        .skip(usize::from(after.is_some()))
        .collect();
    let has_more = rest.len() > limit;
    rest.truncate(limit);
    json!({
        "data": rest.iter().map(|name| one(Protocol::Claude, name)).collect::<Vec<_>>(),
        "has_more": has_more,
        "first_id": rest.first(),
        "last_id": rest.last(),
    })
}

fn names<'a>(cx: &Context<'a>) -> impl Iterator<Item = &'a str> {
    let models = cx.models;
    models
        .iter()
        .map(String::as_str)
        .chain(models.is_empty().then_some(ANY))
}

fn one(shape: Protocol, id: &str) -> Value {
    match shape {
        Protocol::Chat | Protocol::Responses => {
            json!({"id": id, "object": "model", "created": CREATED, "owned_by": "scripted"})
        }
        Protocol::Claude => json!({
            "type": "model",
            "id": id,
            "display_name": format!("Scripted {id}"),
            "created_at": "2026-01-01T00:00:00Z",
            "lifecycle": "active",
        }),
        Protocol::Gemini => json!({
            "name": format!("models/{id}"),
            "version": "scripted",
            "displayName": format!("Scripted {id}"),
            "description": "Answers from a script",
            "inputTokenLimit": 1_048_576,
            "outputTokenLimit": 65_536,
            "supportedGenerationMethods": ["generateContent", "countTokens", "embedContent"],
        }),
    }
}
