//! The grammar of Gemini streams.

use super::{Event, Machine, Outcome, require};
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub(super) struct Gemini {
    response: Option<Value>,
    /// Whether each candidate has finished.
    candidates: BTreeMap<u64, bool>,
    blocked: bool,
    /// Whether the last frame had usage.
    usage: bool,
}

impl Machine for Gemini {
    fn event(&mut self, event: &Event) -> Result<Option<Outcome>, String> {
        let frame = event.json()?;
        if frame.get("error").is_some() {
            return Ok(Some(Outcome::Failed));
        }
        require(
            frame["modelVersion"].is_string(),
            "a frame has no modelVersion",
        )?;
        require(frame["responseId"].is_string(), "a frame has no responseId")?;
        let known = self
            .response
            .get_or_insert_with(|| frame["responseId"].clone());
        require(*known == frame["responseId"], "the responseId changes")?;
        self.usage = frame["usageMetadata"].is_object();
        self.blocked |= frame["promptFeedback"]["blockReason"].is_string();
        for candidate in frame["candidates"]
            .as_array()
            .map_or(&[][..], Vec::as_slice)
        {
            let index = candidate["index"].as_u64().unwrap_or_default();
            let finished = self.candidates.entry(index).or_default();
            require(!*finished, "a candidate goes on after its finishReason")?;
            *finished = candidate["finishReason"].is_string();
            for part in candidate["content"]["parts"]
                .as_array()
                .map_or(&[][..], Vec::as_slice)
            {
                if let Some(call) = part.get("functionCall") {
                    let whole =
                        call["name"].is_string() && call.get("args").is_none_or(Value::is_object);
                    require(whole, "a functionCall is not whole")?;
                }
            }
        }
        Ok(None)
    }

    /// Nothing marks the end of the stream: it ends when every candidate has.
    fn may_end(&self) -> bool {
        let finished =
            !self.candidates.is_empty() && self.candidates.values().all(|finished| *finished);
        self.usage && (finished || self.blocked && self.candidates.is_empty())
    }
}
