//! Responses.

use super::{Event, Reply, Said, named};
use serde_json::{Value, json};

impl Reply {
    /// Texts have no signatures.
    pub(in super::super) fn responses(&self) -> (Vec<Event>, Value) {
        let [input, read, _, output, thought] = self.usage;
        let reason = self.reason(&["completed", "max_output_tokens", "content_filter"]);
        let mut response = json!({
            "id": "resp_1", "object": "response", "created_at": 7, "status": "in_progress",
            "output": [],
        });
        let event = |kind: &str, members: Value| {
            let mut event = members;
            event["type"] = kind.into();
            named(&event)
        };
        let mut stream = vec![event("response.created", json!({"response": response}))];
        let mut items = Vec::new();
        for (at, said) in self.said.iter().enumerate() {
            let (mut begin, steps, done) = item(said, items.len());
            let at = json!({"output_index": items.len(), "item_id": format!("i{at}")});
            begin["id"] = at["item_id"].clone();
            let mut whole = begin.clone();
            for (key, value) in done.as_object().unwrap() {
                whole[key] = value.clone();
            }
            let with = |item: &Value| json!({"output_index": at["output_index"], "item": item});
            stream.push(event("response.output_item.added", with(&begin)));
            for (kind, mut members) in steps {
                for (key, value) in at.as_object().unwrap() {
                    members[key] = value.clone();
                }
                stream.push(event(&format!("response.{kind}"), members));
            }
            stream.push(event("response.output_item.done", with(&whole)));
            items.push(whole);
        }
        response["output"] = items.into();
        response["usage"] = json!({
            "input_tokens": input, "output_tokens": output, "total_tokens": input + output,
            "input_tokens_details": {"cached_tokens": read},
            "output_tokens_details": {"reasoning_tokens": thought},
        });
        let status = match reason {
            "completed" => reason,
            _ => {
                response["incomplete_details"] = json!({"reason": reason});
                "incomplete"
            }
        };
        response["status"] = status.into();
        let end = json!({"response": response});
        stream.push(event(&format!("response.{status}"), end));
        (stream, response)
    }
}

/// An item as it begins, the events in it, and what it has at its end.
fn item(said: &Said, at: usize) -> (Value, Vec<(&'static str, Value)>, Value) {
    let mut steps = Vec::new();
    let mut delta = |kind, texts: &[String], place: &Value| {
        steps.extend(texts.iter().map(|text| {
            let mut delta = place.clone();
            delta["delta"] = text.as_str().into();
            (kind, delta)
        }));
    };
    match said {
        Said::Thought(texts, seal) => {
            let place = json!({"summary_index": 0});
            delta("reasoning_summary_text.delta", texts, &place);
            let begun = json!({"summary_index": 0, "part": {"type": "summary_text", "text": ""}});
            steps.insert(0, ("reasoning_summary_part.added", begun));
            let part = json!({"type": "summary_text", "text": texts.concat()});
            let done = json!({"summary_index": 0, "text": texts.concat()});
            steps.push(("reasoning_summary_text.done", done));
            let done = json!({"summary_index": 0, "part": part});
            steps.push(("reasoning_summary_part.done", done));
            let mut whole = json!({"summary": [part]});
            if let Some(seal) = seal {
                whole["encrypted_content"] = (*seal).into();
            }
            (json!({"type": "reasoning", "summary": []}), steps, whole)
        }
        Said::Redacted => {
            let whole = json!({"encrypted_content": "gAAAAx"});
            (json!({"type": "reasoning", "summary": []}), steps, whole)
        }
        Said::Text(texts, _) => {
            let part = |text: &str| json!({"type": "output_text", "text": text, "annotations": []});
            let place = json!({"content_index": 0});
            delta("output_text.delta", texts, &place);
            let begun = json!({"content_index": 0, "part": part("")});
            steps.insert(0, ("content_part.added", begun));
            let text = texts.concat();
            let done = json!({"content_index": 0, "text": text});
            steps.push(("output_text.done", done));
            let done = json!({"content_index": 0, "part": part(&text)});
            steps.push(("content_part.done", done));
            let begin = json!({
                "type": "message", "role": "assistant", "status": "in_progress", "content": [],
            });
            let whole = json!({"status": "completed", "content": [part(&text)]});
            (begin, steps, whole)
        }
        Said::Call(call) => {
            let id = call.id.clone().unwrap_or_else(|| format!("call_{at}"));
            let begin = json!({
                "type": "function_call", "call_id": id, "name": call.name, "arguments": "",
                "status": "in_progress",
            });
            let arguments = call.text().concat();
            delta("function_call_arguments.delta", &call.text(), &json!({}));
            let done = json!({"arguments": arguments});
            steps.push(("function_call_arguments.done", done));
            let whole = json!({"status": "completed", "arguments": arguments});
            (begin, steps, whole)
        }
    }
}
