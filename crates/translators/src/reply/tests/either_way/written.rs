//! A reply as an upstream writes it: as a stream, and as a body.

use super::{
    super::properties::Event,
    said::{Call, Reply, Said},
};
use serde_json::{Value, json};

fn unnamed(data: &Value) -> Event {
    (None, data.to_string())
}

fn named(data: &Value) -> Event {
    (data["type"].as_str().map(str::to_owned), data.to_string())
}

impl Reply {
    fn reason(&self, reasons: &[&'static str]) -> &'static str {
        reasons[self.finish.index(reasons.len())]
    }

    fn calls(&self) -> impl Iterator<Item = &Call> {
        self.said.iter().filter_map(|said| match said {
            Said::Call(call) => Some(call),
            _ => None,
        })
    }

    /// Chat has all thoughts in one text, all texts in another, and calls behind them. Its calls have ids.
    pub(super) fn chat(&self) -> (Vec<Event>, Value) {
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
            for (turn, text) in (1..).zip(&call.arguments) {
                let delta = json!({"index": at, "function": {"arguments": text}});
                pieces.push((turn, delta));
            }
            let function = json!({"name": call.name, "arguments": call.arguments.concat()});
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

    /// Calls have ids, and texts no signatures.
    pub(super) fn claude(&self) -> (Vec<Event>, Value) {
        let [input, read, write, output, thought] = self.usage;
        let reason = self.reason(&[
            "end_turn",
            "max_tokens",
            "tool_use",
            "refusal",
            "pause_turn",
            "stop_sequence",
        ]);
        let sequence = (reason == "stop_sequence").then_some("END");
        let mut usage = json!({
            "input_tokens": input - read - write, "output_tokens": 1,
            "cache_read_input_tokens": read, "cache_creation_input_tokens": write,
        });
        let mut message = json!({
            "id": "msg_1", "type": "message", "role": "assistant", "content": [],
            "stop_reason": null, "stop_sequence": null, "usage": usage,
        });
        let mut stream = vec![named(&json!({"type": "message_start", "message": message}))];
        let mut content = Vec::new();
        for (at, said) in self.said.iter().enumerate() {
            let (begin, deltas, whole) = match said {
                Said::Thought(texts, seal) => {
                    let seal = seal.unwrap_or_default();
                    let begin = json!({"type": "thinking", "thinking": "", "signature": ""});
                    let delta = |text| json!({"type": "thinking_delta", "thinking": text});
                    let mut deltas: Vec<_> = texts.iter().map(delta).collect();
                    deltas.push(json!({"type": "signature_delta", "signature": seal}));
                    let text = texts.concat();
                    let whole = json!({"type": "thinking", "thinking": text, "signature": seal});
                    (begin, deltas, whole)
                }
                Said::Redacted => {
                    let block = json!({"type": "redacted_thinking", "data": "EqQB"});
                    (block.clone(), Vec::new(), block)
                }
                Said::Text(texts, _) => {
                    let delta = |text| json!({"type": "text_delta", "text": text});
                    let deltas = texts.iter().map(delta).collect();
                    let begin = json!({"type": "text", "text": ""});
                    (
                        begin,
                        deltas,
                        json!({"type": "text", "text": texts.concat()}),
                    )
                }
                Said::Call(call) => {
                    let id = call.id.clone().unwrap_or_else(|| format!("toolu_{at}"));
                    let block = json!({"type": "tool_use", "id": id, "name": call.name});
                    let [mut begin, mut whole] = [block.clone(), block];
                    begin["input"] = json!({});
                    whole["input"] = serde_json::from_str(&call.arguments.concat()).unwrap();
                    let delta = |text| json!({"type": "input_json_delta", "partial_json": text});
                    (begin, call.arguments.iter().map(delta).collect(), whole)
                }
            };
            let begin = json!({"type": "content_block_start", "index": at, "content_block": begin});
            stream.push(named(&begin));
            for delta in deltas {
                let delta = json!({"type": "content_block_delta", "index": at, "delta": delta});
                stream.push(named(&delta));
            }
            stream.push(named(&json!({"type": "content_block_stop", "index": at})));
            content.push(whole);
        }
        usage["output_tokens"] = output.into();
        usage["output_tokens_details"] = json!({"thinking_tokens": thought});
        let delta = json!({"stop_reason": reason, "stop_sequence": sequence});
        let end = json!({"type": "message_delta", "delta": delta, "usage": usage});
        stream.extend([named(&end), named(&json!({"type": "message_stop"}))]);
        message["content"] = content.into();
        message["stop_reason"] = reason.into();
        message["stop_sequence"] = sequence.into();
        message["usage"] = usage;
        (stream, message)
    }

    /// What is redacted is not told.
    pub(super) fn gemini(&self) -> (Vec<Event>, Value) {
        let [input, read, _, output, thought] = self.usage;
        let reason = self.reason(&[
            "STOP",
            "MAX_TOKENS",
            "SAFETY",
            "MALFORMED_FUNCTION_CALL",
            "OTHER",
        ]);
        let usage = json!({
            "promptTokenCount": input, "cachedContentTokenCount": read,
            "candidatesTokenCount": output - thought, "thoughtsTokenCount": thought,
            "totalTokenCount": input + output,
        });
        let sign = |part: &mut Value, seal: Option<&str>| {
            if let Some(seal) = seal {
                part["thoughtSignature"] = seal.into();
            }
        };
        let mut frames: Vec<Vec<Value>> = Vec::new();
        let mut parts = Vec::new();
        for said in &self.said {
            let (mut pieces, mut whole, seal) = match said {
                Said::Thought(texts, seal) => {
                    let part = |text: &str| json!({"text": text, "thought": true});
                    let pieces = texts.iter().map(|text| part(text)).collect();
                    (pieces, part(&texts.concat()), *seal)
                }
                Said::Redacted => continue,
                Said::Text(texts, seal) => {
                    let pieces: Vec<_> = texts.iter().map(|text| json!({"text": text})).collect();
                    (pieces, json!({"text": texts.concat()}), *seal)
                }
                Said::Call(call) => {
                    let arguments: Value = serde_json::from_str(&call.arguments.concat()).unwrap();
                    let mut part = json!({"functionCall": {"name": call.name, "args": arguments}});
                    if let Some(id) = &call.id {
                        part["functionCall"]["id"] = id.as_str().into();
                    }
                    (vec![part.clone()], part, call.seal)
                }
            };
            if let Some(last) = pieces.last_mut() {
                sign(last, seal);
            }
            sign(&mut whole, seal);
            parts.push(whole);
            let is_call = matches!(said, Said::Call(_));
            match frames.last_mut() {
                Some(last) if self.is_mixed && is_call => last.append(&mut pieces),
                _ => frames.extend(pieces.into_iter().map(|piece| vec![piece])),
            }
        }
        let candidate = |parts: &[Value]| {
            let content = json!({"role": "model", "parts": parts});
            json!({"content": content, "index": 0})
        };
        let document = |candidate: Value| json!({"candidates": [candidate], "responseId": "r1"});
        let frame = |parts: &Vec<Value>| {
            let mut frame = document(candidate(parts));
            frame["usageMetadata"] = json!({"promptTokenCount": input});
            unnamed(&frame)
        };
        let mut stream: Vec<_> = frames.iter().map(frame).collect();
        let finished = |parts: &[Value]| {
            let mut candidate = candidate(parts);
            candidate["finishReason"] = reason.into();
            let mut document = document(candidate);
            document["usageMetadata"] = usage.clone();
            document
        };
        stream.push(unnamed(&finished(&[json!({"text": ""})])));
        (stream, finished(&parts))
    }
}
