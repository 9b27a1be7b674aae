//! One conversation reads the same, whichever protocol it is written in.

use super::{conversation, read};
use cliproxy_core::Protocol;
use proptest::prelude::*;
use serde_json::{Value, json};

/// What a user and a model may say to each other in all protocols.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) asked: String,
    image: bool,
    pub(crate) answered: Option<String>,
    /// What is called, and what it gave.
    pub(crate) calls: Vec<(String, String)>,
}

/// The same where nothing is white space alone, which is no text to some.
pub(crate) fn spoken() -> impl Strategy<Value = Exchange> {
    exchange().prop_map(|mut it| {
        let results = it.calls.iter_mut().map(|(_, gave)| gave);
        let texts = it.answered.iter_mut().chain([&mut it.asked]);
        results.chain(texts).for_each(|text| text.push('.'));
        it
    })
}

pub(crate) fn exchange() -> impl Strategy<Value = Exchange> {
    let call = ("[a-z]{1,4}", ".{0,12}");
    let parts = (
        ".{1,12}",
        any::<bool>(),
        proptest::option::of(".{1,12}"),
        proptest::collection::vec(call, 0..3),
    );
    parts.prop_map(|(asked, image, answered, calls)| Exchange {
        asked,
        image,
        answered,
        calls,
    })
}

const IMAGE: &str = "iVBORw0KGgo=";

fn data_url() -> String {
    format!("data:image/png;base64,{IMAGE}")
}

/// What the protocol says of an assistant that says nothing differs, so it says something here.
fn answer(exchange: &Exchange) -> &str {
    exchange.answered.as_deref().unwrap_or("Well.")
}

pub(crate) fn chat(said: &[Exchange]) -> Value {
    let mut messages = vec![json!({"role": "system", "content": "S"})];
    for (turn, it) in said.iter().enumerate() {
        let mut parts = vec![json!({"type": "text", "text": it.asked})];
        if it.image {
            parts.push(json!({"type": "image_url", "image_url": {"url": data_url()}}));
        }
        messages.push(json!({"role": "user", "content": parts}));
        let calls = it.calls.iter().enumerate().map(|(at, (name, _))| {
            let called = json!({"name": name, "arguments": "{\"n\": 1}"});
            json!({"id": format!("c{turn}_{at}"), "type": "function", "function": called})
        });
        let calls: Vec<_> = calls.collect();
        messages.push(json!({
            "role": "assistant", "content": answer(it), "tool_calls": calls,
        }));
        for (at, (_, gave)) in it.calls.iter().enumerate() {
            let id = format!("c{turn}_{at}");
            messages.push(json!({"role": "tool", "tool_call_id": id, "content": gave}));
        }
    }
    json!({"model": "m", "messages": messages})
}

pub(crate) fn claude(said: &[Exchange]) -> Value {
    let mut messages = Vec::new();
    for (turn, it) in said.iter().enumerate() {
        let mut blocks = vec![json!({"type": "text", "text": it.asked})];
        if it.image {
            let source = json!({"type": "base64", "media_type": "image/png", "data": IMAGE});
            blocks.push(json!({"type": "image", "source": source}));
        }
        messages.push(json!({"role": "user", "content": blocks}));
        let mut blocks = vec![json!({"type": "text", "text": answer(it)})];
        let mut results = Vec::new();
        for (at, (name, gave)) in it.calls.iter().enumerate() {
            let id = format!("c{turn}_{at}");
            blocks.push(json!({"type": "tool_use", "id": id, "name": name, "input": {"n": 1}}));
            results.push(json!({"type": "tool_result", "tool_use_id": id, "content": gave}));
        }
        messages.push(json!({"role": "assistant", "content": blocks}));
        if !results.is_empty() {
            messages.push(json!({"role": "user", "content": results}));
        }
    }
    json!({"model": "m", "system": "S", "messages": messages})
}

pub(crate) fn responses(said: &[Exchange]) -> Value {
    let mut items = vec![json!({"role": "system", "content": "S"})];
    for (turn, it) in said.iter().enumerate() {
        let mut parts = vec![json!({"type": "input_text", "text": it.asked})];
        if it.image {
            parts.push(json!({"type": "input_image", "image_url": data_url()}));
        }
        items.push(json!({"type": "message", "role": "user", "content": parts}));
        let text = json!({"type": "output_text", "text": answer(it), "annotations": []});
        items.push(json!({"type": "message", "role": "assistant", "content": [text]}));
        let mut outputs = Vec::new();
        for (at, (name, gave)) in it.calls.iter().enumerate() {
            let id = format!("c{turn}_{at}");
            items.push(json!({
                "type": "function_call", "call_id": id, "name": name, "arguments": "{\"n\":1}",
            }));
            outputs.push(json!({"type": "function_call_output", "call_id": id, "output": gave}));
        }
        items.extend(outputs);
    }
    json!({"model": "m", "input": items})
}

pub(crate) fn gemini(said: &[Exchange]) -> Value {
    let mut contents = Vec::new();
    for (turn, it) in said.iter().enumerate() {
        let mut parts = vec![json!({"text": it.asked})];
        if it.image {
            parts.push(json!({"inline_data": {"mime_type": "image/png", "data": IMAGE}}));
        }
        contents.push(json!({"role": "user", "parts": parts}));
        let mut parts = vec![json!({"text": answer(it)})];
        let mut results = Vec::new();
        for (at, (name, gave)) in it.calls.iter().enumerate() {
            let id = format!("c{turn}_{at}");
            parts.push(json!({"functionCall": {"id": id, "name": name, "args": {"n": 1}}}));
            // The name of a result is Gemini's alone.
            results.push(json!({"functionResponse": {"id": id, "response": {"result": gave}}}));
        }
        contents.push(json!({"role": "model", "parts": parts}));
        if !results.is_empty() {
            contents.push(json!({"role": "function", "parts": results}));
        }
    }
    json!({"systemInstruction": {"parts": [{"text": "S"}]}, "contents": contents})
}

proptest! {
    #[test]
    fn a_conversation_reads_the_same_in_every_protocol(
        said in proptest::collection::vec(exchange(), 1..4),
    ) {
        let rendered = |protocol, body: Value| {
            // A further message is a paragraph in Responses; results and questions are one turn.
            read(protocol, &body.to_string(), conversation).replace('¶', "")
        };
        let expected = rendered(Protocol::Chat, chat(&said));
        prop_assert_eq!(&rendered(Protocol::Claude, claude(&said)), &expected);
        prop_assert_eq!(&rendered(Protocol::Responses, responses(&said)), &expected);
        prop_assert_eq!(&rendered(Protocol::Gemini, gemini(&said)), &expected);
    }
}
