//! Requests to upstreams that speak another protocol, and what clients read of them.

use crate::rig::{Answer, Ask, Rig, entries, entry, section, upstream};
use cliproxy_core::Protocol;
use cliproxy_scripted_upstream::Behaviour;
use serde_json::Value;

/// What an answer says, and why it ended, in the client's own terms.
fn said(protocol: Protocol, body: &Value) -> (String, String) {
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
fn streamed(protocol: Protocol, answer: &Answer) -> (String, String) {
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

const fn normal_end(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Chat => "stop",
        Protocol::Claude => "end_turn",
        Protocol::Gemini => "STOP",
        Protocol::Responses => "completed",
    }
}

fn pairs() -> impl Iterator<Item = (Protocol, Protocol)> {
    let pairs = |client| {
        Protocol::ALL
            .into_iter()
            .map(move |upstream| (client, upstream))
    };
    let all = Protocol::ALL.into_iter().flat_map(pairs);
    all.filter(|(client, upstream)| client != upstream)
}

#[tokio::test]
async fn every_client_reaches_every_upstream() {
    for (client, speaks) in pairs() {
        let upstream = upstream([Behaviour::Answer]);
        let rig = Rig::new(&entries(&upstream, speaks, "a"));
        for streams in [false, true] {
            let answer = rig.send(&Ask::new(client, "m", streams)).await;
            let case = format!("{client} to {speaks}, stream {streams}");
            assert_eq!(answer.status, 200, "{case}: {answer:?}");
            let (text, end) = match streams {
                true => streamed(client, &answer),
                false => said(client, &answer.json()),
            };
            assert_eq!(
                text, "scripted reply from a to: hello",
                "{case}: {answer:?}"
            );
            assert_eq!(end, normal_end(client), "{case}: {answer:?}");
            let kind = match streams {
                true => "text/event-stream",
                false => "application/json",
            };
            assert!(answer.header("content-type").starts_with(kind), "{case}");
        }
    }
}

/// Nothing is lost on the way through who speaks the client's own protocol; priority comes first.
#[tokio::test]
async fn who_speaks_the_clients_protocol_is_asked_first() {
    let upstream = upstream([Behaviour::Answer, Behaviour::Answer, Behaviour::Answer]);
    let base = upstream.base_url();
    let of = |protocol, key: &str, more: &str| {
        let entry = entry(protocol, &base, key, "m", more);
        format!("{}:\n{entry}", section(protocol))
    };
    let check = async |claude: &str, asks: Protocol, expected: [&str; 3]| {
        let yaml = of(Protocol::Claude, "a", claude) + &of(Protocol::Chat, "b", "");
        let rig = Rig::new(&(yaml + &of(Protocol::Responses, "c", "")));
        let mut served = rig.served(&Ask::new(asks, "m", false), 3).await;
        served.sort();
        assert_eq!(served, expected, "{asks}, {claude}");
    };
    check("", Protocol::Claude, ["a", "a", "a"]).await;
    check("", Protocol::Chat, ["b", "b", "b"]).await;
    check("", Protocol::Responses, ["c", "c", "c"]).await;
    check("", Protocol::Gemini, ["a", "b", "c"]).await;
    check("priority: 1", Protocol::Chat, ["a", "a", "a"]).await;
    check("priority: -1", Protocol::Claude, ["b", "b", "c"]).await;
}
