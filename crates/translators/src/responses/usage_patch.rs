//! What a Responses reply says it cost.
//!
//! `input_tokens` includes what was read from the cache and written to it, `output_tokens` the reasoning;
//! `input_tokens_details` and `output_tokens_details` tell them apart.

use crate::{reply::UsagePatch, tap::tokens};
use cliproxy_json::Value;

/// Reads a `usage` object.
pub(crate) fn usage_patch(report: Value<'_>) -> UsagePatch {
    let count = |path: &[&str]| tokens(report.at(path));
    let input = count(&["input_tokens"]);
    let read = count(&["input_tokens_details", "cached_tokens"]).unwrap_or(0);
    let write = count(&["input_tokens_details", "cache_write_tokens"]).unwrap_or(0);
    let output = count(&["output_tokens"]);
    let reasoning = count(&["output_tokens_details", "reasoning_tokens"]).unwrap_or(0);
    UsagePatch {
        plain: input.map(|input| input.saturating_sub(read).saturating_sub(write)),
        cache_read: input.map(|_| read),
        cache_write: input.map(|_| write),
        output,
        reasoning: output.map(|_| reasoning),
        ..UsagePatch::default()
    }
}
