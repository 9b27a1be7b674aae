//! What a reply says, in each protocol.

#[cfg(test)]
mod tests;

use anyhow::Context as _;
use cliproxy_core::Protocol;
use serde_json::Value;

/// The text and the model names of a generation.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) text: String,
    /// What the reply calls the model, everywhere it does.
    pub(super) models: Vec<String>,
}

impl Said {
    /// Reads a whole body, or the events of a whole stream.
    pub(super) fn read(protocol: Protocol, streamed: bool, body: &[u8]) -> anyhow::Result<Self> {
        let mut said = Self {
            text: String::new(),
            models: Vec::new(),
        };
        for document in documents(streamed, body)? {
            said.text.push_str(&text(protocol, streamed, &document));
            said.models.extend(model(&document));
        }
        Ok(said)
    }
}

/// The body, or the data of each event. The upstream puts an event's data on one line.
fn documents(streamed: bool, body: &[u8]) -> anyhow::Result<Vec<Value>> {
    if !streamed {
        return Ok(vec![
            serde_json::from_slice(body).context("the reply is not JSON")?,
        ]);
    }
    let text = str::from_utf8(body).context("the stream is not text")?;
    text.lines()
        .filter_map(|line| line.strip_prefix("data:"))
        .map(str::trim)
        .filter(|data| *data != "[DONE]")
        .map(|data| serde_json::from_str(data).context("an event is not JSON"))
        .collect()
}

fn text(protocol: Protocol, streamed: bool, document: &Value) -> String {
    let one = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match protocol {
        Protocol::Chat if streamed => one(&document["choices"][0]["delta"]["content"]),
        Protocol::Chat => one(&document["choices"][0]["message"]["content"]),
        Protocol::Claude if streamed => one(&document["delta"]["text"]),
        Protocol::Claude => texts(&document["content"]),
        Protocol::Gemini => texts(&document["candidates"][0]["content"]["parts"]),
        Protocol::Responses if streamed => match document["type"].as_str() {
            Some("response.output_text.delta") => one(&document["delta"]),
            _ => String::new(),
        },
        Protocol::Responses => {
            let items = document["output"].as_array().into_iter().flatten();
            items.map(|item| texts(&item["content"])).collect()
        }
    }
}

fn texts(parts: &Value) -> String {
    let parts = parts.as_array().into_iter().flatten();
    parts.filter_map(|part| part["text"].as_str()).collect()
}

/// Where any protocol names the model.
fn model(document: &Value) -> Option<String> {
    [
        "/model",
        "/message/model",
        "/response/model",
        "/modelVersion",
    ]
    .iter()
    .find_map(|place| document.pointer(place)?.as_str())
    .map(str::to_owned)
}
