//! What clients of each protocol read in an answer.

use crate::rig::Answer;
use cliproxy_core::Protocol;
use serde_json::Value;

/// What an answer says, and why it ended, in the client's own terms.
pub(crate) fn said(protocol: Protocol, body: &Value) -> (String, String) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match protocol {
        Protocol::Chat => {
            let choice = &body["choices"][0];
            (
                text(&choice["message"]["content"]),
                text(&choice["finish_reason"]),
            )
        }
        Protocol::Claude => {
            let blocks = body["content"].as_array().into_iter().flatten();
            let texts = blocks.map(|block| text(&block["text"]));
            (texts.collect(), text(&body["stop_reason"]))
        }
        Protocol::Gemini => {
            let candidate = &body["candidates"][0];
            let parts = candidate["content"]["parts"]
                .as_array()
                .into_iter()
                .flatten();
            let texts = parts.map(|part| text(&part["text"]));
            (texts.collect(), text(&candidate["finishReason"]))
        }
        Protocol::Responses => {
            let items = body["output"].as_array().into_iter().flatten();
            let parts = items.flat_map(|item| item["content"].as_array().into_iter().flatten());
            let texts = parts.map(|part| text(&part["text"]));
            (texts.collect(), text(&body["status"]))
        }
    }
}

/// The same of a stream.
pub(crate) fn streamed(protocol: Protocol, answer: &Answer) -> (String, String) {
    let body = answer.text();
    let events = body.lines().filter_map(|line| line.strip_prefix("data: "));
    let events = events.filter_map(|data| serde_json::from_str::<Value>(data).ok());
    let (mut said_so_far, mut ended) = (String::new(), String::new());
    for event in events {
        let (text, end) = match protocol {
            Protocol::Chat => (
                event["choices"][0]["delta"]["content"].clone(),
                event["choices"][0]["finish_reason"].clone(),
            ),
            Protocol::Claude => (
                event["delta"]["text"].clone(),
                event["delta"]["stop_reason"].clone(),
            ),
            Protocol::Gemini => {
                let (text, end) = said(protocol, &event);
                (text.into(), end.into())
            }
            Protocol::Responses => match event["type"].as_str() {
                Some("response.output_text.delta") => (event["delta"].clone(), Value::Null),
                Some("response.completed") => (Value::Null, event["response"]["status"].clone()),
                _ => continue,
            },
        };
        said_so_far.push_str(text.as_str().unwrap_or_default());
        if let Some(end) = end.as_str() {
            ended.push_str(end);
        }
    }
    (said_so_far, ended)
}

/// The word of a reply that is over because all is said.
pub(crate) const fn normal_end(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Chat => "stop",
        Protocol::Claude => "end_turn",
        Protocol::Gemini => "STOP",
        Protocol::Responses => "completed",
    }
}

/// Clients and upstreams that speak different protocols.
pub(crate) fn pairs() -> impl Iterator<Item = (Protocol, Protocol)> {
    let pairs = |client| {
        Protocol::ALL
            .into_iter()
            .map(move |upstream| (client, upstream))
    };
    let all = Protocol::ALL.into_iter().flat_map(pairs);
    all.filter(|(client, upstream)| client != upstream)
}
