//! Every reply of the fixtures decodes, and says what its case expects a client to read.

use super::{events, replies};
use crate::{
    chat, claude, gemini,
    hub::reply_decoder,
    reply::{Event, Fold, Folded, FoldedKind, Sink as _, transcript::Transcript},
    responses,
    vectors::context,
};
use cliproxy_core::Protocol;
use cliproxy_json::{Value as Json, decoded};
use serde_json::Value;

/// What can be seen of a reply in any protocol.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    fails: bool,
    /// Without what separates paragraphs.
    text: String,
    /// Names of calls, in order.
    calls: Vec<String>,
    finishes: Vec<String>,
}

#[test]
fn every_reply_says_what_the_client_reads() {
    for (case, from, to) in replies() {
        let input = &case.json["input"];
        let folded = match case.text("direction") {
            "stream" => stream(from, input),
            _ => body(from, input),
        };
        let names = context::reply_context(&case, to).names;
        let name = |name: &String| {
            let client = names.get(name).map(|client| client.name.to_string());
            client.unwrap_or_else(|| name.clone())
        };
        let mut told = told(&folded, to);
        if told.fails && to == Protocol::Responses {
            // A failed response has the items that were finished, and nothing of the others.
            told.text.clear();
        }
        told.calls = told.calls.iter().map(name).collect();
        let mut wanted = Seen::default();
        look(&case.json["expected"], to, &mut wanted);
        wanted.text = wanted.text.replace("\n\n", "");
        assert_eq!(told, wanted, "{}", case.name);
    }
}

/// The response in the terminal event says all that the stream has said.
#[test]
fn a_responses_stream_is_its_last_response() {
    for (case, from, _) in replies() {
        let input = &case.json["input"];
        let last = input.as_array().and_then(|events| events.last());
        let last = last.map(|event| &event["data"]["response"]);
        let output = last.and_then(|response| response["output"].as_array());
        if from != Protocol::Responses || output.is_none_or(Vec::is_empty) {
            continue;
        }
        // Items are told in the order in which they end.
        let parts = |folded: Folded| {
            let mut parts: Vec<_> = folded
                .parts
                .iter()
                .map(|part| {
                    format!(
                        "{:?} {} {:?} {:?}",
                        part.kind, part.text, part.summaries, part.opaque
                    )
                })
                .collect();
            parts.sort();
            (parts, folded.usage, folded.finishes)
        };
        let whole = parts(body(from, last.unwrap()));
        assert_eq!(parts(stream(from, input)), whole, "{}", case.name);
    }
}

fn stream(from: Protocol, input: &Value) -> Folded {
    let (mut fold, mut transcript) = (Fold::default(), Transcript::default());
    let mut decoder = reply_decoder(from);
    let mut sink = |event: Event<'_>| {
        transcript.event(event.clone());
        fold.event(event);
    };
    for (name, data) in events(input) {
        decoder.event(name.as_deref(), &data, &mut sink);
    }
    decoder.eof(&mut sink);
    fold.finish()
}

fn body(from: Protocol, input: &Value) -> Folded {
    let text = input.to_string();
    let mut fold = Fold::default();
    reply_decoder(from).body(Json::parse(&text).unwrap(), &mut fold);
    fold.finish()
}

fn told(folded: &Folded, to: Protocol) -> Seen {
    let mut seen = Seen {
        fails: folded.fault.is_some(),
        ..Seen::default()
    };
    for part in &folded.parts {
        match &part.kind {
            FoldedKind::Text { .. } => seen.text.push_str(&decoded(&part.text)),
            // Where there is nothing but text, a refusal is one.
            FoldedKind::Refusal if matches!(to, Protocol::Claude | Protocol::Gemini) => {
                seen.text.push_str(&decoded(&part.text));
            }
            FoldedKind::Tool { name, .. } => seen.calls.push(name.name.to_string()),
            _ => {}
        }
    }
    let has_calls = !seen.calls.is_empty();
    for (_, finish) in &folded.finishes {
        let finish = finish.clone().settled(has_calls);
        let name = match to {
            Protocol::Chat => chat::finish::encode(&finish),
            Protocol::Claude => claude::finish::encode(&finish),
            Protocol::Gemini => gemini::finish::encode(&finish),
            Protocol::Responses => match responses::finish::encode(&finish) {
                responses::finish::Ending::Completed => "completed",
                responses::finish::Ending::Incomplete(_) => "incomplete",
            },
        };
        seen.finishes.push(name.to_owned());
    }
    seen
}

/// Collects what a client's events or body say.
fn look(value: &Value, to: Protocol, seen: &mut Seen) {
    if let Value::Array(list) = value {
        for value in list {
            look(value, to, seen);
        }
        return;
    }
    let Value::Object(members) = value else {
        return;
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let is_error = |value: &Value| value["message"].is_string();
    seen.fails |= is_error(&value["error"]);
    match to {
        Protocol::Chat => {
            for said in [&value["delta"], &value["message"]] {
                seen.text += &text(&said["content"]);
            }
            for kind in ["function", "custom"] {
                let name = text(&value[kind]["name"]);
                seen.calls.extend((!name.is_empty()).then_some(name));
            }
            let finish = value["finish_reason"].as_str();
            seen.finishes.extend(finish.map(str::to_owned));
        }
        Protocol::Claude => {
            match value["type"].as_str() {
                Some("text" | "text_delta") => seen.text += &text(&value["text"]),
                Some("tool_use") => seen.calls.push(text(&value["name"])),
                _ => {}
            }
            let finish = value["stop_reason"].as_str();
            seen.finishes.extend(finish.map(str::to_owned));
        }
        Protocol::Gemini => {
            // A segment repeats the text that it cites.
            let is_segment = value["endIndex"].is_number();
            if value["thought"] != Value::Bool(true) && !is_segment {
                seen.text += &text(&value["text"]);
            }
            let name = text(&value["functionCall"]["name"]);
            seen.calls.extend((!name.is_empty()).then_some(name));
            let finish = value["finishReason"].as_str();
            seen.finishes.extend(finish.map(str::to_owned));
        }
        Protocol::Responses => {
            // Of a stream only the last event repeats everything.
            if let Some(kind) = value["data"]["type"].as_str() {
                let is_last = matches!(
                    kind,
                    "response.completed" | "response.incomplete" | "response.failed"
                );
                let failed = &value["data"]["response"]["error"];
                seen.fails |= is_error(failed);
                if !is_last || kind == "response.failed" {
                    return;
                }
            }
            match value["type"].as_str() {
                Some("output_text") => seen.text += &text(&value["text"]),
                Some("function_call" | "custom_tool_call") => {
                    seen.calls.push(text(&value["name"]));
                }
                Some("local_shell_call") => seen.calls.push("local_shell".to_owned()),
                _ => {}
            }
            if value["object"] == "response" {
                seen.finishes.push(text(&value["status"]));
            }
        }
    }
    for value in members.values() {
        look(value, to, seen);
    }
}
