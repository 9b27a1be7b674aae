//! `generateContent`.

use super::{Event, Reply, Said, unnamed};
use serde_json::{Value, json};

impl Reply {
    /// What is redacted is not told.
    pub(in super::super) fn gemini(&self) -> (Vec<Event>, Value) {
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
