//! OpenAI Chat Completions.

pub(crate) mod decode_reply;
pub(crate) mod decode_request;
pub(crate) mod encode_reply;
pub(crate) mod encode_request;
pub(crate) mod error;
pub(crate) mod finish;
mod patch;
mod profiles;
pub(crate) mod raw;
pub(crate) mod reply_body;
pub(crate) mod rules;
mod settings;
pub(crate) mod usage;
pub(crate) mod usage_chunk;
pub(crate) mod usage_patch;
pub(crate) mod write_reply;

use crate::reply::{Finish, ReplyContext};

/// `finish_reason`, also for clients of the old functions.
fn finish_reason(finish: &Finish<'_>, cx: &ReplyContext) -> &'static str {
    match finish {
        Finish::ToolUse if cx.uses_legacy_functions => "function_call",
        finish => finish::encode(finish),
    }
}
