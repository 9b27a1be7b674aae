//! Streamed Responses replies.

use super::reply::{ResponsesReply, text_part};
use crate::{answer::halves, frame};
use bytes::Bytes;
use serde_json::{Value, json};

/// Every event of the reply.
pub(super) fn events(reply: &ResponsesReply<'_>) -> Vec<Bytes> {
    let mut stream = ResponsesStream::default();
    for name in ["response.created", "response.in_progress"] {
        stream.push(json!({"type": name, "response": reply.skeleton()}));
    }
    for (index, item) in reply.items().into_iter().enumerate() {
        match item["type"].as_str() {
            Some("reasoning") => stream.reasoning(index, &item),
            Some("message") => stream.message(index, &item, &reply.answer.text),
            _ => stream.call(index, &item),
        }
    }
    let end = format!("response.{}", reply.status());
    stream.push(json!({"type": end, "response": reply.finished()}));
    stream.frames
}

/// The event that ends a stream of which `sent` has been sent. Before the response exists it can
/// only be a bare error.
pub(crate) fn failed(sent: &[Bytes]) -> Bytes {
    const CODE: &str = "server_is_overloaded";
    const MESSAGE: &str = "Our servers are currently overloaded. Please try again later.";
    let number = sent.len();
    let events: Vec<Value> = sent
        .iter()
        .filter_map(|event| frame::value_of(event))
        .collect();
    let Some(created) = events
        .iter()
        .find(|event| event["type"] == "response.created")
    else {
        return frame::named(&json!({
            "type": "error",
            "sequence_number": number,
            "code": CODE,
            "message": MESSAGE,
            "param": null,
        }));
    };
    let mut response = created["response"].clone();
    let done = events
        .iter()
        .filter(|event| event["type"] == "response.output_item.done");
    response["status"] = "failed".into();
    response["output"] = done.map(|event| event["item"].clone()).collect();
    response["error"] = json!({"code": CODE, "message": MESSAGE});
    frame::named(
        &json!({"type": "response.failed", "sequence_number": number, "response": response}),
    )
}

#[derive(Default)]
struct ResponsesStream {
    frames: Vec<Bytes>,
}

impl ResponsesStream {
    /// Numbers and writes an event.
    fn push(&mut self, mut event: Value) {
        event["sequence_number"] = self.frames.len().into();
        self.frames.push(frame::named(&event));
    }

    fn added(&mut self, index: usize, item: &Value) {
        self.push(
            json!({"type": "response.output_item.added", "output_index": index, "item": item}),
        );
    }

    fn done(&mut self, index: usize, item: &Value) {
        self.push(
            json!({"type": "response.output_item.done", "output_index": index, "item": item}),
        );
    }

    /// An event about a piece of an item: `at` names the piece, `more` is what the event says.
    fn piece(
        &mut self,
        name: &str,
        item: &Value,
        index: usize,
        at: Option<&str>,
        more: &[(&str, Value)],
    ) {
        let mut event = json!({
            "type": format!("response.{name}"),
            "item_id": item["id"],
            "output_index": index,
        });
        if let Some(at) = at {
            event[at] = 0.into();
        }
        for (member, value) in more {
            event[*member] = value.clone();
        }
        self.push(event);
    }

    fn reasoning(&mut self, index: usize, item: &Value) {
        let at = Some("summary_index");
        let mut opened = item.clone();
        opened["summary"] = json!([]);
        self.added(index, &opened);
        if let Some(text) = item["summary"][0]["text"].as_str() {
            let empty = json!({"type": "summary_text", "text": ""});
            self.piece(
                "reasoning_summary_part.added",
                item,
                index,
                at,
                &[("part", empty)],
            );
            for half in halves(text) {
                self.piece(
                    "reasoning_summary_text.delta",
                    item,
                    index,
                    at,
                    &[("delta", half.into())],
                );
            }
            self.piece(
                "reasoning_summary_text.done",
                item,
                index,
                at,
                &[("text", text.into())],
            );
            let part = item["summary"][0].clone();
            self.piece(
                "reasoning_summary_part.done",
                item,
                index,
                at,
                &[("part", part)],
            );
        }
        self.done(index, item);
    }

    fn message(&mut self, index: usize, item: &Value, deltas: &[String]) {
        let at = Some("content_index");
        let none = || ("logprobs", json!([]));
        let mut opened = item.clone();
        opened["status"] = "in_progress".into();
        opened["content"] = json!([]);
        self.added(index, &opened);
        self.piece(
            "content_part.added",
            item,
            index,
            at,
            &[("part", text_part(""))],
        );
        for delta in deltas {
            let delta = ("delta", delta.as_str().into());
            self.piece("output_text.delta", item, index, at, &[delta, none()]);
        }
        let part = &item["content"][0];
        let text = ("text", part["text"].clone());
        self.piece("output_text.done", item, index, at, &[text, none()]);
        self.piece(
            "content_part.done",
            item,
            index,
            at,
            &[("part", part.clone())],
        );
        self.done(index, item);
    }

    fn call(&mut self, index: usize, item: &Value) {
        let (name, member) = if item["type"] == "function_call" {
            ("function_call_arguments", "arguments")
        } else {
            ("custom_tool_call_input", "input")
        };
        let mut opened = item.clone();
        opened["status"] = "in_progress".into();
        opened[member] = "".into();
        self.added(index, &opened);
        let whole = item[member].as_str().unwrap_or_default();
        for half in halves(whole) {
            self.piece(
                &format!("{name}.delta"),
                item,
                index,
                None,
                &[("delta", half.into())],
            );
        }
        let mut end = vec![(member, whole.into())];
        if member == "arguments" {
            end.push(("name", item["name"].clone()));
        }
        self.piece(&format!("{name}.done"), item, index, None, &end);
        self.done(index, item);
    }
}
