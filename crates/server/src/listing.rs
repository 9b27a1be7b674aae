//! The models a client may ask for, in the shape its protocol knows.

use crate::refusal::{clipped, refuse};
use cliproxy_core::Protocol;
use cliproxy_gateway::Failure;
use cliproxy_models::{ModelInfo, Route};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The shape of a list, told by what the client's SDK always sends.
///
/// One path serves three protocols: Google's SDKs authenticate with `x-goog-api-key`, Anthropic's
/// send `anthropic-version`, OpenAI's neither.
pub(crate) fn shape(headers: &HeaderMap, gemini: bool) -> Protocol {
    if gemini || headers.contains_key("x-goog-api-key") {
        Protocol::Gemini
    } else if headers.contains_key("anthropic-version") {
        Protocol::Claude
    } else {
        Protocol::Chat
    }
}

/// A list of models.
pub(crate) fn list<'a>(
    shape: Protocol,
    models: impl Iterator<Item = &'a Route>,
    query: Option<&str>,
) -> Value {
    match shape {
        Protocol::Chat | Protocol::Responses => {
            json!({"object": "list", "data": models.map(openai).collect::<Vec<_>>()})
        }
        Protocol::Claude => claude_page(&models.collect::<Vec<_>>(), &Page::read(query)),
        Protocol::Gemini => json!({"models": models.map(gemini).collect::<Vec<_>>()}),
    }
}

/// One model.
pub(crate) fn one(shape: Protocol, model: &Route) -> Value {
    match shape {
        Protocol::Chat | Protocol::Responses => openai(model),
        Protocol::Claude => claude(model),
        Protocol::Gemini => gemini(model),
    }
}

/// A model that is not listed.
pub(crate) fn unknown(shape: Protocol, id: &str) -> Failure {
    let id = clipped(id);
    let message = match shape {
        Protocol::Gemini => {
            let name = id.strip_prefix("models/").unwrap_or(id);
            format!("models/{name} is not found")
        }
        Protocol::Chat | Protocol::Claude | Protocol::Responses => {
            format!("model `{id}` is not served here; GET /v1/models lists what is")
        }
    };
    refuse(StatusCode::NOT_FOUND, "model_not_found", message)
}

fn openai(model: &Route) -> Value {
    let ModelInfo {
        created, owned_by, ..
    } = &model.info;
    let mut entry = Map::new();
    entry.insert("id".into(), model.id.as_str().into());
    entry.insert("object".into(), "model".into());
    if let Some(created) = created {
        entry.insert("created".into(), (*created).into());
    }
    entry.insert("owned_by".into(), (**owned_by).into());
    entry.into()
}

fn claude(model: &Route) -> Value {
    let info = &model.info;
    // The API gives a date for every model; an unknown one is the epoch, as its own docs do.
    let created = Timestamp::from_second(info.created.unwrap_or(0)).unwrap_or_default();
    json!({
        "type": "model",
        "id": model.id.as_str(),
        "object": "model",
        "display_name": info.display_name.as_deref().unwrap_or(model.id.as_str()),
        "created_at": created.to_string(),
        "owned_by": &*info.owned_by,
    })
}

fn gemini(model: &Route) -> Value {
    let info = &model.info;
    let id = model.id.as_str();
    let name = if id.starts_with("models/") {
        id.to_owned()
    } else {
        format!("models/{id}")
    };
    let display = info.display_name.as_deref().unwrap_or(&name);
    let methods = match info.methods.as_slice() {
        // What no upstream counts is estimated.
        [] => json!(["generateContent", "countTokens"]),
        methods => json!(methods),
    };
    let mut entry = Map::new();
    entry.insert("name".into(), name.as_str().into());
    entry.insert("displayName".into(), display.into());
    let description = info.description.as_deref().unwrap_or(display);
    entry.insert("description".into(), description.into());
    if let Some(limit) = info.context {
        entry.insert("inputTokenLimit".into(), limit.into());
    }
    if let Some(limit) = info.max_output {
        entry.insert("outputTokenLimit".into(), limit.into());
    }
    entry.insert("supportedGenerationMethods".into(), methods);
    entry.into()
}

/// Anthropic's paging, which its SDKs walk: `limit`, `after_id`, `before_id`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Page {
    limit: Option<usize>,
    after: Option<String>,
    before: Option<String>,
}

impl Page {
    fn read(query: Option<&str>) -> Self {
        let mut page = Self::default();
        for pair in query.unwrap_or_default().split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = percent_encoding::percent_decode_str(value)
                .decode_utf8_lossy()
                .into_owned();
            match name {
                "limit" => {
                    page.limit = value
                        .parse()
                        .ok()
                        .filter(|limit| (1..=1000).contains(limit))
                }
                "after_id" => page.after = Some(value),
                "before_id" => page.before = Some(value),
                _ => {}
            }
        }
        page
    }
}

fn claude_page(models: &[&Route], page: &Page) -> Value {
    let place = |id: &str| models.iter().position(|model| model.id.as_str() == id);
    let limit = page.limit.unwrap_or(models.len());
    let (from, to) = match (&page.after, &page.before) {
        (Some(after), _) => {
            let from = place(after).map_or(models.len(), |at| at + 1);
            (from, models.len().min(from + limit))
        }
        (None, Some(before)) => {
            let to = place(before).unwrap_or(0);
            (to.saturating_sub(limit), to)
        }
        (None, None) => (0, models.len().min(limit)),
    };
    let shown = &models[from..to];
    let more = if page.before.is_some() && page.after.is_none() {
        from > 0
    } else {
        to < models.len()
    };
    let id = |model: Option<&&Route>| model.map(|model| model.id.as_str().to_owned());
    json!({
        "data": shown.iter().map(|model| claude(model)).collect::<Vec<_>>(),
        "has_more": more,
        "first_id": id(shown.first()),
        "last_id": id(shown.last()),
    })
}
