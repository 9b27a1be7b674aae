//! Chat Completions.

use super::{Event, Reply, Said, unnamed};
use serde_json::{Value, json};

impl Reply {
    /// Chat has all thoughts in one text, all texts in another, and calls behind them. Its calls have ids.
    pub(in super::super) fn chat(&self) -> (Vec<Event>, Value) {
        let [input, read, write, output, thought] = self.usage;
        let reason = self.reason(&["stop", "length", "tool_calls", "content_filter"]);
        let usage = json!({
            "prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output,
            "prompt_tokens_details": {"cached_tokens": read, "cache_write_tokens": write},
            "completion_tokens_details": {"reasoning_tokens": thought},
        });
        let of = |is: fn(&Said) -> Option<&Vec<String>>| -> Vec<_> {
            self.said.iter().filter_map(is).flatten().cloned().collect()
        };
        let thoughts = of(|it| match it {
            Said::Thought(texts, _) => Some(texts),
            _ => None,
        });
        let texts = of(|it| match it {
            Said::Text(texts, _) => Some(texts),
            _ => None,
        });
        let mut deltas = vec![json!({"role": "assistant", "content": ""})];
        deltas.extend(
            thoughts
                .iter()
                .map(|text| json!({"reasoning_content": text})),
        );
        deltas.extend(texts.iter().map(|text| json!({"content": text})));
        let mut pieces = Vec::new();
        let mut calls = Vec::new();
        for (at, call) in self.calls().enumerate() {
            let id = call.id.clone().unwrap_or_else(|| format!("c{at}"));
            let function = json!({"name": call.name, "arguments": ""});
            let begin = json!({"index": at, "id": id, "type": "function", "function": function});
            pieces.push((0, begin));
            for (turn, text) in (1..).zip(call.text()) {
                let delta = json!({"index": at, "function": {"arguments": text}});
                pieces.push((turn, delta));
            }
            let function = json!({"name": call.name, "arguments": call.text().concat()});
            calls.push(json!({"id": id, "type": "function", "function": function}));
        }
        if self.is_mixed {
            pieces.sort_by_key(|(turn, _)| *turn);
        }
        deltas.extend(
            pieces
                .into_iter()
                .map(|(_, call)| json!({"tool_calls": [call]})),
        );
        let chunk = |choices: Value| json!({"id": "chatcmpl-1", "created": 7, "choices": choices});
        let of_delta =
            |delta: &Value| chunk(json!([{"index": 0, "delta": delta, "finish_reason": null}]));
        let mut stream: Vec<_> = deltas
            .iter()
            .map(|delta| unnamed(&of_delta(delta)))
            .collect();
        let end = json!([{"index": 0, "delta": {}, "finish_reason": reason}]);
        let mut counted = chunk(json!([]));
        counted["usage"] = usage.clone();
        stream.extend([
            unnamed(&chunk(end)),
            unnamed(&counted),
            (None, "[DONE]".into()),
        ]);
        let mut message = json!({"role": "assistant", "content": null});
        if !texts.is_empty() {
            message["content"] = texts.concat().into();
        }
        if !thoughts.is_empty() {
            message["reasoning_content"] = thoughts.concat().into();
        }
        if !calls.is_empty() {
            message["tool_calls"] = calls.into();
        }
        let choice = json!({"index": 0, "message": message, "finish_reason": reason});
        let mut body = chunk(json!([choice]));
        body["usage"] = usage;
        (stream, body)
    }
}
