//! Why a chat reply has ended: `finish_reason`.
//!
//! | read | is |
//! | --- | --- |
//! | `stop`, `end_turn`, `eos`, `complete` | a stop |
//! | `length`, `max_tokens` | the limit |
//! | `tool_calls`, `function_call` | a call |
//! | `content_filter` | filtered |
//! | `error` | a failure, 500 |
//! | `insufficient_system_resource` (DeepSeek) | a failure, 529 |
//! | anything else | something other |

use crate::reply::Finish;

/// What a `finish_reason` means; of one that is a failure, the status it stands for.
pub(crate) fn decode(reason: &str) -> Result<Finish<'static>, u16> {
    Ok(match reason {
        "stop" | "end_turn" | "eos" | "complete" => Finish::Stop,
        "length" | "max_tokens" => Finish::Length,
        "tool_calls" | "function_call" => Finish::ToolUse,
        "content_filter" => Finish::Filter { is_prompt: false },
        "error" => return Err(500),
        "insufficient_system_resource" => return Err(529),
        _ => Finish::Other,
    })
}

/// The `finish_reason` for a client.
pub(crate) const fn encode(finish: &Finish<'_>) -> &'static str {
    match finish {
        Finish::Length | Finish::ContextFull => "length",
        Finish::ToolUse => "tool_calls",
        Finish::Filter { .. } | Finish::Refusal => "content_filter",
        Finish::Stop
        | Finish::StopSequence(_)
        | Finish::Pause
        | Finish::Malformed
        | Finish::Other => "stop",
    }
}
