//! The grammar of Chat streams.

use super::{Event, Machine, Outcome, require};
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub(super) struct Chat {
    /// `id`, `created` and `model` of the first chunk.
    identity: Option<[Value; 3]>,
    choices: BTreeMap<u64, Choice>,
    usage: bool,
}

#[derive(Debug, Default)]
struct Choice {
    tools: u64,
    finished: bool,
}

impl Machine for Chat {
    fn event(&mut self, event: &Event) -> Result<Option<Outcome>, String> {
        if event.data == "[DONE]" {
            let all =
                !self.choices.is_empty() && self.choices.values().all(|choice| choice.finished);
            require(all, "[DONE] comes before every choice has finished")?;
            return Ok(Some(Outcome::Completed));
        }
        let chunk = event.json()?;
        if chunk.get("error").is_some() {
            let none = self.choices.values().all(|choice| !choice.finished);
            require(none, "an error comes after a finish reason")?;
            return Ok(Some(Outcome::Failed));
        }
        require(chunk["object"] == "chat.completion.chunk", "not a chunk")?;
        require(!self.usage, "something follows the usage chunk")?;
        let identity = ["id", "created", "model"].map(|name| chunk[name].clone());
        let first = self.identity.is_none();
        let known = self.identity.get_or_insert_with(|| identity.clone());
        require(*known == identity, "id, created or model changes")?;
        let choices = chunk["choices"].as_array().ok_or("no choices")?;
        if choices.is_empty() {
            require(
                chunk["usage"].is_object(),
                "a chunk without choices has no usage",
            )?;
            self.usage = true;
            return Ok(None);
        }
        for choice in choices {
            self.choice(choice, first)?;
        }
        Ok(None)
    }
}

impl Chat {
    fn choice(&mut self, value: &Value, first: bool) -> Result<(), String> {
        let index = value["index"].as_u64().ok_or("a choice has no index")?;
        let new = !self.choices.contains_key(&index);
        let choice = self.choices.entry(index).or_default();
        let delta = &value["delta"];
        require(!choice.finished, "a choice goes on after its finish reason")?;
        require(
            !first || delta["role"] == "assistant",
            "the first chunk has no role",
        )?;
        require(
            !new || delta["role"] == "assistant",
            "a choice's first chunk has no role",
        )?;
        for call in delta["tool_calls"]
            .as_array()
            .map_or(&[][..], Vec::as_slice)
        {
            let index = call["index"].as_u64().ok_or("a tool call has no index")?;
            require(index <= choice.tools, "tool call indices are not dense")?;
            if index == choice.tools {
                let kind = call["type"].as_str().unwrap_or_default();
                let complete = call["id"].is_string() && call[kind]["name"].is_string();
                require(complete, "a tool call opens without id, type and name")?;
                choice.tools += 1;
            }
        }
        if !value["finish_reason"].is_null() {
            choice.finished = true;
            let calls = value["finish_reason"] == "tool_calls";
            require(
                !calls || choice.tools > 0,
                "finished for tool calls without one",
            )?;
        }
        Ok(())
    }
}
