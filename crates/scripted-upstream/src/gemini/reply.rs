//! Unary Gemini replies, and token counts.

use super::{camel::normalise, check, error::refuse, read, stream};
use crate::{
    answer::Answer,
    ask::Ask,
    failure::ErrorReply,
    inspect::Node,
    prompt_cache::tokens,
    reply::{Context, Reply},
    seal::Seal,
};
use bytes::Bytes;
use serde_json::{Map, Value, json};

/// Answers a Gemini request. `stream` says whether events (`true`) or an array (`false`) stream.
pub(crate) fn generate(
    body: Value,
    model: &str,
    stream: Option<bool>,
    cx: &Context<'_>,
) -> Result<Reply, ErrorReply> {
    let body = normalise(body);
    cx.check(|| check::generation(&Node::root(&body), model), refuse)?;
    let ask = read::ask(&body, model);
    let cached = cx.key.cache.lock().look_up(model, &ask.prompt);
    let answer = Answer::compose(&ask, &cx.key.label, cx.shape, cached);
    let reply = GeminiReply {
        model,
        tail: cx.tail,
        answer: &answer,
    };
    Ok(match stream {
        None => Reply::Document(reply.document()),
        Some(true) => Reply::Events(stream::events(&reply)),
        Some(false) => Reply::Array(stream::elements(&reply)),
    })
}

/// Counts the tokens of a request: the same number its generation reports as prompt.
pub(crate) fn count(
    body: Value,
    model: &str,
    vertex: bool,
    cx: &Context<'_>,
) -> Result<Reply, ErrorReply> {
    let body = normalise(body);
    cx.check(|| check::count(&Node::root(&body), model, vertex), refuse)?;
    let request = body.get("generateContentRequest").unwrap_or(&body);
    let total = tokens(&read::ask(request, model).prompt);
    Ok(Reply::Document(json!({
        "totalTokens": total,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": total}],
    })))
}

/// The reply in both forms, for a request nobody looked at.
pub(crate) fn prepared(ask: &Ask, answer: &Answer) -> (Value, Vec<Bytes>) {
    let reply = GeminiReply {
        model: &ask.model,
        tail: "scripted",
        answer,
    };
    (reply.document(), stream::events(&reply))
}

/// An answer on its way into Gemini's form.
#[derive(Debug)]
pub(super) struct GeminiReply<'a> {
    pub(super) model: &'a str,
    pub(super) tail: &'a str,
    pub(super) answer: &'a Answer,
}

impl GeminiReply<'_> {
    /// The thought that is shown. Its signature hangs on the first call, or, without one, on the
    /// thought itself.
    pub(super) fn thought(&self) -> Option<Value> {
        let text = self.answer.thought?;
        let mut part = json!({"text": text, "thought": true});
        if self.answer.calls.is_empty() {
            part["thoughtSignature"] = self.signature().into();
        }
        Some(part)
    }

    /// One part per call; of parallel calls only the first is signed.
    pub(super) fn calls(&self) -> Vec<Value> {
        let whole = |index: &usize| !self.answer.cuts(*index);
        let calls = self.answer.calls.iter().enumerate();
        calls
            .filter(|(index, _)| whole(index))
            .map(|(index, call)| {
                let mut part =
                    json!({"functionCall": {"name": call.name, "args": call.arguments()}});
                if index == 0
                    && (self.answer.usage.reasoning > 0 || self.model.starts_with("gemini-3"))
                {
                    part["thoughtSignature"] = self.signature().into();
                }
                part
            })
            .collect()
    }

    fn signature(&self) -> String {
        Seal::Thought.make("", self.tail)
    }

    /// A reply, or a frame of one.
    pub(super) fn frame(&self, parts: &[Value], finish: Option<&str>, output: u64) -> Value {
        let mut candidate = Map::new();
        candidate.insert(
            "content".to_owned(),
            json!({"role": "model", "parts": parts}),
        );
        if let Some(reason) = finish {
            candidate.insert("finishReason".to_owned(), reason.into());
        }
        candidate.insert("index".to_owned(), 0.into());
        json!({
            "candidates": [candidate],
            "usageMetadata": self.usage(output),
            "modelVersion": self.model,
            "responseId": self.tail,
        })
    }

    fn usage(&self, output: u64) -> Value {
        let usage = &self.answer.usage;
        let thoughts = usage.reasoning.min(output);
        let mut value = json!({
            "promptTokenCount": usage.input,
            "cachedContentTokenCount": usage.cache_read,
            "candidatesTokenCount": output - thoughts,
            "totalTokenCount": usage.input + output,
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": usage.input}],
        });
        if thoughts > 0 {
            value["thoughtsTokenCount"] = thoughts.into();
        }
        value
    }

    fn document(&self) -> Value {
        let mut parts: Vec<Value> = self.thought().into_iter().collect();
        if self.answer.calls.is_empty() {
            parts.push(json!({"text": self.answer.whole_text()}));
        }
        parts.extend(self.calls());
        self.frame(&parts, Some(self.finish()), self.answer.usage.output)
    }

    pub(super) const fn finish(&self) -> &'static str {
        if self.answer.cut {
            "MAX_TOKENS"
        } else {
            "STOP"
        }
    }
}
