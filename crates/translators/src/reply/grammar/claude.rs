//! Events of a Claude message.

use super::{must, typed};
use serde_json::Value;

pub(super) fn check(events: &[Value]) -> Result<(), String> {
    let mut blocks = 0;
    let mut open: Option<&str> = None;
    let mut has_ended = false;
    for (at, event) in events.iter().enumerate() {
        let (kind, data) = typed(event)?;
        let is_last = at + 1 == events.len();
        if kind == "error" {
            return must(is_last, "not the last", event);
        }
        must(
            (at == 0) == (kind == "message_start"),
            "message_start",
            event,
        )?;
        must(
            !has_ended || kind == "message_stop",
            "after message_delta",
            event,
        )?;
        if kind.starts_with("content_block") {
            must(data["index"] == blocks, "index", event)?;
        }
        match kind {
            "message_start" => {}
            "content_block_start" => {
                must(open.is_none(), "another block is open", event)?;
                open = data["content_block"]["type"].as_str();
            }
            "content_block_delta" => {
                let fits: &[&str] = match open {
                    Some("text") => &["text_delta", "citations_delta"],
                    Some("thinking") => &["thinking_delta", "signature_delta"],
                    Some("tool_use" | "server_tool_use") => &["input_json_delta"],
                    _ => &[],
                };
                let delta = data["delta"]["type"].as_str().unwrap_or_default();
                must(fits.contains(&delta), "does not fit its block", event)?;
            }
            "content_block_stop" => {
                must(open.take().is_some(), "no block is open", event)?;
                blocks += 1;
            }
            "message_delta" => {
                must(open.is_none(), "a block is open", event)?;
                must(data["delta"]["stop_reason"].is_string(), "no reason", event)?;
                has_ended = true;
            }
            "message_stop" => {
                must(has_ended, "before message_delta", event)?;
                return must(is_last, "not the last", event);
            }
            _ => must(false, "unknown", event)?,
        }
    }
    Err("neither message_stop nor error".to_owned())
}
