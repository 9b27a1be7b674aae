//! Why a Messages reply has ended: `stop_reason`.
//!
//! The names are those of the table at [`Finish`]; `sensitive`, of other vendors, is a filter.

use crate::{json_str::JsonStr, reply::Finish};

/// What a `stop_reason` means; `sequence` is `stop_sequence`.
pub(crate) fn decode<'a>(reason: &str, sequence: Option<JsonStr<'a>>) -> Finish<'a> {
    match reason {
        "end_turn" => Finish::Stop,
        "stop_sequence" => Finish::StopSequence(sequence),
        "max_tokens" => Finish::Length,
        "model_context_window_exceeded" => Finish::ContextFull,
        "tool_use" => Finish::ToolUse,
        "refusal" => Finish::Refusal,
        "sensitive" => Finish::Filter { is_prompt: false },
        "pause_turn" => Finish::Pause,
        _ => Finish::Other,
    }
}

/// The `stop_reason` for a client.
pub(crate) const fn encode(finish: &Finish<'_>) -> &'static str {
    match finish {
        Finish::StopSequence(_) => "stop_sequence",
        Finish::Length => "max_tokens",
        Finish::ContextFull => "model_context_window_exceeded",
        Finish::ToolUse => "tool_use",
        Finish::Filter { .. } | Finish::Refusal => "refusal",
        Finish::Pause => "pause_turn",
        Finish::Stop | Finish::Malformed | Finish::Other => "end_turn",
    }
}
