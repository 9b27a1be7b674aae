//! The grammar of Messages streams.

use super::{Event, Machine, Outcome, require};

#[derive(Debug, Default)]
pub(super) struct Claude {
    started: bool,
    /// The index and the type of the open block.
    open: Option<(u64, String)>,
    blocks: u64,
    /// Argument text of the open block.
    arguments: String,
    ending: bool,
}

impl Machine for Claude {
    fn event(&mut self, event: &Event) -> Result<Option<Outcome>, String> {
        let (kind, value) = event.typed()?;
        if kind == "error" {
            require(value["error"]["type"].is_string(), "an error has no type")?;
            return Ok(Some(Outcome::Failed));
        }
        require(
            self.started != (kind == "message_start"),
            "message_start is not first, or not alone",
        )?;
        require(
            !self.ending || kind == "message_stop" || kind == "ping",
            "something follows message_delta",
        )?;
        let index = value["index"].as_u64();
        match kind.as_str() {
            "message_start" => {
                let message = &value["message"];
                require(
                    message["role"] == "assistant",
                    "the message is not the assistant's",
                )?;
                require(
                    message["usage"]["input_tokens"].is_u64(),
                    "message_start has no input_tokens",
                )?;
                self.started = true;
            }
            "content_block_start" => {
                require(self.open.is_none(), "two blocks are open")?;
                require(index == Some(self.blocks), "block indices are not dense")?;
                let block = value["content_block"]["type"]
                    .as_str()
                    .ok_or("a block has no type")?;
                self.open = Some((self.blocks, block.to_owned()));
                self.blocks += 1;
                self.arguments.clear();
            }
            "content_block_delta" => {
                let (open, block) = self.open.as_ref().ok_or("a delta without an open block")?;
                require(index == Some(*open), "a delta belongs to another block")?;
                let delta = &value["delta"];
                let fits = match delta["type"].as_str() {
                    Some("text_delta" | "citations_delta") => block == "text",
                    Some("thinking_delta" | "signature_delta") => block == "thinking",
                    Some("input_json_delta") => block.ends_with("tool_use"),
                    _ => false,
                };
                require(fits, "a delta does not fit its block")?;
                self.arguments
                    .push_str(delta["partial_json"].as_str().unwrap_or_default());
            }
            "content_block_stop" => {
                let open = self.open.take().map(|(open, _)| open);
                require(
                    open.is_some() && index == open,
                    "a block that is not open is stopped",
                )?;
                let whole = self.arguments.is_empty()
                    || serde_json::from_str::<serde_json::Value>(&self.arguments).is_ok();
                require(whole, "the arguments of a call are not JSON")?;
            }
            "message_delta" => {
                require(
                    self.open.is_none(),
                    "message_delta comes while a block is open",
                )?;
                require(
                    value["delta"]["stop_reason"].is_string(),
                    "message_delta has no stop_reason",
                )?;
                require(
                    value["usage"]["output_tokens"].is_u64(),
                    "message_delta has no output_tokens",
                )?;
                self.ending = true;
            }
            "message_stop" => {
                require(self.ending, "message_stop comes without message_delta")?;
                return Ok(Some(Outcome::Completed));
            }
            "ping" => {}
            other => return Err(format!("unknown event {other}")),
        }
        Ok(None)
    }
}
