//! Why a Responses reply has ended: its `status`, and the reason in `incomplete_details`.
//!
//! | read | is |
//! | --- | --- |
//! | `completed` | a stop, or a call if there is one |
//! | `incomplete`, `content_filter` | filtered |
//! | `incomplete`, any other reason or none | the limit |

use crate::reply::Finish;

/// How a response has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Completed,
    /// With the reason.
    Incomplete(&'static str),
}

/// What an incomplete response's reason means; a completed one is a [`Finish::Stop`].
pub(crate) fn decode_incomplete(reason: Option<&str>) -> Finish<'static> {
    match reason {
        Some("content_filter") => Finish::Filter { is_prompt: false },
        _ => Finish::Length,
    }
}

/// Status and reason for a client.
pub(crate) const fn encode(finish: &Finish<'_>) -> Ending {
    match finish {
        Finish::Length | Finish::ContextFull => Ending::Incomplete("max_output_tokens"),
        Finish::Filter { .. } | Finish::Refusal => Ending::Incomplete("content_filter"),
        Finish::Stop
        | Finish::StopSequence(_)
        | Finish::ToolUse
        | Finish::Pause
        | Finish::Malformed
        | Finish::Other => Ending::Completed,
    }
}
