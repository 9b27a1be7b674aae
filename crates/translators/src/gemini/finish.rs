//! Why a Gemini candidate has ended: `finishReason`.
//!
//! | read | is |
//! | --- | --- |
//! | `STOP` | a stop |
//! | `MAX_TOKENS` | the limit |
//! | `SAFETY`, `RECITATION`, `BLOCKLIST`, `PROHIBITED_CONTENT`, `SPII`, `LANGUAGE`, `IMAGE_SAFETY`, `IMAGE_PROHIBITED_CONTENT`, `IMAGE_RECITATION` | filtered |
//! | `MALFORMED_FUNCTION_CALL`, `UNEXPECTED_TOOL_CALL`, `TOO_MANY_TOOL_CALLS` | a call gone wrong |
//! | anything else | something other |

use crate::reply::Finish;

/// What a `finishReason` means.
pub(crate) fn decode(reason: &str) -> Finish<'static> {
    match reason {
        "STOP" => Finish::Stop,
        "MAX_TOKENS" => Finish::Length,
        "SAFETY"
        | "RECITATION"
        | "BLOCKLIST"
        | "PROHIBITED_CONTENT"
        | "SPII"
        | "LANGUAGE"
        | "IMAGE_SAFETY"
        | "IMAGE_PROHIBITED_CONTENT"
        | "IMAGE_RECITATION" => Finish::Filter { is_prompt: false },
        "MALFORMED_FUNCTION_CALL" | "UNEXPECTED_TOOL_CALL" | "TOO_MANY_TOOL_CALLS" => {
            Finish::Malformed
        }
        _ => Finish::Other,
    }
}

/// The `finishReason` for a client.
pub(crate) const fn encode(finish: &Finish<'_>) -> &'static str {
    match finish {
        Finish::Length | Finish::ContextFull => "MAX_TOKENS",
        Finish::Filter { .. } | Finish::Refusal => "SAFETY",
        Finish::Malformed => "MALFORMED_FUNCTION_CALL",
        Finish::Other => "OTHER",
        Finish::Stop | Finish::StopSequence(_) | Finish::ToolUse | Finish::Pause => "STOP",
    }
}
