//! Messages.

use super::{Event, Reply, Said, named};
use serde_json::{Value, json};

impl Reply {
    /// Calls have ids, and texts no signatures.
    pub(in super::super) fn claude(&self) -> (Vec<Event>, Value) {
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
}
